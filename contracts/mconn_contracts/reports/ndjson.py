"""The report for streams, NDJSON: a finding on each line, without a bound, and at last the rest of the JSON report."""

from __future__ import annotations

import json
from collections.abc import Iterator

from mconn_contracts.model.finding import Finding
from mconn_contracts.model.verdict import Verdict
from mconn_contracts.reports.json import document, finding_value
from mconn_contracts.reports.report import Need, Report
from mconn_contracts.reports.wording import basis


def pieces(verdict: Verdict) -> Iterator[str]:
    """The findings, all of them where the run has kept all, and those of the tally otherwise; then a line without a `code`."""
    kept = (line_of(each, basis(each, verdict)) for each in verdict.tally.findings())
    yield from kept if verdict.every is None else verdict.every
    rest = document(verdict)
    del rest["findings"]
    yield compact(rest)


def line_of(finding: Finding, basis: str) -> str:
    """The line of a finding, with the members that the JSON report has; `basis` is what its statement rests on."""
    return compact(finding_value(finding, basis))


def compact(value: object) -> str:
    """A JSON value on a line of its own."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")) + "\n"


REPORT = Report("ndjson", pieces, needs=frozenset({Need.EVERY}))
