"""What people who write a client want of a server: wishes of a request, a browser's rules, limits, events that arrive.

Each takes a responder and is one; without them the reference server is as it is tested.
"""
