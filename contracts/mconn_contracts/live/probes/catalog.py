"""All probes, in the order in which they run; nothing registers itself by being imported."""

from __future__ import annotations

from mconn_contracts.live.probes import events, filters, refusals, repetitions, windows
from mconn_contracts.live.probes.probe import Probe

PROBES: tuple[Probe, ...] = (
    Probe("latest events", windows.latest_events, 0.02, 2),
    Probe("main window", windows.main_window, 0.12, 1),
    Probe("whole result", windows.whole_walks, 0.12, 1),
    Probe("expected events", windows.expected_events, 0.12, 0),
    Probe("page by page", windows.paged_walks, 0.12, 7),
    Probe("small limits", windows.small_walks, 0.20, 8),
    Probe("kind filters", filters.kind_filters, 0.30, 16),
    Probe("inexact filters", filters.inexact_filters, 0.02, 3),
    Probe("windows inside", windows.windows_inside, 0.16, 8),
    Probe("HEAD", events.heads, 0.02, 3),
    Probe("events one by one", events.fetched_events, 0.45, 16),
    Probe("unknown events", events.unknown_events, 0.07, 5),
    Probe("large numbers", events.large_numbers, 0.03, 5),
    Probe("refused credentials", refusals.refused_credentials, 0.12, 20),
    Probe("strange connectors", refusals.strange_connectors, 0.05, 6),
    Probe("undeclared methods", refusals.undeclared_methods, 0.05, 4),
    Probe("malformed parameters", refusals.malformed_parameters, 0.12, 15),
    Probe("malformed cursors", refusals.malformed_cursors, 0.02, 3),
    Probe("malformed event ids", events.malformed_event_ids, 0.07, 13),
    Probe("malformed encodings", refusals.malformed_encodings, 0.05, 7),
    Probe("asked again", repetitions.asked_again, 0.15, 4),
    Probe("oldest event", repetitions.oldest_event, 0.01, 1),
)
"""Every scenario, in the order in which they run."""
