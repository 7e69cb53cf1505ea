"""MC1xx: the shape of one body, by the document's schemas."""

from __future__ import annotations

from mconn_contracts.judge.rules.transport import found_while_reading

CODES = ("MC101", "MC102", "MC103", "MC104", "MC105", "MC106")

RULES = tuple(found_while_reading(code) for code in CODES)
