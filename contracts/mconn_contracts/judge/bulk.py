"""Judge bare payloads by the hundred: what shapes accept is counted, and what looks like one judged before counts like it.

Everything else is left for `check`, which judges the first of each look. With or without this, the tally is the same.
"""

from __future__ import annotations

import gc
from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import compress, count
from operator import attrgetter, eq, gt, itemgetter, lt
from typing import Any

import msgspec

from mconn_contracts.captures.records import WHITESPACE, Batch
from mconn_contracts.contract.api import GET, LATEST, LIST
from mconn_contracts.judge.plan import Judgement, Plan
from mconn_contracts.judge.reading.recognition import Recognized, recognize
from mconn_contracts.judge.reading.views import Answer, Envelope, FetchedEvent, LatestPage, ListPage
from mconn_contracts.judge.rules.defects import CODES
from mconn_contracts.judge.schemas.shapes import Array, Object, Parts, Shape, Tags, UnclearError, Variants
from mconn_contracts.model.defect import DefectKind
from mconn_contracts.model.exchange import Exchange
from mconn_contracts.model.tally import Tally
from mconn_contracts.wire.decoding import decode

KNOWN = frozenset(
    [
        *("MC003", "MC007"),
        *("MC201", "MC202", "MC203", "MC204", "MC205", "MC206", "MC207"),
        *("MC301", "MC302", "MC303", "MC304", "MC305", "MC306", "MC307", "MC308", "MC309", "MC503"),
        *("MC601", "MC602", "MC603", "MC604", "MC605", "MC606", "MC607"),
        *("MC701", "MC702", "MC703", "MC704", "MC705", "MC706", "MC707", "MC708"),
        *("MC709", "MC710", "MC711", "MC712", "MC713", "MC714", "MC715"),
    ]
)
"""The rules on one exchange that say the same of all bare payloads of one `Look`. Another sends everything to `check`."""

_KEEPING_SHAPE = frozenset(code for kind, code in CODES.items() if kind.keeps_shape)
_PIECE = 64
"""Payloads that are tried together, where something among more of them is not accepted."""
_MAX_LOOKS = 4096
_NOTHING: list[Any] = []
_STATUSES = (None, 200)
_DECODING_ERRORS = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
_PAGE, _LATEST, _EVENT = "page", "latest", "event"
_FORMS = {name: form for each, form in ((LIST, _PAGE), (LATEST, _LATEST), (GET, _EVENT)) for name in each.names}
_SPECIAL = frozenset({"success", "result", "errors", "items", "count"})
"""Names on which more than names decide what a body is."""


@dataclass(frozen=True, slots=True)
class Look:
    """What `check` tells a bare payload by, apart from where the defects are: rules say the same of all with one look.

    `codes` are those of its defects. `profile` tells how the items of a page relate, where its shape can be relied on.
    """

    name: str | None
    declared: bool
    codes: frozenset[str]
    profile: Hashable = None


@dataclass(frozen=True, slots=True)
class Learned:
    """What `check` said of the first payload of a look: nothing but its defects, and the statements it decided."""

    decided: frozenset[str]
    operation: str | None


@dataclass(frozen=True, slots=True, eq=False)
class Sight:
    """One payload, or several of one sketch: the number of defects of each code, of events in short, and the kinds of others."""

    look: Look
    codes: tuple[tuple[str, int], ...]
    listed: int = 0
    kinds: tuple[str, ...] = ()


