"""Faults of access, refusals and limits (MC7xx)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from mconn_contracts.server.api.fault import Fault, with_kind, with_limit, with_status
from mconn_contracts.server.api.routing import Route
from mconn_contracts.server.api.stages import Call, Onward, Operation, Query, Reason, Refusal
from mconn_contracts.server.data.events import Key
from mconn_contracts.server.data.lifecycle import ACCOUNT_ID, CONNECTOR_ID
from mconn_contracts.server.faults.transport import header

_Hook = Callable[[Refusal, Call], Refusal | Onward]


def _overlook(
    *reasons: Reason, value: Callable[[Call], Any] | None = None, subject: str | None = None, header: str | None = None
) -> _Hook:
    """Go on as a careless server would, or with `value`; only for one parameter, or where a header field is sent."""

    def hook(refusal: Refusal, call: Call) -> Refusal | Onward:
        if refusal.reason not in reasons or subject not in (None, refusal.subject):
            return refusal
        if header is not None and all(name.lower() != header for name, _ in call.request.headers):
            return refusal
        return Onward(refusal.otherwise if value is None else value(call))

    return hook


def _answer(*reasons: Reason, **changes: Any) -> _Hook:
    """Refuse in other words."""
    return lambda refusal, _: replace(refusal, **changes) if refusal.reason in reasons else refusal


def _newest(call: Call) -> Key:
    return next((event.key for event in call.store.newest(call.connector_id, 1)), Key(0, 0))


def _refuse(_query: Query, _call: Call) -> Query:
    raise Refusal(Reason.KIND, 400, 1001, "Parameter k is not supported")


_TRACE = (
    'Traceback (most recent call last):\n  File "/srv/telemetry/app/events.py", line 118, in list_events\n'
    "ValueError: invalid literal for int() with base 10"
)

FAULTS = (
    Fault(
        name="no-credential-accepted",
        code="MC701",
        summary="A request without a credential is answered.",
        when=lambda call: not {"authorization", "x-auth-email"} & {name.lower() for name, _ in call.request.headers},
        refusal=_overlook(Reason.CREDENTIAL_MISSING),
    ),
    Fault(
        name="accepts-any-credential",
        code="MC702",
        summary="Wrong and malformed credentials are accepted; there must only be one.",
        refusal=_overlook(Reason.CREDENTIAL_WRONG, Reason.CREDENTIAL_MALFORMED),
    ),
    Fault(
        name="wrong-credential-accepted",
        code="MC702",
        summary="A well-formed credential that is nobody's is accepted.",
        refusal=_overlook(Reason.CREDENTIAL_WRONG),
    ),
    Fault(
        name="wrong-key-accepted",
        code="MC702",
        summary="With `X-Auth-Email`, any key is accepted.",
        refusal=_overlook(Reason.CREDENTIAL_WRONG, header="x-auth-email"),
    ),
    Fault(
        name="malformed-credential-accepted",
        code="MC703",
        summary="A malformed credential is accepted.",
        refusal=_overlook(Reason.CREDENTIAL_MALFORMED),
    ),
    Fault(
        name="missing-key-accepted",
        code="MC703",
        summary="`X-Auth-Email` needs no key.",
        refusal=_overlook(Reason.CREDENTIAL_MISSING, header="x-auth-email"),
    ),
    Fault(
        name="missing-parameter-accepted",
        code="MC704",
        summary="`from` and `to` have defaults.",
        refusal=_overlook(Reason.PARAMETER_MISSING),
    ),
    Fault(
        name="missing-end-accepted",
        code="MC704",
        summary="`to` has a default.",
        refusal=_overlook(Reason.PARAMETER_MISSING, subject="to"),
    ),
    Fault(
        name="malformed-parameter-accepted",
        code="MC705",
        summary="A parameter that is no number counts as absent.",
        refusal=_overlook(Reason.PARAMETER_MALFORMED),
    ),
    Fault(
        name="malformed-limit-accepted",
        code="MC705",
        summary="A `limit` that is no number counts as absent.",
        refusal=_overlook(Reason.PARAMETER_MALFORMED, subject="limit"),
    ),
    Fault(
        name="malformed-cursor-accepted",
        code="MC706",
        summary="A cursor that no page gave leads to the first page.",
        refusal=_overlook(Reason.CURSOR),
    ),
    Fault(
        name="malformed-event-id-accepted",
        code="MC707",
        summary="A malformed event id gets the newest event.",
        refusal=_overlook(Reason.EVENT_ID, value=_newest),
    ),
    Fault(
        name="server-error",
        code="MC708",
        summary="A malformed parameter gets 500.",
        refusal=_answer(Reason.PARAMETER_MALFORMED, status=500, message="Internal server error"),
    ),
    Fault(
        name="event-id-server-error",
        code="MC708",
        summary="A malformed event id gets 500.",
        refusal=_answer(Reason.EVENT_ID, status=500, message="Internal server error"),
    ),
    Fault(
        name="unknown-event-server-error",
        code="MC708",
        summary="An unknown event gets 500.",
        refusal=_answer(Reason.EVENT_UNKNOWN, status=500, message="Internal server error"),
    ),
    Fault(
        name="unknown-connector-shows-events",
        code="MC709",
        summary="A connector that does not exist shows another's events.",
        refusal=_overlook(Reason.CONNECTOR_UNKNOWN, value=lambda _: CONNECTOR_ID),
    ),
    Fault(
        name="foreign-account-shows-events",
        code="MC710",
        summary="The account in the path is ignored.",
        refusal=_overlook(Reason.ACCOUNT_FOREIGN, Reason.CONNECTOR_FOREIGN),
    ),
    Fault(
        name="undeclared-method-accepted",
        code="MC711",
        summary="Every method is a GET.",
        refusal=_overlook(Reason.METHOD),
    ),
    Fault(
        name="delete-accepted",
        code="MC711",
        summary="A DELETE is answered like a GET.",
        when=lambda call: call.request.method == "DELETE",
        refusal=_overlook(Reason.METHOD),
    ),
    Fault(
        name="unknown-route-accepted",
        code="MC712",
        summary="Every path that is not of the API shows the latest events.",
        refusal=_overlook(Reason.ROUTE, value=lambda _: Route(Operation.LATEST, ACCOUNT_ID, CONNECTOR_ID)),
    ),
    Fault(
        name="internals-leaked",
        code="MC713",
        summary="A refused parameter shows a stack trace.",
        refusal=_answer(Reason.PARAMETER_MALFORMED, message=_TRACE),
    ),
    Fault(
        name="path-leaked",
        code="MC713",
        summary="An unknown event's 404 shows a file path.",
        refusal=_answer(Reason.EVENT_UNKNOWN, message="No such file: /var/lib/telemetry/events.db"),
    ),
    Fault(
        name="retry-after-missing",
        code="MC714",
        summary="One request in 30 gets 429 without `Retry-After`.",
        behavior=lambda behavior, _: replace(behavior, throttle_every=30),
        refusal=_answer(Reason.THROTTLED, headers=()),
    ),
    Fault(
        name="retry-after-as-word",
        code="MC714",
        summary="One request in 30 gets 429 with `Retry-After: soon`.",
        behavior=lambda behavior, _: replace(behavior, throttle_every=30),
        refusal=_answer(Reason.THROTTLED, headers=(("Retry-After", "soon"),)),
    ),
    Fault(
        name="malformed-rate-limit",
        code="MC715",
        summary="`Ratelimit` is a bare number.",
        when=with_status(200),
        response=header("Ratelimit", "1199"),
    ),
    Fault(
        name="fair-request-refused",
        code="MC716",
        summary="Lists of the kind Init are refused.",
        when=with_kind("Init"),
        query=_refuse,
    ),
    Fault(
        name="limit-two-refused",
        code="MC716",
        summary="`limit=2` is refused.",
        when=with_limit(2),
        query=_refuse,
    ),
)
