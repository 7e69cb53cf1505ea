"""MC2xx: the envelope around every result and every failure."""

from __future__ import annotations

from collections.abc import Iterator

from mconn_contracts.judge.reading.views import Answer, Envelope
from mconn_contracts.judge.rules.rule import DECIDED, Hit, Ruling, rule
from mconn_contracts.model.exchange import Credential
from mconn_contracts.model.finding import Severity
from mconn_contracts.wire.arrays import ARRAY
from mconn_contracts.wire.decoding import excerpt

_OF_HTTP = frozenset({404, 408, 414, 431})
"""Statuses of refusals before any operation: of a path, a slow request, a long URL, large headers (RFC 9110, RFC 6585)."""


@rule("MC201", on=Envelope, in_batches=True)
def success_contradicts_status(envelope: Envelope) -> Iterator[Ruling]:
    """`success` is true with 2xx, and false with 4xx and 5xx."""
    status, success = envelope.answer.status, envelope.body.get("success")
    if status is None or not (envelope.answer.ok or status >= 400) or not isinstance(success, bool):
        return
    yield DECIDED
    if success != envelope.answer.ok:
        yield Hit("/success", f"success is {excerpt(success)}, but the status is {status}")


@rule("MC202", on=Envelope, in_batches=True)
def failure_without_error(envelope: Envelope) -> Iterator[Ruling]:
    """A failure has at least one error. Only `success` is required, so a missing `errors` is a warning."""
    if not _failed(envelope):
        return
    yield DECIDED
    if "errors" not in envelope.body:
        yield Hit("", f"the answer failed ({_how(envelope)}), but there is no `errors`", at_most=Severity.WARNING)
    elif envelope.body["errors"] == []:
        yield Hit("/errors", f"the answer failed ({_how(envelope)}), but `errors` is empty")


@rule("MC203", on=Envelope, in_batches=True)
def error_on_success(envelope: Envelope) -> Iterator[Ruling]:
    """A success has no errors."""
    errors, success = envelope.body.get("errors", []), envelope.body.get("success")
    if _failed(envelope) or not isinstance(errors, ARRAY) or (envelope.answer.status is None and success is not True):
        return
    yield DECIDED
    if errors and success is not False:
        yield Hit("/errors", f"the answer succeeded, but has errors ({len(errors)}): {excerpt(errors[0], 120)}")


@rule("MC204", on=Answer, in_batches=True)
def missing_envelope(answer: Answer) -> Iterator[Ruling]:
    """Every answer has content. Content that is not an envelope is found while it is read."""
    response = answer.exchange.response
    request = answer.exchange.request
    if request is None or request.method.upper() in ("HEAD", "OPTIONS") or response.body is None:
        return
    if response.incomplete or response.undecodable or answer.status in (None, 204) or answer.redirected:
        return
    yield DECIDED
    if not response.body.strip():
        yield Hit("", f"the answer with status {answer.status} has no content; it must have an envelope with `success`")


@rule("MC205", on=Envelope, in_batches=True)
def result_on_failure(envelope: Envelope) -> Iterator[Ruling]:
    """A failure carries no result."""
    if not _failed(envelope):
        return
    yield DECIDED
    result = envelope.body.get("result")
    if result is not None:
        yield Hit("/result", f"the answer failed ({_how(envelope)}), but there is a result: {excerpt(result, 120)}")


@rule("MC206", on=Answer, in_batches=True)
def undeclared_success(answer: Answer) -> Iterator[Ruling]:
    """A success has status 200, the only one that is declared."""
    if answer.operation is None or answer.status is None or answer.status >= 400:
        return
    # Other clients may be redirected, from http to https or to a cache's own copy (RFC 9110, 15.4). Probes ask the right URL.
    # A redirect of a request without a valid credential is MC701 to MC703.
    if answer.redirected and answer.credential is not Credential.VALID:
        return
    yield DECIDED
    if answer.operation.schema_of(answer.status) is None:
        declared = ", ".join(status for status in answer.operation.schemas if status < "4")
        yield Hit("", f"the status is {answer.status}; a success must have {declared}")


@rule("MC207", on=Answer, in_batches=True)
def undeclared_status(answer: Answer) -> Iterator[Ruling]:
    """A refusal has a status that the operation declares, or one that any path and any request may get."""
    if answer.operation is None or answer.status is None or not answer.refused:
        return
    yield DECIDED
    if answer.operation.schema_of(answer.status) is None and answer.status not in _OF_HTTP:
        declared = ", ".join(sorted(status for status in answer.operation.schemas if status.startswith("4")))
        yield Hit("", f"the status is {answer.status}; {answer.operation.id} declares {declared}")


def _failed(envelope: Envelope) -> bool:
    status = envelope.answer.status
    return status >= 400 if status is not None else envelope.body.get("success") is False


def _how(envelope: Envelope) -> str:
    status = envelope.answer.status
    return "success is false" if status is None else f"status {status}"


RULES = (
    success_contradicts_status,
    failure_without_error,
    error_on_success,
    missing_envelope,
    result_on_failure,
    undeclared_success,
    undeclared_status,
)
