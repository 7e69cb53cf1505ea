"""The report for a browser: one HTML file that loads nothing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from importlib.metadata import version
from typing import assert_never

from mconn_contracts.model.finding import Finding, Severity
from mconn_contracts.model.observed import sentence
from mconn_contracts.model.outcome import Outcome
from mconn_contracts.model.verdict import Verdict
from mconn_contracts.reports.page import asset, escaped, page, prose, words
from mconn_contracts.reports.report import Need, Report
from mconn_contracts.reports.sections import Behavior, Exercised, Findings, Note, Topic, sections
from mconn_contracts.reports.wording import (
    FindingsOfCode,
    Sample,
    basis,
    by_code,
    by_source,
    curls,
    every,
    number,
    source_and_line,
    summary,
    witnessed,
)

_NO_OPERATION = "several"
_NOTHING = "default-src 'none'; base-uri 'none'; form-action 'none'"
MARKS: Mapping[Outcome, str] = {
    Outcome.PASSED: "✓",
    Outcome.KNOWN: "≈",
    Outcome.STALE: "∅",
    Outcome.FAILED: "✗",
    Outcome.UNDECIDED: "?",
}


def pieces(verdict: Verdict) -> Iterator[str]:
    """One document; its policy (CSP) lets it load and send nothing, and run only its own script."""
    yield from page(f"{verdict.outcome} – mconn", _body(verdict), asset("report.js"))


def _body(verdict: Verdict) -> Iterator[str]:
    result = verdict.outcome
    ordered = list(sections(verdict))
    yield '<a class="skip" href="#findings">Skip to the findings</a>'
    yield "<header>"
    yield f'<h1><span class="outcome {result}"><span aria-hidden="true">{MARKS[result]}</span> {result}</span> mconn</h1>'
    yield f"<p>{escaped(summary(verdict).partition(': ')[2])}. Contract {escaped(verdict.contract_version)}.</p>"
    for section in ordered:
        if isinstance(section, Note) and section.topic is Topic.RUN:
            yield from (f"<p>{escaped(line)}</p>" for line in section.lines)
    for section in ordered:
        if isinstance(section, Note) and section.fails:
            for line in section.lines:
                yield f'<p class="reason"><strong>{section.topic.value}:</strong> {escaped(line)}</p>'
    yield _tiles(verdict)
    yield (
        '<nav aria-label="Sections"><a href="#findings">Findings</a> <a href="#coverage">Coverage</a> '
        '<a href="#statements">Statements</a> <a href="#observed">Observed behavior</a> <a href="#notes">Notes</a> '
        '<a href="#words">Words</a></nav>'
    )
    yield "</header>\n<main>"
    notes: list[Note] = []
    for section in ordered:
        match section:
            case Findings():
                yield from _findings(verdict, list(by_code(verdict, every if verdict.verbose else by_source)))
            case Exercised():
                yield from _exercised(section)
                yield from _statements(verdict)
            case Behavior():
                yield from _behavior(section)
            case Note():
                notes += [] if section.fails or section.topic is Topic.RUN else [section]
            case _:
                assert_never(section)
    yield from _notes(notes)
    yield from words("What is judged", "What it is judged by", "What a report says")
    yield "</main>"
    yield f"<footer>Written by mconn {escaped(version('mconn-contracts'))}. Nothing here was loaded from elsewhere.</footer>"


def _tiles(verdict: Verdict) -> str:
    found = verdict.tally.by_severity
    tiles = [
        *(
            (
                str(found.get(severity, 0)),
                f"{severity.label}{'' if severity is Severity.INFO else 's'}",
                severity.label,
            )
            for severity in reversed(Severity)
        ),
        *_coverage_tiles(verdict),
    ]
    items = "".join(f'<li class="{style}"><b>{escaped(value)}</b> {escaped(label)}</li>' for value, label, style in tiles)
    return f'<ul class="tiles" aria-label="Totals">{items}</ul>'


def _coverage_tiles(verdict: Verdict) -> Iterator[tuple[str, str, str]]:
    if verdict.compared is not None:
        return
    coverage = verdict.tally.coverage
    seen = sum(bool(coverage.kinds.get(kind)) for kind in verdict.kinds)
    decided = sum(code in coverage.decided for code in verdict.statements)
    yield f"{len(coverage.answered)} of {len(verdict.operations)}", "operations", ""
    yield f"{seen} of {len(verdict.kinds)}", "kinds", ""
    yield f"{decided} of {len(verdict.statements)}", "statements decided", ""


def _findings(verdict: Verdict, found: list[FindingsOfCode]) -> Iterator[str]:
    yield '<section id="findings" aria-labelledby="findings-title"><h2 id="findings-title" tabindex="-1">Findings</h2>'
    if not found:
        yield "<p>No findings.</p></section>"
        return
    operations = sorted({finding.operation or _NO_OPERATION for each in found for finding in each.kept})
    options = "".join(
        f'<option value="{escaped(name)}">{escaped("several responses" if name == _NO_OPERATION else name)}</option>'
        for name in operations
    )
    boxes = "".join(
        f'<label><input type="checkbox" name="severity" value="{severity.label}" checked> {severity.label}</label> '
        for severity in reversed(Severity)
        if verdict.tally.by_severity.get(severity)
    )
    yield (
        '<form id="filter" hidden role="search"><label>Search <input type="search" id="search" autocomplete="off" '
        'placeholder="code, message, pointer, request" aria-keyshortcuts="/"></label>'
        f'<label>Operation <select id="operation"><option value="">all</option>{options}</select></label>'
        f"<fieldset><legend>Severity</legend>{boxes}</fieldset>"
        '<span><button type="button" id="expand">Expand all</button> <button type="button" id="collapse">Collapse all</button>'
        '</span><p id="matches" role="status"></p></form>'
    )
    for each in found:
        yield from _of_code(verdict, each)
    yield "</section>"


def _of_code(verdict: Verdict, each: FindingsOfCode) -> Iterator[str]:
    first, rule = each.first, verdict.rules.get(each.code)
    kept = "" if each.total == len(each.kept) else f", {len(each.kept)} kept"
    yield (
        f'<article class="broken {first.severity.label}" id="{escaped(each.code)}">'
        f'<h3><span class="code">{escaped(each.code)}</span> '
        f'{escaped(first.name)} <span class="severity">{first.severity.label}</span> '
        f'<span class="basis">{escaped(basis(first, verdict))}</span> '
        f'<span class="total">{number(each.total, "finding")}{kept}</span></h3>'
    )
    if rule is not None:
        yield f'<p>{prose(rule.statement)} <span class="why">{prose(rule.why)}</span></p>'
    for sample in each.samples:
        yield from _sample(verdict, sample)
    if each.total > len(each.kept):
        yield f'<p class="beyond">… and {each.total - len(each.kept)} more, which were counted and not kept.</p>'
    yield "</article>"


def _sample(verdict: Verdict, sample: Sample) -> Iterator[str]:
    finding = sample.finding
    words = " ".join(
        (
            finding.code,
            finding.name,
            finding.message,
            finding.operation or "",
            source_and_line(finding),
            finding.pointer,
            *curls(finding.shown_by),
        )
    )
    more = f' <span class="more">+ {sample.more} like it</span>' if sample.more else ""
    yield (
        f'<details class="finding" data-severity="{finding.severity.label}" '
        f'data-operation="{escaped(finding.operation or _NO_OPERATION)}" data-words="{escaped(words.lower())}">'
        f'<summary><span class="operation">{escaped(finding.operation or "several responses")}</span> '
        f'<code>{_pointer(finding.pointer)}</code> <span class="message">{escaped(finding.message)}</span>{more}</summary>'
    )
    position = verdict.positions.get(finding.place)
    facts = [
        ("Where", source_and_line(finding)),
        ("At", "" if position is None else f"line {position.line}, column {position.column}"),
        ("Document", finding.spec),
    ]
    yield "<dl>" + "".join(f"<dt>{name}</dt><dd>{escaped(value)}</dd>" for name, value in facts if value) + "</dl>"
    if shown := witnessed(finding):
        yield f"<h4>The smallest payload that shows the change</h4>{_commands(shown)}"
    yield from _requests(finding)
    yield from _response(finding)
    yield "</details>"


def _requests(finding: Finding) -> Iterator[str]:
    if requests := curls(finding.shown_by):
        yield f"<h4>{'Request' if len(requests) == 1 else 'Requests'}</h4>"
        yield _commands(requests)


def _response(finding: Finding) -> Iterator[str]:
    if not any(finding.excerpt):
        return
    before, marked, after = (_lines(part) for part in finding.excerpt)
    yield f"<h4>Response{'' if finding.status is None else f', status {finding.status}'}</h4>"
    yield f'<pre tabindex="0">{before}<mark>{marked}</mark>{after}</pre>'


def _lines(text: str) -> str:
    return "\n".join(map(escaped, text.split("\n")))


def _commands(lines: Iterable[str]) -> str:
    return f'<pre tabindex="0">{chr(10).join(map(escaped, lines))}</pre>'


def _pointer(pointer: str) -> str:
    """A pointer whose last part, the offending place, is marked."""
    if not pointer:
        return "(the whole body)"
    parents, _, last = pointer.rpartition("/")
    return f"{escaped(parents)}/<mark>{escaped(last)}</mark>"


def _exercised(section: Exercised) -> Iterator[str]:
    coverage = section.coverage
    yield '<section id="coverage" aria-labelledby="coverage-title"><h2 id="coverage-title">Coverage</h2>'
    statuses = sorted({status for each in coverage.operations.values() for status in each})
    if statuses:
        heads = "".join(f'<th scope="col">{escaped(status)}</th>' for status in statuses)
        yield (
            '<div class="wide" tabindex="0" role="region" aria-label="Responses by operation and status">'
            '<table class="operations"><caption>Responses by operation and status</caption>'
            f'<thead><tr><th scope="col">operation</th>{heads}</tr></thead><tbody>'
        )
        for operation in dict.fromkeys([*section.operations, *sorted(coverage.operations)]):
            seen = coverage.operations.get(operation, {})
            cells = "".join(f"<td>{seen[status]}</td>" if status in seen else '<td class="none">–</td>' for status in statuses)
            yield f'<tr><th scope="row">{escaped(operation)}</th>{cells}</tr>'
        yield "</tbody></table></div>"
    yield '<h3>Kinds of events</h3><ol class="kinds">'
    for kind in dict.fromkeys([*section.kinds, *sorted(coverage.kinds)]):
        count = coverage.kinds.get(kind, 0)
        style = "unknown" if kind not in section.kinds else "seen" if count else "unseen"
        said = "not in the contract" if style == "unknown" else "" if count else "not seen"
        yield f'<li class="{style}"><span>{escaped(kind)}</span> <b>{count or ""}</b> <i>{said}</i></li>'
    yield "</ol></section>"


def _statements(verdict: Verdict) -> Iterator[str]:
    decided, totals = verdict.tally.coverage.decided, verdict.tally.by_code
    yield '<section id="statements" aria-labelledby="statements-title"><h2 id="statements-title">Statements</h2>'
    yield (
        '<div class="wide" tabindex="0" role="region" aria-label="Statements and their results"><table>'
        '<thead><tr><th scope="col">code</th><th scope="col">came to</th><th scope="col">fault</th>'
        '<th scope="col">statement</th></tr></thead><tbody>'
    )
    for code in sorted(verdict.statements):
        rule = verdict.rules.get(code)
        if totals.get(code):
            result = f'<td class="is-broken"><a href="#{escaped(code)}">broken</a></td>'
        elif code in decided:
            result = '<td class="kept">kept</td>'
        else:
            result = '<td class="undecided">undecided</td>'
        said = (escaped(rule.name), prose(rule.statement)) if rule is not None else ("", "")
        yield f'<tr><th scope="row">{escaped(code)}</th>{result}<td>{said[0]}</td><td>{said[1]}</td></tr>'
    yield "</tbody></table></div></section>"


def _behavior(section: Behavior) -> Iterator[str]:
    yield '<section id="observed" aria-labelledby="observed-title"><h2 id="observed-title">Observed behavior</h2>'
    if section.observed:
        yield '<p>What the server chose where nobody documents it. Every choice passes.</p><dl class="observed">'
        for name, observed in section.observed.items():
            shown = ""
            if requests := curls(observed.shown_by):
                title = f"shown by {number(len(requests), 'request')}"
                shown = f"<details><summary>{title}</summary>{_commands(requests)}</details>"
            said = f"{prose(sentence(name, observed.value))} (<code>{escaped(observed.value)}</code>)"
            yield f"<dt>{escaped(name)}</dt><dd>{said}{shown}</dd>"
        yield "</dl>"
    else:
        yield "<p>Nothing was observed.</p>"
    yield "</section>"


def _notes(notes: list[Note]) -> Iterator[str]:
    yield '<section id="notes" aria-labelledby="notes-title"><h2 id="notes-title">Notes</h2>'
    if notes:
        yield '<dl class="notes">'
        for note in notes:
            yield f"<dt>{note.topic.value}</dt>{''.join(f'<dd>{escaped(line)}</dd>' for line in note.lines)}"
        yield "</dl>"
    else:
        yield "<p>There is nothing else to say.</p>"
    yield "</section>"


REPORT = Report("html", pieces, frozenset({Need.POSITIONS}))
