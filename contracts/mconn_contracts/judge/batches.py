"""Judge the bare payloads of a batch together: the tally is the same as if `check` had judged each.

Valid payloads are decoded by a type that accepts nothing else, and counted. Of the others, the defects are counted by kind, once
`check` has judged one with the same kinds, and as long as none of their findings would be kept.
"""

from __future__ import annotations

import gc
from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, compress
from operator import attrgetter, itemgetter, not_
from typing import Any, NamedTuple

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
Getter = Callable[..., Callable[[Any], Any]]
"""`attrgetter` for values of a type, `itemgetter` for JSON objects."""


@dataclass(frozen=True, slots=True, eq=False)
class Result:
    """What `check` said of one payload, apart from its defects, and says of all that have its key."""

    decided: frozenset[str]
    operation: str | None
    codes: Mapping[DefectKind, str]
    """What its defects are reported as."""


class Alike(NamedTuple):
    """What a payload with defects adds to a tally."""

    result: Result
    defects: tuple[DefectKind, ...]
    kinds: tuple[str, ...] = ()
    """Of its events in full."""
    short: int = 0
    """Its events in short."""


class Model:
    """A model, bare or in its envelope, and the type that accepts it. `view` is what rules judge of it, if anything."""

    def __init__(self, name: str, pointer: str, schema: Compiled, *, enveloped: bool) -> None:
        self.name = name
        self.pointer = pointer
        self.enveloped = enveloped
        self.view = _VIEWS.get(name)
        self.paged = self.view in (ListPage, LatestPage)
        self.various = self.paged or enveloped
        """Whether rules may say something else of one valid value than of another."""
        self.schema = schema
        self.decode = msgspec.json.Decoder(schema.type).decode
        examples = (example(schema.type, whole=whole) for whole in (True, False))
        self.recognized = all(recognize(each) == Recognized(name, enveloped) for each in examples)
        """Whether every value that the type accepts is recognized as this model; of pages, those with items."""

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

    def events(self, values: Iterable[Any], get: Getter) -> tuple[Iterable[Any], int]:
        """The events in full, and the number of events in short."""
        models = map(get("result"), values) if self.enveloped else values
        if self.view is ListPage:
            return [], sum(map(len, map(get("items"), models)))
        if self.view is LatestPage:
            return chain.from_iterable(map(get("items"), models)), 0
        return (models if self.view else []), 0

    def kinds(self, values: Sequence[Any]) -> tuple[Counter[type], int]:
        """The number of events in full of each type, and of events in short."""
        events, short = self.events(values, attrgetter)
        return Counter([type(event.e) for event in events]), short

    def surplus(self, values: Sequence[Any], kinds: Mapping[type, int], text: bytes) -> int:
        """Quotation marks in the texts of values that are not around their names and strings, and backslashes.

        msgspec keeps the last of two equal names, and undoes escapes: where there are none, a value shows all of its text.
        """
        escapes = text.count(b"\\") if b"\\" in text else 0
        return text.count(b'"') - self.schema.quotes(values, kinds) + escapes

    def hiding(self, values: Sequence[Any], bodies: Sequence[bytes], surplus: int, first: int = 0) -> list[int]:
        """The places, counted from `first`, of the values that do not show all of their texts; `surplus` is that of all."""
        if surplus == 0 or len(values) == 1:
            return [first] if surplus else []
        middle = len(values) // 2
        start, rest = values[:middle], values[middle:]
        left = self.surplus(start, self.kinds(start)[0], b"".join(bodies[:middle]))
        found = self.hiding(start, bodies[:middle], left, first)
        return found + self.hiding(rest, bodies[middle:], surplus - left, first + middle)


