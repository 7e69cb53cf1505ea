"""Replace secrets in what is shown, in every form that they come back in: escaped, percent-encoded, in base64, in a name."""

from __future__ import annotations

import base64
import functools
import re
from collections.abc import Iterator

SCRUBBED = "[secret]"
_MARK = SCRUBBED.encode()
_SHORTEST = 4
"""Characters of a text that can be told from others."""
_SHORTEST_WITHIN = 8
"""Characters of base64 that do not stand there by chance."""
_ESCAPE = re.compile(rb"\\u([0-9A-Fa-f]{4})|\\([\"'/\\])|%([0-9A-Fa-f]{2})")
_CUT_ESCAPE = re.compile(rb"(?:\\(?:u[0-9A-Fa-f]{0,3})?|%[0-9A-Fa-f]?)\Z")
_DEEPEST = 4
"""How often a text may be encoded upon its encoding."""
_BEFORE = {0: 0, 1: 2, 2: 3}
"""Characters of base64 that bytes before a secret have a part in, by their number."""


def hide(text: str, secrets: tuple[str, ...]) -> str:
    """A text in which each of the secrets is replaced, in any form: as it is; with escapes of JSON or of URLs, of all its
    characters or of some; or in base64, by itself or with other text around it. Secrets of less than 4 characters are left.
    """
    data = text.encode(errors="surrogatepass")
    hidden = hide_in_bytes(data, secrets)
    return text if hidden == data else hidden.decode(errors="surrogatepass")


@functools.lru_cache(maxsize=1024)
def hide_in_name(name: str, secrets: tuple[str, ...]) -> str:
    """The name of a header field; one that has a secret, in any case, is replaced as a whole."""
    plain = _plain(name.encode(errors="surrogatepass")).lower()
    return SCRUBBED if _in_lower_case(secrets).search(plain) else name


def hide_in_bytes(data: bytes, secrets: tuple[str, ...]) -> bytes:
    """As `hide`, in the bytes of a body."""
    forms = _forms(secrets)
    for form in forms:
        data = data.replace(form, _MARK)
    if not forms or (b"\\" not in data and b"%" not in data) or not _has(_plain(data), forms):
        return data
    data = _pattern(secrets).sub(_MARK, data)
    plain = _plain(data)
    if not _has(plain, forms):
        return data
    # It is escaped in an unknown way, and only the result is known.
    for form in forms:
        plain = plain.replace(form, _MARK)
    return plain


def hide_where_cut(text: str, secrets: tuple[str, ...]) -> str:
    """As `hide`, in a text that was cut short: its end may be the beginning of a secret."""
    data = text.encode(errors="surrogatepass")
    hidden = hide_in_cut_bytes(data, secrets)
    return text if hidden == data else hidden.decode(errors="surrogatepass")


def hide_in_cut_bytes(data: bytes, secrets: tuple[str, ...]) -> bytes:
    """As `hide_where_cut`, in the bytes of a body."""
    data = hide_in_bytes(data, secrets)
    for text in (data, _plain(_CUT_ESCAPE.sub(b"", data))):
        begun = max((_begun_at_the_end_of(text, form) for form in _forms(secrets)), default=0)
        if begun:
            return text[:-begun] + _MARK
    return data


def _begun_at_the_end_of(data: bytes, form: bytes) -> int:
    """How many bytes of a form these bytes end with, the most; 0 for fewer than can be told from other text."""
    return next((size for size in range(len(form) - 1, _SHORTEST - 1, -1) if data.endswith(form[:size])), 0)


def _has(data: bytes, forms: tuple[bytes, ...]) -> bool:
    return any(form in data for form in forms)


def _plain(data: bytes) -> bytes:
    """Bytes without escapes of JSON and of URLs, even if one encodes the other."""
    for _ in range(_DEEPEST):
        if b"\\" not in data and b"%" not in data:
            break
        decoded = _ESCAPE.sub(_unescaped, data)
        if decoded == data:
            break
        data = decoded
    return data


def _unescaped(found: re.Match[bytes]) -> bytes:
    if found[1]:
        return chr(int(found[1], 16)).encode(errors="surrogatepass")
    return found[2] or bytes([int(found[3], 16)])


@functools.lru_cache(maxsize=256)
def _forms(secrets: tuple[str, ...]) -> tuple[bytes, ...]:
    """What stands for secrets without escapes, the longest first: one may be the beginning of another."""
    forms = {form for secret in secrets if len(secret) >= _SHORTEST for form in _forms_of(secret.encode(errors="surrogatepass"))}
    return tuple(sorted(forms, key=lambda form: (-len(form), form)))


@functools.lru_cache(maxsize=16)
def _in_lower_case(secrets: tuple[str, ...]) -> re.Pattern[bytes]:
    """Matches the forms of secrets in a text in lower case. Without secrets, it matches nothing."""
    return re.compile(b"|".join(re.escape(form.lower()) for form in _forms(secrets)) or rb"(?!)")


def _forms_of(secret: bytes) -> Iterator[bytes]:
    yield secret
    for encode in (base64.b64encode, base64.urlsafe_b64encode):
        yield encode(secret).rstrip(b"=")
        for before, shared in _BEFORE.items():
            text = encode(bytes(before) + secret).rstrip(b"=")
            # What comes after it has a part in the last character, unless that is full.
            within = text[shared : len(text) if (before + len(secret)) % 3 == 0 else len(text) - 1]
            if len(within) >= _SHORTEST_WITHIN:
                yield within


@functools.lru_cache(maxsize=16)
def _pattern(secrets: tuple[str, ...]) -> re.Pattern[bytes]:
    """Matches the forms of secrets with any of their characters escaped."""
    return re.compile(b"|".join(b"".join(map(_spelled, form.decode(errors="surrogatepass"))) for form in _forms(secrets)))


def _spelled(character: str) -> bytes:
    """A pattern for one character: as it is, with a backslash where JSON takes one, by its number, or by its bytes in a URL."""
    raw = character.encode(errors="surrogatepass")
    units = character.encode("utf-16-be", errors="surrogatepass")
    numbered = b"".join(rb"\\+u(?i:%s)" % units[at : at + 2].hex().encode() for at in range(0, len(units), 2))
    in_url = b"".join(rb"(?:%%|\\+u0025)(?:25)*(?i:%02x)" % byte for byte in raw)
    plain = (rb"\\*" if character in "\"'/\\" else b"") + re.escape(raw)
    return b"(?:%s|%s|%s)" % (plain, numbered, in_url)
