"""What a request prefers: its `Prefer` fields, as RFC 7240 has them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from mconn_contracts.model.exchange import Headers

TCHARS: Final = r"[!#$%&'*+.^_`|~0-9A-Za-z-]++"
"""A token (RFC 9110, 5.6.2)."""
_QUOTED: Final = r'"(?:[^"\\]|\\.)*+"'
_WORD: Final = rf"(?:{TCHARS}|{_QUOTED})"
_PREFERENCE: Final = re.compile(
    rf"(?P<name>{TCHARS})[ \t]*+(?:=[ \t]*+(?P<word>{_WORD})?)?[ \t]*+"
    rf"(?:;[ \t]*+(?:{TCHARS}[ \t]*+(?:=[ \t]*+{_WORD}?)?[ \t]*+)?)*+(?=,|$)"
)
_UNREADABLE: Final = re.compile(rf"(?:[^,\"]|{_QUOTED}|\")*?(?=,|$)")
_BETWEEN: Final = re.compile(r"[ \t,]*+")


def preferences(headers: Headers) -> dict[str, str]:
    """The preferences by name, in lower case: the first instance of each (RFC 7240, 2), "" if it has no value.

    What is not a preference by its grammar is left out, and so are parameters.
    """
    text = ",".join(value for name, value in headers if name.lower() == "prefer")
    found: dict[str, str] = {}
    at = 0
    while (between := _BETWEEN.match(text, at)) and between.end() < len(text):
        at = between.end()
        if each := _PREFERENCE.match(text, at):
            found.setdefault(each["name"].lower(), _unquoted(each["word"] or ""))
            at = each.end()
        elif beyond := _UNREADABLE.match(text, at):
            at = beyond.end()
    return found


def preference_applied(applied: Mapping[str, str]) -> Headers:
    """The response field that says which preferences were applied (RFC 7240, 3)."""
    words = ", ".join(f"{name}={value if re.fullmatch(TCHARS, value) else _quoted(value)}" for name, value in applied.items())
    return (("Preference-Applied", words),)


def _unquoted(word: str) -> str:
    return re.sub(r"\\(.)", r"\1", word[1:-1]) if word.startswith('"') else word


def _quoted(value: str) -> str:
    return '"' + re.sub(r'(["\\])', r"\\\1", value) + '"'
