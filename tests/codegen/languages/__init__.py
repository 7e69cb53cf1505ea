"""The generators of each language: its project, and its targets."""
