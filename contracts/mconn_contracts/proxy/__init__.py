"""Stands between a client and a server: passes everything on unchanged, records it, and judges it.

Connections of clients go in; the server's answers, a recording and a verdict come out.
"""
