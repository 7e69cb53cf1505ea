"""Decode JSON bytes strictly (RFC 8259), naming each encoding fault at its place instead of stopping."""

from __future__ import annotations

import json
import math
import re
import secrets
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, NoReturn

import msgspec

from mconn_contracts.contract.document import escape
from mconn_contracts.model.defect import Defect, DefectKind
from mconn_contracts.wire.arrays import ARRAY, TextArray, UnbalancedError, large_arrays
from mconn_contracts.wire.redaction import scrub_value

MAX_DEPTH = 100
"""Levels of nesting that are read; the document's own bodies need seven."""

LARGE_BODY = 1024 * 1024
"""Bytes from which on a body is decoded in parts: its large arrays are kept as text."""

HUGE = 10**400
"""Stands for a number of more than 400 digits or beyond a double: integral, and past every bound."""

_OPEN_OR_CLOSE = re.compile(r'"(?:[^"\\]|\\.)*"?|[\[{\]}]', re.DOTALL)
_LONE_SURROGATE = re.compile("[\ud800-\udfff]")
_SURROGATE_ESCAPE = re.compile(rb"\\u[dD][89a-fA-F]")
_WHITESPACE = " \t\n\r"
_encode = json.JSONEncoder(ensure_ascii=False).encode
_AS_ZEROS = bytes.maketrans(b"123456789", b"000000000")
_MANY_DIGITS = b"0" * 401
# What a text that was cut inside a literal, a number or a string's escape may have from the decoder's position on.
_CUT_LITERAL = frozenset(
    literal[:end] for literal in ("true", "false", "null", "NaN", "-Infinity", "Infinity") for end in range(1, len(literal))
)
_CUT_NUMBER = re.compile(r"\.|(?:\.[0-9]+)?[eE][+-]?")
_CUT_ESCAPE = re.compile(r"u[0-9a-fA-F]{0,4}")


@dataclass(frozen=True, slots=True)
class Decoded:
    """The value of a body, with its encoding faults. `readable` is False if there is no value at all.

    An array of the value is a list, or a `TextArray` where it is a large one of a large body.
    """

    value: Any
    defects: tuple[Defect, ...] = ()
    readable: bool = True


class _Repeating(dict[str, Any]):
    """An object in which some names occur more than once. It holds the last value of each."""

    repeated: tuple[str, ...] = ()


class _BeyondDepthError(ValueError):
    pass


def decode(body: bytes) -> Decoded:
    """Decode one JSON text.

    Lone surrogates are replaced in the value, so that every text in it, and every pointer into it, can be written out.
    """
    return _decode_plain(body) or (_decode_large if len(body) >= LARGE_BODY else _decode_strictly)(body)


def _decode_plain(body: bytes) -> Decoded | None:
    """What a body without any fault decodes to, some twenty times as fast; None if it may have one, or needs more care."""
    if b"\\" in body or body.count(b"[") + body.count(b"{") > MAX_DEPTH or _MANY_DIGITS in body.translate(_AS_ZEROS):
        return None
    try:
        value = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None
    # Of a name that comes again, only the last is in the value.
    return Decoded(value) if msgspec.json.encode(value).count(b'"') == body.count(b'"') else None


def _decode_large(body: bytes) -> Decoded:
    """As `_decode_strictly`, in little more memory than the body takes, if what is large in it is arrays."""
    try:
        found = large_arrays(body, MAX_DEPTH, _element)
        parts = _decode_in_parts(body, found) if found else None
        if parts is not None or not found:
            return parts or _decode_strictly(body)
    except UnbalancedError:
        pass
    # It is no JSON, or not UTF-8: what is wrong is found without a value being made.
    checked = _decode_strictly(body, _check)
    if not checked.readable:
        return checked
    mended = body.decode("utf-8", errors="replace").encode()
    parts = _decode_in_parts(mended, large_arrays(mended, MAX_DEPTH, _element))
    foreign = tuple(defect for defect in checked.defects if defect.kind is DefectKind.BAD_UTF_8)
    return _decode_strictly(body) if parts is None else replace(parts, defects=(*foreign, *parts.defects))


