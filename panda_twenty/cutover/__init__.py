"""Between the migration and the switch: what changed in the practice follows by itself.

``work`` says what has to be read again, from what ``changes`` finds by the markers. ``delivering`` brings it
into Twenty by the ordinary stages, of large ranges the ``changed_patients`` alone. ``board`` tells where it
all stands.
"""
