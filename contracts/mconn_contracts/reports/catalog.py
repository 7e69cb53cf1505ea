"""The reports that there are, by name. A new one is a module with its `REPORT`, and a name here."""

from __future__ import annotations

from collections.abc import Mapping

from mconn_contracts.reports import github, har_writer, html, json, junit, markdown, ndjson, sarif, text
from mconn_contracts.reports.report import Report

REPORTS: Mapping[str, Report] = {
    module.REPORT.name: module.REPORT
    for module in (
        text,
        json,
        ndjson,
        junit,
        sarif,
        markdown,
        github,
        html,
        har_writer,
    )
}
