"""The custom field of a HAR entry, for which HAR has no place: `reports.har_writer` writes it, `captures.har` reads it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from mconn_contracts.captures.interaction import RecordingError
from mconn_contracts.model.exchange import Connector, Credential, Exchange, Headers, Intent, Response

CUSTOM = "_mconn"
"""The name of the field."""


def field_of(exchange: Exchange) -> dict[str, Any]:
    """The content of the field for an exchange; empty if HAR says all."""
    custom: dict[str, Any] = {}
    if exchange.intent is not None:
        custom |= {
            "credential": exchange.intent.credential.value,
            "connector": exchange.intent.connector.value,
            "malformed": list(exchange.intent.malformed),
            "fair": exchange.intent.fair,
        }
    if exchange.response.incomplete is not None:
        custom["incomplete"] = exchange.response.incomplete
    if exchange.response.undecodable is not None:
        custom["undecodable"] = exchange.response.undecodable
    if exchange.response.unread is not None:
        custom["unread"] = exchange.response.unread
    return custom


def field_in(entry: Any) -> Mapping[str, Any]:
    """The content of the field in an entry; empty if there is none."""
    custom = entry.get(CUSTOM) if isinstance(entry, Mapping) else None
    return custom if isinstance(custom, Mapping) else {}


def intent_in(custom: Mapping[str, Any]) -> Intent | None:
    """The intent that the field says; None if it says none. RecordingError if it cannot be read."""
    if "credential" not in custom:
        return None
    try:
        return Intent(
            Credential(custom["credential"]),
            Connector(custom["connector"]),
            tuple(str(name) for name in custom["malformed"]),
            bool(custom["fair"]),
        )
    except (KeyError, ValueError, TypeError):
        raise RecordingError(f"{CUSTOM} is not as this tool writes it") from None


def text_in(custom: Mapping[str, Any], name: str) -> str | None:
    """A text of the field; None if it has none of that name."""
    value = custom.get(name)
    return value if isinstance(value, str) else None


def told(response: Response, custom: Mapping[str, Any]) -> Response:
    """A recorded response, with what the field says of its body."""
    undecodable, unread = text_in(custom, "undecodable"), text_in(custom, "unread")
    return replace(
        response,
        incomplete=text_in(custom, "incomplete"),
        undecodable=response.undecodable if undecodable is None else undecodable,
        unread=response.unread if unread is None else unread,
    )


def harmless(intent: Intent | None, headers: Headers) -> frozenset[str]:
    """The header values that are not secrets, because the credential was made up to be refused."""
    if intent is None or intent.credential not in (Credential.WRONG, Credential.MALFORMED):
        return frozenset()
    return frozenset(value for _, value in headers)
