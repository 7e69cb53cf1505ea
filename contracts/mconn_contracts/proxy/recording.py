"""A recording that grows with each exchange, and can be read after each of them, however the process ends."""

from __future__ import annotations

import contextlib
import os
import stat
from pathlib import Path

import msgspec

from mconn_contracts.archives.streams import record
from mconn_contracts.errors import UsageError
from mconn_contracts.model.exchange import Exchange
from mconn_contracts.process.files import unwritten
from mconn_contracts.reports import har_writer

FORMS = (".har", ".ndjson", ".jsonl")
_encode = msgspec.json.Encoder().encode
_WHAT = "the recording"


class Recording:
    """A file of exchanges. It is opened now and emptied at the first exchange. A new file without exchanges is deleted.

    By its ending, it is HAR 1.2 or NDJSON of `exchange.schema.json`. UsageError if it has another ending, and UnwrittenError
    where it cannot be written.
    """

    def __init__(self, path: Path) -> None:
        ending = path.suffix.lower()
        if ending not in FORMS:
            raise UsageError(f"{path}: the name of a recording must end in .har, or in .ndjson for one exchange on each line")
        self.path = path
        self._is_har = ending == ".har"
        # Later, the process may have no file handles left to open the file that has our version.
        self._beginning = har_writer.beginning() + har_writer.FIRST
        self._end = self._entries = 0
        try:
            self._is_new = not path.exists()
            self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o666)
        except OSError as error:
            raise unwritten(path, _WHAT, error) from None
        self._in_place = stat.S_ISREG(os.fstat(self._file).st_mode)
        if self._is_har and not self._in_place:
            os.close(self._file)
            raise UsageError(f"{path}: a HAR needs a regular file; end the name in .ndjson to write a stream of lines")

    def append(self, exchange: Exchange) -> None:
        """Write one exchange; the file is whole again after it. UnwrittenError if that cannot be done.

        All is written at once, over what ended the file before: no moment leaves another file than the one before or after.
        """
        try:
            if not self._entries and self._in_place:
                os.ftruncate(self._file, 0)
            data = self._entry(exchange)
            if self._in_place:
                _write_all(self._file, data, self._end)
            else:
                while data:
                    data = data[os.write(self._file, data) :]
        except OSError as error:
            with contextlib.suppress(OSError):
                self._mend()
            raise unwritten(self.path, _WHAT, error) from None
        self._end += len(data) - (len(har_writer.END) if self._is_har else 0)
        self._entries += 1

    def close(self) -> None:
        """Close the file."""
        os.close(self._file)
        if self._is_new and not self._entries:
            self.path.unlink(missing_ok=True)

    def _entry(self, exchange: Exchange) -> bytes:
        if not self._is_har:
            return record(exchange) + b"\n"
        before = har_writer.NEXT if self._entries else self._beginning
        return before.encode() + _encode(har_writer.entry(exchange)) + har_writer.END.encode()

    def _mend(self) -> None:
        """Take away what was written of an exchange before the disk was full."""
        if self._in_place:
            os.ftruncate(self._file, self._end)
            if self._is_har and self._entries:
                _write_all(self._file, har_writer.END.encode(), self._end)


def _write_all(file: int, data: bytes, place: int) -> None:
    while data:
        written = os.pwrite(file, data, place)
        data, place = data[written:], place + written
