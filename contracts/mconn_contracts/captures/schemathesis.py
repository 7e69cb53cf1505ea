"""NDJSON of events, as `schemathesis run --report ndjson` writes it: the interactions of each scenario."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from mconn_contracts.captures.format import Capture, CaptureFormat, Start
from mconn_contracts.captures.interaction import (
    Body,
    NoBody,
    RecordingError,
    from_base64,
    headers,
    json_value,
    recorded,
    status_of,
    time_of,
)
from mconn_contracts.captures.records import WHITESPACE, ReadOptions, Record, Unanswered, Unreadable, too_large
from mconn_contracts.captures.streams import lines
from mconn_contracts.model.exchange import Exchange, Origin

_SCENARIO = "ScenarioFinished"


def _read(capture: Capture, reading: ReadOptions) -> Iterator[Record]:
    entry = 0
    for number, text in lines(capture.stream, reading.max_document):
        if text is None:
            yield too_large(Origin(capture.label, number), "the line", reading.max_document)
        elif text.strip(WHITESPACE):
            try:
                found = _interactions(json_value(text, "the line"))
            except RecordingError as error:
                yield Unreadable(Origin(capture.label, number), str(error))
                continue
            for interaction, negative in found:
                yield _record(interaction, Origin(capture.label, number, entry), reading.max_document, negative=negative)
                entry += 1


def _interactions(event: Any) -> list[tuple[Any, bool]]:
    """The interactions of an event, each with whether its request was meant to be refused; none of other events."""
    scenario = event.get(_SCENARIO) if isinstance(event, Mapping) else None
    recorder = scenario.get("recorder") if isinstance(scenario, Mapping) else None
    if not isinstance(recorder, Mapping):
        return []
    found = recorder.get("interactions") or {}
    if not isinstance(found, Mapping):
        raise RecordingError("recorder.interactions is not an object")
    return [(interaction, _is_negative(recorder.get("cases"), name)) for name, interaction in found.items()]


def _is_negative(cases: Any, name: str) -> bool:
    case = cases.get(name) if isinstance(cases, Mapping) else None
    for step in ("value", "meta", "generation"):
        case = case.get(step) if isinstance(case, Mapping) else None
    return isinstance(case, Mapping) and case.get("mode") == "negative"


def _record(value: Any, origin: Origin, limit: int, *, negative: bool) -> Record:
    request, response = (value.get(name) if isinstance(value, Mapping) else None for name in ("request", "response"))
    if not isinstance(request, Mapping):
        return Unreadable(origin, "the interaction has no request")
    if not isinstance(response, Mapping):
        return Unanswered(origin)
    try:
        exchange = recorded(
            origin,
            limit,
            method=request.get("method"),
            url=request.get("uri"),
            sent=headers(request.get("headers")),
            status=status_of(response.get("status_code")),
            received=headers(response.get("headers")),
            body=_body(response),
            started=time_of(value.get("timestamp")),
        )
    except RecordingError as error:
        return Unreadable(origin, str(error))
    return replace(exchange, negative=negative) if isinstance(exchange, Exchange) else exchange


def _body(response: Mapping[str, Any]) -> Body:
    if "content_size" in response:
        return NoBody("the recorder cut the body short")
    content = response.get("content")
    if content is None:
        return NoBody()
    text = content.get("$base64") if isinstance(content, Mapping) else None
    decoded = from_base64(text) if isinstance(text, str) else None
    if decoded is None:
        raise RecordingError("response.content is not base64")
    return decoded


def _tells(start: Start) -> bool:
    return bool(start.members & {"Initialize", "LoadingStarted", _SCENARIO})


FORMAT = CaptureFormat(
    "schemathesis",
    "NDJSON of `schemathesis run --report ndjson`",
    _read,
    endings=(".ndjson", ".jsonl"),
    told_by='`{"Initialize": {` on the first line',
    tells=_tells,
)
