"""Judge the bare payloads of a batch together: the tally is the same as if `check` had judged each.

Valid payloads are decoded by a type that accepts nothing else, and counted. Of the others, the defects are counted by kind, once
`check` has judged one with the same kinds, and as long as none of their findings would be kept.
"""

from __future__ import annotations

import gc
from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, compress
from operator import attrgetter, eq, itemgetter, not_
from typing import Any

import msgspec

from mconn_contracts.captures.records import WHITESPACE, Batch
from mconn_contracts.contract.api import GET, LATEST, LIST
from mconn_contracts.judge.plan import Judgement, Plan
from mconn_contracts.judge.reading.recognition import Recognized, recognize
from mconn_contracts.judge.reading.views import Answer, Envelope, FetchedEvent, LatestPage, ListPage
from mconn_contracts.judge.rules.page import latest_facts, list_facts
from mconn_contracts.judge.schemas.compiled import Compiled, example, kind_of
from mconn_contracts.model.defect import DefectKind
from mconn_contracts.model.exchange import Exchange
from mconn_contracts.model.tally import Tally
from mconn_contracts.wire.decoding import MAX_DEPTH, decode

VIEWS = (Answer, Envelope, ListPage, LatestPage, FetchedEvent)
"""What rules may judge of a bare payload."""
_VIEWS = {name: view for each, view in ((LIST, ListPage), (LATEST, LatestPage), (GET, FetchedEvent)) for name in each.names}
_STATUSES = (None, 200)
_MOST_RESULTS = 4096
_DECODING_ERRORS = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
_decode = msgspec.json.Decoder().decode
_encode = msgspec.json.Encoder().encode
_encode_lines = msgspec.json.Encoder().encode_lines
Getter = Callable[..., Callable[[Any], Any]]
"""`attrgetter` for values of a type, `itemgetter` for JSON objects."""


@dataclass(frozen=True, slots=True, eq=False)
class Result:
    """What `check` said of one payload, apart from its defects, and says of all that have its key."""

    decided: frozenset[str]
    operation: str | None
    codes: Mapping[DefectKind, str]
    """What its defects are reported as."""


class Model:
    """A model, bare or in its envelope, and the type that accepts it. `view` is what rules judge of it, if anything."""

    def __init__(self, name: str, pointer: str, schema: Compiled, *, enveloped: bool) -> None:
        self.name = name
        self.pointer = pointer
        self.enveloped = enveloped
        self.view = _VIEWS.get(name)
        self.paged = self.view in (ListPage, LatestPage)
        self._decoder = msgspec.json.Decoder(schema.type)
        examples = (example(schema.type, whole=whole) for whole in (True, False))
        self.recognized = all(recognize(each) == Recognized(name, enveloped) for each in examples)
        """Whether every value that the type accepts is recognized as this model; of pages, those with items."""

    def accept(self, batch: Batch) -> tuple[Sequence[int], Sequence[Any], list[int]]:
        """The indexes of valid payloads, their values, and the indexes of the other payloads."""
        if isinstance(batch.payloads, bytes):
            try:
                values = self._decoder.decode_lines(batch.payloads)
            except _DECODING_ERRORS:
                values = []
            if len(values) == len(batch.lines) and all(_shown(batch.payloads, values)):
                return range(len(values)), values, []
        bodies, decode_one = batch.bodies, self._decoder.decode
        values, others = [], list[int]()
        rest = iter(bodies)
        while len(values) + len(others) < len(bodies):
            try:
                # What was decoded before the one that is refused stays in the list.
                values.extend(map(decode_one, rest))
            except _DECODING_ERRORS:
                others.append(len(values) + len(others))
        refused = set(others)
        indexes = [index for index in range(len(bodies)) if index not in refused]
        shown = _shown(b"\n".join([*(bodies[index] for index in indexes), b""]), values)
        others += compress(indexes, map(not_, shown))
        return list(compress(indexes, shown)), list(compress(values, shown)), others

    def facts(self, value: Any, get: Getter) -> Hashable | None:
        """What besides defects decides what rules say of a value; None where `check` has to judge it."""
        if self.enveloped:
            if get("success")(value) is not True or _optional(value, "errors"):
                return None
            value = get("result")(value)
        if not self.paged:
            return ()
        count, items = get("count", "items")(value)
        if self.view is LatestPage:
            return latest_facts(count, list(map(get("t", "n"), items)))
        return list_facts(count, list(map(get("t"), items)), list(map(get("n"), items)), _optional(value, "cursor"))

    def kinds(self, values: Sequence[Any], get: Getter) -> Mapping[str | None, int]:
        """The number of events in full by kind, and under None that of events in short, or whose types do not show their kind."""
        models = list(map(get("result"), values)) if self.enveloped else values
        if self.paged:
            pages = list(map(get("items"), models))
            if self.view is ListPage:
                return {None: sum(map(len, pages))}
            models = list(chain.from_iterable(pages))
        if self.view is None:
            return {}
        if get is itemgetter:
            return Counter([event["e"]["k"] for event in models])
        return {kind_of(each): number for each, number in Counter([type(event.e) for event in models]).items()}


