"""What was observed, in sentences."""

from __future__ import annotations

import pytest

from mconn_contracts.model.observed import sentence


@pytest.mark.parametrize(
    "name, value, expected",
    [
        ("order", "descending, n ascending", "Lists descend by time, but events of the same second ascend by `n`"),
        ("window_to", "exclusive", "A window leaves out its last second, `to`"),
        ("default_limit", "at least 25", "The size of a page without `limit` is 25 or more"),
        ("largest_limit", "50 to 99", "The largest `limit` is between 50 and 99"),
        ("largest_limit", "25", "The largest `limit` is 25"),
        ("latest", "the newest 50", "The latest events are the newest 50"),
        ("latest", "the newest of each kind", "The latest events are the newest of each kind"),
        ("unknown_kind", "refused with 400", "A filter by a kind that does not exist is refused with status 400"),
        ("failure_members", "messages and result", "A failed response has `messages` and `result`"),
        ("failure_members", "none", "A failed response has none of the optional members"),
        ("content_coding", "identity", "Bodies are sent as they are, without compression"),
        ("malformed_credential", "400, 401", "A request with a malformed credential gets status 400 or 401"),
        (
            "unknown_connector",
            "empty, refused with 404",
            "A connector that does not exist gets an empty list, or is refused with status 404",
        ),
        ("failure_members", "messages, messages and result", "A failed response has `messages`, or `messages` and `result`"),
        (
            "rate_limit_fields",
            "not sent, sent",
            "No header field says how many requests are left, or header fields say how many requests are left (`Ratelimit`)",
        ),
        ("part_seen", "9 events of 1 to 5, which has more", "This run saw 9 events of the time from 1 to 5, which has more"),
        (
            "part_seen",
            "9 events of 1 to 5, which has more; 3 events of 1 to 2, which are all",
            "This run saw 9 events of the time from 1 to 5, which has more, and all 3 events of the time from 1 to 2",
        ),
    ],
)
def test_a_value_has_its_sentence(name: str, value: str, expected: str) -> None:
    """A sentence says what a value means, with the numbers and names of the value."""
    assert expected == sentence(name, value)


@pytest.mark.parametrize(
    "name, value, expected",
    [
        ("numbers", "3, odd", "How whole numbers are written: 3, odd"),
        ("order", "sideways", "The order of events in a list: sideways"),
        ("unheard_of", "yes", "unheard_of: yes"),
    ],
)
def test_another_value_stands_as_it_is(name: str, value: str, expected: str) -> None:
    """Values that are not listed follow what they are of."""
    assert expected == sentence(name, value)


def test_what_comes_from_a_server_is_written_as_the_report_wants() -> None:
    """What a value brings with it passes through the report's own function; our words do not."""
    assert "Bodies are compressed with `<GZIP>`" == sentence("content_coding", "gzip", lambda part: f"<{part.upper()}>")
    assert "<X>: <Y>" == sentence("x", "y", lambda part: f"<{part.upper()}>")
