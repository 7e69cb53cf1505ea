"""The values that cross the waist, frozen and without I/O.

`Exchange` goes in; `Finding`, `Tally` and `Verdict` come out. Nothing here knows HTTP, rules or reports.
"""
