"""The test vectors of `spec/vectors/`, as exchanges of the package under test.

`python -m tests.vectors` rewrites the files in their one form.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mconn_contracts.clients.vectors import content as content
from mconn_contracts.judge.check import Plan, Session
from mconn_contracts.model.exchange import Connector, Credential, Exchange, Headers, Intent, Origin, Request, Response
from mconn_contracts.model.finding import Finding

FOLDER = Path(__file__).resolve().parents[1] / "spec" / "vectors"
SCHEMA = FOLDER / "vectors.schema.json"
FILES = tuple(sorted(path for path in FOLDER.glob("*.json") if path != SCHEMA))
WIDTH = 117
"""Characters within which a value stands on one line."""

Found = tuple[int, str, str]
"""The index of an exchange, a code and a pointer."""
Lowered = tuple[int, str, str, str]
"""The same, and a severity."""


@dataclass(frozen=True)
class Case:
    """One case: `raw` as written, and what it says in terms of the package."""

    topic: str
    raw: Mapping[str, Any]

    @property
    def description(self) -> str:
        """The fact that the case states."""
        return str(self.raw["description"])

    @property
    def steps(self) -> list[Mapping[str, Any]]:
        """Its exchanges as written: one, or those of a session."""
        return self.raw.get("exchanges") or [self.raw]

    @property
    def exchanges(self) -> list[Exchange]:
        """Its exchanges; the entry of each origin is its index."""
        return [_exchange(step, index) for index, step in enumerate(self.steps)]

    @property
    def expected(self) -> tuple[list[Found], list[Found]]:
        """The findings of each exchange by itself, and of the session; both sorted."""
        alone = [
            (index, each["code"], each["pointer"]) for index, step in enumerate(self.steps) for each in step.get("findings", ())
        ]
        if "exchanges" not in self.raw:
            return sorted(alone), []
        return sorted(alone), sorted((each["exchange"], each["code"], each["pointer"]) for each in self.raw["findings"])

    @property
    def lowered(self) -> list[Lowered]:
        """The findings of which it says another severity than their statements'; sorted."""
        found = [(index, each) for index, step in enumerate(self.steps) for each in step.get("findings", ())]
        if "exchanges" in self.raw:
            found += [(each["exchange"], each) for each in self.raw["findings"]]
        return sorted((index, each["code"], each["pointer"], each["severity"]) for index, each in found if "severity" in each)

    def told_apart(self, decided: frozenset[str]) -> list[str]:
        """The codes of which it says that they are decided and are not, or that they are undecided and are decided."""
        return sorted({*self.raw.get("decided", ())} - decided) + sorted({*self.raw.get("undecided", ())} & decided)


@dataclass(frozen=True)
class Outcome:
    """What judging a case came to: the findings of its exchanges, those of its session, and the decided codes.

    `lowered` are those of the findings that have another severity than their statements.
    """

    alone: list[Found]
    together: list[Found]
    lowered: list[Lowered]
    decided: frozenset[str]

    @property
    def codes(self) -> frozenset[str]:
        """The codes that were found."""
        return frozenset(code for _, code, _ in self.alone + self.together)


def load() -> list[Case]:
    """All cases, file by file."""
    return [Case(path.stem, raw) for path in FILES for raw in json.loads(path.read_text("utf-8"))["cases"]]


def render(value: Any, indent: str = "", used: int = 0) -> str:
    """A value in the form of the files: on one line where it fits and has no description of its own.

    `used` is the length of what stands before it on its first line, besides the indent.
    """
    flat = json.dumps(value, ensure_ascii=False)
    if isinstance(value, dict) and value and ("description" in value or len(indent) + used + len(flat) > WIDTH):
        names = [f"{json.dumps(name, ensure_ascii=False)}: " for name in value]
        lines = [name + render(each, f"{indent}  ", len(name)) for name, each in zip(names, value.values(), strict=True)]
    elif isinstance(value, list) and value and len(indent) + used + len(flat) > WIDTH:
        lines = [render(each, f"{indent}  ") for each in value]
    else:
        return flat
    start, end = "{}" if isinstance(value, dict) else "[]"
    return f"{start}\n{indent}  " + f",\n{indent}  ".join(lines) + f"\n{indent}{end}"


def judge(case: Case, plan: Plan) -> Outcome:
    """Judge a case as one session of its own; one exchange by itself is not concluded."""
    session = Session(plan)
    alone = [finding for exchange in case.exchanges for finding in session.observe(exchange).findings]
    together = list(session.conclude()) if "exchanges" in case.raw else []
    lowered = [
        (*_found(finding), finding.severity.name.lower())
        for finding in alone + together
        if finding.severity is not plan.document.statement(finding.code).severity
    ]
    return Outcome(
        sorted(map(_found, alone)),
        sorted(map(_found, together)),
        sorted(lowered),
        frozenset(session.tally.coverage.decided),
    )


def _exchange(step: Mapping[str, Any], index: int) -> Exchange:
    request = step.get("request")
    status = step.get("status")
    default = {} if status is None else {"content-type": "application/json"}
    return Exchange(
        response=Response(
            status,
            _headers(step.get("headers", default)),
            content(step),
            incomplete=step.get("incomplete"),
            undecodable=step.get("undecodable"),
        ),
        request=None if request is None else Request(request["method"], request["url"], _headers(request.get("headers", {}))),
        origin=Origin(entry=index),
        declared=None if request is not None else step.get("operation", step.get("model")),
        intent=_intent(step.get("intent")),
        started=step.get("started"),
    )


def _headers(fields: Mapping[str, str]) -> Headers:
    return tuple(fields.items())


def _intent(intent: Mapping[str, Any] | None) -> Intent | None:
    if intent is None:
        return None
    return Intent(
        credential=Credential(intent.get("credential", "valid")),
        connector=Connector(intent.get("connector", "own")),
        malformed=tuple(intent.get("malformed", ())),
        fair=intent.get("fair", False),
    )


def _found(finding: Finding) -> Found:
    assert finding.entry is not None, finding
    return (finding.entry, finding.code, finding.pointer)


if __name__ == "__main__":
    for file in FILES:
        file.write_text(render(json.loads(file.read_text("utf-8"))) + "\n", "utf-8")
