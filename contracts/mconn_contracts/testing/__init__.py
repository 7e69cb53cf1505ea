"""The pytest plugin, and what it is made of.

Responses of a test or the URL of a server go in; failures of tests come out.
"""
