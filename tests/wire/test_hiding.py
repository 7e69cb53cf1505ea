"""Secrets that come back in any form."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from urllib.parse import unquote_to_bytes

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mconn_contracts.model.exchange import Response
from mconn_contracts.wire.hiding import SCRUBBED, hide, hide_in_bytes, hide_in_name, hide_where_cut
from mconn_contracts.wire.redaction import redact_url, scrub

SECRETS = st.text("ab1-._~+/='é", min_size=8, max_size=24).filter(lambda text: len(set(text)) > 3)
ESCAPES: list[Callable[[str], str]] = [
    lambda each: each,
    lambda each: json.dumps(each)[1:-1],
    lambda each: f"\\u{ord(each):04x}",
    lambda each: f"\\u{ord(each):04X}",
    lambda each: f"\\{each}" if each in "/\"'\\" else each,
    lambda each: "".join(f"%{byte:02x}" for byte in each.encode()),
    lambda each: "".join(f"%{byte:02X}" for byte in each.encode()),
    lambda each: "".join(f"%25{byte:02X}" for byte in each.encode()),
    lambda each: "".join(f"\\u0025{byte:02X}" for byte in each.encode()),
]
"""The forms that one character may take."""


@st.composite
def escaped(draw: st.DrawFn, text: str) -> str:
    """A text with each of its characters in some form."""
    return "".join(draw(st.sampled_from(ESCAPES))(each) for each in text)


@st.composite
def echoes(draw: st.DrawFn) -> tuple[str, str]:
    """A secret, and how a server repeats it: escaped, or in base64 among other text, which may be escaped as well."""
    secret = draw(SECRETS)
    if draw(st.booleans()):
        return secret, draw(escaped(secret))
    encode = draw(st.sampled_from([base64.b64encode, base64.urlsafe_b64encode]))
    around = draw(st.sampled_from(["", "B", "Be", "Bearer "])), draw(st.sampled_from(["", ":", ":x", ":xy"]))
    return secret, draw(escaped(encode(f"{around[0]}{secret}{around[1]}".encode()).decode()))


def read(data: bytes) -> bytes:
    """What a reader makes of bytes, by undoing every escape as often as there is one."""
    for _ in range(4):
        text = unquote_to_bytes(data).decode("utf-8", "surrogateescape")
        for code in {*range(0x20, 0x7F), 0xE9}:
            text = text.replace(f"\\u{code:04x}", chr(code)).replace(f"\\u{code:04X}", chr(code))
        for each in "/\"'":
            text = text.replace(f"\\{each}", each)
        data = text.encode("utf-8", "surrogateescape")
    return data


@settings(max_examples=50)
@given(echoes(), st.sampled_from(["", "a", " "]), st.sampled_from(["", "b", " "]))
def test_no_form_of_a_secret_is_left(echo: tuple[str, str], before: str, after: str) -> None:
    """Whatever form it comes back in, a reader finds neither the secret, nor base64 of it, in what is shown."""
    secret, repeated = echo
    shown = hide(f"{before}{repeated}{after}", (secret,))

    assert SCRUBBED in shown
    assert shown.encode() == hide_in_bytes(f"{before}{repeated}{after}".encode(), (secret,))
    assert secret.encode() not in read(shown.encode())
    assert SCRUBBED == hide_in_name(f"x-{repeated}", (secret,))


@given(st.text('ab%\\u0025/é"', max_size=40))
def test_what_has_no_secret_stays_as_it_is(text: str) -> None:
    """Escapes of other texts are not undone."""
    assert text == hide(text, ("canary-token-Qx7",))


@pytest.mark.parametrize(
    "echo", ["canary\\/tok\\u002bQx7\\u003d", "canary%2Ftok%2bQx7%3D", "c\\u0061nary/tok+Qx7=", "canary%252Ftok%252BQx7="]
)
def test_the_text_around_a_secret_is_kept(echo: str) -> None:
    """Only the secret is replaced, so that the rest of a body can be judged."""
    assert f'{{"a\\/b": "{SCRUBBED}", "c": "%20"}}' == hide(f'{{"a\\/b": "{echo}", "c": "%20"}}', ("canary/tok+Qx7=",))


@pytest.mark.parametrize(
    "cut, shown",
    [
        ("a%20 canary\\/tok", f"a  {SCRUBBED}"),
        ("it is canary%2Ftok%2", f"it is {SCRUBBED}"),
        ("it is c\\u0061nary\\u00", f"it is {SCRUBBED}"),
        ("Y2FuYXJ5L3Rvay", SCRUBBED),
        ("canary/tok+Qx7=, and a can", f"{SCRUBBED}, and a can"),
        ("it is 100%", "it is 100%"),
    ],
)
def test_a_secret_that_is_cut_off_is_hidden(cut: str, shown: str) -> None:
    """The beginning of a secret at the end of a text is hidden in any form; fewer than four characters may be anything."""
    assert shown == hide_where_cut(cut, ("canary/tok+Qx7=",))


def test_a_name_of_a_field_is_hidden_in_any_case() -> None:
    """A field that is named by a credential has no name any more, and keeps its value."""
    response = scrub(Response(200, (("x-canary-token-qx7", "1"), ("x-other", "2"))), ("canary-token-Qx7",))

    assert ((SCRUBBED, "1"), ("x-other", "2")) == response.headers


@pytest.mark.parametrize("name", ["token", "access_token", "api_key", "Authorization", "password", "cookie"])
def test_members_and_query_members_that_are_credentials_are_hidden(name: str) -> None:
    """Their values are hidden wherever they stand in a body, and in a URL."""
    body = json.dumps({name: "hunter-Qx7/seven", "echo": "it is hunter-Qx7/seven"}).encode()

    assert json.dumps({name: SCRUBBED, "echo": f"it is {SCRUBBED}"}).encode() == scrub(Response(200, (), body), ()).body
    assert f"https://a.example/?{name}={SCRUBBED}&from=1" == redact_url(f"https://a.example/?{name}=hunter-Qx7/seven&from=1")
