"""What the judge says of the vectors, and the exchanges that it shows: one message of each form, in a golden file."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from tests import vectors

from mconn_contracts.contract.document import load
from mconn_contracts.judge.check import Plan, Session

GOLDEN = Path(__file__).parent / "golden" / "messages.txt"
SHOWN = re.compile(r"'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\"|\d+")
"""What a message repeats of what was seen."""
BY_PYTHON = re.compile(r"(?<=^not JSON at line ).*")
"""What the parser of each version of Python says in its own words."""


def messages() -> list[str]:
    """The first message of each form, of each code, with the exchanges of its case that show it."""
    plan = Plan(load())
    found: dict[tuple[str, str], str] = {}
    for case in vectors.load():
        session = Session(plan)
        findings = [finding for exchange in case.exchanges for finding in session.observe(exchange).findings]
        for finding in [*findings, *session.conclude()]:
            shown_by = [trace.origin.entry for trace in finding.shown_by]
            message = BY_PYTHON.sub("…", finding.message)
            found.setdefault((finding.code, SHOWN.sub("…", message)), f"{message} {shown_by or ''}".rstrip())
    return [f"{code} {line}" for (code, _), line in sorted(found.items())]


def test_messages_are_worded_as_before(request: pytest.FixtureRequest) -> None:
    """A message says what was seen and what was expected; `pytest --update-golden` writes what is new, for a diff to be read."""
    text = "".join(f"{line}\n" for line in messages())
    if request.config.getoption("--update-golden"):
        GOLDEN.parent.mkdir(exist_ok=True)
        GOLDEN.write_text(text, encoding="utf-8")

    assert GOLDEN.read_text("utf-8").splitlines() == text.splitlines()
