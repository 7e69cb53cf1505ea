"""Requests as they may be shown: credentials replaced by the names of the variables that hold them."""

from __future__ import annotations

import base64
import binascii
import contextlib
import functools
import json
import re
import shlex
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from types import MappingProxyType
from urllib.parse import unquote, unquote_plus

from mconn_contracts.model.exchange import Headers, Request, Response
from mconn_contracts.wire.hiding import SCRUBBED, hide, hide_in_bytes, hide_in_cut_bytes, hide_in_name, hide_where_cut

PLACEHOLDERS = {
    "authorization": "$CLOUDFLARE_API_TOKEN",
    "x-auth-email": "$CLOUDFLARE_EMAIL",
    "x-auth-key": "$CLOUDFLARE_API_KEY",
}
"""What stands for a secret header's value, by lower-case name."""

_DROPPED = frozenset(
    {
        "cookie",
        "set-cookie",
        "proxy-authorization",
        "cf-access-client-secret",
        "cf-access-jwt-assertion",
        "cf-access-token",
        "x-auth-user-service-key",
    }
)
_OF_CREDENTIALS = frozenset(
    {
        "accesskey", "accesstoken", "apikey", "apitoken", "authorization", "authtoken", "clientsecret", "consumersecret",
        "idtoken", "jwt", "passwd", "password", "privatekey", "refreshtoken", "secret", "secretkey", "sessiontoken", "sig",
        "signature", "token", "tokensecret", "xamzcredential", "xamzsecuritytoken",
        "xamzsignature", "xapikey", "xauthkey", "xauthtoken", "xgoogsignature",
    }
)  # fmt: skip
"""Names of values that are credentials at any place, in lower case, without the separators of their words."""
_WORDS_OF_MEMBERS = (
    b"token",
    b"secret",
    b"passw",
    b'key":',
    b'key" :',
    b"authorization",
    b"cookie",
    b"jwt",
    b"sig",
    b"credential",
)
"""One of them is in each name of a credential, or ends it: `key` alone is in names of kinds as well."""
_MEMBER = re.compile(rb'"([A-Za-z][A-Za-z0-9._-]{1,40})"[ \t\r\n]*:[ \t\r\n]*"((?:[^"\\]|\\.){8,4096})"')
_WITHOUT_SEPARATORS = {ord(each): None for each in "-_."}
_SEPARATOR = r"(?:[-_.]|%(?:2d|2e|5f))?"
_IN_QUERY = re.compile(
    rf"(?i)(?<=[?&;#])({'|'.join(_SEPARATOR.join(name) for name in [*sorted(_OF_CREDENTIALS), 'cookie', 'key'])})=([^&#\s<>\"]+)"
)
"""A credential in a URL's query, or in its fragment."""
_REPLACED_BY = {**PLACEHOLDERS, "authorization": f"Bearer {PLACEHOLDERS['authorization']}"}
MADE_FROM_SECRETS = {
    "longer": "${{{0}}}x",
    "recased": "$(printf %s ${0} | tr A-Za-z a-zA-Z)",
    "spaced": "\t${0}",
}
"""How a shell makes a wrong credential of the variable that holds the true one; `format` takes the variable's name."""
_FROM_ENVIRONMENT = {
    name: frozenset(value.replace(variable, form.format(variable[1:])) for form in ("${0}", *MADE_FROM_SECRETS.values()))
    for (name, variable), value in zip(PLACEHOLDERS.items(), _REPLACED_BY.values(), strict=True)
}
"""The values of secret header fields that a shell makes of variables, by lower-case name."""
_GLOB = frozenset("[]{}")
_DOT_SEGMENT = re.compile(r"/\.{1,2}(?:[/?#]|$)")
BEARER = re.compile(r"(?i)bearer +\S")
"""A bearer credential with a token of any form: a recorder may have written something else over the real one."""
REPLACED = re.compile(r"(?i)redact|filter|remov|scrub|mask|hidden|dummy|\*{3}|x{6}")
"""What recorders write over a secret: of its form, nothing is left to judge."""
_USER_INFORMATION = re.compile(r"\A((?:[A-Za-z][A-Za-z0-9+.-]*:)?//)([^/?#]*)@")
_SCHEME_AND_TOKEN = re.compile(r"(?i)\b(bearer|basic) +[A-Za-z0-9._~+/=-]{8,}")
_SHORTEST_SECRET, _SHORTEST_MIXED = 16, 8
_MALFORMED, _REDACTED = "[malformed]", "[redacted]"


