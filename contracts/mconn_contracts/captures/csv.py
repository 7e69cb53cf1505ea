"""CSV: a column that holds JSON, each row a bare payload."""

from __future__ import annotations

from mconn_contracts.captures.columns import read_csv
from mconn_contracts.captures.format import CaptureFormat

FORMAT = CaptureFormat(
    "csv",
    "a column that holds JSON (`--column NAME`), each row one response body or bare model",
    lambda capture, reading: read_csv(capture.stream, capture.label, reading),
    endings=(".csv",),
    extra="columns",
)
