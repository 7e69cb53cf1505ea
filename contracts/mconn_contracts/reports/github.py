"""The report for a GitHub Actions log: workflow commands that become annotations."""

from __future__ import annotations

from collections.abc import Iterator

from mconn_contracts.model.finding import Finding, Severity
from mconn_contracts.model.verdict import Verdict
from mconn_contracts.reports.wording import VISIBLE, broken, curls, number, summary, where

_COMMANDS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "notice"}
_DATA = {"%": "%25", "\r": "%0D", "\n": "%0A"}
_PROPERTY = {**_DATA, ":": "%3A", ",": "%2C"}
"""What the runner decodes: https://github.com/actions/toolkit/blob/main/packages/core/src/command.ts"""


def render(verdict: Verdict) -> str:
    """An annotation for each sample of a code; the verdict last, an annotation where the run could not judge."""
    return "".join(f"{line}\n" for line in _lines(verdict))


def _lines(verdict: Verdict) -> Iterator[str]:
    for each in broken(verdict):
        for sample in each.samples:
            lines = [where(sample.finding), sample.finding.message, *curls(sample.finding.shown_by)]
            if sample.more:
                lines.append(f"… and {sample.more} more like it")
            yield _command(verdict, sample.finding, f"{each.code} {each.first.name}", lines)
        if each.beyond:
            title = f"{each.code} {each.first.name}"
            yield f"::notice title={_escape(title, _PROPERTY)}::… and {each.beyond} more of {number(each.total, 'finding')}"
    if verdict.could_not_judge is not None:
        yield f"::error title=mconn::{_escape('Could not judge: ' + verdict.could_not_judge.translate(VISIBLE), _DATA)}"
    yield summary(verdict)


def _command(verdict: Verdict, finding: Finding, title: str, lines: list[str]) -> str:
    properties = {"title": title}
    # The runner looks for a file in the workspace; a server has none.
    if finding.source and "://" not in finding.source and not finding.source.startswith("<"):
        properties["file"] = finding.source.translate(VISIBLE)
        position = verdict.positions.get(finding.place)
        if position is not None:
            properties |= {"line": str(position.line), "col": str(position.column)}
        elif finding.line is not None:
            properties["line"] = str(finding.line)
    said = ",".join(f"{name}={_escape(value, _PROPERTY)}" for name, value in properties.items())
    message = "\n".join(line.translate(VISIBLE) for line in lines if line)
    return f"::{_COMMANDS[finding.severity]} {said}::{_escape(message, _DATA)}"


def _escape(text: str, table: dict[str, str]) -> str:
    return "".join(table.get(character, character) for character in text)
