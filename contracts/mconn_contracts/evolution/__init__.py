"""The meaning of changes between two documents, for each audience.

Two documents go in; findings come out, each with the smallest payload on which the judge decides differently.
"""
