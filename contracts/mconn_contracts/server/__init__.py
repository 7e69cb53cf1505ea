"""The reference server: a pure handler over a SQLite store, and an ASGI shell."""
