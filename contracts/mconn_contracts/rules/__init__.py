"""The rules: pure functions from views of the traffic to hits."""
