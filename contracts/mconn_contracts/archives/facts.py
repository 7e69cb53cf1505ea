"""The facts that captures have about events, as records of fixed size: the place of an event, and digests of its members."""

from __future__ import annotations

import hashlib
import re
import struct
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Annotated, Any, NamedTuple

import msgspec

from mconn_contracts.captures.records import Batch, ReadOptions, Record
from mconn_contracts.captures.shards import Shard, shard_records
from mconn_contracts.captures.streams import Meter
from mconn_contracts.contract.api import ENDPOINTS, GET, LIST, Endpoint
from mconn_contracts.errors import InputError
from mconn_contracts.judge.plan import Plan
from mconn_contracts.judge.reading.recognition import Recognized, recognize
from mconn_contracts.judge.reading.views import Identity
from mconn_contracts.model.exchange import Exchange, Origin
from mconn_contracts.wire.decoding import decode

DIGEST = 8
"""Bytes of a digest: one in 10^11 of a thousand million comparisons of different values finds them equal."""
_FACT = struct.Struct(">8sqqIIIIIB8s8s8s")
_IDENTITY = 24
_SAID = 44
"""Where a record has its form, and what is said of the event."""
_BARE, _ENVELOPED = 8, 16
NOTHING = bytes(DIGEST)
_INTEGRAL_FLOAT = re.compile(rb"\.0(?=[,}\]]|\Z)")
"""An integer written as a float, or such a text within a string."""


class Fact(NamedTuple):
    """The facts that one place has about an event.

    `capture` and `member` number the captures, and those within one; `line` and `entry` are 0 where there is none, and
    else the line, and the entry counted from 1. `item` is the index on its page. `a` is None but in a list; `kind`,
    `content` (of `e`) and `version` are digests.
    """

    owner: bytes
    t: int
    n: int
    capture: int
    member: int
    line: int
    entry: int
    item: int
    form: int
    a: int | None
    kind: bytes
    content: bytes
    version: bytes

    @property
    def endpoint(self) -> Endpoint:
        """What shows the event: a list, the latest, or the answer for one."""
        return ENDPOINTS[self.form & 3]

    @property
    def bare(self) -> bool:
        """Whether it stands in a payload without a request, which no session relates to others."""
        return bool(self.form & _BARE)

    @property
    def enveloped(self) -> bool:
        """Whether the payload is a response in its envelope."""
        return bool(self.form & _ENVELOPED)

    @property
    def identity(self) -> Identity:
        """`(t, n)`."""
        return self.t, self.n


@dataclass(slots=True)
class Facts:
    """The facts of some shards, dealt to partitions, and the names of captures by their numbers."""

    parts: list[bytes]
    names: dict[tuple[int, int], str]


@dataclass(frozen=True, slots=True)
class FactsJob:
    """How facts are gathered. With `same_connector`, all inputs count as those of one connector.

    Facts are distributed by event to this many `partitions`, and each partition can be related by itself.
    """

    plan: Plan
    reading: ReadOptions
    same_connector: bool
    partitions: int = 1
    every: bool = False
    """Whether parts have every finding."""


def gather(job: FactsJob, shards: Iterable[Shard]) -> Facts:
    """The facts of shards. A shard that cannot be read to its end counts up to the place of the error."""
    parts = [bytearray() for _ in range(job.partitions)]
    names: dict[tuple[int, int], str] = {}
    for shard in shards:
        members: dict[str, int] = {}
        try:
            for record in shard_records(shard, job.reading, Meter()):
                for origin, said in _places(job, record):
                    member = members.setdefault(origin.source, len(members))
                    place = (shard.index, member, origin.line or 0, 0 if origin.entry is None else origin.entry + 1)
                    for owner, t, n, index, *rest in said:
                        fact = _FACT.pack(owner, t, n, *place, index, *rest)
                        parts[zlib.crc32(fact[:_IDENTITY]) % job.partitions] += fact
        except InputError:
            # It was told when the shard was judged.
            pass
        names.update({(shard.index, number): name for name, number in members.items()})
    return Facts([bytes(part) for part in parts], names)


def by_event(parts: Iterable[bytes]) -> Iterator[list[bytes]]:
    """The records of one partition, grouped by event, in the order of their places. Events with one record are left out."""
    records = sorted(part[at : at + _FACT.size] for part in parts for at in range(0, len(part), _FACT.size))
    start = 0
    for end in range(1, len(records) + 1):
        if end == len(records) or records[end][:_IDENTITY] != records[start][:_IDENTITY]:
            if end - start > 1:
                yield records[start:end]
            start = end


def are_alike(records: Sequence[bytes]) -> bool:
    """Whether all bare payloads of one form agree about an event."""
    said = records[0][_SAID:]
    return said[0] & _BARE > 0 and all(record[_SAID:] == said for record in records)


def digest(value: Any) -> bytes:
    """A digest that is the same for equal values. The order of members does not matter, and 1 equals 1.0."""
    if isinstance(value, str):
        return _digest_of_text(value)
    text = msgspec.json.encode(value, order="sorted")
    if _INTEGRAL_FLOAT.search(text):
        text = msgspec.json.encode(_integral(value), order="sorted")
    return hashlib.blake2b(text, digest_size=DIGEST).digest()


@lru_cache(maxsize=1024)
def _digest_of_text(value: str) -> bytes:
    return hashlib.blake2b(value.encode(errors="surrogatepass"), digest_size=DIGEST).digest()


