"""Takes on what was seen of another server, where nobody documents it: the choices that `mconn test --behavior` pins."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

from mconn_contracts.server.api.fault import Hooks
from mconn_contracts.server.api.stages import HttpError, Proceed, Reason, RequestContext
from mconn_contracts.server.behavior import DEFAULT, Behavior
from mconn_contracts.server.data.lifecycle import Lifecycle, collected_late


@dataclass(frozen=True, slots=True)
class Likeness:
    """A behavior with the choices that were taken on, hooks for those that no behavior has, and what was not taken on."""

    behavior: Behavior = DEFAULT
    statuses: Mapping[Reason, int] = field(default_factory=dict)
    members: Mapping[str, frozenset[str]] = field(default_factory=dict)
    left: tuple[str, ...] = ()

    @property
    def main(self) -> Lifecycle | None:
        """What the main connector is to record for the choices to show; None if any events show them."""
        return collected_late if self.behavior.order.startswith("collected") else None

    def hooks(self) -> Hooks:
        """What answers as the choices say, beside the behavior."""
        return Hooks(refusal=self._refusal, document=self._document)

    def _refusal(self, refusal: HttpError, _: RequestContext) -> HttpError | Proceed:
        status = self.statuses.get(refusal.reason, refusal.status)
        challenge = (("WWW-Authenticate", "Bearer"),) if status == 401 else ()  # RFC 9110, 15.5.2
        return refusal if status == refusal.status else replace(refusal, status=status, headers=challenge)

    def _document(self, document: Any, context: RequestContext) -> Any:
        succeeded = context.status == 200
        chosen = self.members.get("success" if succeeded else "failure")
        if chosen is None:
            return document
        others = _OF_SUCCESS if succeeded else _OF_FAILURE
        kept = {name: value for name, value in document.items() if name not in others or name in chosen}
        return {**{name: others[name] for name in others if name in chosen}, **kept}


_OF_SUCCESS: Final[Mapping[str, Any]] = {"errors": [], "messages": []}
_OF_FAILURE: Final[Mapping[str, Any]] = {"messages": [], "result": None}

_Take = Callable[[Likeness, str], Likeness | None]
"""Takes on a value of a choice; None if that cannot be."""


def likeness(choices: Mapping[str, str], behavior: Behavior = DEFAULT) -> Likeness:
    """What takes on these choices, by name as a behavior file has them. Each that cannot be taken on is named, with why."""
    found = Likeness(behavior)
    for name, value in choices.items():
        take = _CHOICES.get(name)
        taken = None if take is None else take(found, value)
        if taken is not None:
            found = taken
        elif take is None:
            found = replace(found, left=(*found.left, f"{name} is {value!r}: this server has no such choice"))
        else:
            found = replace(found, left=(*found.left, f"{name} is {value!r}: this server cannot choose that"))
    # A default beyond the largest limit would be refused.
    chosen = found.behavior
    return replace(found, behavior=replace(chosen, default_limit=min(chosen.default_limit, chosen.max_limit)))


def _one_of(name: str, values: Mapping[str, Any]) -> _Take:
    def take(found: Likeness, value: str) -> Likeness | None:
        return replace(found, behavior=replace(found.behavior, **{name: values[value]})) if value in values else None

    return take


def _number(name: str, pattern: str) -> _Take:
    """A number that stands in a value."""

    def take(found: Likeness, value: str) -> Likeness | None:
        number = re.fullmatch(pattern, value, re.ASCII)
        change: dict[str, Any] = {} if number is None else {name: int(number[1])}
        return replace(found, behavior=replace(found.behavior, **change)) if change else None

    return take


def _refused(*reasons: Reason, **changes: Any) -> _Take:
    """A refusal with a status."""

    def take(found: Likeness, value: str) -> Likeness | None:
        status = re.fullmatch(r"refused with (4[0-9]{2})", value)
        if status is None or any(found.statuses.get(reason, int(status[1])) != int(status[1]) for reason in reasons):
            return None
        statuses = {**found.statuses, **dict.fromkeys(reasons, int(status[1]))}
        return replace(found, behavior=replace(found.behavior, **changes), statuses=statuses)

    return take


def _either(*takes: _Take) -> _Take:
    return lambda found, value: next((taken for take in takes if (taken := take(found, value)) is not None), None)


def _status(reason: Reason) -> _Take:
    def take(found: Likeness, value: str) -> Likeness | None:
        if not re.fullmatch("4[0-9]{2}", value):
            return None
        return replace(found, statuses={**found.statuses, reason: int(value)})

    return take


def _malformed(found: Likeness, value: str) -> Likeness | None:
    """A status; of several, the one that neither a wrong credential gets nor an absent one: some are taken for those."""
    wrong = found.statuses.get(Reason.CREDENTIAL_WRONG, found.behavior.wrong_credential)
    absent = found.statuses.get(Reason.CREDENTIAL_MISSING, found.behavior.missing_credential)
    statuses = value.split(", ")
    for other in (str(wrong), str(absent)):
        if len(statuses) > 1:
            statuses = [status for status in statuses if status != other]
    return _status(Reason.CREDENTIAL_MALFORMED)(found, statuses[0]) if len(statuses) == 1 else None


def _members(outcome: str, known: Mapping[str, Any]) -> _Take:
    def take(found: Likeness, value: str) -> Likeness | None:
        names = frozenset() if value == "none" else frozenset(value.split(" and "))
        return replace(found, members={**found.members, outcome: names}) if names <= known.keys() else None

    return take


_DAY: Final = 86_400
_NUMBER: Final = "([1-9][0-9]{0,8})"
_CHOICES: Final[Mapping[str, _Take]] = {
    "order": _one_of(
        "order",
        {
            "ascending": "ascending",
            "descending": "descending",
            "ascending by a": "collected",
            "descending by a": "collected-descending",
            "descending, n ascending": "newest-second-first",
            "neither by t nor by a": "kind",
        },
    ),
    "window_time": _one_of("time", {"t": "t", "a": "a"}),
    "window_from": _one_of("start", {"inclusive": "inclusive", "exclusive": "exclusive"}),
    "window_to": _one_of("end", {"inclusive": "inclusive", "exclusive": "exclusive"}),
    "count": _one_of("count", {"page": "page", "total": "total"}),
    "default_limit": _number("default_limit", f"(?:at least )?{_NUMBER}"),
    "largest_limit": _number("max_limit", f"(?:at least )?{_NUMBER}(?: to [0-9]+)?"),
    "over_limit": _either(_one_of("over_limit", {"clamped": "clamp"}), _refused(Reason.LIMIT, over_limit="refuse")),
    "last_page": _one_of(
        "last_page",
        {
            "the last with events": "omits-cursor",
            "the first that is not full": "omits-cursor-if-short",
            "an empty one": "leads-to-empty-page",
        },
    ),
    "latest": _either(
        _one_of("latest", {"the newest of each kind": "newest-of-each-kind"}), _number("latest_limit", f"the newest {_NUMBER}")
    ),
    "latest_order": _one_of("latest_order", {"ascending": "oldest-first", "descending": "newest-first"}),
    "widest_window": _number("widest_window", f"{_NUMBER} to [0-9]+ seconds"),
    "narrowest_window": _number("narrowest_window", f"[0-9]+ to {_NUMBER} seconds"),
    "old_window": _refused(Reason.WINDOW, retention=_DAY),
    "future_window": _refused(Reason.WINDOW, future_window="refuse"),
    "unknown_kind": _either(_one_of("unknown_kind", {"empty": "empty"}), _refused(Reason.KIND, unknown_kind="refuse")),
    "reversed_window": _either(
        _one_of("reversed_window", {"empty": "empty"}), _refused(Reason.WINDOW_REVERSED, reversed_window="refuse")
    ),
    "unknown_connector": _either(
        _one_of("unknown_connector", {"empty": "empty"}),
        _refused(Reason.CONNECTOR_UNKNOWN, Reason.CONNECTOR_FOREIGN, unknown_connector="404"),
    ),
    "foreign_account": _refused(Reason.ACCOUNT_FOREIGN),
    "absent_credential": _status(Reason.CREDENTIAL_MISSING),
    "wrong_credential": _status(Reason.CREDENTIAL_WRONG),
    "malformed_credential": _malformed,
    "numbers": _one_of("numbers", {"3": "integer", "3.0": "integral-float"}),
    "success_members": _members("success", _OF_SUCCESS),
    "failure_members": _members("failure", _OF_FAILURE),
    "rate_limit_fields": _one_of("rate_headers", {"sent": True, "not sent": False}),
    "content_coding": _one_of("gzip", {"gzip": True, "identity": False}),
}
"""How each choice is taken on. `part_seen` is of the events, not of the server."""
