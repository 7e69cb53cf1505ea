"""Keep the finished parts of a run in a file, so that an interrupted run goes on where it stopped."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

import msgspec

from mconn_contracts.archives.worker import Part
from mconn_contracts.errors import UsageError, reason
from mconn_contracts.process.files import unwritten, write_whole


class _Entry(msgspec.Struct):
    """The results of the shards from `start` to before `stop`."""

    start: int
    stop: int
    part: Part


@dataclass
class Checkpoint:
    """The file of finished parts: one line that names the run, then one line for each part. It is JSON, so no code in it runs."""

    path: Path
    run: str
    """The identity of a run: its inputs and its plan."""
    done: dict[range, Part] = field(default_factory=dict)
    """The parts that the file had, by their shards."""
    _file: IO[bytes] | None = None

    def open(self) -> None:
        """Read the file, and prepare to add to it. UsageError if it belongs to another run, or is not a checkpoint."""
        if self.path.exists() and not self.path.is_file():
            raise UsageError(f"{self.path} is not a file that could be a checkpoint; name another one")
        try:
            good = self._read() if self.path.exists() else 0
            if not good:
                head = json.dumps({"mconn-checkpoint": 1, "run": self.run}) + "\n"
                write_whole(self.path, "the checkpoint", [head])
                good = len(head)
            self._file = self.path.open("r+b")
            self._file.seek(good)
            self._file.truncate()
        except OSError as error:
            raise UsageError(f"{self.path}: the checkpoint cannot be used: {reason(error)}") from None

    def add(self, shards: range, part: Part) -> None:
        """Add the results of some shards. UnwrittenError if the file cannot be written; after that, nothing more is added."""
        if self._file is None:
            return
        # What JSON cannot carry is judged once more.
        with contextlib.suppress(UnicodeEncodeError):
            self._write(self._file, _Entry(shards.start, shards.stop, part))

    def close(self, *, finished: bool) -> None:
        """End. The file of a finished run is no longer useful, so it is removed."""
        if self._file is not None:
            self._file.close()
        if finished:
            self.path.unlink(missing_ok=True)

    def _read(self) -> int:
        """Read the parts of the file, and return the length of the whole ones. A part that an interrupt cut off is left out."""
        good = 0
        with self.path.open("rb") as file:
            for index, line in enumerate(file):
                if not line.endswith(b"\n"):
                    break
                if index == 0:
                    self._check(line)
                else:
                    try:
                        entry = msgspec.json.decode(line, type=_Entry)
                    except (msgspec.DecodeError, UnicodeDecodeError):
                        break
                    self.done[range(entry.start, entry.stop)] = entry.part
                good += len(line)
        return good

    def _check(self, line: bytes) -> None:
        try:
            head = json.loads(line)
            known = head["mconn-checkpoint"] == 1
            same = head["run"] == self.run
        except (ValueError, KeyError, TypeError):
            known = same = False
        if not known:
            raise UsageError(f"{self.path} is not a checkpoint; name another file")
        if not same:
            raise UsageError(f"{self.path} belongs to another run, or its input has changed; remove it, or name another file")

    def _write(self, file: IO[bytes], entry: _Entry) -> None:
        line = msgspec.json.encode(entry) + b"\n"
        try:
            file.write(line)
            file.flush()
            os.fsync(file.fileno())
        except OSError as error:
            self._file = None
            with contextlib.suppress(OSError):
                file.close()
            raise unwritten(self.path, "the checkpoint", error) from None


def fingerprint(values: Mapping[str, Any]) -> str:
    """A short text that differs for different values (SHA-256)."""
    return hashlib.sha256(json.dumps(values, sort_keys=True, default=str).encode()).hexdigest()