class Model:
    """A model, bare or in its envelope, with the shape that accepts it."""

    def __init__(self, name: str, shape: Shape, *, enveloped: bool) -> None:
        self.name = name
        self.shape = shape
        self.enveloped = enveloped
        self.form = _FORMS.get(name)
        self.decode = msgspec.json.Decoder(shape.type).decode
        self.recognizable = self._recognizable()
        self.known: dict[Hashable, Sight] = {}
        """What sketches of whole values show; of a model that is recognized by its names, which they have."""
        self.marred: dict[tuple[str, ...], dict[Hashable, Sight]] = {}
        """The same for values with defects in how they are written, by the codes of those."""
        self._events = self._kinds_shape() if self.form in (_LATEST, _EVENT) else None

    @property
    def usable(self) -> bool:
        """Whether its values show all that rules ask of them, under the names and types that this module reads."""
        if self.form is None:
            return not self.enveloped
        if self.enveloped and not _has(self.shape, success=bool, result=object):
            return False
        model = self._model()
        if self.form == _EVENT:
            return self._events is not None and _has(model, t=int, n=int)
        if not _has(model, count=int, items=list):
            return False
        item = _item(model)
        if self.form == _LATEST:
            return self._events is not None and _has(item, t=int, n=int)
        cursor = model.properties.get("cursor") if isinstance(model, Object) else None
        return _has(item, t=int, n=int, a=int, k=str) and (cursor is None or getattr(cursor, "kind", None) is str)

    def profiles(self, values: Sequence[Any], *, declared: bool) -> tuple[dict[Hashable, list[int]], int] | None:
        """Each profile's first index and number of values, and the number of events; None where one is out of line."""
        found: dict[Hashable, list[int]] = {}
        outer: Hashable = None
        if self.enveloped:
            for value in values:
                outer = _envelope_profile(value.success, _plain(value, "errors"))
                if outer is None:
                    return None
            values = [value.result for value in values]
        if self.form in (None, _EVENT):
            found[outer] = [0, len(values)]
            return found, 0 if self.form is None else len(values)
        events = 0
        for index, value in enumerate(values):
            own = self._page_profile(value.count, value.items, _plain(value, "cursor"), attrgetter)
            if own is None or not (declared or value.items):
                return None
            events += len(value.items)
            first = found.setdefault((outer, own) if self.enveloped else own, [index, 0])
            first[1] += 1
        return found, events

    def kinds(self, tags: Tags, events: int) -> Mapping[str, int]:
        """How often each kind stood in full events, where a model has such."""
        return {} if self._events is None or not events else tags.get(self._events.pointer, {})

    def content(self, value: Mapping[str, Any]) -> tuple[Hashable, int, tuple[str, ...]]:
        """The profile of a decoded value whose shape can be relied on, its listed events, and the kinds of its full events.

        UnclearError where `check` might find fault with more than its shape.
        """
        model: Any = value["result"] if self.enveloped else value
        if self.form is None:
            return None, 0, ()
        if self.form == _EVENT:
            return None, 0, (str(model["e"]["k"]),)
        profile = self._page_profile(model["count"], model["items"], model.get("cursor"), itemgetter)
        if profile is None:
            raise UnclearError
        if self.form == _PAGE:
            return profile, len(model["items"]), ()
        return profile, 0, tuple(str(item["e"]["k"]) for item in model["items"])

    def _page_profile(self, count: int, items: Sequence[Any], cursor: object, getter: Any) -> Hashable:
        """How a page's items and its other properties relate, None where `check` might find fault with that."""
        if self.form == _LATEST:
            distinct = set(map(getter("t", "n"), items))
            return ("latest", bool(items)) if count == len(items) == len(distinct) else None
        if count < len(items) or cursor == "":
            return None
        if len(items) > 1 and not _in_order(items, getter):
            return None
        return ("list", min(len(items), 2), cursor is None)

    def _model(self) -> Shape | None:
        if self.enveloped and isinstance(self.shape, Object):
            return self.shape.properties.get("result")
        return self.shape

    def _kinds_shape(self) -> Variants | None:
        """The shape of `e`, if a kind can be told by it."""
        model = self._model()
        event = (_item(model) if self.form == _LATEST else model) if model is not None else None
        shape = event.properties.get("e") if isinstance(event, Object) else None
        return shape if isinstance(shape, Variants) and shape.tag == "k" else None

    def _recognizable(self) -> bool:
        """Whether every value that the shape accepts, with items if it is a page, is recognized as this model."""
        model = self._model()
        if self.form is None or not isinstance(model, Object) or not isinstance(self.shape, Object):
            return False
        if self.enveloped and "result" not in self.shape.required:
            return False
        names = frozenset(model.properties)
        if not self.enveloped and names & {"success", "result", "errors"}:
            return False
        if self.form == _EVENT:
            return "e" in model.required and not names & {"items", "count"}
        item = _item(model)
        if "items" not in model.required or item is None:
            return False
        if self.form == _PAGE:
            return {"a", "k"} <= item.required and "e" not in item.properties
        return "e" in item.required and not item.properties.keys() & {"a", "k"}


