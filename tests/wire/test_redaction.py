"""Requests and responses as they may be shown: no secret in them, and a curl line that a shell takes as it is meant."""

from __future__ import annotations

import base64
import os
import subprocess
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mconn_contracts.model.exchange import Request, Response
from mconn_contracts.wire.redaction import (
    SCRUBBED,
    curl,
    redact_headers,
    redact_url,
    scrub,
    scrub_url,
    scrub_value,
    secrets_in,
    secrets_in_url,
)

TOKEN = "v1.0-0123456789abcdef-0123456789"
EMAIL = "someone@example.com"
KEY = "0123456789abcdef0123456789abcdef01234"
URL = "https://example.com/client/v4/accounts/a1/magic/connectors/c1/telemetry/events"


def spelled(name: str) -> st.SearchStrategy[str]:
    """A field name in any case."""
    return st.lists(st.booleans(), min_size=len(name), max_size=len(name)).map(
        lambda upper: "".join(c.upper() if up else c for c, up in zip(name, upper, strict=True))
    )


# Headers.


@pytest.mark.parametrize(
    "name, value, expected",
    [
        ("Authorization", f"Bearer {TOKEN}", "Bearer $CLOUDFLARE_API_TOKEN"),
        ("authorization", f"bearer   {TOKEN}", "Bearer $CLOUDFLARE_API_TOKEN"),
        ("AUTHORIZATION", f"Bearer {TOKEN} and {KEY}", "Bearer $CLOUDFLARE_API_TOKEN"),
        ("Authorization", "Bearer", "[malformed]"),
        ("Authorization", TOKEN, "[malformed]"),
        ("Authorization", "Basic dXNlcjpwYXNzd29yZA==", "[malformed]"),
        ("Authorization", "REDACTED", "[redacted]"),
        ("Authorization", "***", "[redacted]"),
        ("Authorization", "", ""),
        ("X-Auth-Email", EMAIL, "$CLOUDFLARE_EMAIL"),
        ("x-auth-key", KEY, "$CLOUDFLARE_API_KEY"),
        ("Accept", "application/json", "application/json"),
    ],
)
def test_a_credential_is_replaced_by_the_name_of_its_variable(name: str, value: str, expected: str) -> None:
    """Of a bearer token the scheme stays, so that the form can be judged; of anything else nothing does."""
    assert ((name, expected),) == redact_headers([(name, value)])


@pytest.mark.parametrize(
    "name",
    [
        "Cookie",
        "Set-Cookie",
        "Proxy-Authorization",
        "CF-Access-Client-Secret",
        "CF-Access-Token",
        "X-Auth-User-Service-Key",
        "X-Api-Key",
        "Api_Token",
        "X-Amz-Security-Token",
    ],
)
def test_other_secrets_are_left_out(name: str) -> None:
    """What no rule looks at and may hold a secret is not kept at all."""
    assert (("A", "1"),) == redact_headers([("A", "1"), (name, TOKEN)])


def test_a_credential_made_up_to_be_refused_stays() -> None:
    """A probe's wrong token is nobody's: it is shown, so that the request can be sent again."""
    wrong = ("Authorization", "Bearer wrong")

    assert (wrong, ("X-Auth-Key", "$CLOUDFLARE_API_KEY")) == redact_headers([wrong, ("X-Auth-Key", KEY)], frozenset({wrong[1]}))


@given(
    spelled("authorization") | spelled("x-auth-email") | spelled("x-auth-key"),
    st.sampled_from(["Bearer ", "bearer\t", "", "Token "]),
)
def test_no_secret_is_left_in_headers(name: str, scheme: str) -> None:
    """However the name and the scheme are written, the token is gone, and a second pass changes nothing."""
    redacted = redact_headers([(name, scheme + TOKEN)])

    assert TOKEN not in str(redacted)
    assert redacted == redact_headers(redacted)


# URLs.


@pytest.mark.parametrize(
    "url, expected",
    [
        ("https://user:secret@example.com/a@b?c=@", "https://example.com/a@b?c=@"),
        ("https://token@example.com", "https://example.com"),
        ("//user:p@ss@example.com/", "//example.com/"),
        ("HTTPS://u:p@[::1]:8080/x", "HTTPS://[::1]:8080/x"),
        (f"{URL}?from=1&to=2", f"{URL}?from=1&to=2"),
        ("/accounts/a@b", "/accounts/a@b"),
    ],
)
def test_a_url_loses_its_user_information(url: str, expected: str) -> None:
    """User and password are dropped; an at sign elsewhere is none of theirs."""
    assert expected == redact_url(url)


NAMES = [
    "api_token", "access_token", "token", "api_key", "key", "password", "authorization", "client_secret", "signature",
    "X-Amz-Signature",
]  # fmt: skip