def redact_headers(
    headers: Iterable[tuple[str, str]],
    harmless: frozenset[str] = frozenset(),
    derived: Mapping[str, str] = MappingProxyType({}),
) -> Headers:
    """Headers without secrets. Values in `harmless` (credentials made up to be refused) stay as they are.

    A bearer token keeps its scheme, so that the form can still be judged; anything else shows nothing. `derived` says what
    stands for values that were made from a secret.
    """
    return tuple(
        (name, derived.get(value) or _hide_in_query(_redact(name.lower(), value, harmless)))
        for name, value in headers
        if name.lower() in PLACEHOLDERS or not is_secret(name)
    )


@functools.lru_cache(maxsize=1024)
def is_secret(name: str) -> bool:
    """Whether what has this name, a header field or a member of a body, is a credential."""
    name = name.lower()
    return name in PLACEHOLDERS or name in _DROPPED or name.translate(_WITHOUT_SEPARATORS) in _OF_CREDENTIALS


def secrets_in(headers: Iterable[tuple[str, str]], harmless: frozenset[str] = frozenset()) -> tuple[str, ...]:
    """The texts of the secrets in recorded headers that can be told from other text, for `scrub`."""
    found: list[str] = []
    for name, value in headers:
        if value not in harmless:
            found += _texts(name.lower(), value)
    return tuple(dict.fromkeys(found))


def _texts(name: str, value: str) -> Iterator[str]:
    if name in ("cookie", "set-cookie"):
        # What follows the first pair of Set-Cookie are attributes.
        for pair in value.split(";") if name == "cookie" else [value.partition(";")[0]]:
            text = pair.partition("=")[2] or pair
            yield from filter(_is_telling, dict.fromkeys((text.strip(' "'), unquote(text.strip(' "')))))
    elif name in PLACEHOLDERS or name in _DROPPED:
        scheme, _, credentials = value.strip().partition(" ")
        yield from filter(_is_telling, (credentials or scheme).split())
        if scheme.lower() == "basic":
            yield from _of_basic(credentials)
    elif is_secret(name):
        yield from filter(_is_long, (value.strip(), *value.split()[1:]))
    yield from _in_query(value)


def _of_basic(credentials: str) -> Iterator[str]:
    """What user and password are encoded in (RFC 7617), as they are."""
    try:
        pair = base64.b64decode(credentials, validate=True).decode()
    except (binascii.Error, ValueError):
        return
    user, _, password = pair.partition(":")
    yield from (text for text in (pair, password) if _is_long(text))
    if _is_telling(user):
        yield user


def secrets_in_url(url: str) -> tuple[str, ...]:
    """The texts of the credentials in a URL that can be told from other text, for `scrub`."""
    login = _USER_INFORMATION.match(url)
    parts = [part for text in (login[2] if login else "").split(":") for part in (text, unquote(text)) if _is_long(part)]
    return tuple(dict.fromkeys((*parts, *_in_query(url))))


def _in_query(text: str) -> Iterator[str]:
    for match in _IN_QUERY.finditer(text) if "=" in text else ():
        yield from filter(_is_long, dict.fromkeys((match[2], unquote(match[2]), unquote_plus(match[2]))))


def _is_long(text: str) -> bool:
    """Whether a text that is a credential by its name does not stand in a body by chance: what has no letter may be a time."""
    return len(text) >= _SHORTEST_MIXED and any(map(str.isalpha, text)) and not REPLACED.search(text)


def _is_telling(text: str) -> bool:
    """Whether the form of a text shows that it is neither a common word nor the name of a member."""
    if "@" in text:
        return not REPLACED.search(text)
    return _is_long(text) and (len(text) >= _SHORTEST_SECRET or any(map(str.isdigit, text)))


