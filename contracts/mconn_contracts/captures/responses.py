"""What `responses` records (`responses.registries`, `_recorder`): a list of responses, each with the method and URL it is of."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from mconn_contracts.captures.format import LOOKED_AT, Capture, CaptureFormat, Start
from mconn_contracts.captures.interaction import RecordingError, body_of, headers, recorded, status_of
from mconn_contracts.captures.records import ReadOptions, Record, Unreadable
from mconn_contracts.captures.streams import peeked
from mconn_contracts.captures.yaml_list import yaml_items
from mconn_contracts.model.exchange import Origin


def _read(capture: Capture, reading: ReadOptions) -> Iterator[Record]:
    # JSON is YAML as well, as far as this library writes it.
    _, stream = peeked(capture.stream, LOOKED_AT)
    limit = reading.max_document
    for item in yaml_items(stream, capture.label, ("responses",), "a recording of responses", limit):
        yield item if isinstance(item, Unreadable) else _record(item[1], item[0], limit)


def _record(value: Any, origin: Origin, limit: int) -> Record:
    response = value.get("response") if isinstance(value, Mapping) else None
    if not isinstance(response, Mapping):
        return Unreadable(origin, "there is no response")
    received = headers(response.get("headers"))
    media_type = response.get("content_type")
    if isinstance(media_type, str) and not any(name.lower() == "content-type" for name, _ in received):
        received = (("Content-Type", media_type), *received)
    try:
        return recorded(
            origin,
            limit,
            method=response.get("method"),
            url=response.get("url"),
            sent=(),
            status=status_of(response.get("status")),
            received=received,
            body=body_of(response.get("body")),
        )
    except RecordingError as error:
        return Unreadable(origin, str(error))


def _tells(start: Start) -> bool:
    return "responses" in start.members


FORMAT = CaptureFormat(
    "responses",
    "what the recorder of `responses` (Python) writes, in YAML or JSON",
    _read,
    endings=(".yaml", ".yml"),
    in_folders=True,
    told_by="`responses`",
    tells=_tells,
)