def _decode_in_parts(body: bytes, found: list[tuple[int, int, TextArray]]) -> Decoded | None:
    """Decode a body without its large arrays, and the elements of these; None if a part cannot be read, or is not UTF-8."""
    first = secrets.randbits(192) | 1 << 192
    # A number that nobody can have foreseen stands for each array. Spaces keep it apart from what stands beside it.
    arrays = {str(first + index): each for index, (_, _, each) in enumerate(found)}
    pieces, at = [], 0
    for (start, end, _), number in zip(found, arrays, strict=True):
        pieces += [body[at:start], b" %b " % number.encode()]
        at = end
    decoder = _decoder(lambda digits: arrays[digits] if digits in arrays else _integer(digits))
    outer = _decode_strictly(b"".join([*pieces, body[at:]]), lambda text: _value(text, decoder))
    if not _is_part(outer):
        return None
    pointers = {id(each): pointer for pointer, each in walk(outer.value) if isinstance(each, TextArray)}
    defects = list(outer.defects)
    for each in arrays.values():
        pointer = pointers.get(id(each))
        for indexes, text in each.texts():
            if _is_deeper(text, MAX_DEPTH - each.depth - (len(indexes) == 1)):
                return None
            if _decode_plain(text) is not None:
                continue
            for index in indexes:
                element = decode(each.text(index))
                if not _is_part(element, inner=True):
                    return None
                # What is written under a name that comes again is not in the value.
                if element.defects and pointer is not None:
                    defects += [replace(defect, pointer=f"{pointer}/{index}{defect.pointer}") for defect in element.defects]
    return Decoded(outer.value, tuple(defects))


def _element(text: bytes) -> Any:
    return decode(text).value


def _is_part(decoded: Decoded, *, inner: bool = False) -> bool:
    """Whether a part of a body reads as it would within it."""
    kinds = {defect.kind for defect in decoded.defects}
    return decoded.readable and DefectKind.BAD_UTF_8 not in kinds and not (inner and DefectKind.BYTE_ORDER_MARK in kinds)


def _is_deeper(text: bytes, levels: int) -> bool:
    if text.count(b"[") + text.count(b"{") <= levels:
        return False
    try:
        _limit_depth(text.decode("utf-8", errors="replace"), levels)
    except _BeyondDepthError:
        return True
    return False


def _decode_strictly(body: bytes, read: Callable[[str], Any] | None = None) -> Decoded:
    """Decode a body. `read` makes its value."""
    defects: list[Defect] = []
    if body.startswith(b"\xef\xbb\xbf"):
        defects.append(Defect(DefectKind.BYTE_ORDER_MARK, "", "the body starts with a byte order mark, EF BB BF"))
        body = body[3:]
    foreign: Defect | None = None
    ends_inside_character = False
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError as error:
        seen = body[error.start : error.start + 8].hex(" ").upper()
        foreign = Defect(DefectKind.BAD_UTF_8, "", f"byte {error.start} is not UTF-8: {seen}")
        ends_inside_character = error.reason == "unexpected end of data"
        text = body.decode("utf-8", errors="replace")
    try:
        value = (read or _value)(text)
    except _BeyondDepthError as error:
        return Decoded(None, (*defects, Defect(DefectKind.NESTED_TOO_DEEP, "", str(error))), readable=False)
    except json.JSONDecodeError as error:
        syntax = _syntax_defect(text, error)
        # Bytes that are not UTF-8 are the root: the text that replaces them need not be JSON. A body that ends inside a
        # character is cut short.
        if foreign is None or (ends_inside_character and syntax.kind is DefectKind.BODY_CUT_SHORT):
            defects.append(syntax)
        else:
            defects.append(foreign)
        return Decoded(None, tuple(defects), readable=False)
    if foreign is not None:
        defects.append(foreign)
    lone: dict[str, None] = {}
    if _SURROGATE_ESCAPE.search(body):
        value = _mend(value, "", lone)
    if isinstance(value, float) or "NaN" in text or "Infinity" in text:
        defects.extend(
            Defect(DefectKind.NOT_A_NUMBER, pointer, f"{excerpt(number)} is not JSON; a number must be finite")
            for pointer, number in walk(value)
            if isinstance(number, float) and not math.isfinite(number)
        )
    defects.extend(
        Defect(
            DefectKind.DUPLICATE_NAME,
            f"{pointer}/{escape(name)}",
            f"the name {excerpt(name)} stands more than once in one object",
        )
        for pointer, owner in (walk(value) if _repeats(value) else ())
        if isinstance(owner, _Repeating)
        for name in owner.repeated
    )
    words = "the string has a lone surrogate, which UTF-8 cannot represent"
    defects.extend(Defect(DefectKind.LONE_SURROGATE, pointer, words) for pointer in lone)
    return Decoded(value, tuple(defects))