class Batches:
    """Counts the payloads of batches in a tally, and remembers what `check` said."""

    def __init__(self, plan: Plan, check: Callable[[Exchange, Plan], Judgement]) -> None:
        self._plan = plan
        self._check = check
        self._able = plan.compiled and all(rule.in_batches for rule in plan.rules if rule.on in VIEWS)
        self._models: dict[str, Model | None] = {}
        self._last: dict[str | None, Model] = {}
        self._results: dict[Hashable, Result | None] = {}
        self._payloads = Counter[tuple[Result, tuple[DefectKind, ...]]]()
        self._events = Counter[str | None]()
        self._settled: set[str] = set()

    def take(self, batch: Batch, tally: Tally, judge: Callable[[Exchange], object]) -> None:
        """Count a batch in a tally. What cannot be counted goes to `judge` in order, which counts it there."""
        if not self._able or batch.status not in _STATUSES:
            for exchange in batch.exchanges():
                judge(exchange)
            return
        # What a batch decodes to is gone at its end and has no cycles; the collector would walk it again and again.
        collecting = gc.isenabled()
        gc.disable()
        try:
            self._settled.clear()
            for index in self._count_valid(batch):
                if batch.bodies[index].strip(WHITESPACE) and not self._count_other(batch, index, tally):
                    judge(batch.exchange(index))
            self._add(batch.status, tally)
        finally:
            if collecting:
                gc.enable()

    def _count_valid(self, batch: Batch) -> Sequence[int]:
        """Count those payloads that are valid, of which no rule has anything to say; gives the indexes of the others."""
        model = self._last.get(batch.declared)
        indexes, values, others = model.accept(batch) if model is not None else ((), (), [])
        if not values:
            first = self._first_model(batch)
            if first is not None and first is not model:
                self._last[batch.declared] = model = first
                indexes, values, others = model.accept(batch)
        if model is None or not values:
            return range(len(batch.bodies))
        groups: dict[Hashable, Sequence[int]] = {(): range(len(values))}
        if model.paged or model.enveloped:
            places = defaultdict[Hashable, list[int]](list)
            for place, value in enumerate(values):
                places[model.facts(value, attrgetter)].append(place)
            groups = {**places}
        for facts, chosen in groups.items():
            result = self._result(model.name, facts, (), batch, indexes[chosen[0]])
            kinds = model.kinds(values if len(groups) == 1 else [values[place] for place in chosen], attrgetter)
            if result is None or (None in kinds and model.view is not ListPage):
                others += [indexes[place] for place in chosen]
            else:
                self._payloads[result, ()] += len(chosen)
                self._events.update(kinds)
        return sorted(others)

    def _count_other(self, batch: Batch, index: int, tally: Tally) -> bool:
        """Count a payload, if its defects tell what `check` says of it, and none of its findings would be kept."""
        value, defects, readable = _read(batch.bodies[index].rstrip(b"\r"))
        name: str | None = None
        facts: Hashable = ()
        events: Mapping[str | None, int] = {}
        if readable:
            found = recognize(value) if batch.declared is None else None
            name = found.name if isinstance(found, Recognized) and found.certain else batch.declared
            model = None if name is None else self._model(name)
            # What is no envelope, and a failure, have other schemas.
            if model is None or (model.enveloped and not (isinstance(value, dict) and value.get("success") is True)):
                return False
            defects += self._plan.reader.schemas.kinds(value, model.pointer)
            if all(kind.keeps_shape for kind in defects):
                facts = model.facts(value, itemgetter)
                events = model.kinds([value], itemgetter)
            elif DefectKind.NOT_A_NUMBER in defects or (model.enveloped and value.get("errors")):
                return False
        result = self._result(name, facts, defects, batch, index)
        if result is None:
            return False
        for kind in defects:
            code = result.codes.get(kind)
            if code is not None and code not in self._settled:
                if self._plan.counted_apart(code) or not tally.settled(code, batch.origin(index)):
                    return False
                self._settled.add(code)
        self._payloads[result, tuple(defects)] += 1
        self._events.update(events)
        return True

    def _result(
        self, name: str | None, facts: Hashable, defects: Sequence[DefectKind], batch: Batch, index: int
    ) -> Result | None:
        """What `check` says of payloads apart from their defects, asked of the one at `index`; None where that is not all."""
        if facts is None:
            return None
        key = (name, facts, frozenset(defects), batch.declared, batch.status)
        if key not in self._results:
            if len(self._results) >= _MOST_RESULTS:
                self._results.clear()
            judgement = self._check(batch.exchange(index), self._plan)
            operation = next(view.trace.operation for view in judgement.views if isinstance(view, Answer))
            codes = self._plan.defects_of(operation)
            same = Counter(finding.code for finding in judgement.findings) == Counter(
                codes[kind] for kind in defects if kind in codes
            )
            self._results[key] = Result(judgement.decided, operation, codes) if same else None
        return self._results[key]

    def _add(self, status: int | None, tally: Tally) -> None:
        for (result, defects), number in self._payloads.items():
            tally.exchanges += number
            tally.coverage.decide(result.decided, result.operation)
            if result.operation is not None:
                tally.coverage.saw_status(result.operation, status, number)
            for code in [result.codes[kind] for kind in defects if kind in result.codes]:
                tally.count(code, self._plan.severity(code, result.operation), number, result.operation)
        for name, number in self._events.items():
            tally.events += number
            if name is not None:
                tally.coverage.saw_kind(name, number)
        self._payloads.clear()
        self._events.clear()

    def _first_model(self, batch: Batch) -> Model | None:
        """The model that the first payload is declared to be, or is recognized as, if so is every valid value of it."""
        if batch.declared is not None:
            return self._model(batch.declared)
        try:
            found = recognize(_decode(batch.bodies[0]))
        except _DECODING_ERRORS:
            return None
        model = self._model(found.name) if isinstance(found, Recognized) and found.name is not None else None
        return model if model is not None and model.recognized else None

    def _model(self, name: str) -> Model | None:
        if name not in self._models:
            operation, pointer, enveloped = self._plan.reader.named(name)
            if enveloped and operation is not None:
                pointer = operation.schemas.get("200")
            schema = None if pointer is None else self._plan.reader.schemas.compiled(pointer)
            if pointer is None or schema is None or (enveloped and name not in _VIEWS):
                self._models[name] = None
            else:
                self._models[name] = Model(name, pointer, schema, enveloped=enveloped)
        return self._models[name]