def _redact(name: str, value: str, harmless: frozenset[str]) -> str:
    if name not in PLACEHOLDERS or value in harmless or not value:
        return value
    if name == "authorization":
        if BEARER.match(value):
            return _REPLACED_BY[name]
        return _REDACTED if REPLACED.search(value) else _MALFORMED
    return _REPLACED_BY[name]


def redact_url(url: str) -> str:
    """A URL without the user and password that it may hold, and without the values of credentials in its query."""
    return _hide_in_query(_USER_INFORMATION.sub(r"\1", url))


def _hide_in_query(text: str) -> str:
    return _IN_QUERY.sub(rf"\1={SCRUBBED}", text) if "=" in text else text


def scrub_value(name: object, value: object) -> object:
    """A member of a body as it may be shown: what a client sends as a credential is replaced, by its name or its scheme."""
    if isinstance(value, str | int | float) and not isinstance(value, bool) and is_secret(str(name)):
        return SCRUBBED
    # A scheme and its token have a space between them.
    return _SCHEME_AND_TOKEN.sub(rf"\1 {SCRUBBED}", value) if isinstance(value, str) and " " in value else value


def scrub(response: Response, secrets: Iterable[str]) -> Response:
    """A response in which each of the texts `secrets` is replaced, where a server echoes one in its body or headers.

    So is the value of a member of its body that is named as a credential, and the beginning of a text at which an incomplete
    response is cut off. See `hide` for the forms that are found.
    """
    body, incomplete = response.body, response.incomplete
    every = tuple(dict.fromkeys((*secrets, *(_in_members(body) if body else ()))))
    headers = scrub_headers(response.headers, every)
    if incomplete is not None:
        body = body and hide_in_cut_bytes(body, every)
        incomplete = hide_where_cut(incomplete, every)
    else:
        body = body and hide_in_bytes(body, every)
    if (body, headers, incomplete) == (response.body, response.headers, response.incomplete):
        return response
    return replace(response, headers=headers, body=body, incomplete=incomplete)


def scrub_headers(headers: Iterable[tuple[str, str]], secrets: tuple[str, ...]) -> Headers:
    """Header fields in which each of the texts `secrets` is replaced as in `scrub`."""
    return tuple((hide_in_name(name, secrets), hide(value, secrets)) for name, value in headers)


def scrub_written(record: bytes, body: bytes, secrets: Iterable[str]) -> bytes:
    """The text of a record of an exchange in which secrets are replaced as in `scrub`; `body` is the response's within it."""
    return hide_in_bytes(record, tuple(dict.fromkeys((*secrets, *_in_members(body), *_in_members(record)))))


def scrub_url(url: str, secrets: Iterable[str]) -> str:
    """A URL in which each of the texts `secrets` is replaced as in `scrub`: a cursor comes from the server, and goes back."""
    return hide(url, tuple(secrets))


def _in_members(body: bytes) -> Iterator[str]:
    """The values of members that are named as credentials."""
    lowered = body.lower()
    if not any(word in lowered for word in _WORDS_OF_MEMBERS):
        return
    for name, value in _MEMBER.findall(body):
        if is_secret(name.decode()):
            with contextlib.suppress(ValueError):
                text = json.loads(b'"' + value + b'"')
                if _is_long(text):
                    yield text


def curl(request: Request) -> str:
    """A request as one curl command line; a redacted credential is read from its environment variable.

    A shell gives curl exactly the recorded text, and curl sends the URL unchanged.
    """
    words = ["curl", "-sS"]
    if request.method == "HEAD":
        words.append("-I")
    elif request.method != "GET":
        words += ["-X", shlex.quote(request.method)]
    for name, value in request.headers:
        if name.lower() in PLACEHOLDERS:
            line = f"{name}: {value}"
            words += ["-H", f'"{line}"' if value in _FROM_ENVIRONMENT[name.lower()] else shlex.quote(line)]
    if _GLOB & set(request.url):
        words.append("-g")
    if _DOT_SEGMENT.search(request.url):
        words.append("--path-as-is")
    if request.url.startswith("-"):
        words.append("--url")
    return " ".join([*words, shlex.quote(request.url)])
