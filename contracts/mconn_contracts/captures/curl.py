"""The output of `curl -i`: one response after the other. Command lines and the requests that HTTPie prints are skipped."""

from __future__ import annotations

import base64
import contextlib
import re
import shlex
from collections.abc import Iterator

from mconn_contracts.captures.format import Capture, CaptureFormat
from mconn_contracts.captures.interaction import NoBody, answered, headers
from mconn_contracts.captures.json_texts import BYTE_ORDER_MARK
from mconn_contracts.captures.records import WHITESPACE, ReadOptions, Record, Unreadable, too_large
from mconn_contracts.model.exchange import Exchange, Headers, Origin, Response
from mconn_contracts.wire.redaction import scrub, secrets_in, secrets_in_url

# RFC 9112, 3 to 5: a status line or a request line, and header fields, up to the blank line.
_FIELDS = rb"((?:[!#$%&'*+.^_`|~0-9A-Za-z-]+:[^\r\n]*\r?\n)*)\r?\n"
_HEAD = re.compile(rb"HTTP/[0-9](?:\.[0-9])? ([1-5][0-9]{2})(?: ([^\r\n]*))?\r?\n" + _FIELDS)
_REQUEST = rb"(?:GET|HEAD) [^ \r\n]+ HTTP/[0-9](?:\.[0-9])?\r?\n" + _FIELDS
_PROMPT = rb"[^\r\n\"{}]{0,200}[$%#>+][ \t]+"
_COMMAND = rb"(?:" + _PROMPT + rb")?curl(?:\.exe)? (?:[^\r\n]*[\\`^]\r?\n){0,99}[^\r\n]*(?:\r?\n|\Z)"
_PROGRESS = rb"[ \t]*% Total[^\r\n]*\r?\n[ \t]*Dload[^\r\n]*\r?\n(?:[\r \t0-9:.kMG-]*\n)?"
_BETWEEN = rb"(?:[ \t\r\n]++|" + _COMMAND + rb"|" + _PROGRESS + rb"|" + _REQUEST + rb"|" + _PROMPT + rb"\Z)"
_ALL_BETWEEN = re.compile(_BETWEEN + rb"*+\Z")
_END_BETWEEN = re.compile(rb"^" + _BETWEEN + rb"++\Z", re.MULTILINE)
_LONGEST_BETWEEN = 16 * 1024
_LONGEST_STATUS, _LONGEST_COMMAND = 64, 16 * 1024
_REQUEST_HEAD = re.compile(rb"^" + _REQUEST, re.MULTILINE)
_COMMAND_LINE = re.compile(rb"^" + _COMMAND, re.MULTILINE)
_CREDENTIAL = re.compile(
    r"--(header|user|proxy-user|oauth2-bearer|cookie)(?:=(.*))?\Z|-[A-Za-z]*?([HuUb])(.*)\Z|(.*://.*)", re.DOTALL
)
"""A word of a command line that is a credential, or that comes before one."""


def read_curl(capture: Capture, reading: ReadOptions) -> Iterator[Record]:
    """Each response of a transcript, without its request. Earlier answers (1xx, a proxy's) are left out.

    Secrets in printed requests and command lines are also replaced in the bodies.
    """
    source, limit = capture.label, reading.max_document
    body = capture.stream.read(limit + 1)
    if len(body) > limit:
        yield too_large(Origin(source, 1), "the document", limit)
        return
    body = body.removeprefix(BYTE_ORDER_MARK)
    heads = list(_HEAD.finditer(body))
    if not heads or not _ALL_BETWEEN.match(body[: heads[0].start()]):
        yield Unreadable(Origin(source, 1), "not what `curl -i` prints: it does not start with a status line")
        return
    secrets = [secret for sent in _REQUEST_HEAD.finditer(body) for secret in secrets_in(_fields(sent[1]))]
    secrets += [
        secret for line in _COMMAND_LINE.finditer(body) for secret in _secrets_of(line[0][:_LONGEST_COMMAND].decode("latin-1"))
    ]
    line, counted, entry = 1, 0, 0
    for index, head in enumerate(heads):
        line, counted = line + body.count(b"\n", counted, head.start()), head.start()
        end = heads[index + 1].start() if index + 1 < len(heads) else len(body)
        content = body[head.end() : end]
        connected = (head[2] or b"").lower().startswith(b"connection established")
        # A proxy's answer to CONNECT has no content. If it has no fields either, it is not an answer of the API.
        proxied = connected or (head[1].startswith(b"2") and not head[3] and index + 1 < len(heads))
        if (head[1].startswith(b"1") or proxied) and not content.strip(WHITESPACE):
            continue
        response = _response(int(head[1]), _fields(head[3]), content, limit)
        origin = Origin(source, line, entry)
        entry += 1
        if response is None:
            yield too_large(origin, "the body", limit)
        else:
            yield Exchange(scrub(response, secrets), None, origin, declared=reading.declared)


