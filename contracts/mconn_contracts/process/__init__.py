"""What a run asks of its process: signals that end it in order, and files that are written whole.

Signals and texts go in; an interrupt at a place that can take it, or a file, comes out.
"""
