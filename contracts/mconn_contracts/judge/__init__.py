"""The only place that judges.

Exchanges and a `Plan` go in; findings, a tally and a verdict come out. Live and recorded traffic meet the same rules.
"""
