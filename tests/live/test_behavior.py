"""Every style is a conformant server: it is accused of nothing, and told apart by what it shows."""

from __future__ import annotations

import pytest
from tests.live.runs import Ran, probe

from mconn_contracts.model.finding import Severity
from mconn_contracts.model.observed import OBSERVABLES, sentence
from mconn_contracts.reports.wording import curls
from mconn_contracts.server.styles import STYLES, Style

SHOWS_NOTHING = {
    "pretty": "white space and escapes mean nothing in JSON (RFC 8259)",
    "reversed-members": "the members of an object have no order (RFC 8259, 4)",
    "chunked": "a transfer coding is of the connection, not of the content (RFC 9112, 7)",
    "slow": "time is not observed: two runs must give the same report",
    "throttling": "a 429 is waited for",
    "flaky": "a reset connection is tried again",
    "odd-limit-default": "what a limit gets that is not a positive integer relates to nothing",
    "odd-limit-clamped": "the same",
    "latest-without-versions": "an optional member that is left out throughout is not a choice that a client relies on",
}
"""Styles that are as the reference in all that a client may rely on, and why."""

WARNED = {"newest-second-first": {"MC305"}, "in-order-of-kind": {"MC305"}, "bare-failures": {"MC202"}}
"""Styles that are conformant and unusual: what they are warned of."""

NOTHING_TO_SHOW: dict[str, str | None] = {
    "order": None,
    "window_time": None,
    "window_from": None,
    "window_to": None,
    "count": None,
    "default_limit": None,
    "largest_limit": None,
    "last_page": None,
    "latest": None,
    "latest_order": None,
}
"""What a connector without events shows otherwise than the reference, whatever it answers."""

EXPECTED: dict[str, dict[str, str | None]] = {
    "descending": {"order": "descending"},
    "half-open": {"window_to": "exclusive"},
    "open": {"window_from": "exclusive", "window_to": "exclusive"},
    "left-open": {"window_from": "exclusive"},
    "collected": {"window_time": "a"},
    "collected-half-open-descending": {
        "order": "descending",
        "window_time": "a",
        "window_to": "exclusive",
    },
    "count-total": {"count": "total"},
    "offset": {"count": "total"},
    "short-page-ends": {"last_page": "the first that is not full"},
    "empty-page-ends": {"last_page": "an empty one"},
    "offset-descending-empty-page-ends": {"order": "descending", "count": "total", "last_page": "an empty one"},
    "small-cap": {
        "default_limit": "10",
        "largest_limit": "25",
        "over_limit": "clamped",
        "part_seen": "134 events of 0 to 1767200001, which has more; 38 events of 1767162064 to 1767200001, which are all",
    },
    "small-cap-refused": {
        "default_limit": "20",
        "largest_limit": "50 to 99",
        "over_limit": "refused with 400",
        "part_seen": "135 events of 0 to 1767200001, which has more; 83 events of 1767088856 to 1767200001, which are all",
    },
    "pages-of-five": {
        "default_limit": "5",
        "largest_limit": "5",
        "over_limit": "clamped",
        "part_seen": "32 events of 0 to 1767200001, which has more; 6 events of 1767199121 to 1767200001, which are all",
    },
    "lean": {"success_members": "none", "failure_members": "none", "rate_limit_fields": "not sent"},
    "verbose": {"failure_members": "messages and result"},
    "latest-per-kind": {"latest": "the newest of each kind"},
    "latest-one": {"latest": "the newest 1", "latest_order": None},
    "latest-oldest-first": {"latest": "the newest 50", "latest_order": "ascending"},
    "latest-per-kind-oldest-first": {"latest": "the newest of each kind", "latest_order": "ascending"},
    "forbidding": {"absent_credential": "403", "wrong_credential": "403", "malformed_credential": "403"},
    "bad-request": {"absent_credential": "400", "wrong_credential": "403", "malformed_credential": "400"},
    "unauthorized": {"malformed_credential": "401"},
    "connector-empty": {"unknown_connector": "empty"},
    "connector-404": {"unknown_connector": "refused with 404", "foreign_account": "refused with 404"},
    "strict": {"unknown_kind": "refused with 400", "reversed_window": "refused with 400"},
    "integral-floats": {"numbers": "3.0"},
    "gzip": {"content_coding": "gzip"},
    "arriving": {"largest_limit": "at least 173"},
    "arriving-descending": {"order": "descending", "count": "total", "largest_limit": "at least 192"},
    "in-order-of-collection": {"order": "ascending by a"},
    "in-order-of-collection-descending": {"order": "descending by a", "count": "total", "default_limit": "30"},
    "newest-second-first": {"order": "descending, n ascending"},
    "in-order-of-kind": {"order": "neither by t nor by a", "default_limit": "40"},
    "bare-failures": {"success_members": "none", "failure_members": "none"},
    "wide-windows-refused": {
        "default_limit": "at least 70",
        "largest_limit": "at least 70",
        "widest_window": "86400 to 604799 seconds",
    },
    "narrow-windows-refused": {"narrowest_window": "513 to 2048 seconds"},
    "old-windows-refused": {
        "default_limit": "at least 70",
        "largest_limit": "at least 70",
        "old_window": "refused with 400",
    },
    "future-windows-refused": {"future_window": "refused with 400"},
    "windows-of-hours": {
        "default_limit": "at least 23",
        "largest_limit": "at least 23",
        "widest_window": "21600 to 86399 seconds",
        "narrowest_window": "33 to 128 seconds",
        "future_window": "refused with 400",
    },
    "expiring": {"largest_limit": "at least 133"},
    "expiring-offset-descending": {
        "order": "descending",
        "window_from": None,
        "window_to": None,
        "count": "total",
        "default_limit": "30",
        "largest_limit": "at least 134",
    },
    "odd-limit-empty": {"count": "total"},
    "latest-total": {"count": "total"},
    "latest-lags": {"largest_limit": "at least 172"},
    "empty": NOTHING_TO_SHOW,
    "empty-not-found": NOTHING_TO_SHOW,
    "one-event": {
        "order": None,
        "window_from": None,
        "window_to": None,
        "count": None,
        "default_limit": "at least 1",
        "largest_limit": "at least 1",
        "latest": None,
        "latest_order": None,
    },
    "one-kind": {"default_limit": "at least 37", "largest_limit": "at least 37"},
    "exact-pages": {"default_limit": "40", "largest_limit": "at least 120"},
    "exact-pages-short-page-ends": {
        "default_limit": "40",
        "largest_limit": "at least 120",
        "last_page": "the first that is not full",
    },
    "burst": {"largest_limit": "at least 406", "last_page": None},
    "burst-offset-descending": {
        "order": "descending",
        "window_from": None,
        "window_to": None,
        "default_limit": "30",
        "largest_limit": "90",
        "over_limit": "clamped",
        "part_seen": "404 events of 0 to 1767200001, which has more; 401 events of 1767199487 to 1767200001, which are all",
    },
}
"""What each style shows otherwise than the reference; None is what it does not show. Cursors are opaque: nothing tells
`offset` from `count-total`."""


