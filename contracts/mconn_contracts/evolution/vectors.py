"""Cases on which two documents differ, as vectors: a file for each document, with its findings."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from mconn_contracts.contract.comparison.fact import Fact
from mconn_contracts.contract.document import load
from mconn_contracts.evolution.witness import Case, Said

FILES = ("by-base.json", "by-revision.json")
"""The file of each document."""
_LONGEST = 140


def files(cases: Iterable[tuple[Fact, Case | None]], documents: tuple[str, str]) -> dict[str, str]:
    """The text of each file, by its name, in the form of `spec/vectors`. Cases that only schemas could judge are left out."""
    judged = [(fact, case) for fact, case in cases if case is not None and case.whole]
    return {
        file: _text(documents[index], [_vector(fact, case, (case.by_base, case.by_revision)[index]) for fact, case in judged])
        for index, file in enumerate(FILES)
        if judged
    }


def _text(document: str, cases: list[dict[str, Any]]) -> str:
    value = {
        "$schema": "vectors.schema.json",
        "description": f"What tells it from another document, judged by {document}.",
        "cases": cases,
    }
    return json.dumps(value, ensure_ascii=False, indent=2) + "\n"


def _vector(fact: Fact, case: Case, found: Sequence[Said]) -> dict[str, Any]:
    request = {} if case.url is None else {"request": {"method": "GET", "url": case.url}}
    return {
        "description": f"{fact.name}: {fact.subject}"[:_LONGEST],
        "operation": case.operation,
        **request,
        "status": case.status,
        "body": case.body,
        "findings": list(_findings(found)),
    }


def _findings(found: Sequence[Said]) -> Iterator[dict[str, str]]:
    for each in found:
        weight = {} if each.severity is load().statement(each.code).severity else {"severity": each.severity.label}
        yield {"code": each.code, "pointer": each.pointer, **weight}