def _secrets_of(command: str) -> tuple[str, ...]:
    """The credentials that the words of a command line give, for `scrub`."""
    words: list[str] = []
    for end in ("", "'", '"'):
        # A quote may have been left open.
        with contextlib.suppress(ValueError):
            words = words or shlex.split(command + end)
    found: list[str] = []
    for word, following in zip(words, [*words[1:], ""], strict=True):
        option = _CREDENTIAL.match(word)
        if option is None:
            continue
        name, url = option[1] or option[3], option[5]
        value = option[2] or option[4] or following
        if url is not None:
            found += secrets_in_url(url)
        elif name in ("header", "H"):
            found += secrets_in(headers(value))
        elif name in ("cookie", "b"):
            found += secrets_in([("cookie", value)])
        elif name == "oauth2-bearer":
            found += secrets_in([("authorization", f"Bearer {value}")])
        else:
            found += secrets_in([("authorization", f"Basic {base64.b64encode(value.encode()).decode()}")])
    return tuple(found)


def _fields(lines: bytes) -> Headers:
    return headers(lines.decode("latin-1"))


def _response(status: int, fields: Headers, content: bytes, limit: int) -> Response | None:
    """The response whose body `content` starts with; None if that has more than `limit` bytes.

    The body ends at its Content-Length where nothing of a body follows: curl prints a body that it unpacked under the
    length of what was sent. Without a length, the line end that a shell puts behind a packed body is none of it, and
    neither is the status that `--write-out` may put there. Where nothing is printed, the method may have been HEAD.
    """
    length = next((value for name, value in fields if name.lower() == "content-length" and value.isdecimal()), None)
    if length != "0" and _ALL_BETWEEN.match(content):
        return answered(status, fields, NoBody("no body was printed, for example because the request was HEAD"), limit)
    if written := re.search(rb"(?<=[}\]])\s*%d\s*\Z" % status, content[-_LONGEST_STATUS:]):
        content = content.removesuffix(written[0])
    size = len(content) if length is None or len(length) > 15 else int(length)
    last = max(0, len(content) - _LONGEST_BETWEEN)
    if last <= size < len(content) and _ALL_BETWEEN.match(content[size:]):
        return answered(status, fields, content[:size], limit)
    between = _END_BETWEEN.search(content[last:])
    if between is not None and between[0].strip(WHITESPACE):
        content = content[: last + between.start()]
    response = answered(status, fields, content, limit)
    if response is not None and response.undecodable is not None and content.endswith(b"\n"):
        cut = answered(status, fields, content.removesuffix(b"\n").removesuffix(b"\r"), limit)
        if cut is None or cut.undecodable is None:
            return cut
    return response


_STATUS_LINE = re.compile(rb"(?:\xef\xbb\xbf)?" + _BETWEEN + rb"*+HTTP/[0-9](?:\.[0-9])? [1-5][0-9]{2}[ \r\n]")

FORMAT = CaptureFormat(
    "curl",
    "what `curl -i` prints, one response after the other",
    read_curl,
    told_by="a status line at the start, which `curl` command lines or a request may precede",
    tells=lambda start: _STATUS_LINE.match(start.text) is not None,
)
