"""PANDA Lite, the cloud edition: no SQL access, so a practice exports its data into a folder of CSV files.

``tables`` says which files and columns there are, ``template`` writes an empty folder with a guide,
``checking`` reads a filled one and says what is wrong line by line, ``loading`` turns it into a database
that the rest of the project reads like any other.
"""