def _shown(text: bytes, values: Sequence[Any]) -> list[bool]:
    """Whether a line of a text holds its value and nothing else; where it does in all, each line is one document.

    msgspec keeps the last of two equal names, undoes escapes, and takes several documents on a line. But no value of its types
    is longer when it is written again, spaces aside, for they have no number with a fraction or an exponent.
    """
    text, again = _unspaced(text), _unspaced(_encode_lines(values))
    if text == again:
        return [True] * len(values)
    # Names may stand in another order.
    return list(map(eq, map(len, text.splitlines()), map(len, again.splitlines())))


def _unspaced(text: bytes) -> bytes:
    """A text without its spaces and carriage returns."""
    return text.translate(None, b" \r") if b" " in text or b"\r" in text else text


def _read(body: bytes) -> tuple[Any, list[DefectKind], bool]:
    """The value of a payload, the kinds of its encoding's defects, and whether it has a value."""
    try:
        value = _decode(body)
        shallow = body.count(b"[") + body.count(b"{") <= MAX_DEPTH
        if shallow and b"\\" not in body and _encode(value).count(b'"') == body.count(b'"'):
            return value, [], True
    except _DECODING_ERRORS:
        pass
    decoded = decode(body)
    return decoded.value, [defect.kind for defect in decoded.defects], decoded.readable


def _optional(value: Any, name: str) -> Any:
    """An optional member of a struct or an object, None where it is absent."""
    found = value.get(name) if isinstance(value, dict) else getattr(value, name, None)
    return None if found is msgspec.UNSET else found
