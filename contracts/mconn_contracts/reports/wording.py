"""What reports for people say alike: numbers, places, and samples of findings that are not all the same."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from mconn_contracts.model.exchange import Trace
from mconn_contracts.model.finding import Finding, Severity, any_index
from mconn_contracts.model.verdict import Verdict
from mconn_contracts.wire.redaction import curl

SHOWN = 5
"""Faults of one code that are shown in brief."""
NAMED = 10
"""Sources that are named with each of them."""


@dataclass(frozen=True, slots=True)
class Sample:
    """The first finding of those that are alike, and how many more of them its source has."""

    finding: Finding
    more: int = 0
    elsewhere: tuple[Sample, ...] = ()
    """The same fault in other sources, a sample of each."""

    @property
    def total(self) -> int:
        """The findings that it stands for."""
        return 1 + self.more + sum(each.total for each in self.elsewhere)


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
        """How many findings no sample stands for."""
        return self.total - sum(sample.total for sample in self.samples)

    @property
    def others(self) -> tuple[Finding, ...]:
        """The first finding of each source that no sample names, `NAMED` at most."""
        named = {each.finding.source for sample in self.samples for each in (sample, *sample.elsewhere)}
        first = {each.source: each for each in reversed(self.kept) if each.source not in named}
        return tuple(reversed(first.values()))[:NAMED]


Sampling = Callable[[Sequence[Finding]], Iterable[Sample]]
"""The samples of the findings of one code that were kept."""


def every(kept: Sequence[Finding]) -> Iterator[Sample]:
    """Each finding by itself."""
    return map(Sample, kept)


def by_source(kept: Sequence[Finding]) -> Iterator[Sample]:
    """Each fault in each source."""
    for sources in _faults(kept):
        for first, *others in sources:
            yield Sample(first, len(others))


def brief(kept: Sequence[Finding]) -> Iterator[Sample]:
    """At most `SHOWN` faults, those first that are at another place than all before; each names at most `NAMED` other sources."""
    new: list[list[list[Finding]]] = []
    rest: list[list[list[Finding]]] = []
    seen: set[tuple[str | None, str, str]] = set()
    for sources in _faults(kept):
        first = sources[0][0]
        place = (first.operation, any_index(first.pointer), first.source)
        (rest if place in seen else new).append(sources)
        seen.add(place)
    for (first, *others), *elsewhere in sorted([*new, *rest][:SHOWN], key=lambda sources: sources[0][0].sort_key):
        yield Sample(first, len(others), tuple(Sample(each[0], len(each) - 1) for each in elsewhere[:NAMED]))


def _faults(kept: Sequence[Finding]) -> Iterable[list[list[Finding]]]:
    """The findings of each fault by source. A fault is an operation, a message, and a pointer without the indices of arrays."""
    faults: dict[tuple[str | None, str, str], dict[str, list[Finding]]] = {}
    for each in kept:
        sources = faults.setdefault((each.operation, any_index(each.pointer), each.message), {})
        sources.setdefault(each.source, []).append(each)
    return [list(sources.values()) for sources in faults.values()]


def by_code(verdict: Verdict, sampling: Sampling = brief) -> Iterator[FindingsOfCode]:
    """The codes with findings, the worst first, each with samples."""
    totals = verdict.tally.by_code
    findings = sorted(verdict.tally.findings(), key=lambda each: (-each.severity, each.code, each.sort_key))
    for (_, code), group in groupby(findings, key=lambda each: (-each.severity, each.code)):
        kept = tuple(group)
        yield FindingsOfCode(code, totals[code], kept, tuple(sampling(kept)))


def listed(names: Sequence[str], most: int = NAMED) -> str:
    """Names in a row. At most this many are shown, and the others are counted."""
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more


def like_it(sample: Sample) -> str:
    """How many more findings of its source are like a sample; empty if none is."""
    return f"and {sample.more} more like it" if sample.more else ""


def also(sample: Sample) -> Iterator[str]:
    """The other sources that a sample names, each with how many more are like its first."""
    for each in sample.elsewhere:
        yield f"also {', '.join(part for part in (source_and_line(each.finding), like_it(each)) if part)}"


def among(each: FindingsOfCode) -> str:
    """The sources of findings beyond the samples that were not named yet, to stand behind their number; empty without any."""
    places = ", ".join(source_and_line(other) for other in each.others)
    return f", among them {places}" if places else ""


def curls(traces: Iterable[Trace]) -> tuple[str, ...]:
    """The requests of exchanges as curl lines, each once."""
    return tuple(dict.fromkeys(curl(trace.request) for trace in traces if trace.request is not None))


def witnessed(finding: Finding) -> tuple[str, ...]:
    """The smallest payload on which two documents differ, and what the judge says of it by each; empty without one."""
    witness = finding.witness
    if witness is None:
        return ()
    base, revision = witness.documents
    return witness.payload, f"by {base}: {witness.base}", f"by {revision}: {witness.revision}"


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


def basis(finding: Finding, verdict: Verdict) -> str:
    """What the statement of a finding rests on: documented, published, derived or assumed; empty if that is not known."""
    rule = verdict.rules.get(finding.code)
    return rule.basis if rule else ""


def number(count: int, word: str, plural: str | None = None) -> str:
    """A number with its word, in the plural unless it is one."""
    return f"{count} {word if count == 1 else plural or (word if word == 'info' else word + 's')}"


def summary(verdict: Verdict) -> str:
    """The verdict in one line: the outcome, what was judged, and the findings by severity."""
    tally = verdict.tally
    found = tally.by_severity
    counts = ", ".join(number(found.get(severity, 0), severity.label) for severity in reversed(Severity))
    if verdict.compared is not None:
        return f"{verdict.outcome}: {' → '.join(verdict.compared)}; {counts}"
    return f"{verdict.outcome}: {number(tally.exchanges, 'exchange')}, {number(tally.events, 'event')}; {counts}"
