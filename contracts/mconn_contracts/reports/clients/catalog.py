"""The formats of reports of a client, by name."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Final

from mconn_contracts.model.trial import TrialVerdict
from mconn_contracts.reports.clients import html, json, junit, markdown, text

REPORTS: Final[Mapping[str, Callable[[TrialVerdict], Iterator[str]]]] = {
    "text": text.pieces,
    "json": json.pieces,
    "junit": junit.pieces,
    "markdown": markdown.pieces,
    "html": html.pieces,
}