def walk(value: Any, pointer: str = "") -> Iterator[tuple[str, Any]]:
    """Every value inside a JSON value, with its pointer, outermost first."""
    yield pointer, value
    if isinstance(value, dict):
        for name, child in value.items():
            yield from walk(child, f"{pointer}/{escape(name)}")
    elif isinstance(value, list):
        for index, child in enumerate(value):
            yield from walk(child, f"{pointer}/{index}")


def excerpt(value: Any, limit: int = 60) -> str:
    """A value as JSON for a message, at most `limit` characters, lone surrogates escaped."""
    if isinstance(value, Mapping) and len(value) > 8:
        return f"an object with {len(value)} properties"
    if isinstance(value, ARRAY) and len(value) > 8:
        return f"an array of {len(value)} items"
    if isinstance(value, int) and abs(value) >= HUGE:
        return "a number with more than 400 digits, or too large for a double,"
    value = str(scrub_value("", value[: 8 * limit]))[: limit + 1] if isinstance(value, str) else scrubbed("", value)
    text = _LONE_SURROGATE.sub("\N{REPLACEMENT CHARACTER}", _encode(value))
    return text if len(text) <= limit else text[: limit - 1] + "…"


def scrubbed(name: object, value: Any) -> Any:
    """A value as it may be shown: credentials in it are replaced, which are told by their names or their form."""
    if isinstance(value, Mapping):
        return {inner: scrubbed(inner, each) for inner, each in value.items()}
    return [scrubbed(name, each) for each in value] if isinstance(value, ARRAY) else scrub_value(name, value)


def _pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    plain = dict(pairs)
    if len(plain) == len(pairs):
        return plain
    seen: set[str] = set()
    repeated: dict[str, None] = {}
    for name, _ in pairs:
        if name in seen:
            repeated[name] = None
        seen.add(name)
    owner = _Repeating(plain)
    owner.repeated = tuple(repeated)
    return owner


def _repeats(value: Any) -> bool:
    """Whether an object in a value has a name more than once, which is seen faster than where."""
    rest = [value]
    while rest:
        each = rest.pop()
        if isinstance(each, _Repeating):
            return True
        children = each.values() if isinstance(each, dict) else each if isinstance(each, list) else ()
        rest += [child for child in children if isinstance(child, (dict, list))]
    return False


def _mend(value: Any, pointer: str, lone: dict[str, None]) -> Any:
    """The value with each lone surrogate replaced, in names too. Notes their places."""
    if isinstance(value, str):
        if not _LONE_SURROGATE.search(value):
            return value
        lone[pointer] = None
        return _LONE_SURROGATE.sub("\N{REPLACEMENT CHARACTER}", value)
    if isinstance(value, list):
        return [_mend(child, f"{pointer}/{index}", lone) for index, child in enumerate(value)]
    if not isinstance(value, dict):
        return value
    owner = _Repeating()
    for name, child in value.items():
        whole = _mend(name, "", {})
        place = f"{pointer}/{escape(whole)}"
        if whole != name:
            lone[place] = None
        owner[whole] = _mend(child, place, lone)
    if isinstance(value, _Repeating):
        owner.repeated = tuple(_mend(name, "", {}) for name in value.repeated)
    return owner


