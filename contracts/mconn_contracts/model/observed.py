"""What a run can observe of a server where nobody documents it: each name, its values, and a sentence for each value."""

from __future__ import annotations

import functools
import itertools
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

_PART = re.compile(r"\{\}")


@dataclass(frozen=True, slots=True)
class Observable:
    """One thing that servers do in different ways. `about` says what it is, as the begin of a sentence that a value ends.

    `values` has a sentence for each value. `{}` stands for what differs, such as a number, in the value and in its sentence.
    """

    about: str
    values: Mapping[str, str]

    def sentence(self, value: str, shown: Callable[[str], str] = str) -> str:
        """A sentence for a value, or for several that commas separate; a value that is not listed stands as it is.

        `shown` is how a report writes what comes from the server.
        """
        said = self._listed(value, shown)
        if said is None:
            each = [self._listed(part, shown) for part in value.split(", ")]
            known = [words for words in each if words is not None]
            said = _either(known) if len(known) == len(each) else f"{self.about}: {shown(value)}"
        return said

    def _listed(self, value: str, shown: Callable[[str], str]) -> str | None:
        for form, words in self.values.items():
            found = _pattern(form).fullmatch(value)
            if found:
                return words.format(*map(shown, found.groups()))
        return None


def _either(sentences: Sequence[str]) -> str:
    """One sentence that says that each of these is true at times; what all begin with is said once."""
    parts = [sentence.split(" ") for sentence in sentences]
    places = zip(*(part[:-1] for part in parts), strict=False)
    alike = len(list(itertools.takewhile(lambda words: len(set(words)) == 1, places)))
    first, *others = (" ".join(part[alike:]) for part in parts)
    before = " ".join([*parts[0][:alike], first])
    if not alike:
        others = [other[:1].lower() + other[1:] for other in others]
    return (", or " if " " in "".join((first, *others)) else " or ").join((before, *others))


@functools.cache
def _pattern(form: str) -> re.Pattern[str]:
    """What a value of this form matches. A part is no list of several values, which a comma separates."""
    return re.compile("([^,]+?)".join(map(re.escape, _PART.split(form))))


def _members(of: str) -> dict[str, str]:
    return {
        "none": f"A {of} has none of the optional members",
        "{} and {}": f"A {of} has `{{}}` and `{{}}`",
        "{}": f"A {of} has `{{}}`",
    }


def _bound(which: str, name: str) -> dict[str, str]:
    return {
        "inclusive": f"A window includes its {which} second, `{name}`",
        "exclusive": f"A window leaves out its {which} second, `{name}`",
    }


def _refused(what: str, *, empty: str = "", events: str = "") -> dict[str, str]:
    return {
        **({"empty": f"{what} gets {empty}"} if empty else {}),
        **({"shows events": f"{what} {events}"} if events else {}),
        "refused with {}": f"{what} is refused with status {{}}",
    }


def _status(what: str) -> dict[str, str]:
    return {"{}": f"A request {what} gets status {{}}"}


