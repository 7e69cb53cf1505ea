"""The decisions of a user: choices of rules, configuration files, baselines, the coverage gate.

Options and files go in; a `Plan`, or a verdict with known findings and gaps marked, comes out.
"""
