"""Cut captures into shards that can be judged apart: byte ranges of plain NDJSON, whole files otherwise."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator
from dataclasses import dataclass

from mconn_contracts.captures.capture import is_bare_ndjson, records
from mconn_contracts.captures.ndjson import lines_of
from mconn_contracts.captures.records import ReadOptions, Record
from mconn_contracts.captures.source import Input
from mconn_contracts.captures.streams import Meter, opened
from mconn_contracts.errors import InputError

SHARD_BYTES = 8 * 1024 * 1024
"""The approximate size of a shard, which ends at the end of a line."""

_STEP = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Shard:
    """A part of a capture: the lines that begin from the byte `start` on and before `stop`, or all of it.

    `index` counts the captures of a run. The last shard of one has no `stop`: what is added meanwhile is read as well.
    `size` is in bytes, as far as it is known.
    """

    index: int
    source: Input
    start: int = 0
    stop: int | None = None
    size: int = 0
    lines: int = 0
    """The number of lines before this part, if they were counted."""

    @property
    def whole(self) -> bool:
        """Whether it is a whole capture, of any format."""
        return self.start == 0 and self.stop is None


def cut(inputs: Iterable[Input], reading: ReadOptions, size: int = SHARD_BYTES) -> Iterator[Shard]:
    """The shards of captures, in order. An unreadable capture is one shard, and reading it reports the error."""
    for index, source in enumerate(inputs):
        try:
            starts = list(_starts(source, reading, size))
            total = source.size()
        except InputError:
            starts, total = [0], 0
        stops = [*starts[1:], None]
        for start, stop in zip(starts, stops, strict=True):
            yield Shard(index, source, start, stop, max((total if stop is None else stop) - start, 0))


def shard_records(shard: Shard, reading: ReadOptions, meter: Meter) -> Generator[Record, None, int]:
    """The records of a shard, with lines numbered from its own first on unless those before it were counted, and at last
    the number of its lines.

    The lines of a whole capture are not counted; nothing follows them.
    """
    if shard.whole:
        yield from records(shard.source, reading, meter)
        return 0
    with opened(shard.source, shard.start, shard.stop, meter) as stream:
        return (yield from lines_of(stream, shard.source.label, shard.lines + 1, reading, marked=shard.start == 0))


def _starts(source: Input, reading: ReadOptions, size: int) -> Iterator[int]:
    """The places where the shards of a capture start: at starts of lines, at least `size` bytes apart."""
    yield 0
    total = source.size()
    if total <= size or not is_bare_ndjson(source, reading):
        return
    at = size
    while at < total:
        with opened(source, at - 1, total) as stream:
            before = at - 1
            while piece := stream.readline(_STEP):
                before += len(piece)
                if piece.endswith(b"\n"):
                    break
        if before >= total:
            return
        yield before
        at = before + size
