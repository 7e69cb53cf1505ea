"""The vectors for a decoder: bodies, what each of them is, and the expected result."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from mconn_contracts.contract.document import Document, find
from mconn_contracts.errors import UsageError
from mconn_contracts.model.decoded import Decoded, Expected, Made
from mconn_contracts.model.defect import DefectKind
from mconn_contracts.model.finding import Severity, Statement
from mconn_contracts.wire.decoding import decode

_OF_TRANSPORT = frozenset({"wrong-content-type", "undecodable-content", "head-with-content"})
"""Statements on how a body travels, which a decoder of its content cannot see."""
_MAY_BE_PASSED_ON = frozenset(
    kind.value for kind in (DefectKind.UNKNOWN_KIND, DefectKind.UNDECLARED_PROPERTY, DefectKind.TIME_IN_MILLISECONDS)
)
_SURROGATE = re.compile("[\ud800-\udfff]")
_SHOWN = 200


@dataclass(frozen=True, slots=True)
class Vector:
    """One body. `name` is what it is: an operationId (a body in its envelope) or a schema's name (a bare model)."""

    id: str
    name: str
    status: int
    body: bytes
    expected: Expected


def folder() -> Path:
    """Where the files of vectors are, in the wheel or in the repository."""
    return find().parent / "vectors"


def _files() -> list[Path]:
    return sorted(path for path in folder().glob("*.json") if not path.stem.endswith(".schema"))


def topics() -> list[str]:
    """The names of the files of vectors."""
    return [path.stem for path in _files()]


def chosen(document: Document, choices: Sequence[str]) -> tuple[Vector, ...]:
    """The vectors that the choices select; all of them without a choice. UsageError if a choice selects no vector.

    A choice is the name of a file, or an id; a star stands for any text. What selects none may be several, with commas.
    """
    every = tuple(vectors(document))
    taken: set[str] = set()
    for choice in choices:
        # A comma may be part of an id.
        found = _named(choice, every)
        for part in () if found else [part.strip() for part in choice.split(",") if part.strip()] or [choice]:
            some = _named(part, every)
            if not some:
                raise UsageError(f"--select: no vector matches {part!r}; the files are {', '.join(topics())}")
            found |= some
        taken |= found
    return tuple(each for each in every if not choices or each.id in taken)


def _named(choice: str, every: Iterable[Vector]) -> set[str]:
    return {each.id for each in every if fnmatchcase(each.id, choice) or each.id.startswith(f"{choice}/")}


def vectors(document: Document) -> Iterator[Vector]:
    """Every different body of the vectors that a decoder could be given: of a success (200) or a failure, in whole."""
    met: set[tuple[str, int, bytes]] = set()
    for path in _files():
        for case in json.loads(path.read_text("utf-8"))["cases"]:
            steps = case.get("exchanges", [case])
            for index, step in enumerate(steps):
                place = f" ({index})" if len(steps) > 1 else ""
                vector = _vector(f"{path.stem}/{case['description']}{place}", step, document)
                if vector is not None and (key := (vector.name, vector.status, vector.body)) not in met:
                    met.add(key)
                    yield vector


def _vector(name: str, step: Mapping[str, Any], document: Document) -> Vector | None:
    """The body of an exchange; None if a decoder would not be given it, or its text says nothing of the contract."""
    of = step.get("operation", step.get("model"))
    method = step.get("request", {}).get("method", "GET")
    if of is None or method != "GET" or "incomplete" in step or "undecodable" in step:
        return None
    broken = [document.statement(code) for code in sorted({each["code"] for each in step.get("findings", ())})]
    broken = [statement for statement in broken if statement.name not in _OF_TRANSPORT]
    too_deep = any(statement.name == DefectKind.NESTED_TOO_DEEP.value for statement in broken)
    body = content(step)
    read = decode(body)
    failure = isinstance(read.value, dict) and read.value.get("success") is False
    status = step.get("status", 400 if failure else 200)
    expected = _expected(broken)
    if too_deep or (status != 200 and status < 400) or (read.defects and expected is Expected.ACCEPT):
        return None
    return Vector(name, of, status, body, expected)


def content(step: Mapping[str, Any]) -> bytes:
    """The bytes of a body: those given, the text's, or the value's."""
    if "raw" in step:
        return base64.b64decode(step["raw"], validate=True)
    text = step["text"] if "text" in step else json.dumps(step["body"], ensure_ascii=False)
    return str(text).encode()


