"""The report of `newman run --reporters json`: the response of each execution."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from mconn_contracts.captures.format import Capture, CaptureFormat, Start, json_of
from mconn_contracts.captures.interaction import Body, RecordingError, body_of, headers, recorded, status_of
from mconn_contracts.captures.postman import secrets_of, url_of, variables_of
from mconn_contracts.captures.records import ReadOptions, Record, Unanswered, Unreadable
from mconn_contracts.errors import InputError
from mconn_contracts.model.exchange import Origin


def _read(capture: Capture, reading: ReadOptions) -> Iterator[Record]:
    report = json_of(capture, reading.max_document, "a report of Newman")
    run = report.get("run") if isinstance(report, Mapping) else None
    executions = run.get("executions") if isinstance(run, Mapping) else None
    if not isinstance(executions, list):
        raise InputError(
            f"{capture.label}: not a report of Newman: there is no array run.executions; if it is another format, give --format"
        )
    secrets = secrets_of(report, variables_of(report.get("collection")))
    for index, execution in enumerate(executions):
        yield _record(execution, Origin(capture.label, 1, index), reading.max_document, secrets)


def _record(value: Any, origin: Origin, limit: int, secrets: tuple[str, ...]) -> Record:
    request, response = (value.get(name) if isinstance(value, Mapping) else None for name in ("request", "response"))
    if response is None:
        return Unanswered(origin)
    if not isinstance(request, Mapping) or not isinstance(response, Mapping):
        return Unreadable(origin, "the execution has no request and response that are objects")
    try:
        return recorded(
            origin,
            limit,
            method=request.get("method"),
            url=url_of(request.get("url"), {}),
            sent=headers(request.get("header")),
            status=status_of(response.get("code")),
            received=headers(response.get("header")),
            body=_body(response),
            secrets=secrets,
        )
    except RecordingError as error:
        return Unreadable(origin, str(error))


def _body(response: Mapping[str, Any]) -> Body:
    """The bytes of the stream, which Newman has unpacked already: a Buffer of Node.js as JSON."""
    stream = response.get("stream")
    data = stream.get("data") if isinstance(stream, Mapping) else stream
    if isinstance(data, list):
        try:
            return bytes(data)
        except (TypeError, ValueError):
            raise RecordingError("response.stream.data is not a list of bytes") from None
    return body_of(data if data is not None else response.get("body"))


def _tells(start: Start) -> bool:
    return isinstance(start.member("run"), dict) and ("collection" in start.members or "executions" in start.member("run"))


FORMAT = CaptureFormat(
    "newman",
    "the JSON report of Newman: the response of each execution",
    _read,
    told_by="`collection` and `run`",
    tells=_tells,
)
