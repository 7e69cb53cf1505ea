"""A request and its response, and what is known about their origin."""

from __future__ import annotations

import enum
from dataclasses import dataclass

Headers = tuple[tuple[str, str], ...]
"""Header fields in wire order; names keep their case, and a name may repeat."""


class Credential(enum.Enum):
    """What the sender knows of the credential that a request carried."""

    VALID = "valid"
    ABSENT = "absent"
    WRONG = "wrong"
    MALFORMED = "malformed"
    LONGER = "longer"
    """The true one, with a letter more."""
    RECASED = "recased"
    """The true one, with its letters in the other case."""
    SPACED = "spaced"
    """The true one, with spaces around it that its form does not have."""


class Connector(enum.Enum):
    """What the sender knows of the connector that a request names."""

    OWN = "own"
    UNKNOWN = "unknown"
    FOREIGN = "foreign"


@dataclass(frozen=True, slots=True)
class Intent:
    """What the sender of a request knows and its bytes do not show. A recording keeps it as `_mconn`.

    `malformed` names the parameters that were made up to be refused. `fair` says that nothing undocumented was asked
    for, so that a server which has the connector answers.
    """

    credential: Credential = Credential.VALID
    connector: Connector = Connector.OWN
    malformed: tuple[str, ...] = ()
    fair: bool = False

    @property
    def own(self) -> bool:
        """Whether the request has the user's own credential and names the user's own connector."""
        return self.credential is Credential.VALID and self.connector is Connector.OWN


@dataclass(frozen=True, slots=True)
class Origin:
    """Where an exchange came from: a file or URL, a 1-based line, a 0-based entry of a HAR."""

    source: str = ""
    line: int | None = None
    entry: int | None = None


@dataclass(frozen=True, slots=True)
class Request:
    """A request as sent. `url` is absolute, or the origin-form target (RFC 9112, 3.2.1)."""

    method: str
    url: str
    headers: Headers = ()


@dataclass(frozen=True, slots=True)
class Response:
    """A response as received.

    `status` is None if a bare body was recorded without one. `body` is the content after content decoding, in
    bytes, or None if the capture did not keep it. `incomplete` and `undecodable` say why the body is known to be
    cut short, or not to decode by its content coding; `unread` why a capture has
    no body that can be read, where it was not just left out.
    """

    status: int | None
    headers: Headers = ()
    body: bytes | None = b""
    incomplete: str | None = None
    undecodable: str | None = None
    unread: str | None = None

    def header(self, name: str) -> str | None:
        """The first value of a header field, by case-insensitive name."""
        wanted = name.lower()
        return next((value for key, value in self.headers if key.lower() == wanted), None)


@dataclass(frozen=True, slots=True)
class Exchange:
    """One response, with its request where it is known, and where it came from.

    `declared` is the operationId or schema name that the user gave for a bare payload (`--as`).
    `started` is in epoch seconds, where it is known. `negative` says that a recorder marked the request as one that was
    meant to be refused. `written` is the record in its capture, its secrets replaced, where that was asked for; the body of a
    bare payload is its record.
    """

    response: Response
    request: Request | None = None
    origin: Origin = Origin()
    declared: str | None = None
    intent: Intent | None = None
    started: float | None = None
    negative: bool = False
    written: bytes | None = None

    @property
    def own(self) -> bool:
        """Whether nothing is known to be wrong with whose events were asked for, nor with the request."""
        return (self.intent is None or self.intent.own) and not self.negative


@dataclass(frozen=True, slots=True)
class Trace:
    """The place of one exchange, without its content: what a finding shows and a history keeps."""

    origin: Origin
    request: Request | None
    operation: str | None

    @property
    def sort_key(self) -> tuple[object, ...]:
        """A total order: by the origin, the request, and the operation."""
        source, line, entry = self.origin.source, self.origin.line, self.origin.entry
        request = self.request
        asked = () if request is None else (request.url, request.method, request.headers)
        return source, line or 0, -1 if entry is None else entry, asked, self.operation or ""
