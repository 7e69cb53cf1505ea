"""Drive a server, and judge what it answers: probes and drawn requests leave by one client.

A `Target`, a `Plan` and a profile go in; exchanges, their tally and a verdict come out.
"""
