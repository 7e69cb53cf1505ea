"""Sources: recorded payloads and captures, turned into exchanges."""
