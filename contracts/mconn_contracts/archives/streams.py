"""Findings as they are made, and the records that had one. Workers pack them, and the parts are joined in order."""

from __future__ import annotations

import json
import tempfile
import weakref
import zlib
from collections.abc import Iterator
from typing import IO, Any

import msgspec

from mconn_contracts.captures.custom import CUSTOM, field_of
from mconn_contracts.judge.plan import Plan
from mconn_contracts.model.exchange import Exchange
from mconn_contracts.model.finding import Finding
from mconn_contracts.reports.ndjson import compact, line_of

_PIECE = 64 * 1024
_TOLD = ("incomplete", "undecodable", "unread")
"""What is told of a body besides."""
_encode = msgspec.json.Encoder(order="deterministic").encode


class Found:
    """Takes the findings of a session as lines, and packs them, so that those of a large capture fit in memory."""

    def __init__(self, plan: Plan) -> None:
        self._bases = {statement.code: statement.basis for statement in plan.document.statements}
        self._findings, self._rejects = zlib.compressobj(1), zlib.compressobj(1)
        self._packed, self._rejected = bytearray(), bytearray()

    def take(self, finding: Finding) -> None:
        """Take a finding."""
        self._packed += self._findings.compress(line_of(finding, self._bases[finding.code]).encode(errors="backslashreplace"))

    def reject(self, exchange: Exchange) -> None:
        """Take a record that had a finding of its own."""
        self._rejected += self._rejects.compress(record(exchange) + b"\n")

    def packed(self) -> tuple[bytes, bytes]:
        """The lines of all findings and of all rejects. After this, no more are taken."""
        return bytes(self._packed + self._findings.flush()), bytes(self._rejected + self._rejects.flush())


def record(exchange: Exchange) -> bytes:
    """A record as it was written, on one line, without its secrets.

    One of a format whose records are not JSON, or whose body is packed within it, is as `exchange.schema.json` has it.
    """
    request, response = exchange.request, exchange.response
    if request is None or exchange.written is not None:
        written = exchange.written or response.body or b""
        return written.replace(b"\r", b" ").replace(b"\n", b" ")
    received: dict[str, Any] | None = None
    if response.status is not None:
        received = {"status": response.status, "headers": list(response.headers)}
        if response.body is not None:
            try:
                received["body"] = response.body.decode()
            except UnicodeDecodeError:
                received["base64"] = response.body
    sent = {"method": request.method, "url": request.url, "headers": list(request.headers)}
    started = {} if exchange.started is None else {"started": exchange.started}
    custom = {name: text for name, text in field_of(exchange).items() if isinstance(text, str) and name in _TOLD}
    return _encode({"request": sent, "response": received} | started | ({CUSTOM: custom} if custom else {}))


class Spool:
    """The findings, or the rejects, of all parts of a run in order, in a temporary file."""

    def __init__(self) -> None:
        self._file: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 - it lives as long as the run
        weakref.finalize(self, self._file.close)

    def add(self, packed: bytes, lines: int = 0) -> None:
        """Add packed lines. The lines that findings name are moved down accordingly."""
        unpacking, rest = zlib.decompressobj(), b""
        while packed:
            rest += unpacking.decompress(packed, _PIECE)
            packed = unpacking.unconsumed_tail
            if lines:
                *whole, rest = rest.split(b"\n")
                self._file.writelines(_below(line, lines) for line in whole)
            else:
                self._file.write(rest)
                rest = b""

    def __iter__(self) -> Iterator[str]:
        self._file.seek(0)
        for line in self._file:
            yield line.decode(errors="surrogateescape")


def _below(line: bytes, lines: int) -> bytes:
    value = json.loads(line)
    if value["line"] is not None:
        value["line"] += lines
    return compact(value).encode()