@given(st.sampled_from(NAMES).flatmap(spelled), st.sampled_from("-_"), st.sampled_from("?&;#"))
def test_a_url_loses_the_credentials_of_its_query(name: str, separator: str, before: str) -> None:
    """However its name is written, the value is hidden: by itself, and where the response has it."""
    name = name.replace("_", separator)
    url = f"{URL}?from=1{before}{name}={quote(TOKEN + '+=')}&to=2"

    assert f"{URL}?from=1{before}{name}={SCRUBBED}&to=2" == redact_url(url)
    assert redact_url(url) == redact_url(redact_url(url))
    assert TOKEN + "+=" in secrets_in_url(url)
    assert (("Referer", redact_url(url)),) == redact_headers([("Referer", url)])
    assert TOKEN + "+=" in secrets_in([("Referer", url)])


@pytest.mark.parametrize("query", ["monkey=banana-banana-1", "tokens=banana-banana-1", "cursor=token", "key=", "limit=5&token"])
def test_a_url_keeps_what_is_no_credential(query: str) -> None:
    """Other names stay, and names without a value."""
    assert (f"{URL}?{query}", ()) == (redact_url(f"{URL}?{query}"), secrets_in_url(f"{URL}?{query}"))


@pytest.mark.parametrize(
    "url, expected",
    [
        (f"https://someone:{KEY}@example.com/", (KEY,)),
        ("https://pass%2Fword@example.com/", ("pass%2Fword", "pass/word")),
        (f"{URL}?token=short&key=1767041247&password=REDACTED-1", ()),
        (f"https://[x?token={KEY}", (KEY,)),
    ],
)
def test_secrets_of_a_url_are_its_credentials(url: str, expected: tuple[str, ...]) -> None:
    """They are as written and as decoded, when no other text, such as a time, is likely to be the same."""
    assert expected == secrets_in_url(url)


# Responses that echo a secret.


@pytest.mark.parametrize("form", [lambda text: text, quote, lambda text: base64.b64encode(text.encode()).decode()])
def test_a_url_loses_the_secrets_that_come_back_in_it(form: Callable[[str], str]) -> None:
    """A cursor that a server made of the credential is replaced in the next request's URL, in whatever form it is."""
    secret = "canary+token/Qx7"

    assert f"{URL}?cursor={SCRUBBED}&to=2" == scrub_url(f"{URL}?cursor={form(secret).rstrip('=')}&to=2", [secret])


def test_secrets_of_recorded_headers_are_known_by_their_form() -> None:
    """Tokens, keys and addresses can be told from other text; short words and what a recorder wrote over them cannot."""
    headers = [("Authorization", f"Bearer {TOKEN}"), ("X-Auth-Email", EMAIL), ("X-Auth-Key", KEY), ("Accept", "x" * 40)]

    assert (TOKEN, EMAIL, KEY) == secrets_in(headers)
    assert () == secrets_in([("Authorization", "Bearer short"), ("X-Auth-Key", "REDACTED-REDACTED-REDACTED")])
    assert (KEY,) == secrets_in(headers, frozenset({f"Bearer {TOKEN}", EMAIL}))


@pytest.mark.parametrize(
    "name, value, expected",
    [
        ("Cookie", f'a=1; b=true; c={KEY}; d="{TOKEN}"; {KEY[:20]}', (KEY, TOKEN, KEY[:20])),
        ("Cookie", "last=1767041247.0; member=messages; day=2026-01-01; at=abc%2Fdef1", ("abc%2Fdef1", "abc/def1")),
        ("Cookie", f"consent=filter-1; session={KEY}", (KEY,)),
        ("Set-Cookie", f"session={KEY}; Path=/client/v4/accounts; Domain=api.cloudflare.com", (KEY,)),
        ("Proxy-Authorization", f"Bearer {TOKEN}", (TOKEN,)),
        (
            "Proxy-Authorization",
            "Basic " + base64.b64encode(b"someone:open-sesame").decode(),
            (base64.b64encode(b"someone:open-sesame").decode(), "someone:open-sesame", "open-sesame"),
        ),
        (
            "Authorization",
            "basic " + base64.b64encode(f"{EMAIL}:short".encode()).decode(),
            (base64.b64encode(f"{EMAIL}:short".encode()).decode(), f"{EMAIL}:short", EMAIL),
        ),
        ("Authorization", "Basic not-base64-at-all", ("not-base64-at-all",)),
        ("CF-Access-Client-Secret", KEY, (KEY,)),
        ("X-Api-Key", "hunter-seven", ("hunter-seven",)),
    ],
)
def test_secrets_of_other_fields_are_known(name: str, value: str, expected: tuple[str, ...]) -> None:
    """Each value of a cookie, and what Basic encodes; no short word, no time, and nothing that an attribute says."""
    assert expected == secrets_in([(name, value)])


@pytest.mark.parametrize("name", [*NAMES[:3], "Api-Key", "authorization", "PASSWORD", "secret", "x-auth-key", "cookie"])
@pytest.mark.parametrize("value", ["a", 12345678, 1.5])
def test_a_member_that_is_named_as_a_credential_is_hidden(name: str, value: object) -> None:
    """A value under such a name is not shown, whatever it is; null, true and false say nothing."""
    assert (SCRUBBED, None, True) == (scrub_value(name, value), scrub_value(name, None), scrub_value(name, True))
    assert value == scrub_value("key", value)


