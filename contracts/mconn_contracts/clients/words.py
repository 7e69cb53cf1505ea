"""The assumption of a client that fails under a style, in words: each choice that differs from the reference server's."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import fields
from typing import Any

from mconn_contracts.server.behavior import DEFAULT
from mconn_contracts.server.styles import Style

_CHOICES: Mapping[str, Callable[[Any], str]] = {
    "order": {
        "descending": "the list descends",
        "newest-second-first": "the list shows the newest second first",
        "collected": "the list is in the order of `a`",
        "collected-descending": "the list is in the order of `a`, the last first",
        "kind": "the list is in the order of kinds",
    }.__getitem__,
    "time": lambda _: "`from` and `to` mean the time of collection",
    "start": lambda _: "`from` itself is left out",
    "end": lambda _: "`to` itself is left out",
    "count": lambda _: "`count` is the total",
    "default_limit": lambda value: f"a page has {value} events where no limit is asked for",
    "max_limit": lambda value: f"a page has at most {value} events, whatever limit is asked for",
    "over_limit": lambda _: "a limit that is too high is refused",
    "paging": lambda _: "cursors hold an offset",
    "last_page": {
        "omits-cursor-if-short": "the last page has a cursor if it is full",
        "leads-to-empty-page": "the last page has a cursor, to an empty page",
    }.__getitem__,
    "widest_window": lambda value: f"windows of more than {value} seconds are refused",
    "narrowest_window": lambda value: f"windows of less than {value} seconds are refused",
    "retention": lambda value: f"windows that start more than {value} seconds back are refused",
    "future_window": lambda _: "windows that end in the future are refused",
    "odd_limit": {
        "empty": "a limit that is not a positive integer gets an empty page",
        "default": "a limit that is not a positive integer counts as none",
        "clamp": "a limit out of bounds is moved to the nearest bound",
    }.__getitem__,
    "latest": lambda _: "the latest are one of each kind",
    "latest_limit": lambda value: f"the latest are at most {value}",
    "latest_order": lambda _: "the latest come with the oldest first",
    "latest_count": lambda _: "`count` of the latest is the total",
    "latest_versions": lambda _: "the latest have no `v`",
    "latest_lag": lambda value: f"the latest lag {value} events behind",
    "latest_of_none": lambda _: "the latest of no events are 404",
    "unknown_kind": lambda _: "a filter for an unknown kind is refused",
    "unknown_connector": lambda value: f"an unknown connector {'has no events' if value == 'empty' else f'gets {value}'}",
    "foreign_account": lambda value: f"another's account gets {value}",
    "reversed_window": lambda _: "a reversed window is refused",
    "missing_credential": lambda value: f"a missing credential gets {value}",
    "malformed_credential": lambda value: f"a malformed credential gets {value}",
    "wrong_credential": lambda value: f"a wrong credential gets {value}",
    "envelope": {
        "lean": "an envelope has no `errors` and no `messages`",
        "bare": "a failure has no `errors`",
    }.__getitem__,
    "result_of_errors": lambda _: "an error has `result: null`",
    "notice": lambda _: "`messages` has a notice",
    "numbers": lambda _: "numbers are written as 3.0",
    "members": lambda value: f"members are {value}",
    "strings": lambda _: "letters outside ASCII are escaped",
    "indent": lambda _: "JSON is indented",
    "content_type": lambda value: f"the media type is written as {value}",
    "gzip": lambda _: "content is compressed",
    "chunked": lambda _: "content comes in chunks, without its length",
    "delay": lambda value: f"an answer takes {round(value * 1000)} ms",
    "rate_headers": lambda _: "answers say nothing of rate limits",
    "throttle_every": lambda value: f"one request in {value} gets 429",
    "reset_every": lambda value: f"one connection in {value} is reset",
    "arrival_every": lambda _: "events arrive meanwhile",
    "expiry_every": lambda _: "old events are dropped meanwhile",
}
"""By the name of a choice, the words for a value that is not the reference server's."""
_EVENTS: Mapping[str, str] = {
    "in-order-of-collection": "events are collected late",
    "in-order-of-collection-descending": "events are collected late",
    "empty": "there are no events",
    "empty-not-found": "there are no events",
    "one-event": "there is one event",
    "one-kind": "all events are of one kind",
    "exact-pages": "the last page is full",
    "exact-pages-short-page-ends": "the last page is full",
    "burst": "all events are of one second",
    "burst-offset-descending": "all events are of one second",
}
"""By the style, the words for events of its own."""


def differences(style: Style) -> tuple[str, ...]:
    """The differences of a server of this style from the reference server, each as the end of "breaks where"."""
    words = [] if style.main is None else [_EVENTS[style.name]]
    for choice in fields(style.behavior):
        value = getattr(style.behavior, choice.name)
        if value != getattr(DEFAULT, choice.name):
            words.append(_CHOICES[choice.name](value))
    return tuple(words)
