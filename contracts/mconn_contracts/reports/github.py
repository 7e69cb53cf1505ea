"""The report for a GitHub Actions log: workflow commands that become annotations."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import assert_never

from mconn_contracts.model.finding import Finding, Severity
from mconn_contracts.model.verdict import Verdict
from mconn_contracts.process.lines import visible
from mconn_contracts.reports.report import Need, Report
from mconn_contracts.reports.sections import Behavior, Exercised, Findings, Note, in_words, sections
from mconn_contracts.reports.wording import also, among, basis, by_code, curls, like_it, number, summary, where, witnessed

_COMMANDS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "notice"}
_DATA = {"%": "%25", "\r": "%0D", "\n": "%0A"}
_PROPERTY = {**_DATA, ":": "%3A", ",": "%2C"}
"""What the runner decodes: https://github.com/actions/toolkit/blob/main/packages/core/src/command.ts"""


def pieces(verdict: Verdict) -> Iterator[str]:
    """An annotation for each sample of a code, one for each note that fails the run, one of all else; the verdict last."""
    for line in _lines(verdict):
        yield f"{line}\n"


def _lines(verdict: Verdict) -> Iterator[str]:
    others: list[str] = []
    for section in sections(verdict, people=False):
        match section:
            case Findings():
                yield from _findings(verdict)
            case Note(fails=True):
                yield _note("error", in_words(section))
            case Exercised() | Behavior() | Note():
                others += in_words(section)
            case _:
                assert_never(section)
    if others:
        yield _note("notice", others)
    yield summary(verdict)


def _findings(verdict: Verdict) -> Iterator[str]:
    for each in by_code(verdict):
        for sample in each.samples:
            rests = basis(sample.finding, verdict)
            lines = [where(sample.finding), sample.finding.message, rests and f"basis: {rests}", *witnessed(sample.finding)]
            lines += curls(sample.finding.shown_by)
            if sample.more:
                lines.append(f"… {like_it(sample)}")
            lines += also(sample)
            yield _command(verdict, sample.finding, f"{each.code} {each.first.name}", lines)
        if each.beyond:
            title = f"{each.code} {each.first.name}"
            said = _escape(visible(f"… and {each.beyond} more of {number(each.total, 'finding')}{among(each)}"), _DATA)
            yield f"::notice title={_escape(title, _PROPERTY)}::{said}"


def _note(command: str, lines: Iterable[str]) -> str:
    text = "\n".join(visible(line) for line in lines)
    return f"::{command} title=mconn::{_escape(text, _DATA)}"


def _command(verdict: Verdict, finding: Finding, title: str, lines: list[str]) -> str:
    properties = {"title": title}
    # The runner looks for a file in the workspace; a server has none.
    if finding.in_file:
        properties["file"] = visible(finding.source)
        position = verdict.positions.get(finding.place)
        if position is not None:
            properties |= {"line": str(position.line), "col": str(position.column)}
        elif finding.line is not None:
            properties["line"] = str(finding.line)
    said = ",".join(f"{name}={_escape(value, _PROPERTY)}" for name, value in properties.items())
    message = "\n".join(visible(line) for line in lines if line)
    return f"::{_COMMANDS[finding.severity]} {said}::{_escape(message, _DATA)}"


def _escape(text: str, table: dict[str, str]) -> str:
    return "".join(table.get(character, character) for character in text)


REPORT = Report("github", pieces, frozenset({Need.POSITIONS}))