@given(st.lists(st.sampled_from([TOKEN.encode(), EMAIL.encode(), b"x", b'"', b"\xff"]), max_size=8), st.booleans())
def test_no_echo_of_a_secret_is_left_in_a_response(pieces: list[bytes], in_header: bool) -> None:
    """Wherever a server repeats a secret, in its body or its headers, another text stands."""
    body = b"".join(pieces)
    headers = (("x-echo", f"<{TOKEN}>"),) if in_header else ()

    scrubbed = scrub(Response(200, headers, body), (EMAIL, TOKEN[:8], TOKEN))

    assert body.replace(TOKEN.encode(), SCRUBBED.encode()).replace(EMAIL.encode(), SCRUBBED.encode()) == scrubbed.body
    assert ((("x-echo", f"<{SCRUBBED}>"),) if in_header else ()) == scrubbed.headers


@pytest.mark.parametrize("body", [None, b"", b"nothing of it"])
def test_a_response_without_a_secret_is_itself(body: bytes | None) -> None:
    """Nothing is copied where there is nothing to replace, and texts too short to be told apart are left alone."""
    response = Response(200, (("a", "it"),), body)

    assert scrub(response, (TOKEN, "it", "")) is response


# The curl line.


@pytest.mark.parametrize(
    "request_, expected",
    [
        (Request("GET", URL), f"curl -sS {URL}"),
        (Request("HEAD", URL), f"curl -sS -I {URL}"),
        (Request("DELETE", URL), f"curl -sS -X DELETE {URL}"),
        (Request("GET", f"{URL}?from=1&to=2"), f"curl -sS '{URL}?from=1&to=2'"),
        (
            Request("GET", URL, (("Authorization", "Bearer $CLOUDFLARE_API_TOKEN"), ("Accept", "*/*"))),
            f'curl -sS -H "Authorization: Bearer $CLOUDFLARE_API_TOKEN" {URL}',
        ),
        (
            Request("GET", URL, (("x-auth-email", "$CLOUDFLARE_EMAIL"), ("x-auth-key", "$CLOUDFLARE_API_KEY"))),
            f'curl -sS -H "x-auth-email: $CLOUDFLARE_EMAIL" -H "x-auth-key: $CLOUDFLARE_API_KEY" {URL}',
        ),
        (Request("GET", URL, (("Authorization", "Bearer wrong"),)), f"curl -sS -H 'Authorization: Bearer wrong' {URL}"),
        (Request("GET", f"{URL}?k={{a,b}}"), f"curl -sS -g '{URL}?k={{a,b}}'"),
        (Request("GET", f"{URL}/../latest"), f"curl -sS --path-as-is {URL}/../latest"),
    ],
)
def test_a_curl_line_repeats_a_request(request_: Request, expected: str) -> None:
    """Method, credential and URL, and nothing that the server need not see; a credential comes from its variable."""
    assert expected == curl(request_)


HOSTILE = [
    "$(touch pwned)", "`touch pwned`", "'; touch pwned; '", '"; touch pwned; "', "a\ntouch pwned", "\\", "$CLOUDFLARE_API_TOKEN",
    "$CLOUDFLARE_API_TOKEN $(touch pwned)", 'Bearer $CLOUDFLARE_API_TOKEN"; touch pwned; "', "-o pwned", "!!", "*", "é",
]  # fmt: skip


def test_a_shell_takes_a_curl_line_as_it_is_meant(tmp_path: Path) -> None:
    """Whatever a recording has in method, URL and credential, a shell that runs the line gets just these words."""
    requests = [Request(each, each, (("Authorization", each), ("X-Auth-Key", each))) for each in HOSTILE]
    requests.append(Request("GET", URL, (("Authorization", "Bearer $CLOUDFLARE_API_TOKEN"),)))
    script = "\n".join(['curl() { for word in "$@"; do printf "%s\\0" "$word"; done; printf "\\0"; }', *map(curl, requests)])
    environment = {"PATH": os.environ["PATH"], "CLOUDFLARE_API_TOKEN": "the-token"}

    run = subprocess.run(["sh", "-c", script], cwd=tmp_path, env=environment, capture_output=True, check=True)

    expected = [
        ["-sS", "-X", each, "-H", f"Authorization: {each}", "-H", f"X-Auth-Key: {each}"]
        + (["--url", each] if each.startswith("-") else [each])
        for each in HOSTILE
    ]
    expected.append(["-sS", "-H", "Authorization: Bearer the-token", URL])
    assert expected == [line.split("\0") for line in run.stdout.decode().removesuffix("\0\0").split("\0\0")]
    assert (b"", []) == (run.stderr, list(tmp_path.iterdir()))
