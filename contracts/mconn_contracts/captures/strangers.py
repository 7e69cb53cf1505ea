"""Files that are not captures of this API: recognized by their first bytes, with advice on what to do."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from mconn_contracts.captures.format import Start
from mconn_contracts.contract.api import ENVELOPE, RELIED_ON, SUMMARY, are_errors

_OURS = frozenset(name for members in RELIED_ON.values() for name in members)
_SURE = ({"success", "result"}, {"items", "count"}, {"errors", "messages"}, {"e", "n"}, {"e", "t"}, {"n", "t"})
_ELEMENT = re.compile(rb"^[ \t]*- +[A-Za-z_][\w-]*:", re.MULTILINE)
_EXCHANGE = re.compile(rb"\b(?:request|response)\b")
_EXCHANGE_KEY = re.compile(rb"^[ \t-]*[\"']?(request|response)[\"']?[ \t]*:", re.MULTILINE)
_INTERACTIONS = re.compile(rb"^(?:interactions|http_interactions|responses):\s*-\s", re.MULTILINE)
_LINES = 20
_DEEPEST = 3
_CAPTURE = "give a capture in a format that `mconn validate --help` lists"
NOTHING = f"an empty file; {_CAPTURE}"
"""What an empty file looks like."""
_WRITTEN_FOR_JSON = (".json", ".ndjson", ".jsonl")

_BY_CONTENT: tuple[tuple[re.Pattern[bytes], str], ...] = (
    (
        re.compile(rb"[0-9]{1,9}:(?:[0-9]{1,9}:)?[a-z_]{1,40}[;,~0-9].{0,200}?(?:websocket|response|request|version)", re.DOTALL),
        "a mitmproxy dump; convert it: mitmdump -nr FILE --set hardump=FILE.har",
    ),
    (
        re.compile(rb"(?:.*\n){0,300}?< HTTP/[0-9]", re.MULTILINE),
        "what `curl -v` prints; record with `curl -i`, which prints each response as it is",
    ),
    (re.compile(rb"\xd4\xc3\xb2\xa1|\xa1\xb2\xc3\xd4|\x0a\x0d\x0d\x0a"), f"a packet capture; {_CAPTURE}"),
    (re.compile(rb"\x1f\x8b|\x28\xb5\x2f\xfd|BZh[1-9]|\xfd7zXZ\x00"), "a file that is packed more than once; unpack it"),
    (
        re.compile(
            rb"(?:[ \t]*+(?:[#;][^\n]*|[A-Za-z_][\w.-]*[ \t]*=[^\n]*)?\r?\n)*+"
            rb"\s*\[{1,2}[A-Za-z_][\w.: -]*\]{1,2}[ \t]*\r?\n\s*[A-Za-z_][\w. -]*="
        ),
        f"an INI or TOML file; {_CAPTURE}",
    ),
    (re.compile(rb"[A-Z]{3,7} [^ \r\n]+ HTTP/[0-9]"), "an HTTP request; record with `curl -i`"),
    (re.compile(rb"--[0-9]{4}-[^\n]*\n(?:.*\n){0,60}?HTTP request sent"), "what `wget` prints; record with `curl -i`"),
    (
        re.compile(rb"\xff\xfe[\x01-\x7f]\0|\xfe\xff\0[\x01-\x7f]"),
        "text in UTF-16, as PowerShell writes it, but JSON must be UTF-8; convert it, or judge it unchanged with --as NAME",
    ),
    (re.compile(rb"7z\xbc\xaf\x27\x1c|Rar!"), "an archive that is neither zip nor tar; unpack it, and name the folder"),
    (
        re.compile(rb"%PDF-|\x89PNG|\xff\xd8\xff|GIF8|\x7fELF|MZ\x90|SQLite format 3|\xd0\xcf\x11\xe0"),
        f"a binary file; {_CAPTURE}",
    ),
)
_EVENT = frozenset("aknte")
_BLANK = b" \t\r\n\0\xef\xbb\xbf"
_DOCUMENTED = _OURS | ENVELOPE | {"cursor", "v", "url", "code", "message"}
_DECODER = json.JSONDecoder(strict=False, parse_int=float)
_UNQUOTED = re.compile(rb"[{,]\s*([A-Za-z_$][\w$]{0,60})\s*:")
_CONTROLS = bytes({*range(9), *range(14, 27), 28, 29, 31})
_MARKUP = re.compile(rb"(?:\xef\xbb\xbf)?[ \t\r\n]*<")
_NAME = re.compile(rb'"([^"\\\x00-\x1f]{1,60})"[ \t]*:')
_JSON_LINE = re.compile(rb"^[ \t\x1e]*[\[{\"]", re.MULTILINE)
_JSON_TEXT = re.compile(rb"[ \t\r\n\xef\xbb\xbf\x1e]*(?:[\[{\"]|(?:null|true|false|-?[0-9][0-9.eE+-]*)[ \t\r\n]*\Z)")


def stranger(start: Start) -> str | None:
    """What a capture with this beginning looks like, and what to do. None if it may have bodies of this API."""
    found = next((words for pattern, words in _BY_CONTENT if pattern.match(start.text)), None)
    if found is not None:
        return found
    if not start.text.strip(_BLANK):
        return NOTHING
    if b"{" not in start.text and _has_no_object(start):
        return f"JSON without an object in it; {_CAPTURE}"
    values = list(_values(start))
    names = {match[1].decode("utf-8", "replace") for match in _NAME.finditer(start.text)}
    if any(map(resembles, values)) or _is_cut_off(start, names):
        return None
    if values:
        return _of_another_program(values)
    if names and not names & (_OURS | {"errors"}):
        return f"JSON of another program, with {', '.join(sorted(names)[:5])}; {_CAPTURE}"
    unquoted = {match[1].decode() for match in _UNQUOTED.finditer(start.text)}
    if re.match(rb"\s*\{\s*[A-Za-z_$]", start.text) and unquoted and not (names | unquoted) & (_OURS | ENVELOPE):
        return f"JSON5 or JavaScript; {_CAPTURE}"
    if _is_binary(start.text):
        return f"a binary file; {_CAPTURE}"
    if start.name.endswith(_WRITTEN_FOR_JSON) or not start.text.strip():
        return None
    if _MARKUP.match(start.text):
        return f"HTML or XML; {_CAPTURE}, or a body with --as NAME"
    if b"\0" in start.text[:1024]:
        return (
            None
            if start.text[:2] in (b"\xff\xfe", b"\xfe\xff") or _JSON_LINE.search(start.text)
            else f"a binary file; {_CAPTURE}"
        )
    if _JSON_TEXT.match(start.text) or _JSON_LINE.search(start.text):
        return None
    return f"text that is not JSON, such as a log; {_CAPTURE}, or a body with --as NAME"


def doubtful(start: Start) -> str | None:
    """What to say of a capture with this beginning if nothing in it clearly belongs to this API. None if something does.

    In a text that is not JSON, or whose first value is not complete, all names count.
    """
    values = [set(value) for value in _values(start)]
    written = {match[1].decode("utf-8", "replace") for match in _NAME.finditer(start.text)}
    if any(sure <= names for names in values or [written] for sure in _SURE) or any(
        {"success", "errors"} <= names or len(names & RELIED_ON[SUMMARY].keys()) > 2 for names in values
    ):
        return None
    return f"nothing that clearly belongs to this API; {_CAPTURE}"


def resembles(value: Mapping[str, Any]) -> bool:
    """Whether an object may be an envelope or a model of this API, perhaps a faulty one."""
    names = value.keys()
    if "jsonrpc" in names or _is_of_another_endpoint(value):
        return False
    known = len(names & (_OURS | {"errors", "messages", "cursor", "v"}))
    return (
        not names
        or (are_errors(value.get("errors")) and any(name in ENVELOPE or "success" in name.lower() for name in names - {"errors"}))
        or any(sure <= names for sure in _SURE)
        or (bool(names & _OURS) and len(names) - known <= 2 * known)
    )


def _is_of_another_endpoint(value: Mapping[str, Any]) -> bool:
    """Whether an object has the names of an envelope or a page of this API, and something else in it."""
    names, result = value.keys(), value.get("result")
    if value.get("success") is False and are_errors(value.get("errors")):
        return False
    if "success" in names and len(names) > 1 and not names & (ENVELOPE - {"success"}):
        return not any(are_errors(member) or _is_model(member) or _is_empty_page(name, member) for name, member in value.items())
    if isinstance(value.get("errors"), Mapping) and not names & {"success", "result"}:
        return True
    if "result_info" in names and isinstance(result, list):
        return True
    if isinstance(result, Mapping | list) and any(map(_is_model, result.values() if isinstance(result, Mapping) else result)):
        return False
    if isinstance(result, Mapping) and result:
        if "e" not in result and len(result.keys() - _OURS) > 2 * len(result.keys() & _OURS):
            return True
        if "success" not in names and len(result.keys() & _OURS) < 2:
            return True
        return not result.keys() & (_OURS | {"cursor"}) or _holds_others(result.get("items"))
    return _holds_others(result) or (not names & ENVELOPE and _holds_others(value.get("items")))


def _holds_others(items: Any) -> bool:
    """Whether a list has objects, and no object has the names of an event, or most of them."""
    seen = [item for item in items[:_LINES] if isinstance(item, Mapping) and item] if isinstance(items, list) else []
    if seen and all(item.keys() <= {"a", "t"} for item in seen):
        # Snapshots of a connector are listed by their times.
        return True
    return bool(seen) and not any(
        "e" in item or len(item.keys() & _EVENT) > 1 or item.keys() <= _EVENT or any(map(_is_event, item.values()))
        for item in seen
    )


def _is_event(value: Any) -> bool:
    """Whether a value has the names of an event, in short or in full."""
    return isinstance(value, Mapping) and ({"a", "k", "n", "t"} <= value.keys() or {"e", "n", "t"} <= value.keys())


def _is_model(value: Any) -> bool:
    """Whether a value has the names of an event, or of a page with events in it."""
    items = value.get("items") if isinstance(value, Mapping) and "count" in value else None
    return _is_event(value) or (isinstance(items, list) and any(map(_is_event, items[:_LINES])))


def _is_empty_page(name: str, value: Any) -> bool:
    """Whether a member is a page without events, under a name that is nearly `result`."""
    return "result" in name.lower() and isinstance(value, Mapping) and value.keys() == {"count", "items"} and value["items"] == []


def _is_cut_off(start: Start, names: set[str]) -> bool:
    """Whether a capture starts with a value that does not end, in which all names are of this API.

    The last item of a list may lack members then, so it tells nothing: it looks like the snapshot of a connector.
    """
    if not names & (_OURS | ENVELOPE | {"cursor"}) or names - _DOCUMENTED or _is_whole(start.text):
        return False
    first = start.json
    page = first.get("result", first) if isinstance(first, Mapping) else None
    items = page.get("items") if isinstance(page, Mapping) else None
    return not _holds_others(items[:-1] if isinstance(items, list) else None)


def _is_whole(text: bytes) -> bool:
    """Whether a text starts with a JSON value that ends."""
    try:
        _DECODER.raw_decode(text.lstrip(_BLANK).decode("utf-8", "replace"))
    except (ValueError, RecursionError):
        return False
    return True


def _has_no_object(start: Start) -> bool:
    """Whether a capture starts with an empty array, or with numbers, texts and arrays of these."""
    if isinstance(start.json, list) and (start.json or b"]" in start.text):
        return _is_no_object(start.json)
    return all(_is_no_object(_parsed(line)) for line in start.text.split(b"\n") if line.strip(_BLANK))


def _is_no_object(value: Any) -> bool:
    waiting = [value]
    while waiting:
        each = waiting.pop()
        if isinstance(each, list):
            waiting += each
        elif not isinstance(each, str | int | float):
            return False
    return True


def _is_binary(text: bytes) -> bool:
    """Whether more than one byte in twenty is a control character, in a text that does not start like JSON in UTF-8 or UTF-16."""
    first = text[:1024]
    if _JSON_TEXT.match(first) or first[:2] in (b"\xff\xfe", b"\xfe\xff", b"\0{", b"\0["):
        return False
    return 20 * (len(first) - len(first.translate(None, _CONTROLS))) > len(first)


def no_exchanges(start: Start) -> str | None:
    """What a cassette without requests and responses looks like. None if it may have them."""
    if not (_ELEMENT.search(start.text) or isinstance(start.json, dict | list)) or _EXCHANGE.search(start.text):
        return None
    return f"YAML or JSON of another program, because its elements have no request and no response; {_CAPTURE}"


def is_cassette(start: Start) -> bool:
    """Whether the beginning of YAML or JSON has interactions. Folders have much YAML of other programs."""
    if isinstance(start.json, dict | list):
        return True
    keys = {match[1] for match in _EXCHANGE_KEY.finditer(start.text)}
    return bool(keys and _INTERACTIONS.search(start.text)) or (len(keys) == 2 and start.text.lstrip().startswith(b"-"))


def _values(start: Start) -> Iterator[Mapping[str, Any]]:
    """The first objects of a capture: the elements of an array, those of its first lines, or the first one."""
    lines = start.text.split(b"\n")[:_LINES]
    found = [value for line in lines if isinstance(value := _parsed(line), Mapping)]
    if len(found) > 1:
        yield from found
        return
    if any(line.strip() and _parsed(line) is None for line in lines[1:]) and start.json is None:
        return
    first = start.json
    if isinstance(first, Mapping) and first:
        yield first
    elif isinstance(first, list):
        yield from (each for each in first[:_LINES] if isinstance(each, Mapping))


def _parsed(line: bytes) -> Any:
    try:
        return json.loads(line, parse_int=float)
    except (ValueError, RecursionError):
        return None


def _of_another_program(values: Iterable[Mapping[str, Any]]) -> str:
    first, *_ = values = list(values)
    names = ", ".join(str(name)[:30] for name in list(first)[:5])
    member = next((path for value in values for path in _members(value, "", 0)), None)
    kind = "a log" if len(values) > 1 else "JSON"
    if member is not None:
        return f"{kind} whose member {member} holds the bodies; add --body {member}"
    return f"{kind} of another program, with {names}; if it holds bodies of this API, give --body MEMBER or --as NAME"


def _members(value: Mapping[str, Any], before: str, depth: int) -> Iterator[str]:
    """The dotted paths of the members that hold a body of this API, as a value or as text."""
    for name, member in value.items():
        content = _parsed(member.encode("utf-8", "surrogatepass")) if isinstance(member, str) and member[:1] == "{" else member
        if isinstance(content, Mapping) and content:
            if any(sure <= content.keys() for sure in _SURE):
                yield f"{before}{name}"
            elif depth < _DEEPEST and content is member:
                yield from _members(content, f"{before}{name}.", depth + 1)
