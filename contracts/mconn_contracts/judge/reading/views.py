"""The views that rules judge: one response as decoded, and the typed forms of those whose shape can be relied on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, NamedTuple

from mconn_contracts.contract.api import GET, LATEST, LIST, Endpoint
from mconn_contracts.contract.document import Operation
from mconn_contracts.judge.reading.calls import Call
from mconn_contracts.model.defect import Defect
from mconn_contracts.model.exchange import Connector, Credential, Exchange, Trace
from mconn_contracts.wire.decoding import Decoded

Identity = tuple[int, int]
"""An event's `(t, n)`."""


@dataclass(frozen=True, slots=True)
class Answer:
    """One exchange as far as it could be understood; every exchange has this view.

    `schema` is the pointer of the schema that governs the body, or None if the document declares none.
    `defects` are the faults of encoding and shape together. `enveloped` is False for a bare model.
    """

    exchange: Exchange
    trace: Trace
    call: Call | None
    operation: Operation | None
    decoded: Decoded | None
    schema: str | None
    defects: tuple[Defect, ...]
    enveloped: bool

    @property
    def status(self) -> int | None:
        """The status code, if one was recorded."""
        return self.exchange.response.status

    @property
    def ok(self) -> bool:
        """Whether the status says that the request succeeded (2xx)."""
        return self.status is not None and 200 <= self.status < 300

    @property
    def redirected(self) -> bool:
        """Whether the status says to look elsewhere (3xx)."""
        return self.status is not None and 300 <= self.status < 400

    @property
    def refused(self) -> bool:
        """Whether the status says that the request was at fault (4xx)."""
        return self.status is not None and 400 <= self.status < 500

    @property
    def foreign(self) -> bool:
        """Whether it is of another API: a recording of a path that the document does not have."""
        return self.call is None and may_be_foreign(self.exchange)

    @property
    def labeled_json(self) -> bool | None:
        """Whether the media type is JSON; None if a recording kept no header at all."""
        response = self.exchange.response
        if not response.headers and self.exchange.intent is None:
            return None
        media_type = (response.header("content-type") or "").split(";")[0].strip().lower()
        return media_type == "application/json"

    @property
    def credential(self) -> Credential | None:
        """What the sender knows of the credential, where the sender is known."""
        return None if self.exchange.intent is None else self.exchange.intent.credential

    @property
    def connector(self) -> Connector | None:
        """What the sender knows of the connector, where the sender is known."""
        return None if self.exchange.intent is None else self.exchange.intent.connector


def may_be_foreign(exchange: Exchange) -> bool:
    """Whether an exchange is of another API where its request calls no path of the document: nobody says otherwise."""
    return exchange.request is not None and exchange.intent is None and exchange.declared is None


@dataclass(frozen=True, slots=True)
class AnswerTraits:
    """How a probe was answered, apart from the events: what a server chooses where nothing is documented.

    `members` are the envelope's names. `integral_floats` says how its numbers are written; None if it has none. `coding`
    is its content coding.
    """

    operation: str
    status: int
    credential: Credential
    connector: Connector
    members: frozenset[str]
    integral_floats: bool | None
    rate_limits: bool
    coding: str

    @property
    def ok(self) -> bool:
        """Whether the status says that the request succeeded (2xx)."""
        return 200 <= self.status < 300


@dataclass(frozen=True, slots=True)
class Header:
    """How a HEAD, or a GET of the same URL, was answered: the status, and what the header says of the content."""

    trace: Trace
    status: int
    fields: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Envelope:
    """A JSON object that answers a request, with any status."""

    answer: Answer
    body: Mapping[str, Any]


class Summary(NamedTuple):
    """One item of a list page: the event in short."""

    t: int
    n: int
    a: int
    k: str

    @property
    def identity(self) -> Identity:
        """`(t, n)`."""
        return (self.t, self.n)


@dataclass(frozen=True, slots=True)
class Event:
    """One event in full. `v` is None if it is absent."""

    t: int
    n: int
    e: Mapping[str, Any]
    v: str | None

    @property
    def identity(self) -> Identity:
        """`(t, n)`."""
        return (self.t, self.n)

    @property
    def kind(self) -> str:
        """`e.k`."""
        return str(self.e["k"])


@dataclass(frozen=True, slots=True)
class Window:
    """What a list request asked for, apart from the page: bounds in epoch seconds, and the kind filter."""

    start: int | None
    end: int | None
    kind: str | None


@dataclass(frozen=True, slots=True)
class ListPage:
    """A page of `listEvents` with status 200. `cursor` led to it; `next_cursor` leads on, None if it has none.

    `root` is the pointer of the model in its body: `/result`, or the empty one of a bare model.
    """

    endpoint: ClassVar[Endpoint] = LIST
    trace: Trace
    owner: tuple[str, str, str] | None
    window: Window | None
    limit: int | None
    cursor: str | None
    count: int
    items: Sequence[Summary]
    next_cursor: str | None
    started: float | None
    own: bool
    root: str = "/result"
    odd_limit: bool = False
    """Whether there is a limit that is no positive integer, or past the largest: nobody documents what it gets."""

    def step(self, cursor: str | None) -> tuple[object, ...]:
        """What a request for a page of the same result and size asks for, by the cursor that leads to it."""
        return self.owner, self.window, self.limit, cursor

    @property
    def follows(self) -> bool:
        """Whether a cursor led to this page."""
        return self.cursor is not None


@dataclass(frozen=True, slots=True)
class LatestPage:
    """An answer of `getLatestEvents` with status 200; `root` as in `ListPage`."""

    endpoint: ClassVar[Endpoint] = LATEST
    trace: Trace
    owner: tuple[str, str, str] | None
    count: int
    items: Sequence[Event]
    started: float | None
    own: bool
    root: str = "/result"


@dataclass(frozen=True, slots=True)
class FetchedEvent:
    """An answer of `getEvent` with status 200; `asked` is the identity in the path, if it names one."""

    endpoint: ClassVar[Endpoint] = GET
    trace: Trace
    owner: tuple[str, str, str] | None
    asked: Identity | None
    event: Event
    own: bool


@dataclass(frozen=True, slots=True)
class Refusal:
    """A 4xx answer to a declared operation. `fair` says that the request asked for nothing undocumented."""

    trace: Trace
    call: Call
    operation: str
    status: int
    window: Window | None
    limit: int | None
    cursor: str | None
    own: bool
    fair: bool
