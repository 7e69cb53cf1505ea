"""What can be wrong with one record or body: the kind of defect, where, and in which words."""

from __future__ import annotations

import enum
from dataclasses import dataclass


class DefectKind(enum.Enum):
    """A way of being wrong. The value is the name of the statement that it breaks; `judge.rules.defects` has its code."""

    BODY_CUT_SHORT = "body-cut-short"
    NOT_JSON = "not-json"
    BAD_UTF_8 = "bad-utf-8"
    NOT_A_NUMBER = "not-a-number"
    DUPLICATE_NAME = "duplicate-name"
    BYTE_ORDER_MARK = "byte-order-mark"
    LONE_SURROGATE = "lone-surrogate"
    SCHEMA_MISMATCH = "schema-mismatch"
    UNKNOWN_KIND = "unknown-kind"
    UNDECLARED_PROPERTY = "undeclared-property"
    MISSING_PROPERTY = "missing-property"
    NUMBER_OUT_OF_RANGE = "number-out-of-range"
    FRACTIONAL_NUMBER = "fractional-number"
    TIME_IN_MILLISECONDS = "time-in-milliseconds"
    MISSING_ENVELOPE = "missing-envelope"
    UNRECOGNIZED_DOCUMENT = "unrecognized-document"
    TOO_LARGE = "too-large"
    NESTED_TOO_DEEP = "nested-too-deep"
    UNREADABLE_RECORD = "unreadable-record"
    BODY_NOT_KEPT = "body-not-kept"

    # Members are told by identity, which is faster than by name.
    __hash__ = object.__hash__

    @property
    def keeps_shape(self) -> bool:
        """Whether a body with this defect still has every required property, of its declared type: rules can read it."""
        return self in _KEEPING_SHAPE


_KEEPING_SHAPE = frozenset(
    {
        DefectKind.BYTE_ORDER_MARK,
        DefectKind.LONE_SURROGATE,
        DefectKind.UNKNOWN_KIND,
        DefectKind.UNDECLARED_PROPERTY,
        DefectKind.TIME_IN_MILLISECONDS,
    }
)


@dataclass(frozen=True, slots=True)
class Defect:
    """Something wrong at a JSON pointer of one body. `spec` points into the document, to the statement by default."""

    kind: DefectKind
    pointer: str
    message: str
    spec: str = ""
