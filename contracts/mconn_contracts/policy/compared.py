"""Two reports compared: which findings are new, have grown, or are gone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from mconn_contracts.model.comparison import Change, Changed, Comparison
from mconn_contracts.model.finding import Severity, any_index
from mconn_contracts.policy.reported import Reported

_SEVERITIES = {severity.label: severity for severity in Severity}
_Place = tuple[str, str | None, str | None, str | None]
"""Code, operation, source and pointer."""


@dataclass(frozen=True, slots=True)
class _Alike:
    """The findings of one place: how many there are, and those that the report lists."""

    total: int
    listed: Sequence[Mapping[str, Any]]


_NONE = _Alike(0, ())


def compare(old: Reported, new: Reported, fail_on: Severity) -> Comparison:
    """The changes from a report to a later one.

    Findings are identified by their place. The index in an array and the server do not matter. If a report does not list all of a
    code (`--max-per-code`), only their exact number is compared.
    """
    in_part = _in_part(old) | _in_part(new)
    before, after = _grouped(old, in_part), _grouped(new, in_part)
    changes = [
        change
        for place in sorted({*before, *after}, key=lambda place: tuple(each or "" for each in place))
        for change in _change(place, before.get(place, _NONE), after.get(place, _NONE), new)
    ]
    order = list(Change)
    return Comparison(
        str(old.path),
        str(new.path),
        tuple(sorted(changes, key=lambda each: (order.index(each.change), -each.severity))),
        fail_on,
        new.value["reason"],
    )


def _in_part(report: Reported) -> frozenset[str]:
    """The codes whose findings a report does not list completely."""
    listed: dict[str, int] = {}
    for finding in report.value["findings"]:
        listed[finding["code"]] = listed.get(finding["code"], 0) + 1
    return frozenset(code for code, total in report.value["counts"]["by_code"].items() if total != listed.get(code, 0))


def _grouped(report: Reported, in_part: frozenset[str]) -> dict[_Place, _Alike]:
    """The findings of each place."""
    found: dict[_Place, list[Mapping[str, Any]]] = {}
    for finding in report.value["findings"]:
        code = finding["code"]
        source = None if "://" in finding["source"] else finding["source"]
        place = (code, finding["operation"], source, any_index(finding["pointer"]))
        found.setdefault((code, None, None, None) if code in in_part else place, []).append(finding)
    totals = report.value["counts"]["by_code"]
    return {place: _Alike(totals.get(place[0], 1) if place[0] in in_part else len(each), each) for place, each in found.items()}


def _change(place: _Place, before: _Alike, after: _Alike, new: Reported) -> Iterator[Changed]:
    was, now = before.total, after.total
    if now <= was and now:
        return
    code, operation, source, pointer = place
    if now:
        change = Change.GROWN if was else Change.NEW
    else:
        told = new.would_tell(code, {finding["operation"] for finding in before.listed})
        change = Change.GONE if told else Change.UNSEEN
    finding = (after.listed or before.listed)[0]
    severity = _SEVERITIES[finding["severity"]]
    yield Changed(change, code, finding["name"], severity, operation, source, pointer, finding["message"], was, now)
