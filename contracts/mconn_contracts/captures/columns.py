"""A column of a Parquet or CSV file that holds JSON: each row is a bare payload."""

from __future__ import annotations

from collections.abc import Iterator
from io import BufferedIOBase
from typing import Any

from mconn_contracts.captures.records import Batch, ReadOptions, Record, too_large
from mconn_contracts.errors import InputError, UsageError

_ROWS = 1024
_BLOCK = 16 * 1024 * 1024
"""Bytes of a CSV file that are read at a time. A row must be smaller."""


def read_parquet(stream: BufferedIOBase, source: str, reading: ReadOptions) -> Iterator[Record]:
    """The rows of a column of a Parquet file, which must be seekable; their numbers, from 1 on, are the lines."""
    _need()
    import pyarrow
    import pyarrow.parquet

    try:
        file = pyarrow.parquet.ParquetFile(pyarrow.PythonFile(stream, mode="r"))
        name = _column(source, reading, file.schema_arrow.names)
        yield from _payloads(file.iter_batches(batch_size=_ROWS, columns=[name]), source, reading, name)
    except pyarrow.ArrowException as error:
        raise InputError(f"{source}: not Parquet that can be read: {_words(error)}") from None


def read_csv(stream: BufferedIOBase, source: str, reading: ReadOptions) -> Iterator[Record]:
    """The rows of a column of a CSV file with a header line; their numbers, from 1 on, are the lines."""
    _need()
    import pyarrow
    from pyarrow import csv

    try:
        name = reading.column or ""
        with csv.open_csv(
            pyarrow.PythonFile(stream, mode="r"),
            csv.ReadOptions(block_size=_BLOCK, use_threads=False),
            csv.ParseOptions(newlines_in_values=True),
            csv.ConvertOptions(column_types={name: pyarrow.large_binary()}, strings_can_be_null=False),
        ) as rows:
            _column(source, reading, rows.schema.names)
            yield from _payloads(rows, source, reading, name)
    except pyarrow.ArrowException as error:
        raise InputError(f"{source}: not CSV that can be read: {_words(error)}") from None


def _payloads(batches: Any, source: str, reading: ReadOptions, name: str) -> Iterator[Record]:
    row = 1
    for rows in batches:
        column = rows.column(name).to_pylist()
        bodies: list[bytes] = []
        for value in column:
            if value is not None and not isinstance(value, str | bytes):
                raise InputError(f"{source}: the column {name!r} does not hold text: {rows.schema.field(name).type}")
            bodies.append(b"" if value is None else value if isinstance(value, bytes) else value.encode())
        for index, body in enumerate(bodies):
            if len(body) > reading.max_document:
                bodies[index] = b""
                record = Batch(source, (body,), (row + index,))
                yield too_large(record.origin(0), "the row", reading.max_document)
        yield Batch(source, bodies, range(row, row + len(bodies)), None, reading.declared, reading.status)
        row += len(bodies)


def _column(source: str, reading: ReadOptions, names: list[str]) -> str:
    if reading.column is None:
        raise UsageError(f"{source}: give the column that holds the JSON with --column; there are {', '.join(names[:20])}")
    if reading.column not in names:
        raise InputError(f"{source}: no column is named {reading.column!r}; there are {', '.join(names[:20])}")
    return reading.column


def _need() -> None:
    try:
        import pyarrow  # noqa: F401
    except ImportError:
        raise UsageError(
            "Parquet and CSV need the extra [columns]; install mconn-contracts with it, as its README says"
        ) from None


def _words(error: Exception) -> str:
    return " ".join(str(error).split())[:200]