OBSERVABLES: Mapping[str, Observable] = {
    "order": Observable(
        "The order of events in a list",
        {
            "ascending": "Lists ascend by time: the oldest event comes first",
            "descending": "Lists descend by time: the newest event comes first",
            "ascending by a": "Lists ascend by the time at which events were collected",
            "descending by a": "Lists descend by the time at which events were collected",
            "descending, n ascending": "Lists descend by time, but events of the same second ascend by `n`",
            "neither by t nor by a": "Lists follow no time",
        },
    ),
    "window_time": Observable(
        "The time that decides whether an event is in a window",
        {
            "t": "A window shows the events that were recorded in it",
            "a": "A window shows the events that were collected in it",
        },
    ),
    "window_from": Observable("The first second of a window", _bound("first", "from")),
    "window_to": Observable("The last second of a window", _bound("last", "to")),
    "count": Observable(
        "The meaning of `count`",
        {
            "page": "`count` is the number of events on the page",
            "total": "`count` is the number of events on all pages together",
        },
    ),
    "default_limit": Observable(
        "The size of a page without `limit`",
        {
            "at least {}": "The size of a page without `limit` is {} or more",
            "{}": "The size of a page without `limit` is {}",
        },
    ),
    "largest_limit": Observable(
        "The largest `limit`",
        {
            "at least {}": "The largest `limit` is {} or more",
            "{} to {}": "The largest `limit` is between {} and {}",
            "{}": "The largest `limit` is {}",
        },
    ),
    "over_limit": Observable(
        "A `limit` above the largest",
        {
            "clamped": "A `limit` above the largest gets a page of the largest size",
            **_refused("A `limit` above the largest"),
        },
    ),
    "last_page": Observable(
        "The page without a cursor, which ends a list",
        {
            "the last with events": "A list ends with its last events: that page has no cursor",
            "the first that is not full": "A list ends with the first page that is not full",
            "an empty one": "A list ends with an empty page",
        },
    ),
    "latest": Observable(
        "The events that are the latest",
        {
            "the newest of each kind": "The latest events are the newest of each kind",
            "the newest {}": "The latest events are the newest {}",
        },
    ),
    "latest_order": Observable(
        "The order of the latest events",
        {
            "ascending": "The latest events ascend by time",
            "descending": "The latest events descend by time",
        },
    ),
    "widest_window": Observable(
        "The widest window that is accepted", {"{} to {} seconds": "The widest window is between {} and {} seconds long"}
    ),
    "narrowest_window": Observable(
        "The narrowest window that is accepted", {"{} to {} seconds": "The narrowest window is between {} and {} seconds long"}
    ),
    "old_window": Observable(
        "A window that starts before the oldest that is accepted", _refused("A window that starts too long ago")
    ),
    "future_window": Observable("A window that ends in the future", _refused("A window that ends in the future")),
    "unknown_kind": Observable(
        "A list of a kind that does not exist",
        _refused("A filter by a kind that does not exist", empty="an empty list", events="shows events"),
    ),
    "reversed_window": Observable(
        "A window that ends before it starts",
        _refused("A window that ends before it starts", empty="an empty list", events="shows events"),
    ),
    "unknown_connector": Observable(
        "A connector that does not exist", _refused("A connector that does not exist", empty="an empty list")
    ),
    "foreign_account": Observable(
        "An account that the credential has no access to",
        _refused("An account that the credential has no access to", empty="an empty list"),
    ),
    "absent_credential": Observable("A request without a credential", _status("without a credential")),
    "wrong_credential": Observable("A request with a wrong credential", _status("with a wrong credential")),
    "malformed_credential": Observable("A request with a malformed credential", _status("with a malformed credential")),
    "numbers": Observable(
        "How whole numbers are written",
        {
            "3": "Whole numbers are written as `3`",
            "3.0": "Whole numbers are written as `3.0`",
        },
    ),
    "success_members": Observable(
        "The optional members of an envelope with a result: `errors` and `messages`", _members("successful response")
    ),
    "failure_members": Observable(
        "The optional members of an envelope with an error: `messages` and `result`", _members("failed response")
    ),
    "rate_limit_fields": Observable(
        "Header fields that say how many requests are left",
        {
            "sent": "Header fields say how many requests are left (`Ratelimit`)",
            "not sent": "No header field says how many requests are left",
        },
    ),
    "content_coding": Observable(
        "The coding of bodies",
        {
            "identity": "Bodies are sent as they are, without compression",
            "{}": "Bodies are compressed with `{}`",
        },
    ),
    "part_seen": Observable(
        "The part of a large connector that this run saw",
        {
            "{} events of {} to {}, which has more; {} events of {} to {}, which are all": (
                "This run saw {} events of the time from {} to {}, which has more, and all {} events of the time from {} to {}"
            ),
            "{} events of {} to {}, which has more": "This run saw {} events of the time from {} to {}, which has more",
        },
    ),
}
"""Everything that can be observed, in the order of a report."""


def sentence(name: str, value: str, shown: Callable[[str], str] = str) -> str:
    """What a server was seen to do, in a sentence without its period.

    `shown` is how a report writes what comes from the server.
    """
    return OBSERVABLES.get(name, Observable(shown(name), {})).sentence(value, shown)
