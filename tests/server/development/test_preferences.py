"""`Prefer` fields, read as RFC 7240 has them."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mconn_contracts.server.development.preferences import preference_applied, preferences


@pytest.mark.parametrize(
    "values, expected",
    [
        (["code=429"], {"code": "429"}),
        (["CODE=429"], {"code": "429"}),
        (["respond-async, delay=2", "Fault=x"], {"respond-async": "", "delay": "2", "fault": "x"}),
        (["code=400, code=500"], {"code": "400"}),
        (["code=400", "code=500"], {"code": "400"}),
        (['fault="a, b"'], {"fault": "a, b"}),
        (['kind="a\\"b\\\\"'], {"kind": 'a"b\\'}),
        (["foo; bar; baz=1 ; code=9, delay = 2"], {"foo": "", "delay": "2"}),
        (['foo; some-parameter="a, code=500"'], {"foo": ""}),
        (['foo="", bar='], {"foo": "", "bar": ""}),
        ([", ,code=200,,"], {"code": "200"}),
        (["a b, code=200"], {"code": "200"}),
        (['"x, code=500", code=200'], {"code": "200"}),
        (['fault="never ends, code=200'], {"code": "200"}),
        ([""], {}),
        ([], {}),
    ],
)
def test_preferences_are_read_by_the_grammar(values: list[str], expected: dict[str, str]) -> None:
    """Names have no case, the first instance counts, parameters are not preferences, what is unreadable is passed over."""
    assert expected == preferences((("X", "code=1"), *(("prefer", value) for value in values)))


@settings(deadline=None)
@given(st.text(alphabet='=,;" \t\\ax', max_size=60))
def test_no_field_is_too_odd(text: str) -> None:
    """Any text is read to its end."""
    assert all(re.fullmatch("[ax]+", name) for name in preferences((("Prefer", text),)))


@settings(deadline=None)
@given(st.dictionaries(st.sampled_from(["code", "fault", "kind"]), st.text(alphabet='a1,"\\ ;'), min_size=1))
def test_what_was_applied_reads_as_what_was_preferred(applied: dict[str, str]) -> None:
    """`Preference-Applied` has the grammar of `Prefer`, without parameters."""
    ((_, words),) = preference_applied(applied)
    assert applied == preferences((("Prefer", words),))
