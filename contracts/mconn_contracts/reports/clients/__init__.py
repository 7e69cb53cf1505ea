"""One renderer for each format of the results of a client under scenarios.

A verdict on the client goes in; the pieces of a text come out.
"""