def _integer(digits: str) -> int:
    # Python refuses very long integers (CVE-2020-10735); past 400 digits every bound is passed anyway.
    if len(digits) <= 400:
        return int(digits)
    return -HUGE if digits.startswith("-") else HUGE


def _real(literal: str) -> float | int:
    number = float(literal)
    if math.isfinite(number):
        return number
    return -HUGE if literal.startswith("-") else HUGE


def _constant(name: str) -> float:
    return float(name.replace("Infinity", "inf"))


def _decoder(
    parse_int: Callable[[str], Any], object_pairs_hook: Callable[[list[tuple[str, Any]]], Any] = _pairs
) -> json.JSONDecoder:
    return json.JSONDecoder(
        object_pairs_hook=object_pairs_hook, parse_int=parse_int, parse_float=_real, parse_constant=_constant, strict=True
    )


_DECODER = _decoder(_integer)
_CHECKER = _decoder(lambda _: None, lambda _: None)
"""Finds what is wrong, and makes next to nothing of what is right."""


def _check(text: str) -> None:
    """Raise what `_value` would; there is no value."""
    try:
        _CHECKER.decode(text)
    except (json.JSONDecodeError, RecursionError):
        _limit_depth(text)
        raise
    _limit_depth(text)


def _value(text: str, decoder: json.JSONDecoder = _DECODER) -> Any:
    """The value of a text that is nested at most so deep, which is seen faster in the value than in the text."""
    if text.count("[") + text.count("{") <= MAX_DEPTH:
        return decoder.decode(text)
    try:
        value = decoder.decode(text)
    except (json.JSONDecodeError, RecursionError):
        _limit_depth(text)
        raise
    level = [value]
    for _ in range(MAX_DEPTH):
        # What is written under a name that comes again is not in the value.
        if any(isinstance(owner, _Repeating) for owner in level):
            break
        level = [
            child
            for owner in level
            for child in (owner.values() if isinstance(owner, dict) else owner if isinstance(owner, list) else ())
            if isinstance(child, dict | list)
        ]
        if not level:
            return value
    _limit_depth(text)
    return value


def _limit_depth(text: str, levels: int = MAX_DEPTH) -> None:
    depth = 0
    for match in _OPEN_OR_CLOSE.finditer(text):
        bracket = match[0]
        if bracket in "[{":
            depth += 1
            if depth > levels:
                _beyond(text, match.start())
        elif bracket in "]}":
            depth -= 1


def _beyond(text: str, position: int) -> NoReturn:
    line = text.count("\n", 0, position) + 1
    raise _BeyondDepthError(f"nested deeper than {MAX_DEPTH} levels at line {line}, character {position}")


def _syntax_defect(text: str, error: json.JSONDecodeError) -> Defect:
    if not text.strip(_WHITESPACE):
        return Defect(DefectKind.NOT_JSON, "", "the body is empty; it must be a JSON text")
    place = f"line {error.lineno}, column {error.colno}"
    rest = text[error.pos :]
    if (
        not rest.strip(_WHITESPACE)
        or error.msg.startswith("Unterminated string")
        or (error.msg.startswith("Expecting") and rest in _CUT_LITERAL)
        or (text[: error.pos][-1:].isdecimal() and _CUT_NUMBER.fullmatch(rest))
        or (error.msg.startswith("Invalid \\u") and _CUT_ESCAPE.fullmatch(rest))
    ):
        return Defect(DefectKind.BODY_CUT_SHORT, "", f"the JSON text ends early, at {place}, after {len(text)} characters")
    seen = excerpt(text[error.pos : error.pos + 24])
    return Defect(DefectKind.NOT_JSON, "", f"not JSON at {place}: {error.msg}, found {seen}")
