"""One renderer for each format of a listing: what the commands came to that do not end in a verdict on exchanges.

A listing of rows in tables goes in; the pieces of a text come out.
"""
