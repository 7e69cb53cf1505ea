"""Runs a decoder on vectors: a process for each body, or one that is given all of them as NDJSON."""

from __future__ import annotations

import base64
import json
import os
import tempfile
import threading
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from mconn_contracts.clients.vectors import Vector, compare
from mconn_contracts.model.decoded import Decoded, Made
from mconn_contracts.process import signals, strays
from mconn_contracts.process.commands import Command

NAME_VARIABLE, STATUS_VARIABLE = "MCONN_AS", "MCONN_STATUS"
"""The environment variables that tell a decoder what a body is, and which status it has."""
_LONGEST = 64 * 1024 * 1024
"""Bytes that a decoder may print in all."""
_MOST_HANGS = 3
_MOST_FIRST = 10
"""A decoder is given up after this many failures from the first vector on, if it has answered nothing."""
_LEFT = 1.0
"""Seconds to wait for the end of the output."""
_SHOWN = 120


@dataclass(frozen=True, slots=True)
class _Ran:
    """What a process came to: what it printed, its exit code, and in words what ended it, where it did not end by itself."""

    printed: bytes
    code: int
    ended: str | None

    @property
    def in_order(self) -> bool:
        """Whether it ended by itself, and with 0. What it printed counts only then."""
        return self.ended is None and self.code == 0

    @property
    def end(self) -> str:
        """How it ended, in words."""
        return self.ended or (f"it ended with {self.code}" if self.code <= 128 else f"it was ended by signal {self.code - 128}")


@dataclass(frozen=True, slots=True)
class Decoder:
    """A decoder of the user. Each of its processes has `timeout` seconds."""

    command: Sequence[str]
    timeout: float
    on_decoded: Callable[[Decoded], None] = lambda _: None

    def each(self, given: Sequence[Vector]) -> tuple[tuple[Decoded, ...], str | None]:
        """What a process for each body makes of it, and why not all were answered. UsageError if it cannot be run."""
        done: list[Decoded] = []
        hangs = failed = 0
        why = None
        for vector in given:
            try:
                ran = self._run(vector.body, {NAME_VARIABLE: vector.name, STATUS_VARIABLE: str(vector.status)})
            except KeyboardInterrupt:
                why = "interrupted"
                break
            one = _decoded(vector, ran)
            done.append(one)
            self.on_decoded(one)
            hangs += ran.ended is not None
            failed += one.made is Made.FAILED
            if hangs == _MOST_HANGS:
                why = f"{hangs} bodies were not answered in time; the last: {one.words}"
                break
            if failed == len(done) == min(_MOST_FIRST, len(given)):
                why = f"the decoder has answered none of the first {failed} bodies; the last: {one.words}"
                break
        return (*done, *map(_unanswered, given[len(done) :])), why

    def stream(self, given: Sequence[Vector]) -> tuple[tuple[Decoded, ...], str | None]:
        """What one process makes of all bodies, a JSON object a line, and why not all were answered. UsageError as `each`."""
        lines = b"".join(json.dumps(_line(vector)).encode() + b"\n" for vector in given)
        try:
            ran = self._run(lines, {})
        except KeyboardInterrupt:
            return tuple(map(_unanswered, given)), "interrupted"
        answers, why = _answers(ran, {vector.id for vector in given})
        decoded = tuple(compare(each, answers[each.id]) if each.id in answers else _unanswered(each) for each in given)
        for one in decoded:
            self.on_decoded(one)
        missing = [each.id for each in decoded if each.made is Made.UNANSWERED]
        if missing and why is None:
            count = f"{len(given) - len(missing)} of {len(given)} bodies were answered"
            why = f"{count}, and then {ran.end}; the first without an answer is {missing[0]!r}"
        if why is None and not ran.in_order:
            why = f"all {len(given)} bodies were answered, but {ran.end}; a decoder must end by itself, and with 0"
        return decoded, why

    def _run(self, given: bytes, variables: Mapping[str, str]) -> _Ran:
        bell = threading.Event()
        # A file has no reader that could go: a decoder that closes its input early just misses the rest.
        with tempfile.TemporaryFile() as file:
            file.write(given)
            file.seek(0)
            reading, writing = os.pipe()
            printed = _Printed(reading, bell.set)
            mark = uuid.uuid4().hex
            try:
                surroundings = {**os.environ, **variables, strays.VARIABLE: mark}
                command = Command(self.command, surroundings, bell.set, writing, file.fileno())
            finally:
                os.close(writing)
            try:
                signals.wait(bell.wait, self.timeout)
            finally:
                ended = command.ended
                code = command.end()
                strays.end(mark)
            text = printed.bytes()
        if printed.too_long:
            return _Ran(text, code, f"it was ended because it printed more than {_LONGEST} bytes")
        return _Ran(text, code, None if ended else f"it was ended after {self.timeout:g} s; see --timeout")


def _line(vector: Vector) -> dict[str, Any]:
    body = base64.b64encode(vector.body).decode()
    return {"id": vector.id, "as": vector.name, "status": vector.status, "body": body}


def _decoded(vector: Vector, ran: _Ran) -> Decoded:
    answer = _object(ran.printed)
    if answer is not None and ran.in_order:
        return compare(vector, answer)
    words = f"{ran.end}, and printed {_seen(ran.printed)}"
    return Decoded(vector.id, vector.expected, Made.FAILED, words)


def _unanswered(vector: Vector) -> Decoded:
    return Decoded(vector.id, vector.expected, Made.UNANSWERED)


def _answers(ran: _Ran, ids: set[str]) -> tuple[dict[str, Mapping[str, Any]], str | None]:
    """The answers by their ids, up to the first line that is not an answer, and the fault of that line."""
    found: dict[str, Mapping[str, Any]] = {}
    for number, line in _lines(ran.printed):
        answer = _object(line)
        if answer is None:
            return found, f"line {number} of what the decoder printed is not a JSON object, but {_seen(line)}; {ran.end}"
        name = answer.get("id")
        if not isinstance(name, str) or name not in ids:
            return found, f"line {number} of what the decoder printed has no `id` that was asked for: {_seen(line)}"
        if name in found:
            return found, f"line {number} of what the decoder printed answers {name!r} a second time"
        found[name] = answer
    return found, None


def _lines(printed: bytes) -> Iterator[tuple[int, bytes]]:
    return ((number, line) for number, line in enumerate(printed.split(b"\n"), 1) if line.strip())


def _object(text: bytes) -> Mapping[str, Any] | None:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def _seen(text: bytes) -> str:
    return repr(text[:_SHOWN].decode("utf-8", "replace")) if text.strip() else "nothing"


class _Printed:
    """Reads a pipe up to a limit. `on_end` is called if there is more."""

    def __init__(self, reading: int, on_end: Callable[[], None]) -> None:
        self._reading, self._on_end = reading, on_end
        self._kept: list[bytes] = []
        self.too_long = False
        self._thread = threading.Thread(target=self._read, name="mconn-decoder", daemon=True)
        self._thread.start()

    def bytes(self) -> bytes:
        """All that came. Its end comes at once, unless a process that has left the command's group could still write."""
        self._thread.join(_LEFT)
        return b"".join(self._kept)

    def _read(self) -> None:
        size = 0
        with os.fdopen(self._reading, "rb", buffering=0) as file:
            while piece := file.read(65_536):
                size += len(piece)
                if size > _LONGEST:
                    self.too_long = True
                    self._on_end()
                    return
                self._kept.append(piece)