class Bulk:
    """Counts the payloads of batches in a tally, by what shapes accept and by what `check` said of their like."""

    def __init__(self, plan: Plan, check: Callable[[Exchange, Plan], Judgement]) -> None:
        self._plan = plan
        self._check = check
        self._learned: dict[Look, Learned | None] = {}
        self._models: dict[str, Model | None] = {}
        self._codes: dict[str, dict[Hashable, tuple[str, ...]]] = {}
        self._recognized: dict[tuple[str, ...], str | None] = {}
        self._broken: dict[tuple[Look, tuple[str, ...]], Sight] = {}
        self._usual: Model | None = None
        views = (Answer, Envelope, ListPage, LatestPage, FetchedEvent)
        self._able = plan.shapes and KNOWN.issuperset(rule.code for rule in plan.rules if rule.on in views)
        self._generic = msgspec.json.Decoder().decode

    def take(self, batch: Batch, tally: Tally, left: Callable[[Exchange], object]) -> None:
        """Count a batch in a tally. What cannot be counted goes to `left` in order, which judges it and counts it there."""
        if not self._able or batch.status not in _STATUSES:
            for exchange in batch.exchanges():
                left(exchange)
            return
        # What a batch decodes to is gone at its end and has no cycles; the collector would walk it again and again.
        collecting = gc.isenabled()
        gc.disable()
        try:
            self._take(batch, tally, left)
        finally:
            if collecting:
                gc.enable()

    def _take(self, batch: Batch, tally: Tally, left: Callable[[Exchange], object]) -> None:
        bodies = batch.bodies
        if self._accept(batch, bodies, 0, batch.text, tally):
            return
        # Where one in a while is not accepted, most pieces are; where the first are not, none may be.
        size = _PIECE if self._accept(batch, bodies[:_PIECE], 0, None, tally) else len(bodies)
        for start in range(_PIECE if size == _PIECE else 0, len(bodies), size):
            piece = bodies[start : start + size]
            if size > _PIECE or not self._accept(batch, piece, start, None, tally):
                self._look(batch, piece, start, tally, left)

    def _accept(self, batch: Batch, bodies: Sequence[bytes], start: int, text: bytes | None, tally: Tally) -> bool:
        """Count payloads that are all of one model and without any finding; False where they are not, nothing counted."""
        declared = batch.declared is not None
        model = self._model(batch.declared) if batch.declared is not None else self._usual
        if model is None or not (declared or model.recognizable):
            return False
        try:
            values = list(map(model.decode, bodies))
        except _DECODING_ERRORS:
            return False
        if text is None:
            text = b"".join(bodies)
        tags: Tags = {}
        # Names and texts have two quotes each, and none within where there is no escape. A name that is written twice
        # is not in the value, whose quotes are fewer then.
        if b"\\" in text or 2 * model.shape.count(values, tags) != text.count(b'"'):
            return False
        seen = model.profiles(values, declared=declared)
        if seen is None:
            return False
        profiles, events = seen
        looks = [(Look(model.name, declared, frozenset(), profile), place) for profile, place in profiles.items()]
        if any(self._learn(look, (), batch, start + first) is None for look, (first, _) in looks):
            return False
        for look, (_, number) in looks:
            self._add(look, number, batch.status, tally)
        tally.events += events
        for kind, number in model.kinds(tags, events).items():
            tally.coverage.saw_kind(kind, number)
        return True

    def _look(self, batch: Batch, bodies: Sequence[bytes], start: int, tally: Tally, left: Callable[[Exchange], object]) -> None:
        """Count payloads by their sketches."""
        sights = self._sights(bodies, batch.declared)
        counted = Counter(sights)
        blank = counted.pop(None, 0)
        settled = {sight for sight in counted if sight and self._settled(sight, batch, start + sights.index(sight), start, tally)}
        for sight in settled:
            self._count(sight, counted[sight], batch.status, tally)
        if blank or len(settled) < len(counted):
            for index, each in enumerate(sights, start):
                if each in settled or not batch.bodies[index].strip(WHITESPACE):
                    continue
                if each is not None and self._settled(each, batch, index, index, tally):
                    self._count(each, 1, batch.status, tally)
                else:
                    left(batch.exchange(index))
        if batch.declared is None:
            usual = next((sight.look.name for sight, _ in counted.most_common(1) if sight), None)
            self._usual = self._usual if usual is None else self._model(usual)

    def _sights(self, bodies: Sequence[bytes], declared: str | None) -> list[Sight | None]:
        """The sights of payloads, of which most look like one before."""
        model = self._usual if declared is None else self._model(declared)
        if model is None:
            return [self._sight_of(body, declared) for body in bodies]
        sketch, known = model.shape.sketch, model.known
        generic, encode, parts = self._generic, msgspec.json.Encoder().encode, Parts()
        sights: list[Sight | None] = []
        try:
            values = list(map(generic, bodies))
            text = b"".join(bodies)
            # As with accepted values: what is written twice is not in the value, and has no quotes in its text.
            clean = b"\\" not in text and encode(values).count(b'"') == text.count(b'"')
        except _DECODING_ERRORS:
            clean = False
        if clean:
            for value in values:
                try:
                    sight = known.get(sketch(value, parts)) or self._sight(value, declared, ())
                except UnclearError:
                    sight = None
                sights.append(sight)
                if parts:
                    parts.clear()
            return sights
        for body in bodies:
            sight = None
            try:
                value = generic(body)
                if encode(value).count(b'"') == body.count(b'"') and b"\\" not in body:
                    sight = known.get(sketch(value, parts)) or self._sight(value, declared, ())
                else:
                    sight = self._sight_of(body, declared)
            except _DECODING_ERRORS:
                sight = self._sight_of(body, declared)
            except UnclearError:
                pass
            sights.append(sight)
            if parts:
                parts.clear()
        return sights

    def _sight_of(self, body: bytes, declared: str | None) -> Sight | None:
        """A payload that msgspec may not read, or not as it is written."""
        try:
            value = self._generic(body)
            if b"\\" not in body and msgspec.json.encode(value).count(b'"') == body.count(b'"'):
                return self._sight(value, declared, ())
        except _DECODING_ERRORS:
            if not body.strip(WHITESPACE):
                return None
        decoded = decode(body.rstrip(b"\r"))
        codes = tuple(CODES[defect.kind] for defect in decoded.defects)
        if decoded.readable:
            return None if CODES[DefectKind.NOT_A_NUMBER] in codes else self._sight(decoded.value, declared, codes)
        look = Look(declared, declared is not None, frozenset(codes))
        return self._broken.setdefault((look, codes), Sight(look, tuple(Counter(codes).items())))

    def _sight(self, value: Any, declared: str | None, encoding: tuple[str, ...]) -> Sight | None:
        """What the sketch of a decoded payload shows; None where nothing does. `encoding` are the codes of how it is written."""
        try:
            model = self._model(declared) if declared is not None else self._recognized_model(value)
            if model is None:
                return None
            parts: Parts = []
            profile: Hashable = None
            if model.enveloped:
                if not isinstance(value, dict):
                    return None
                profile = _envelope_profile(value.get("success"), value.get("errors", _NOTHING))
                if profile is None:
                    return None
            own = model.shape.sketch(value, parts)
            alone = not parts and not model.enveloped
            known = model.known if not encoding else model.marred.setdefault(encoding, {})
            if alone and own in known:
                return known[own]
            codes = Counter((*encoding, *self._explained(model.shape, value, own)))
            # Parts may have parts of their own.
            for shape, items in parts:
                firsts: dict[Hashable, Any] = {}
                numbers: Counter[Hashable] = Counter()
                for item in items:
                    seen = shape.sketch(item, parts)
                    firsts.setdefault(seen, item)
                    numbers[seen] += 1
                for seen, number in numbers.items():
                    for code in self._explained(shape, firsts[seen], seen):
                        codes[code] += number
            listed = 0
            kinds: tuple[str, ...] = ()
            if isinstance(value, dict) and codes.keys() <= _KEEPING_SHAPE:
                content, listed, kinds = model.content(value)
                profile = (profile, content) if model.enveloped else content
        except UnclearError:
            return None
        look = Look(model.name, declared is not None, frozenset(codes), profile)
        sight = Sight(look, tuple(codes.items()), listed, kinds)
        # What more than names decide of is not known by names.
        if alone and len(known) < _MAX_LOOKS and (declared is not None or _SPECIAL.isdisjoint(value)):
            known[own] = sight
        return sight

    def _explained(self, shape: Shape, value: Any, sketch: Hashable) -> tuple[str, ...]:
        """The codes of the defects of a value, without those of its arrays' items."""
        memory = self._codes.setdefault(shape.pointer, {})
        codes = memory.get(sketch)
        if codes is None:
            schemas = self._plan.reader.schemas
            codes = tuple(CODES[defect.kind] for defect in schemas.explain(shape.hollow(value), shape.pointer))
            if len(memory) < _MAX_LOOKS:
                memory[sketch] = codes
        return codes

    def _recognized_model(self, value: Any) -> Model | None:
        names = tuple(value) if isinstance(value, dict) else ()
        if names in self._recognized:
            name = self._recognized[names]
        else:
            found = recognize(value)
            name = found.name if isinstance(found, Recognized) and found.certain else None
            # `v` and such may be anything: of these names, presence alone decides.
            if len(self._recognized) < _MAX_LOOKS and _SPECIAL.isdisjoint(names):
                self._recognized[names] = name
        return None if name is None else self._model(name)

    def _model(self, name: str) -> Model | None:
        if name not in self._models:
            operation, pointer, enveloped = self._plan.reader.named(name)
            if enveloped and operation is not None:
                pointer = operation.schemas.get("200")
            shape = None if pointer is None else self._plan.reader.schemas.shape(pointer)
            model = None if shape is None else Model(name, shape, enveloped=enveloped)
            self._models[name] = model if model is not None and model.usable else None
        return self._models[name]

    def _learn(self, look: Look, codes: Iterable[tuple[str, int]], batch: Batch, index: int) -> Learned | None:
        """What `check` says of a look besides its defects, asked of the payload at `index`; None where it says anything else."""
        if look not in self._learned:
            if len(self._learned) >= _MAX_LOOKS:
                return None
            judgement = self._check(batch.exchange(index), self._plan)
            found = Counter(finding.code for finding in judgement.findings)
            answer = next((view for view in judgement.views if isinstance(view, Answer)), None)
            operation = None if answer is None else answer.trace.operation
            same = found == Counter({code: number for code, number in codes if self._plan.judges_at(code, operation)})
            self._learned[look] = Learned(judgement.decided, operation) if same else None
        return self._learned[look]

    def _settled(self, sight: Sight, batch: Batch, index: int, start: int, tally: Tally) -> bool:
        """Whether payloads like that at `index` can be counted from `start` on: none of their findings would be kept."""
        learned = self._learn(sight.look, sight.codes, batch, index)
        if learned is None:
            return False
        return not sight.codes or all(
            not self._plan.counted_apart(code) and tally.settled(code, batch.origin(start))
            for code, _ in sight.codes
            if self._plan.judges_at(code, learned.operation)
        )

    def _count(self, sight: Sight, number: int, status: int | None, tally: Tally) -> None:
        operation = self._add(sight.look, number, status, tally).operation
        for code, times in sight.codes:
            if self._plan.judges_at(code, operation):
                tally.count(code, self._plan.severity(code, operation), times * number, operation)
        tally.events += number * (sight.listed + len(sight.kinds))
        for kind in sight.kinds:
            tally.coverage.saw_kind(kind, number)

    def _add(self, look: Look, number: int, status: int | None, tally: Tally) -> Learned:
        learned = self._learned[look]
        assert learned is not None  # noqa: S101 - looks are counted once they are learned
        tally.exchanges += number
        tally.coverage.decide(learned.decided, learned.operation)
        if learned.operation is not None:
            tally.coverage.saw_status(learned.operation, status, number)
        return learned


