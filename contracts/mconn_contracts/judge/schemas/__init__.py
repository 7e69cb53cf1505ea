"""The schemas of the document, compiled: a fast verdict, and a precise explanation.

A decoded value and a pointer to a schema go in; defects come out.
"""
