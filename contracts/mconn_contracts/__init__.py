"""The contract of the connector telemetry events API, and the tools that hold traffic to it."""
