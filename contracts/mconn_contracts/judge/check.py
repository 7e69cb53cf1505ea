"""The only place that judges: `check` one exchange, and a `Session` of them, by the rules of a plan."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Protocol

from mconn_contracts.captures.records import Batch, Order
from mconn_contracts.judge.batches import Batches
from mconn_contracts.judge.excerpt import excerpt
from mconn_contracts.judge.gathering import gather
from mconn_contracts.judge.plan import Judgement, Plan
from mconn_contracts.judge.reading.expected import Expectation, ExpectedEvent
from mconn_contracts.judge.reading.history import History
from mconn_contracts.judge.reading.recorder import MOST_BYTES, Recorder
from mconn_contracts.judge.reading.views import Answer, Event, FetchedEvent, Identity, LatestPage, ListPage
from mconn_contracts.judge.rules.defects import decided_by_reading, defects_of
from mconn_contracts.judge.rules.observations import Choice, PinnedBehavior, observe
from mconn_contracts.judge.rules.rule import DECIDED, Hit
from mconn_contracts.judge.schemas.validation import shorten
from mconn_contracts.judge.verdict import verdict
from mconn_contracts.model.defect import Defect, DefectKind
from mconn_contracts.model.exchange import Exchange, Origin, Trace
from mconn_contracts.model.finding import Finding, Severity
from mconn_contracts.model.known import Known
from mconn_contracts.model.tally import Coverage, Tally
from mconn_contracts.model.verdict import ExpectedEvents, Observed, Verdict
from mconn_contracts.wire.decoding import Decoded

__all__ = ["Judgement", "Plan", "Session", "check", "check_session"]

RULE_CRASHED = "MC901"
EXCERPTS = 20
"""Findings of each code, of one exchange, that can show what stands around their places: as many as are kept by default."""
NOWHERE = Trace(Origin(), request=None, operation=None)
"""The place of a finding that is not about one exchange. A hit names its own place."""


def check(exchange: Exchange, plan: Plan) -> Judgement:
    """Judge one exchange by itself; one of another API has no finding."""
    return _judge(plan.reader.read(exchange), plan)


def _judge(answer: Answer, plan: Plan) -> Judgement:
    if answer.foreign:
        return Judgement((), frozenset())
    views = tuple(plan.reader.views(answer))
    read, ruled = _judge_defects(plan, answer), _run(plan, views, answer.trace)
    findings = (*read.findings, *ruled.findings)
    if answer.status is not None:
        findings = tuple(replace(finding, status=answer.status) for finding in findings)
    return Judgement(findings, read.decided | ruled.decided, views)


def _judge_defects(plan: Plan, answer: Answer) -> Judgement:
    """What was found while an answer was read."""
    codes = plan.defects_of(answer.trace.operation)
    findings = tuple(
        plan.finding(codes[defect.kind], Hit(defect.pointer, defect.message, defect.spec), answer.trace)
        for defect in defects_of(answer)
        if defect.kind in codes
    )
    decided = {codes[kind] for kind in decided_by_reading(answer) if kind in codes}
    decided.update(finding.code for finding in findings if not plan.document.statement(finding.code).about_the_run)
    return Judgement(findings, frozenset(decided))


def check_session(history: History, plan: Plan) -> Judgement:
    """Judge what the exchanges of one session say about each other."""
    return _run(plan, (history,), NOWHERE)


def _run(plan: Plan, views: tuple[object, ...], trace: Trace) -> Judgement:
    findings: list[Finding] = []
    decided: set[str] = set()
    by_type = {type(view): view for view in views}
    for rule in plan.rules_on(tuple(by_type), trace.operation, of_one=trace is not NOWHERE):
        try:
            for outcome in rule.predicate(by_type[rule.on]):
                if outcome is DECIDED:
                    decided.add(rule.code)
                elif isinstance(outcome, Hit):
                    decided.add(rule.code)
                    if plan.judges_at(rule.code, (outcome.at or trace).operation):
                        findings.append(plan.finding(rule.code, outcome, trace))
        except Exception as error:
            if plan.judges(RULE_CRASHED):
                crash = Hit("", f"{rule.code} failed on this exchange: {type(error).__name__}: {error}")
                findings.append(plan.finding(RULE_CRASHED, crash, trace))
    return Judgement(tuple(findings), frozenset(decided), views)


class Sink(Protocol):
    """Is given all that counts as it is found."""

    def take(self, finding: Finding) -> None:
        """A finding."""

    def reject(self, exchange: Exchange) -> None:
        """An exchange that has findings of its own, after these."""


class Session:
    """Judges exchanges one after the other, and at the end what they say about each other; keeps the tally.

    `cap` is the number of findings kept per code; all are counted. Exchanges are related to each other as far as about
    `most` bytes of memory hold them; the tally counts the answers beyond that. `sink` is given every finding. With
    `gathers`, the tally has what the document does not declare.
    """

    def __init__(
        self, plan: Plan, cap: int = 20, most: int = MOST_BYTES, sink: Sink | None = None, *, gathers: bool = False
    ) -> None:
        self.plan = plan
        self.sink = sink
        self.tally = Tally(cap=cap, coverage=Coverage(declared=frozenset(plan.document.kinds)))
        self.observed: dict[str, Observed] = {}
        self._recorder = Recorder(most)
        self._most = most
        self._found: dict[str, Severity] = {}
        self._batches = Batches(plan, check, every=sink is not None, gathers=gathers)
        self._gathers = gathers

    def observe(self, exchange: Exchange) -> Judgement:
        """Judge one exchange and remember it; the judgement is of the exchange alone.

        A recorded exchange of another API is counted and left alone.
        """
        answer = self.plan.reader.read(exchange)
        judgement = _judge(answer, self.plan)
        if answer.foreign:
            self.tally.foreign += 1
            return judgement
        if self._gathers:
            gather(answer, self.tally.undeclared)
        if self._count(answer, judgement) and self.sink is not None:
            self.sink.reject(exchange)
        for view in judgement.views:
            self._recorder.add(view)
        return judgement

    def reorder(self, entries: Sequence[int]) -> None:
        """Take the exchanges of the session so far as having come in that order, by the entries of their origins."""
        self._recorder.reorder({entry: rank for rank, entry in enumerate(entries)})

    def put_in_order(self, order: Order) -> None:
        """Take the exchanges of a capture as having come in that order.

        Where some were left out for their number, those that came first count instead of those that stood first: they are
        read once more. Where they cannot be, nothing is related.
        """
        if not self._recorder.unrelated:
            self.reorder(order.entries)
            return
        again = None if len(self._recorder.sources) > 1 else order.again
        self._recorder = self._recorder.emptied()
        if again is not None:
            recorder = Recorder(self._most)
            for record in again():
                if isinstance(record, Exchange):
                    for view in self.plan.reader.views(self.plan.reader.read(record)):
                        recorder.add(view)
            self._recorder = recorder

    def begin_capture(self) -> None:
        """Treat the next exchanges as those of another capture, or of an earlier place in the same capture."""
        self._batches.settled.clear()

    def observe_batch(self, batch: Batch) -> None:
        """Judge bare payloads, as `observe` would one after the other; most are judged together."""
        self._batches.take(batch, self.tally, self.observe)

    def observe_behavior(self, pinned: Mapping[str, str] | None = None) -> tuple[Choice, ...]:
        """What the server chose where nobody documents it, and whether that is what an earlier run had `pinned`."""
        choices = observe(self._recorder.history(), self.plan.document.kinds)
        self.take_behavior(choices, pinned)
        return choices

    def take_behavior(self, choices: tuple[Choice, ...], pinned: Mapping[str, str] | None) -> None:
        """Report these choices as observed, and compare them with what an earlier run had `pinned`."""
        self.observed = {choice.name: Observed(choice.value, choice.shown_by) for choice in choices}
        if pinned is not None:
            self.take(_run(self.plan, (PinnedBehavior(choices, pinned),), NOWHERE))

    def expect(self, events: Mapping[Identity, ExpectedEvent]) -> ExpectedEvents:
        """Judge whether exactly these events exist. If not all answers were related, no event counts as missing."""
        expectation = Expectation(self._recorder.history(), events)
        if self._recorder.unrelated:
            shown, in_full, without_v = expectation.shown, expectation.in_full, expectation.without_version
            return ExpectedEvents(len(events), len(shown), len(in_full), without_v=len(without_v))
        self.take(_run(self.plan, (expectation,), NOWHERE))
        return ExpectedEvents(
            events=len(events),
            shown=len(expectation.shown),
            in_full=len(expectation.in_full),
            missing=len(expectation.missing),
            unexpected=len(expectation.unexpected),
            perhaps_newer=expectation.perhaps_newer,
            without_v=len(expectation.without_version),
        )

    def take(self, judgement: Judgement) -> None:
        """Count what was judged elsewhere, of no exchange in particular."""
        self._add(judgement)

    def report(self, defect: Defect, trace: Trace) -> None:
        """Count the fault of a record that could not be read as an exchange."""
        code = self.plan.defects_of(trace.operation).get(defect.kind)
        if code is not None:
            self._keep(self.plan.finding(code, Hit(defect.pointer, defect.message, defect.spec), trace))

    def conclude(self) -> tuple[Finding, ...]:
        """Judge what the exchanges say about each other, and start a new session with the same tally."""
        judgement = check_session(self._recorder.history(), self.plan)
        decided = judgement.decided
        if self._recorder.unrelated:
            # What was left out might have broken any of them.
            decided = frozenset(finding.code for finding in judgement.findings)
            self.tally.unrelated += self._recorder.unrelated
        judgement = replace(judgement, findings=tuple(self._fold(judgement.findings)), decided=decided)
        self._add(judgement)
        self._recorder = Recorder(self._most)
        self._found = {}
        return judgement.findings

    def glance(self) -> tuple[Finding, ...]:
        """What the exchanges of the session so far say about each other; nothing is counted, and the session goes on."""
        return tuple(self._fold(check_session(self._recorder.history(), self.plan).findings))

    @property
    def history(self) -> History:
        """What the exchanges of the session so far showed."""
        return self._recorder.history()

    @property
    def taken(self) -> int:
        """The approximate memory, in bytes, that the session uses for its exchanges."""
        return self._recorder.size

    @property
    def amid_a_walk(self) -> bool:
        """Whether a list has a next page that was not requested yet."""
        return self._recorder.amid_a_walk

    def hand_over(self) -> Tally:
        """The tally so far, to merge with others. Further exchanges are counted in a new one."""
        tally = self.tally
        self.tally = Tally(cap=tally.cap, coverage=Coverage(declared=tally.coverage.declared))
        return tally

    def verdict(
        self, *, without: frozenset[str] = frozenset(), asked: Collection[str] = (), could_not_judge: str | None = None
    ) -> Verdict:
        """The verdict so far; `without` and `asked` as in `judge.verdict`."""
        return verdict(
            self.plan, self.tally, observed=self.observed, without=without, asked=asked, could_not_judge=could_not_judge
        )

    def _fold(self, findings: tuple[Finding, ...]) -> Iterator[Finding]:
        """The findings of a session without those that follow from another; the first of a root names what follows.

        Nothing is folded under what weighs less than itself.
        """
        found = dict(self._found)
        for finding in findings:
            found[finding.code] = max(finding.severity, found.get(finding.code, finding.severity))
        explained: dict[str, str] = {}
        for root in self.plan.document.statements:
            if root.code in found:
                for code in found.keys() & root.explains:
                    if found[code] <= found[root.code]:
                        explained.setdefault(code, root.code)
        follows: dict[str, list[str]] = {}
        for code in sorted({finding.code for finding in findings} & explained.keys()):
            root_code = explained[code]
            while root_code in explained:
                root_code = explained[root_code]
            follows.setdefault(root_code, []).append(code)
        for finding in findings:
            if finding.code not in explained:
                codes = follows.pop(finding.code, [])
                words = f" ({', '.join(codes)} {'follow' if len(codes) > 1 else 'follows'})" if codes else ""
                yield replace(finding, message=shorten(finding.message + words))

    def _count(self, answer: Answer, judgement: Judgement) -> bool:
        """Count an exchange; whether one of its findings does."""
        self.tally.exchanges += 1
        self.tally.unread += any(defect.kind is DefectKind.BODY_NOT_KEPT for defect in answer.defects)
        if answer.operation is not None:
            self.tally.coverage.saw_status(answer.operation.id, answer.status)
        for view in judgement.views:
            if isinstance(view, ListPage):
                self.tally.events += len(view.items)
            for event in _events(view):
                self.tally.events += 1
                self.tally.coverage.saw_kind(event.kind)
        return self._add(judgement, answer)

    def _add(self, judgement: Judgement, answer: Answer | None = None) -> bool:
        """Count what was decided and found; whether a finding counts."""
        operation = None if answer is None else answer.operation
        self.tally.coverage.decide(judgement.decided, None if operation is None else operation.id)
        body = None if answer is None else answer.decoded
        findings = judgement.findings
        if len(findings) > EXCERPTS:
            # The smallest first, so that the findings that are kept of many are found at once.
            findings = tuple(sorted(findings, key=lambda each: each.sort_key))
        of_code = Counter[str]()
        counted = False
        for finding in findings:
            of_code[finding.code] += 1
            counted |= self._keep(finding, body if of_code[finding.code] <= EXCERPTS else None)
        return counted

    def _keep(self, finding: Finding, body: Decoded | None = None) -> bool:
        """Count a finding; whether it counts, and is not known."""
        self._found[finding.code] = max(finding.severity, self._found.get(finding.code, finding.severity))
        entry = self.plan.known_as(finding)
        if entry is not None:
            self.tally.known[entry.key] = self.tally.known.get(entry.key, 0) + 1
            if not entry.expired:
                return False
        if self.plan.collect:
            key = Known.of(finding).key
            self.tally.collected[key] = self.tally.collected.get(key, 0) + 1
        if body is not None and body.readable and self.tally.keeps(finding):
            finding = replace(finding, excerpt=excerpt(body.value, finding.pointer))
        self.tally.add(finding)
        if self.sink is not None:
            self.sink.take(finding)
        return True


def _events(view: object) -> Iterator[Event]:
    if isinstance(view, LatestPage):
        yield from view.items
    elif isinstance(view, FetchedEvent):
        yield view.event
