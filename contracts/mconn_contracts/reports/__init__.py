"""One pure renderer for each format of reports.

A `Verdict` goes in; text comes out. What all of them must say is in `sections.py`.
"""
