"""What stands between a client and a server: hands everything on as it came, keeps it, and judges it.

Connections of clients go in; what the server answered, a recording and a verdict come out.
"""
