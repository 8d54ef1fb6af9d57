"""Between the migration and the switch: what changed in the practice follows by itself.

``work`` says what has to be read again, ``delivering`` brings it into Twenty by the ordinary stages,
``board`` tells where it all stands.
"""
