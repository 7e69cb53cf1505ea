"""One renderer for each format of what a client came to under scenarios.

A verdict on the client goes in; the pieces of a text come out.
"""
