"""Drive a server, and judge its answers. Probes and drawn requests use one client.

A `Target`, a `Plan` and a profile go in; exchanges, their tally and a verdict come out.
"""
