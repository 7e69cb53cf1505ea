"""Judge the bare payloads of a batch together: the tally is the same as if `check` had judged each.

Valid payloads are decoded by a type that accepts nothing else, and counted. Of the others, the defects are counted by kind, once
`check` has judged one with the same kinds, and as long as none of their findings would be kept.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from itertools import chain, compress, count
from operator import attrgetter, eq, itemgetter, not_
from typing import Any, Literal, TypeVar, Union, get_args, get_origin

import msgspec

from mconn_contracts.captures.records import WHITESPACE, Batch
from mconn_contracts.judge.gathering import GATHERED
from mconn_contracts.judge.plan import Judgement, Plan
from mconn_contracts.judge.reading.recognition import Recognized, recognize
from mconn_contracts.judge.reading.views import Answer, Envelope, FetchedEvent, LatestPage, ListPage
from mconn_contracts.judge.rules.page import Getter, latest_facts, list_facts, optional
from mconn_contracts.judge.schemas.compiled import Compiled, example, kind_of
from mconn_contracts.model.defect import DefectKind
from mconn_contracts.model.exchange import Exchange
from mconn_contracts.model.tally import Tally
from mconn_contracts.wire.decoding import decode

VIEWS = (Answer, Envelope, ListPage, LatestPage, FetchedEvent)
"""What rules may judge of a bare payload."""
_VIEWS = {name: view for view in (ListPage, LatestPage, FetchedEvent) for name in view.endpoint.names}
_MOST_RESULTS = 4096
_TOGETHER = 2
"""How often the lines around a refused line are decoded together. After that, the rest is decoded line by line."""
_DECODING_ERRORS = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
_encode_line, _encode_lines = msgspec.json.Encoder().encode, msgspec.json.Encoder().encode_lines
T = TypeVar("T")
Result = tuple[frozenset[str], str | None]
"""The codes that `check` decided of a payload, and its operation."""


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
        self._marks = _marks_of_items(schema.type, enveloped=enveloped) if self.view is ListPage else None
        """The number of quotation marks in an item of a page, if all items have the same."""

    def accept(self, batch: Batch) -> tuple[Sequence[int], Sequence[Any], list[int]]:
        """The indexes of valid payloads, their values, and the indexes of the other payloads."""
        if self._marks is not None:
            return self._accept_pages(batch, self._marks)
        number = len(batch.lines)
        values, others, parts = list[Any](), list[int](), list[bytes]()
        if isinstance(batch.payloads, bytes):
            try:
                values, parts = self._decoder.decode_lines(batch.payloads), [batch.payloads]
            except _DECODING_ERRORS as error:
                parts = self._decode_around(batch, batch.payloads, error, values, others)
        if len(values) + len(others) != number:
            # A line is blank, or has more than one document.
            values, others = [], []
            parts = [self._decode(batch.bodies, values, others)]
        indexes = _without(range(number), others) if others else range(number)
        text, again = _unspaced(b"".join(parts)), _unspaced(_encode_lines(values))
        if text == again:
            return indexes, values, others
        lines, written = text.splitlines(), again.splitlines()
        same = list(map(eq, lines, written))
        places = list(compress(count(), map(not_, same)))
        if all(len(lines[place]) == len(written[place]) for place in places):
            return indexes, values, others
        # A line that reads as a value is that value, and nothing else; what may hide something is decoded by itself.
        doubtful, found, refused = [indexes[place] for place in places], list[Any](), list[int]()
        text = self._decode([batch.bodies[index] for index in doubtful], found, refused)
        shown = _as_long(_unspaced(text), _unspaced(_encode_lines(found)))
        others += [doubtful[place] for place in refused]
        doubtful = _without(doubtful, refused)
        others += compress(doubtful, map(not_, shown))
        indexes = [*compress(indexes, same), *compress(doubtful, shown)]
        return indexes, [*compress(values, same), *compress(found, shown)], others

    def _accept_pages(self, batch: Batch, marks: int) -> tuple[Sequence[int], Sequence[Any], list[int]]:
        """As `accept`: where a page has as few quotation marks as its value, no name comes again, and nothing else hides."""
        bodies, values, others = batch.bodies, list[Any](), list[int]()
        self._decode(bodies, values, others)
        indexes = _without(range(len(bodies)), others)
        shown = []
        for index, value in zip(indexes, values, strict=True):
            page = value.result if self.enveloped else value
            empty = msgspec.structs.replace(page, items=[])
            around = _encode_line(msgspec.structs.replace(value, result=empty) if self.enveloped else empty)
            expected = around.count(b'"') + marks * len(page.items)
            shown.append(b"\\" not in bodies[index] and bodies[index].count(b'"') == expected)
        others += compress(indexes, map(not_, shown))
        return list(compress(indexes, shown)), list(compress(values, shown)), others

    def _decode_around(self, batch: Batch, text: bytes, error: Exception, values: list[Any], others: list[int]) -> list[bytes]:
        """As `_decode` for a text: what stands before a line that is refused, and after it, is decoded together."""
        parts: list[bytes] = []
        number = len(batch.lines)
        for _ in range(_TOGETHER):
            index, left = _refused(text, error), number - len(values) - len(others)
            start = _start_of_line(text, index, left)
            try:
                before = self._decoder.decode_lines(text[:start])
            except _DECODING_ERRORS:
                break
            if len(before) != index or index >= left:
                break
            values += before
            stop = text.find(b"\n", start) + 1 or len(text)
            others.append(len(values) + len(others))
            batch.cut_out[others[-1]] = text[start:stop].removesuffix(b"\n")
            parts.append(text[:start])
            text = text[stop:]
            try:
                after = self._decoder.decode_lines(text)
            except _DECODING_ERRORS as another:
                error = another
                continue
            if len(after) == left - index - 1:
                values += after
                return [*parts, text]
            break
        first, before_rest = len(values) + len(others), len(others)
        bodies = text.split(b"\n")[: number - first]
        parts.append(self._decode(bodies, values, others))
        batch.cut_out.update((index, bodies[index - first]) for index in others[before_rest:])
        return parts

    def _decode(self, bodies: Sequence[bytes], values: list[Any], others: list[int]) -> bytes:
        """Add the values of valid payloads, and the indexes of others, to what came before; gives the valid ones as lines."""
        first, refused = len(values) + len(others), len(others)
        rest = iter(bodies)
        while len(values) + len(others) < first + len(bodies):
            try:
                # What was decoded before the one that is refused stays in the list.
                values.extend(map(self._decoder.decode, rest))
            except _DECODING_ERRORS:
                others.append(len(values) + len(others))
        valid = _without(bodies, [index - first for index in others[refused:]])
        # A payload is one line here, even if it was written on several.
        return b"\n".join([*(body.replace(b"\n", b" ") for body in valid), b""])

    def facts(self, value: Any, get: Getter) -> Hashable | None:
        """What besides defects decides what rules say of a value; None if `check` must judge it."""
        if self.enveloped:
            if get("success")(value) is not True or optional(value, "errors"):
                return None
            value = get("result")(value)
        if self.paged:
            return list_facts(value, get) if self.view is ListPage else latest_facts(value, get)
        return ()

    def kinds(self, values: Sequence[Any], get: Getter) -> Mapping[str | None, int]:
        """The number of events in full by kind, and under None that of events in short."""
        models = list(map(get("result"), values)) if self.enveloped else values
        if self.view is ListPage:
            return {None: sum(map(len, map(get("items"), models)))}
        if self.view is LatestPage:
            models = list(chain.from_iterable(map(get("items"), models)))
        if self.view is None:
            return {}
        if get is itemgetter:
            return Counter([event["e"]["k"] for event in models])
        return {kind_of(each): number for each, number in Counter([type(event.e) for event in models]).items()}


class Batches:
    """Counts the payloads of batches in a tally, and remembers what `check` said."""

    def __init__(self, plan: Plan, check: Callable[[Exchange, Plan], Judgement], *, every: bool, gathers: bool) -> None:
        self._plan = plan
        self._check = check
        self._every = every
        """Whether every finding is wanted, and not only those that are kept."""
        self._apart = GATHERED if gathers else frozenset[DefectKind]()
        """The kinds of defects that are examined one by one."""
        self._able = plan.compiled and all(rule.in_batches for rule in plan.rules if rule.on in VIEWS)
        self._models: dict[str, Model | None] = {}
        self._last: Model | None = None
        self._results: dict[Hashable, Result | None] = {}
        self._payloads = Counter[tuple[Result, tuple[DefectKind, ...]]]()
        self._events = Counter[str | None]()
        self.settled: set[tuple[str, str]] = set()
        """The sources and codes that have enough kept findings, all of them at earlier places."""

    def take(self, batch: Batch, tally: Tally, judge: Callable[[Exchange], object]) -> None:
        """Count a batch in a tally. What cannot be counted goes to `judge` in order, which counts it there."""
        if not self._able or batch.status not in (None, 200) or batch.large:
            for exchange in batch.exchanges():
                judge(exchange)
            return
        for index in self._count_valid(batch):
            if batch.body(index).strip(WHITESPACE) and not self._count_other(batch, index, tally):
                judge(batch.exchange(index))
        self._add(batch.status, tally)

    def _count_valid(self, batch: Batch) -> Sequence[int]:
        """Count the valid payloads, in which no rule finds anything, and return the indexes of the others."""
        for model in self._likely(batch):
            indexes, values, others = model.accept(batch)
            if values:
                break
        else:
            return range(len(batch.bodies))
        self._last = model
        facts = [model.facts(value, attrgetter) for value in values] if model.paged or model.enveloped else [()]
        for each in dict.fromkeys(facts):
            chosen = range(len(values)) if len(facts) == 1 else [place for place, other in enumerate(facts) if other == each]
            result = self._result(model.name, each, (), batch, indexes[chosen[0]])
            if result is None:
                others += [indexes[place] for place in chosen]
            else:
                self._payloads[result, ()] += len(chosen)
                some = values if len(chosen) == len(values) else [values[place] for place in chosen]
                self._events.update(model.kinds(some, attrgetter))
        return sorted(others)

    def _count_other(self, batch: Batch, index: int, tally: Tally) -> bool:
        """Count a payload, if its defects tell what `check` says of it, and none of its findings would be kept."""
        decoded = decode(batch.body(index).rstrip(b"\r"))
        value, defects = decoded.value, [defect.kind for defect in decoded.defects]
        name: str | None = None
        facts: Hashable = ()
        events: Mapping[str | None, int] = {}
        if decoded.readable:
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
        codes = self._plan.defects_of(result[1])
        if any((self._every and kind in codes) or kind in self._apart for kind in defects):
            return False
        for code in {codes[kind] for kind in defects if kind in codes}:
            if (batch.source, code) not in self.settled:
                if self._plan.counted_apart(code) or not tally.settled(code, batch.origin(index)):
                    return False
                self.settled.add((batch.source, code))
        self._payloads[result, tuple(defects)] += 1
        self._events.update(events)
        return True

    def _result(
        self, name: str | None, facts: Hashable, defects: Sequence[DefectKind], batch: Batch, index: int
    ) -> Result | None:
        """What `check` says of payloads apart from their defects, asked of the one at `index`; None if that is not all."""
        if facts is None:
            return None
        key = (name, facts, frozenset(defects), batch.declared, batch.status)
        if key not in self._results:
            if len(self._results) >= _MOST_RESULTS:
                self._results.clear()
            judgement = self._check(batch.exchange(index), self._plan)
            operation = next(view.trace.operation for view in judgement.views if isinstance(view, Answer))
            codes = self._plan.defects_of(operation)
            expected = sorted(codes[kind] for kind in defects if kind in codes)
            same = expected == sorted(finding.code for finding in judgement.findings)
            self._results[key] = (judgement.decided, operation) if same else None
        return self._results[key]

    def _add(self, status: int | None, tally: Tally) -> None:
        for ((decided, operation), defects), number in self._payloads.items():
            tally.exchanges += number
            tally.coverage.decide(decided, operation)
            if operation is not None:
                tally.coverage.saw_status(operation, status, number)
            codes = self._plan.defects_of(operation)
            for code in [codes[kind] for kind in defects if kind in codes]:
                tally.count(code, self._plan.severity(code, operation), number, operation)
        for name, number in self._events.items():
            tally.events += number
            if name is not None:
                tally.coverage.saw_kind(name, number)
        self._payloads.clear()
        self._events.clear()

    def _likely(self, batch: Batch) -> Iterator[Model]:
        """The last model that was met, and the one that the first payload is declared to be, or recognized as."""
        last = self._last if batch.declared is None else None
        if last is not None:
            yield last
        found = recognize(decode(batch.bodies[0]).value) if batch.declared is None else None
        name = found.name if isinstance(found, Recognized) else batch.declared
        model = None if name is None else self._model(name)
        if model is not None and model is not last and (model.recognized or batch.declared is not None):
            yield model

    def _model(self, name: str) -> Model | None:
        if name not in self._models:
            operation, pointer, enveloped = self._plan.reader.named(name)
            if operation is not None:
                pointer = operation.schemas.get("200")
            schema = None if pointer is None else self._plan.reader.schemas.compiled(pointer)
            self._models[name] = None
            if pointer is not None and schema is not None and (not enveloped or name in _VIEWS):
                self._models[name] = Model(name, pointer, schema, enveloped=enveloped)
        return self._models[name]


def _marks_of_items(page: Any, *, enveloped: bool) -> int | None:
    """The quotation marks in each item of a type of pages; None if items may differ in them."""
    for name in ("result", "items") if enveloped else ("items",):
        page = next(field.type for field in msgspec.structs.fields(page) if field.name == name)
    (item,) = get_args(page)
    marks = {_marks(kind) for kind in (get_args(item) if get_origin(item) is Union else (item,))}
    return marks.pop() if len(marks) == 1 else None


def _marks(item: Any) -> int | None:
    """The quotation marks around the names and the texts of a struct; None if it may have more of them, or fewer."""
    fields = msgspec.structs.fields(item)
    texts = [field.type is str or get_origin(field.type) is Literal for field in fields]
    plain = all(
        field.required and (text or field.type is int or get_args(field.type)[:1] == (int,))
        for field, text in zip(fields, texts, strict=True)
    )
    told = kind_of(item) is not None
    return 2 * (len(fields) + sum(texts)) + 4 * told if plain else None


_ITEM, _BYTE = re.compile(r"\$\[([0-9]+)\]"), re.compile(r"\(byte ([0-9]+)\)")


def _refused(text: bytes, error: Exception) -> int:
    """Which line a decoder of lines has refused, as far as it says so: else the first."""
    item, byte = _ITEM.search(str(error)), _BYTE.search(str(error))
    if item is not None:
        return int(item[1])
    if byte is None:
        return 0
    place = int(byte[1])
    # What is wrong with the first character of a line is that the line before it has no end.
    return text.count(b"\n", 0, place) - (text[place - 1 : place] == b"\n")


def _start_of_line(text: bytes, index: int, number: int) -> int:
    """The place where a line begins. The search starts at an estimate, because the lines have similar lengths."""
    place = index * len(text) // max(number, 1)
    passed = text.count(b"\n", 0, place)
    if passed < index:
        return len(text) - len(text[place:].split(b"\n", index - passed)[-1])
    return len(text[:place].rsplit(b"\n", passed - index + 1)[0]) + 1 if index else 0


def _without(values: Sequence[T], places: Sequence[int]) -> list[T]:
    """A sequence without what is at some places."""
    left = [True] * len(values)
    for place in places:
        left[place] = False
    return list(compress(values, left))


def _as_long(text: bytes, again: bytes) -> list[bool]:
    """Whether each line of a text is as long as its value, without spaces: then it has nothing else in it.

    msgspec keeps the last of two equal names, undoes escapes, and takes several documents on a line. But no value of its types
    is longer when it is written again, for they have no number with a fraction or an exponent. Where all lines are as long,
    each is one document. Names may stand in another order.
    """
    return list(map(eq, map(len, text.splitlines()), map(len, again.splitlines())))


def _unspaced(text: bytes) -> bytes:
    """A text without its spaces and carriage returns."""
    return text.translate(None, b" \r") if b" " in text or b"\r" in text else text
