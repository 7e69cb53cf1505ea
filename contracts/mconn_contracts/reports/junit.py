"""The report for build servers: JUnit XML, as Jenkins and Surefire have it (junit-10.xsd)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from html import escape
from importlib.metadata import version
from typing import assert_never

from mconn_contracts.model.finding import Finding, is_about_the_run
from mconn_contracts.model.verdict import Verdict
from mconn_contracts.reports.report import Report
from mconn_contracts.reports.sections import Behavior, Exercised, Findings, Note, Topic, in_words, sections
from mconn_contracts.reports.wording import curls, number, where, witnessed
from mconn_contracts.reports.xml import NO_TIME, attributes, one_line

_SESSION, _RUN = "session", "run"
"""The suites for statements that several exchanges decide together, and for the run itself."""
_CASES = {
    Topic.REASON: ("the run could judge", "error", "could-not-judge"),
    Topic.UNDECIDED: ("every statement was decided", "failure", "undecided-statements"),
    Topic.GAPS: ("enough was exercised", "failure", "too-little-exercised"),
    Topic.BASELINE: ("known findings are still there", "failure", "stale-baseline"),
}
"""The case of each topic by which a run fails: its name, the element that says so, and its type."""


@dataclass(frozen=True, slots=True)
class _Case:
    """A test case: it passes where `tag` is empty, unless it has output or was skipped."""

    name: str
    tag: str = ""
    message: str = ""
    type: str = ""
    statement: str = ""
    basis: str = ""
    kept: tuple[Finding, ...] = ()
    total: int = 0
    """The findings. Only `kept` of them are shown."""
    lines: tuple[str, ...] = ()


def pieces(verdict: Verdict) -> Iterator[str]:
    """One suite for each operation, one for the session and one for the run; a case for each statement.

    A finding at or above `fail_on` is a failure, or an error where the tool could not judge; one below it is output of its
    case. A statement that was not decided is skipped. A note by which the run fails is a case of the run; what else there
    is to say is output of its suite.
    """
    suites: dict[str, list[_Case]] = {}
    output: list[str] = []
    for section in sections(verdict, people=False):
        match section:
            case Findings():
                suites |= _suites(verdict)
            case Note(fails=True):
                name, tag, kind = _CASES[section.topic]
                case = _Case(name, tag, section.lines[0], kind, lines=section.lines[1:])
                suites.setdefault(_RUN, []).append(case)
            case Exercised() | Behavior() | Note():
                output += in_words(section)
            case _:
                assert_never(section)
    if output:
        suites.setdefault(_RUN, [])
    yield '<?xml version="1.0" encoding="UTF-8"?>\n'
    every = [case for cases in suites.values() for case in cases]
    counts = attributes(tests=len(every), failures=_count(every, "failure"), errors=_count(every, "error"))
    yield f'<testsuites name="mconn"{counts}>\n' if suites else f'<testsuites name="mconn"{counts} />\n'
    for name, cases in suites.items():
        yield from _suite(verdict, name, cases, output if name == _RUN else [])
    if suites:
        yield "</testsuites>\n"


def _suites(verdict: Verdict) -> dict[str, list[_Case]]:
    kept: dict[tuple[str, str], list[Finding]] = {}
    for finding in verdict.tally.findings():
        kept.setdefault((finding.operation or "", finding.code), []).append(finding)
    suites: dict[str, list[_Case]] = {}
    decided = verdict.tally.coverage.decided
    for operation, code in _due(verdict):
        suite = operation or (_RUN if is_about_the_run(code) else _SESSION)
        case = _case(verdict, code, operation, tuple(kept.get((operation, code), ())), decided)
        suites.setdefault(suite, []).append(case)
    return suites


def _due(verdict: Verdict) -> list[tuple[str, str]]:
    """Pairs of an operation, empty for the session and the run, and a code; the same of every run, but for findings beside."""
    due = [(operation, code) for code in verdict.statements for operation in verdict.scopes.get(code, ("",))]
    found = [(operation, code) for code, operations in verdict.tally.by_operation.items() for operation in operations]
    order = {name: index for index, name in enumerate((*verdict.operations, ""))}
    return sorted(dict.fromkeys([*due, *found]), key=lambda case: (order.get(case[0], len(order)), case))


def _case(verdict: Verdict, code: str, operation: str, kept: tuple[Finding, ...], decided: frozenset[str]) -> _Case:
    rule = verdict.rules.get(code)
    name = rule.name if rule else kept[0].name if kept else ""
    title = f"{code} {name}".rstrip()
    found = verdict.tally.by_operation.get(code, {}).get(operation, {})
    total = sum(found.values())
    if not total:
        coverage = verdict.tally.coverage
        if code in (coverage.decided_on.get(operation, ()) if operation else decided):
            return _Case(title)
        return _Case(title, "skipped", "not decided by what was exchanged")
    statement, basis = (rule.statement, rule.basis) if rule else ("", "")
    if max(found) < verdict.fail_on:
        return _Case(title, "system-out", statement=statement, basis=basis, kept=kept, total=total)
    message = f"{number(total, 'finding')}: {kept[0].message}" if kept else number(total, "finding")
    tag = "error" if is_about_the_run(code) else "failure"
    return _Case(title, tag, message, name or code, statement, basis, kept, total)


def _suite(verdict: Verdict, name: str, cases: list[_Case], output: list[str]) -> Iterator[str]:
    counts = {f"{tag}s".replace("skippeds", "skipped"): _count(cases, tag) for tag in ("failure", "error", "skipped")}
    yield f"  <testsuite{attributes(name=f'mconn.{name}', tests=len(cases), **counts, time=NO_TIME)}>\n    <properties>\n"
    for key, value in (
        ("mconn.version", version("mconn-contracts")),
        ("contract.version", verdict.contract_version),
        ("outcome", verdict.outcome),
    ):
        yield f"      <property{attributes(name=key, value=value)} />\n"
    yield "    </properties>\n"
    for case in cases:
        head = f"    <testcase{attributes(name=case.name, classname=f'mconn.{name}', time=NO_TIME)}"
        if not case.tag:
            yield f"{head} />\n"
            continue
        yield f"{head}>\n      <{case.tag}"
        if case.message:
            yield attributes(message=case.message, **({"type": case.type} if case.type else {}))
        if case.total or case.lines:
            yield ">\n"
            for line in _lines(case):
                yield f"{escape(line, quote=False)}\n"
            yield f"</{case.tag}>\n"
        else:
            yield " />\n"
        yield "    </testcase>\n"
    if output:
        yield "    <system-out>\n"
        for line in output:
            yield f"{escape(one_line(line), quote=False)}\n"
        yield "</system-out>\n"
    yield "  </testsuite>\n"


def _lines(case: _Case) -> Iterator[str]:
    yield from map(one_line, case.lines)
    if case.statement:
        yield case.statement
    if case.basis:
        yield f"Basis: {case.basis}."
    for finding in case.kept:
        yield one_line(where(finding))
        yield f"  {one_line(finding.message)}"
        for line in (*witnessed(finding), *curls(finding.shown_by)):
            yield f"  {one_line(line)}"
    if case.total > len(case.kept):
        yield f"… and {case.total - len(case.kept)} more"


def _count(cases: list[_Case], tag: str) -> int:
    return sum(case.tag == tag for case in cases)


REPORT = Report("junit", pieces)
