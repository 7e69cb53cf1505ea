"""What reports for people say alike: numbers, places, and samples of findings that are not all the same."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby

from mconn_contracts.model.exchange import Trace
from mconn_contracts.model.finding import Finding, Severity, any_index
from mconn_contracts.model.verdict import Verdict
from mconn_contracts.wire.redaction import curl

SHOWN = 5
"""Groups of like findings of one code that are shown."""

_CONTROLS = (*range(0x20), *range(0x7F, 0xA0), 0x2028, 0x2029, *range(0x202A, 0x202F), *range(0x2066, 0x206A))
_VISIBLE = {code: f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" for code in _CONTROLS}
"""What a terminal would obey, or show elsewhere than it stands: names and paths come from those who are judged."""


@dataclass(frozen=True, slots=True)
class Sample:
    """The first finding of those that are alike, and how many more of them were kept."""

    finding: Finding
    more: int


@dataclass(frozen=True, slots=True)
class FindingsOfCode:
    """The findings of one code: the exact total, those that were kept, and samples that differ from each other."""

    code: str
    total: int
    kept: tuple[Finding, ...]
    samples: tuple[Sample, ...]

    @property
    def first(self) -> Finding:
        """The first finding of the code."""
        return self.kept[0]

    @property
    def beyond(self) -> int:
        """How many findings neither are samples nor are like one of them."""
        return self.total - sum(1 + sample.more for sample in self.samples)


def by_code(verdict: Verdict, shown: int = SHOWN) -> Iterator[FindingsOfCode]:
    """The codes with findings, the worst first, each with at most `shown` samples.

    Findings are alike where their operation is the same, and their pointer but for the indices of arrays.
    """
    totals = verdict.tally.by_code
    findings = sorted(verdict.tally.findings(), key=lambda each: (-each.severity, each.code, each.sort_key))
    for (_, code), group in groupby(findings, key=lambda each: (-each.severity, each.code)):
        kept = tuple(group)
        alike: dict[tuple[str | None, str], list[Finding]] = {}
        for finding in kept:
            alike.setdefault((finding.operation, any_index(finding.pointer)), []).append(finding)
        samples = [Sample(first, len(others)) for first, *others in alike.values()]
        yield FindingsOfCode(code, totals[code], kept, tuple(samples[:shown]))


def visible(text: str) -> str:
    """A text in which what a terminal would obey, or show elsewhere than it stands, is written as an escape."""
    # What has none of those is most often told by this, in a fraction of the time.
    return text if text.isprintable() else text.translate(_VISIBLE)


def curls(traces: Iterable[Trace]) -> tuple[str, ...]:
    """The requests of exchanges as curl lines, each once."""
    return tuple(dict.fromkeys(curl(trace.request) for trace in traces if trace.request is not None))


def source_and_line(finding: Finding) -> str:
    """The source with line and entry, as far as they are known."""
    found = finding.source
    if finding.line is not None:
        found += f":{finding.line}"
    if finding.entry is not None:
        found += f" entry {finding.entry}"
    return found


def where(finding: Finding) -> str:
    """Operation, source and pointer, as far as they are known."""
    return " ".join(part for part in (finding.operation, source_and_line(finding), finding.pointer) if part)


def number(count: int, word: str, plural: str | None = None) -> str:
    """A number with its word, in the plural unless it is one."""
    return f"{count} {word if count == 1 else plural or (word if word == 'info' else word + 's')}"


def summary(verdict: Verdict) -> str:
    """The verdict in one line: the outcome, what was judged, and the findings by severity."""
    tally = verdict.tally
    found = tally.by_severity
    counts = ", ".join(number(found.get(severity, 0), severity.label) for severity in reversed(Severity))
    return f"{verdict.outcome}: {number(tally.exchanges, 'exchange')}, {number(tally.events, 'event')}; {counts}"
