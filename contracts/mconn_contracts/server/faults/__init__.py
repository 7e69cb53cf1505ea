"""Faults of the reference server: each breaks one promise.

They are data, for the hooks of `server.api.fault`; `catalog.py` names them all.
"""