def fact_of(record: bytes) -> Fact:
    """What a record says."""
    owner, t, n, capture, member, line, entry, item, form, first, second, third = _FACT.unpack(record)
    place = (owner, t, n, capture, member, line, entry, item, form)
    if form & 3 == ENDPOINTS.index(LIST):
        return Fact(*place, int.from_bytes(first, "big", signed=True), second, NOTHING, NOTHING)
    return Fact(*place, None, second, first, third)


def _integral(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _integral(each) for name, each in value.items()}
    if isinstance(value, list):
        return [_integral(each) for each in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value


_Said = tuple[bytes, int, int, int, int, bytes, bytes, bytes]
"""Owner, `t`, `n`, index, form and three digests, as a record has them."""


class _Event(msgspec.Struct, forbid_unknown_fields=True, gc=False):
    """A bare full event, which no other model fits. Its members stay text."""

    e: msgspec.Raw
    n: Annotated[int, msgspec.Meta(ge=-(2**63), le=2**63 - 1)]
    t: Annotated[int, msgspec.Meta(ge=-(2**63), le=2**63 - 1)]
    v: msgspec.Raw = msgspec.Raw()


_decode_event = msgspec.json.Decoder(_Event).decode


def _places(job: FactsJob, record: Record) -> Iterator[tuple[Origin, Iterable[_Said]]]:
    """Each payload of a record, with its facts about events."""
    if isinstance(record, Batch):
        events = _bare_events(job, record)
        if events is not None:
            key, form = digest(None), ENDPOINTS.index(GET) | _BARE
            for index, event in enumerate(events):
                said = _digests(bytes(event.e), bytes(event.v))
                if said is not None:
                    yield record.origin(index), ((key, event.t, event.n, 0, form, *said),)
            return
    for exchange in record.exchanges() if isinstance(record, Batch) else [record] if isinstance(record, Exchange) else []:
        yield exchange.origin, _said(job, exchange)


def _bare_events(job: FactsJob, batch: Batch) -> list[_Event] | None:
    """The payloads of a batch, if all are bare events in full, and are related; else None."""
    if not job.same_connector or batch.status not in (None, 200) or batch.declared not in (None, GET.model):
        return None
    try:
        return list(map(_decode_event, batch.bodies))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None


@lru_cache(maxsize=4096)
def _digests(content: bytes, version: bytes) -> tuple[bytes, bytes, bytes] | None:
    """The facts about an event, from the texts of its `e` and its `v`."""
    read = _full({"t": 0, "n": 0, "e": _decoded(content), "v": _decoded(version) if version else None})
    return None if read is None else read[2]


def _said(job: FactsJob, exchange: Exchange) -> Iterator[_Said]:
    """The facts about events in an answer, if it shows events and its request is a documented one."""
    bare = exchange.request is None
    owner: object = None
    if exchange.request is not None:
        call = job.plan.reader.router.route(exchange.request)
        if call is None or call.operation is None or call.has_odd_limit or not exchange.own:
            return
        owner, name = call.owner, call.operation.id
    elif not job.same_connector:
        return
    response = exchange.response
    if response.status not in (None, 200) or not response.body or response.incomplete or response.undecodable:
        return
    value = _decoded(response.body)
    if bare:
        found = recognize(value)
        if exchange.declared is not None:
            name = exchange.declared
        elif isinstance(found, Recognized) and found.name is not None:
            name = found.name
        else:
            return
    endpoint = next((each for each in ENDPOINTS if name in each.names), None)
    if endpoint is None or not isinstance(value, Mapping):
        return
    enveloped = name == endpoint.operation
    model = value.get("result") if enveloped else value
    if not isinstance(model, Mapping) or (enveloped and value.get("success") is False):
        return
    form = ENDPOINTS.index(endpoint) | _BARE * bare | _ENVELOPED * enveloped
    key = digest(None if job.same_connector else owner)
    items = model.get("items") if endpoint is not GET else [model]
    for index, item in enumerate(items if isinstance(items, Sequence) else ()):
        read = _listed(item) if endpoint is LIST else _full(item)
        # An answer with another event than the requested one is a fault of its own.
        if read is not None and (bare or call is None or call.identity in (None, read[:2]) or endpoint is not GET):
            yield key, *read[:2], index, form, *read[2]


def _decoded(body: bytes) -> Any:
    try:
        return msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        decoded = decode(body)
        return decoded.value if decoded.readable else None


def _listed(item: Any) -> tuple[int, int, tuple[bytes, bytes, bytes]] | None:
    t, n, a = (_integer(item, name) for name in ("t", "n", "a"))
    kind = item.get("k") if isinstance(item, Mapping) else None
    if t is None or n is None or a is None or not isinstance(kind, str):
        return None
    return t, n, (a.to_bytes(DIGEST, "big", signed=True), digest(kind), NOTHING)


def _full(item: Any) -> tuple[int, int, tuple[bytes, bytes, bytes]] | None:
    t, n = (_integer(item, name) for name in ("t", "n"))
    content = item.get("e") if isinstance(item, Mapping) else None
    if t is None or n is None or not isinstance(content, Mapping) or not isinstance(content.get("k"), str):
        return None
    version = item.get("v")
    return t, n, (digest(content), digest(content["k"]), NOTHING if version is None else digest(version))


def _integer(item: Any, name: str) -> int | None:
    """An integer of an item, if it fits into 64 bits."""
    value = item.get(name) if isinstance(item, Mapping) else None
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) and -(2**63) <= value < 2**63 else None