def _expected(broken: Iterable[Statement]) -> Expected:
    """By the broken statements on the body itself: on its text (MC0xx), its shape (MC1xx) and its envelope (MC2xx)."""
    of_body = [each for each in broken if each.code[:3] in ("MC0", "MC1", "MC2")]
    if not of_body:
        return Expected.ACCEPT
    refused = any(
        each.severity is Severity.ERROR
        and each.name not in _MAY_BE_PASSED_ON
        and (each.name == DefectKind.MISSING_ENVELOPE.value or not each.code.startswith("MC2"))
        for each in of_body
    )
    return Expected.REFUSE if refused else Expected.EITHER


def compare(vector: Vector, answer: Mapping[str, Any]) -> Decoded:
    """The result of an answer: `{"refused": WHY}`, or `{"kinds": […], "value": …}` as it was decoded and encoded again.

    A member that is null counts as left out, but for the `value` beside `kinds`: null may be what was decoded.
    """
    refused, kinds, value = (answer.get(name) for name in ("refused", "kinds", "value"))
    misuse = _misuse(answer)
    if misuse is not None:
        return Decoded(vector.id, vector.expected, Made.FAILED, misuse)
    if refused is not None:
        wrong = vector.expected is Expected.ACCEPT
        words = f"refuses a body that keeps the contract: {_short(refused)}" if wrong else ""
        return Decoded(vector.id, vector.expected, Made.REFUSED if wrong else Made.RIGHT, words)
    if vector.expected is Expected.REFUSE:
        return Decoded(vector.id, vector.expected, Made.LENIENT, f"accepts {vector.body[:_SHOWN].decode('utf-8', 'replace')}")
    sent = decode(vector.body).value
    own = _kinds(sent)
    # A failure has no `result`, so a decoder may leave out a `result` of null.
    if not _same(kinds, own, dropped=False) and not (kinds == [] and vector.status != 200):
        return Decoded(vector.id, vector.expected, Made.OTHER_KIND, f"takes {_short(own)} for {_short(kinds)}")
    if not _same(value, sent, dropped=vector.expected is Expected.EITHER):
        return Decoded(vector.id, vector.expected, Made.CHANGED, f"writes {_short(value)} for {_short(sent)}")
    return Decoded(vector.id, vector.expected, Made.RIGHT)


def _misuse(answer: Mapping[str, Any]) -> str | None:
    """Why an answer is not one of the protocol, in words; None if it is."""
    refused, kinds, value = (answer.get(name) for name in ("refused", "kinds", "value"))
    if refused is None and kinds is None and value is None:
        return f"answers neither with `refused` nor with `kinds` and `value`: {_short(answer)}"
    if refused is not None and not isinstance(refused, str):
        return f"writes {_short(refused)} as `refused`: give the reason as text, or leave it out if the body is accepted"
    if refused is not None and (kinds is not None or value is not None):
        return f"answers with `refused` and with `kinds` or `value`, which contradict each other: {_short(answer)}"
    if refused is None and not isinstance(kinds, list):
        return f"writes {_short(kinds)} as `kinds`: give an array of the kinds, which may be empty"
    return "leaves out `value`" if refused is None and "value" not in answer else None


def _kinds(value: Any) -> list[Any]:
    """The kinds of the events that a body holds, in order."""
    result = value.get("result", value) if isinstance(value, dict) else None
    if not isinstance(result, dict):
        return []
    events = result.get("items", [result])
    return [event["e"]["k"] if "e" in event else event["k"] for event in events if "e" in event or "k" in event]


def _same(written: Any, sent: Any, *, dropped: bool) -> bool:
    """Whether two values are equal as JSON; `dropped` members, and a `result` of null, may be left out."""
    if isinstance(sent, dict) and isinstance(written, dict):
        left_out = sent.keys() - written.keys()
        return (
            (dropped or all(name == "result" and sent[name] is None for name in left_out))
            and written.keys() <= sent.keys()
            and all(_same(value, sent[name], dropped=dropped) for name, value in written.items())
        )
    if isinstance(sent, list) and isinstance(written, list):
        return len(sent) == len(written) and all(
            _same(one, other, dropped=dropped) for one, other in zip(written, sent, strict=True)
        )
    if isinstance(sent, str) and isinstance(written, str):
        return _SURROGATE.sub("\ufffd", written) == sent
    return isinstance(sent, bool) == isinstance(written, bool) and bool(sent == written)


def _short(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    # A decoder may return a lone surrogate, which a report cannot have.
    text = text.encode("utf-8", "backslashreplace").decode()
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"
