"""Which statement each kind of defect breaks. Defects are found while a body is read; `check` reports them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from mconn_contracts.judge.reading.views import Answer
from mconn_contracts.model.defect import Defect, DefectKind
from mconn_contracts.model.finding import is_about_the_run

CODES: Mapping[DefectKind, str] = {
    DefectKind.BODY_CUT_SHORT: "MC001",
    DefectKind.NOT_JSON: "MC002",
    DefectKind.BAD_UTF_8: "MC004",
    DefectKind.NOT_A_NUMBER: "MC005",
    DefectKind.DUPLICATE_NAME: "MC006",
    DefectKind.BYTE_ORDER_MARK: "MC008",
    DefectKind.LONE_SURROGATE: "MC010",
    DefectKind.SCHEMA_MISMATCH: "MC101",
    DefectKind.UNKNOWN_KIND: "MC102",
    DefectKind.UNDECLARED_PROPERTY: "MC103",
    DefectKind.MISSING_PROPERTY: "MC104",
    DefectKind.NUMBER_OUT_OF_RANGE: "MC105",
    DefectKind.FRACTIONAL_NUMBER: "MC106",
    DefectKind.TIME_IN_MILLISECONDS: "MC107",
    DefectKind.MISSING_ENVELOPE: "MC204",
    DefectKind.UNRECOGNIZED_DOCUMENT: "MC902",
    DefectKind.TOO_LARGE: "MC903",
    DefectKind.NESTED_TOO_DEEP: "MC904",
    DefectKind.UNREADABLE_RECORD: "MC905",
    DefectKind.BODY_NOT_KEPT: "MC906",
}


# A predicate decides whether an envelope was due, and a body that could not be judged decides nothing.
_BY_READING = frozenset(kind for kind, code in CODES.items() if not is_about_the_run(code)) - {DefectKind.MISSING_ENVELOPE}


def defects_of(answer: Answer) -> Iterator[Defect]:
    """The defects of an answer that are reported: each fault once."""
    for defect in answer.defects:
        # Content that is not labeled as JSON is found by its label. The content of a redirect is for people (RFC 9110, 15.4).
        if defect.kind is not DefectKind.NOT_JSON or not (answer.redirected or answer.labeled_json is False):
            yield defect


def decided_by_reading(answer: Answer) -> frozenset[DefectKind]:
    """The kinds of defects that reading the answer has looked for."""
    if answer.decoded is None:
        return frozenset()
    return _BY_READING - {DefectKind.NOT_JSON} if answer.redirected else _BY_READING
