"""Faults of the reference server: each breaks one promise."""
