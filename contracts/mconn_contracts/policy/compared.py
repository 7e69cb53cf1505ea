"""Two reports compared: which findings are new, have grown, or are gone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from mconn_contracts.model.comparison import Change, Changed, Comparison
from mconn_contracts.model.finding import Severity, any_index
from mconn_contracts.policy.reported import Reported

_SEVERITIES = {severity.label: severity for severity in Severity}
_Place = tuple[str, str | None, str | None, str | None]
"""Code, operation, source and pointer."""


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
        for change in _change(place, before, after, new)
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


def _grouped(report: Reported, in_part: frozenset[str]) -> dict[_Place, tuple[int, Mapping[str, Any]]]:
    """The number of findings of each place, and the first of them."""
    found: dict[_Place, tuple[int, Mapping[str, Any]]] = {}
    for finding in report.value["findings"]:
        code = finding["code"]
        if code in in_part:
            found.setdefault((code, None, None, None), (report.value["counts"]["by_code"].get(code, 1), finding))
            continue
        source = None if "://" in finding["source"] else finding["source"]
        place = (code, finding["operation"], source, any_index(finding["pointer"]))
        count, first = found.get(place, (0, finding))
        found[place] = (count + 1, first)
    return found


def _change(
    place: _Place,
    before: Mapping[_Place, tuple[int, Mapping[str, Any]]],
    after: Mapping[_Place, tuple[int, Mapping[str, Any]]],
    new: Reported,
) -> Iterator[Changed]:
    (was, first), (now, later) = before.get(place, (0, {})), after.get(place, (0, {}))
    if now <= was and now:
        return
    change = Change.GROWN if was and now else Change.NEW if now else Change.UNSEEN if place[0] in new.undecided else Change.GONE
    finding = later or first
    code, operation, source, pointer = place
    severity = _SEVERITIES[finding["severity"]]
    yield Changed(change, code, finding["name"], severity, operation, source, pointer, finding["message"], was, now)
