"""The events of the reference server, in SQLite.

Events are generated, stored and selected here.
"""
