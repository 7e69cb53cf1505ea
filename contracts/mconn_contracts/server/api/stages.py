"""The values passed from stage to stage while one request is answered."""

from __future__ import annotations

import enum
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from mconn_contracts.model.exchange import Headers, Request, Response
from mconn_contracts.server.data.events import Key, StoredEvent
from mconn_contracts.server.data.store import EventStore

Document = dict[str, Any]
"""A JSON object, made for one response."""


class OperationId(enum.Enum):
    """The operations, by operationId."""

    LIST = "listEvents"
    LATEST = "getLatestEvents"
    GET = "getEvent"


class Reason(enum.Enum):
    """Why a request is refused."""

    ROUTE = enum.auto()
    METHOD = enum.auto()
    THROTTLED = enum.auto()
    CREDENTIAL_MISSING = enum.auto()
    CREDENTIAL_MALFORMED = enum.auto()
    CREDENTIAL_WRONG = enum.auto()
    ACCOUNT_FOREIGN = enum.auto()
    CONNECTOR_FOREIGN = enum.auto()
    CONNECTOR_UNKNOWN = enum.auto()
    PARAMETER_MISSING = enum.auto()
    PARAMETER_MALFORMED = enum.auto()
    PARAMETER_REPEATED = enum.auto()
    LIMIT = enum.auto()
    CURSOR = enum.auto()
    KIND = enum.auto()
    WINDOW = enum.auto()
    WINDOW_REVERSED = enum.auto()
    EVENT_ID = enum.auto()
    EVENT_UNKNOWN = enum.auto()
    MALFUNCTION = enum.auto()
    PREFERENCE = enum.auto()


@dataclass(eq=False)
class HttpError(Exception):
    """An answer that is not a result.

    `otherwise` is what a careless server would have gone on with instead; faults use it. `subject` is the name of the
    parameter that the refusal is about.
    """

    reason: Reason
    status: int
    code: int
    message: str
    otherwise: Any = None
    headers: Headers = ()
    subject: str | None = None


@dataclass(frozen=True, slots=True)
class Proceed:
    """What a fault goes on with instead of a refusal."""

    value: Any


@dataclass(frozen=True, slots=True)
class PageStart:
    """The start of a page: its 1-based number, and the key before it or its offset."""

    page: int = 1
    after: Key | None = None
    offset: int = 0


@dataclass(frozen=True, slots=True)
class Query:
    """The parameters of a list, parsed. `explicit_limit` says whether the request had a limit."""

    start: float
    end: float
    limit: int
    kind: str | None = None
    position: PageStart = PageStart()
    explicit_limit: bool = False


@dataclass(frozen=True, slots=True)
class Selection:
    """The events that a result is made of, how many the window holds, and where the next page starts."""

    events: tuple[StoredEvent, ...]
    total: int = 0
    next: PageStart | None = None


@dataclass(slots=True)
class RequestContext:
    """What is known of a request so far: the handler fills it in, faults only read it.

    `number` counts the requests of a handler, from 1.
    """

    number: int
    request: Request
    store: EventStore
    operation: OperationId | None = None
    account_id: str = ""
    connector_id: str = ""
    query: Query | None = None
    key: Key | None = None
    status: int | None = None

    @property
    def page(self) -> int:
        """The number of the page that is asked for; 0 where the request is not (yet) known to ask for one."""
        return 0 if self.query is None else self.query.position.page


@dataclass(frozen=True, slots=True)
class Delivery:
    """How a response leaves: after `delay` seconds, and as HTTP says unless `wire` or `reset` say otherwise.

    `wire` rewrites the serialized HTTP/1.1 message, and the connection is closed behind it. `reset` resets the
    connection instead of closing it, after what `wire` left, or before anything was sent where it is None. `stall` leaves
    it open: nothing more comes.
    """

    delay: float = 0.0
    wire: Callable[[bytes], bytes] | None = None
    reset: bool = False
    stall: bool = False


@dataclass(frozen=True, slots=True)
class OutgoingMessage:
    """A response, and how it leaves."""

    response: Response
    delivery: Delivery = Delivery()
