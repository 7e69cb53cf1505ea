"""Live: drive a server, and judge what it answers."""
