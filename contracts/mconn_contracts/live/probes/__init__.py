"""Deterministic scenarios: what is asked of a server, in which order. They only ask; the rules judge.

A `ProbeContext` goes in, with the sender and what earlier probes have learned; requests come out. `catalog.py` names them all.
"""
