"""From a request's target to the operation that it names."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import unquote

from mconn_contracts.server.api.stages import HttpError, OperationId, Reason
from mconn_contracts.server.data.events import LARGEST_INTEGER, Key

BASE_PATH = "/client/v4"
"""The path under which the reference server has the API, as the vendor has it."""

METHODS = ("GET", "HEAD")
"""The methods that every operation answers: the declared one, and HEAD, which RFC 9110 adds to it."""

_AUTHORITY = re.compile(r"^[A-Za-z][A-Za-z0-9+.-]*://[^/?]*")
_EVENT_ID = re.compile(r"(0|[1-9][0-9]{0,15})\.(0|[1-9][0-9]{0,15})")


@dataclass(frozen=True, slots=True)
class Route:
    """An operation with its path parameters. `event_id` is as sent, percent-decoded."""

    operation: OperationId
    account_id: str
    connector_id: str
    event_id: str = ""


def route(method: str, url: str) -> Route:
    """The route of a target. Raises `HttpError`: 404 for an unknown path, and 405 with `Allow` for other methods."""
    path, _ = split_target(url)
    found = _match(path)
    if found is None:
        message = f"Could not route to {path}, perhaps your object identifier is invalid?"
        raise HttpError(Reason.ROUTE, 404, 7003, message[:300])
    if method not in METHODS:
        allow = (("Allow", ", ".join(METHODS)),)
        raise HttpError(Reason.METHOD, 405, 7001, f"Method {method[:20]} not available for that URI.", found, allow)
    return found


def split_target(url: str) -> tuple[str, str]:
    """The path and the query of a target in origin-form or absolute-form (RFC 9112, 3.2).

    `urlsplit` would take the start of `//x` for a host, and raise on some.
    """
    path, _, query = _AUTHORITY.sub("", url).partition("?")
    return path, query


def parse_event_id(text: str) -> Key:
    """The identity in the last segment of an event's path. Raises `HttpError`."""
    found = _EVENT_ID.fullmatch(text)
    if found is None or max(key := Key(int(found[1]), int(found[2]))) > LARGEST_INTEGER:
        message = (
            "Invalid event id: it is the event's t and n as whole numbers without a fraction, joined by one dot "
            "(digits.digits), such as 1700000000.3"
        )
        raise HttpError(Reason.EVENT_ID, 400, 1003, message, Key(0, 0))
    return key


def _match(path: str) -> Route | None:
    if not path.startswith(f"{BASE_PATH}/"):
        return None
    segments = [unquote(segment) for segment in path[len(BASE_PATH) + 1 :].split("/")]
    if "" in segments:
        return None
    match segments:
        case ["accounts", account_id, "magic", "connectors", connector_id, "telemetry", "events", *rest]:
            pass
        case _:
            return None
    match rest:
        case []:
            return Route(OperationId.LIST, account_id, connector_id)
        case ["latest"]:
            return Route(OperationId.LATEST, account_id, connector_id)
        case [event_id]:
            return Route(OperationId.GET, account_id, connector_id, event_id)
        case _:
            return None
