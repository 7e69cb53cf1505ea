"""Parquet: a column that holds JSON, each row a bare payload."""

from __future__ import annotations

from collections.abc import Iterator

from mconn_contracts.captures.columns import read_parquet
from mconn_contracts.captures.format import Capture, CaptureFormat
from mconn_contracts.captures.records import ReadOptions, Record
from mconn_contracts.captures.streams import seekable


def _read(capture: Capture, reading: ReadOptions) -> Iterator[Record]:
    with seekable(capture.source) as file:
        yield from read_parquet(file, capture.label, reading)


FORMAT = CaptureFormat(
    "parquet",
    "a column that holds JSON (`--column NAME`), each row one response body or bare model",
    _read,
    endings=(".parquet",),
    told_by="`PAR1`",
    magic=b"PAR1",
    extra="columns",
)
