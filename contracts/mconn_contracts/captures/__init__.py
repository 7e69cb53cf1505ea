"""Recorded payloads and captures, turned into exchanges: one module per format.

Paths and streams go in; records (exchanges, batches of bare payloads, unreadable records) come out.
"""
