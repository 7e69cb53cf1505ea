"""Opaque cursors: where a page starts, bound to the query that it belongs to."""

from __future__ import annotations

import binascii
import hashlib
import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence

from mconn_contracts.server.api.stages import PageStart
from mconn_contracts.server.data.events import Key

_VERSION = 1
_CHECKSUM_SIZE = 6


def encode_cursor(position: PageStart, query: Sequence[object]) -> str:
    """A cursor that starts at `position`, and only in the same `query`."""
    after = None if position.after is None else list(position.after)
    payload = json.dumps([_VERSION, position.page, after, position.offset], separators=(",", ":")).encode()
    return _spell(_checksum(payload, query) + payload)


def decode_cursor(text: str, query: Sequence[object]) -> PageStart:
    """The position of a cursor. Raises `ValueError` if it is not one of ours, or if it belongs to another query."""
    try:
        raw = urlsafe_b64decode(text.encode("ascii") + b"=" * (-len(text) % 4))
    except (binascii.Error, UnicodeEncodeError) as error:
        raise ValueError("not a cursor") from error
    checksum, payload = raw[:_CHECKSUM_SIZE], raw[_CHECKSUM_SIZE:]
    if checksum != _checksum(payload, query) or _spell(raw) != text:
        raise ValueError("not a cursor of this query")
    _, page, after, offset = json.loads(payload)
    return PageStart(page, None if after is None else Key(*after), offset)


def _spell(raw: bytes) -> str:
    """The one spelling of a cursor's bytes: decoders ignore stray characters and spare bits."""
    return urlsafe_b64encode(raw).rstrip(b"=").decode()


def _checksum(payload: bytes, query: Sequence[object]) -> bytes:
    """Finds a mistake, not an attack: a cursor opens nothing that the credential does not."""
    return hashlib.blake2b(payload + b"\0" + json.dumps(query).encode(), digest_size=_CHECKSUM_SIZE).digest()