def _has(shape: Shape | None, **kinds: type) -> bool:
    """Whether an object requires properties of those names and types; `object` is any."""
    if not isinstance(shape, Object):
        return False
    return all(
        name in shape.required
        and shape.attributes[name] == name
        and (kind is object or getattr(shape.properties[name], "kind", None) is kind)
        for name, kind in kinds.items()
    )


def _item(page: Shape | None) -> Object | None:
    """The shape of a page's items."""
    items = page.properties.get("items") if isinstance(page, Object) else None
    return items.item if isinstance(items, Array) and isinstance(items.item, Object) else None


def _in_order(items: Sequence[Any], getter: Any) -> bool:
    """Whether items follow each other by `(t, n)` in one direction, none standing twice."""
    times = list(map(getter("t"), items))
    numbered = getter("n")
    first, last = times[0], times[-1]
    up = first < last or (first == last and numbered(items[0]) < numbered(items[-1]))
    # To sort what is sorted already is the fastest way to compare all neighbors.
    if times != sorted(times, reverse=not up):
        return False
    if len(set(times)) == len(times):
        return True
    compare = lt if up else gt
    ties = compress(count(), map(eq, times, times[1:]))
    return all(compare(numbered(items[index]), numbered(items[index + 1])) for index in ties)


def _plain(value: Any, name: str) -> Any:
    """An optional property of an accepted value, None where it is absent."""
    found = getattr(value, name, None)
    return None if found is msgspec.UNSET else found


def _envelope_profile(success: object, errors: object) -> Hashable:
    """What rules ask of the envelope of a success without errors; None for any other."""
    return ("envelope", "success") if success is True and not errors else None
