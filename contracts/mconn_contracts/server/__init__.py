"""The reference server: a pure handler over a SQLite store, and an ASGI shell.

Requests go in; responses come out, as a style would have them, or broken by a fault.
"""