@pytest.fixture(scope="module")
def reference() -> Ran:
    """The reference server, probed."""
    return probe()


# Of the module, so that all tests of one style come after each other, and share its run.
@pytest.fixture(scope="module", params=STYLES.values(), ids=lambda style: style.name)
def style(request: pytest.FixtureRequest) -> Style:
    """Each style in turn."""
    chosen: Style = request.param
    return chosen


@pytest.fixture(scope="module")
def ran(style: Style) -> Ran:
    """The probes against a server of the style."""
    return probe(style=style)


def test_style_is_accused_of_nothing(style: Style, ran: Ran) -> None:
    """No rule finds anything where nothing is documented, but warnings of what is unusual; the run came to a verdict."""
    warned = WARNED.get(style.name, set())
    assert (warned, None) == (ran.codes, ran.verdict.could_not_judge)
    assert (Severity.WARNING if warned else None) == ran.tally.worst()


def test_style_is_told_apart_by_what_it_shows(style: Style, ran: Ran, reference: Ran) -> None:
    """What a style shows differs from what the reference shows as expected, unless it means the same."""
    names = {*reference.observed, *ran.observed}
    differing = {name: ran.observed.get(name) for name in names if reference.observed.get(name) != ran.observed.get(name)}
    assert EXPECTED.get(style.name, {}) == differing


def test_choice_is_told_in_a_sentence(ran: Ran) -> None:
    """Every choice has a sentence for its value, or for its several values."""
    assert [] == [name for name, value in ran.observed.items() if sentence(name, value) == f"{OBSERVABLES[name].about}: {value}"]


def test_choice_is_shown_by_requests(ran: Ran) -> None:
    """Every choice has one to three requests that show it, as curl lines."""
    shown = {name: curls(observed.shown_by) for name, observed in ran.verdict.observed.items()}
    assert [] == [name for name, lines in shown.items() if not 1 <= len(lines) <= 3]
    assert [] == [line for lines in shown.values() for line in lines if not line.startswith("curl ")]


def test_server_that_keeps_its_choices_breaks_no_pin(reference: Ran) -> None:
    """A run that is compared with an earlier one of the same server finds nothing, and has decided MC516."""
    again = probe(pinned=reference.pinned)
    assert (set(), True) == (again.codes, "MC516" in again.tally.coverage.decided)


def test_server_that_changes_a_choice_breaks_its_pin(reference: Ran) -> None:
    """One finding for each choice that changed, which names the choice, both values, and the requests that show it."""
    changed = probe(style=STYLES["half-open"], pinned=reference.pinned)
    assert ["window_to is now 'exclusive', but the behavior file says 'inclusive'"] == [
        finding.message for finding in changed.tally.findings() if finding.code == "MC516" and finding.shown_by
    ]
    assert {"MC516"} == changed.codes


def test_without_a_pin_nothing_is_compared(reference: Ran) -> None:
    """MC516 is neither decided nor undecided where no behavior was pinned."""
    assert "MC516" not in reference.verdict.statements


def test_what_more_data_could_show_is_not_pinned() -> None:
    """A largest limit that no page has reached is observed, and no later run is held to it."""
    few = probe(style=STYLES["one-kind"])
    many = probe(pinned=few.pinned)
    assert "at least 37" == few.observed["largest_limit"]
    assert set() == many.codes