class Batches:
    """Counts the payloads of batches in a tally, and remembers what `check` said."""

    def __init__(self, plan: Plan, check: Callable[[Exchange, Plan], Judgement]) -> None:
        self._plan = plan
        self._check = check
        self._able = plan.compiled and all(rule.in_batches for rule in plan.rules if rule.on in VIEWS)
        self._models: dict[str, Model | None] = {}
        self._last: Model | None = None
        self._results: dict[Hashable, Result | None] = {}

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
            others: Sequence[int] = range(len(batch.bodies))
            if self._last is not None and batch.declared is None:
                others = self._count_valid(batch, others, self._last, tally)
            model = self._model_at(batch, others[0]) if others else None
            if model is not None and (model is not self._last or batch.declared is not None):
                self._last = model if batch.declared is None else None
                others = self._count_valid(batch, others, model, tally)
            alike: Counter[Alike] = Counter()
            settled: set[str] = set()
            for index in others:
                if batch.bodies[index].strip(WHITESPACE):
                    one = self._alike(batch, index, tally, settled)
                    if one is None:
                        judge(batch.exchange(index))
                    else:
                        alike[one] += 1
            for one, number in alike.items():
                self._add(one, number, batch, tally)
        finally:
            if collecting:
                gc.enable()

    def _count_valid(self, batch: Batch, every: Sequence[int], model: Model, tally: Tally) -> Sequence[int]:
        """Count those payloads that are valid values of a model, of which no rule has anything to say; gives the others."""
        whole = len(every) == len(batch.bodies)
        values, refused = _decoded(model, batch.bodies if whole else [batch.bodies[index] for index in every])
        others, indexes = [every[place] for place in refused], every
        if refused:
            whole, indexes = False, list(every)
            for place in reversed(refused):
                del indexes[place]
        bodies = batch.bodies if whole else [batch.bodies[index] for index in indexes]
        text = batch.text if whole and batch.text is not None else b"".join(bodies)
        kinds, short = model.kinds(values)
        hiding = model.hiding(values, bodies, model.surplus(values, kinds, text))
        facts: list[Hashable] = [()] * len(values)
        if model.various:
            facts = [model.facts(value, attrgetter) for value in values]
        for place in hiding:
            facts[place] = None
        numbers = Counter(facts) if model.various or hiding else dict.fromkeys(facts[:1], len(facts))
        results = {each: self._result(model.name, each, [], batch, indexes[facts.index(each)]) for each in numbers}
        if None in results.values():
            counted = [results[each] is not None for each in facts]
            others += compress(indexes, map(not_, counted))
            kinds, short = model.kinds(list(compress(values, counted)))
        if None in map(kind_of, kinds):
            return every
        for each, result in results.items():
            if result is not None:
                self._add(Alike(result, ()), numbers[each], batch, tally)
        tally.events += short + kinds.total()
        for kind, number in kinds.items():
            tally.coverage.saw_kind(str(kind_of(kind)), number)
        return sorted(others)

    def _alike(self, batch: Batch, index: int, tally: Tally, settled: set[str]) -> Alike | None:
        """What a payload adds to a tally, if its defects tell that, and none of its findings would be kept.

        `settled` are codes of which no finding of the batch would be kept any more.
        """
        value, defects, readable = _read(batch.bodies[index].rstrip(b"\r"))
        name: str | None = None
        facts: Hashable = ()
        events: Iterable[Any] = ()
        short = 0
        if readable:
            found = recognize(value) if batch.declared is None else None
            name = found.name if isinstance(found, Recognized) and found.certain else batch.declared
            model = None if name is None else self._model(name)
            # What is no envelope, and a failure, have other schemas.
            if model is None or (model.enveloped and not (isinstance(value, dict) and value.get("success") is True)):
                return None
            defects += self._plan.reader.schemas.kinds(value, model.pointer)
            if all(kind.keeps_shape for kind in defects):
                facts = model.facts(value, itemgetter)
                events, short = model.events([value], itemgetter)
            elif DefectKind.NOT_A_NUMBER in defects or (model.enveloped and value.get("errors")):
                return None
        result = self._result(name, facts, defects, batch, index)
        if result is None:
            return None
        for kind in defects:
            code = result.codes.get(kind)
            if code is not None and code not in settled:
                if self._plan.counted_apart(code) or not tally.settled(code, batch.origin(index)):
                    return None
                settled.add(code)
        return Alike(result, tuple(defects), tuple([event["e"]["k"] for event in events]), short)

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

    def _add(self, alike: Alike, number: int, batch: Batch, tally: Tally) -> None:
        decided, operation, codes = alike.result.decided, alike.result.operation, alike.result.codes
        tally.exchanges += number
        tally.coverage.decide(decided, operation)
        if operation is not None:
            tally.coverage.saw_status(operation, batch.status, number)
        for kind, times in Counter(alike.defects).items():
            if kind in codes:
                tally.count(codes[kind], self._plan.severity(codes[kind], operation), times * number, operation)
        tally.events += number * (len(alike.kinds) + alike.short)
        for each in alike.kinds:
            tally.coverage.saw_kind(each, number)

    def _model_at(self, batch: Batch, index: int) -> Model | None:
        """The model that a payload is declared to be, or that it is recognized as by its names alone."""
        if batch.declared is not None:
            return self._model(batch.declared)
        try:
            found = recognize(_decode(batch.bodies[index]))
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


def _decoded(model: Model, bodies: Sequence[bytes]) -> tuple[list[Any], list[int]]:
    """The values of payloads that a model's type accepts, and the places of the others."""
    values: list[Any] = []
    refused: list[int] = []
    rest = iter(bodies)
    while len(values) + len(refused) < len(bodies):
        try:
            # What was decoded before the one that is refused stays in the list.
            values.extend(map(model.decode, rest))
        except _DECODING_ERRORS:
            refused.append(len(values) + len(refused))
    return values, refused


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
