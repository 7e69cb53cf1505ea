"""What a run shares with the system around it: signals that end it in order, files written whole, lines for terminals and logs.

Signals and texts go in; an interrupt at a place that can take it, a file, or a line that is safe to print comes out.
"""
