"""Faults of access, refusals and limits (MC7xx)."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qs, unquote

from mconn_contracts.model.exchange import Response
from mconn_contracts.server.api.fault import Fault, When, after, all_of, on, with_kind, with_limit, with_status
from mconn_contracts.server.api.routing import Route, split_target
from mconn_contracts.server.api.stages import HttpError, OperationId, Proceed, Query, Reason, RequestContext
from mconn_contracts.server.data.events import Key
from mconn_contracts.server.data.lifecycle import ACCOUNT_ID, CONNECTOR_ID
from mconn_contracts.server.faults.transport import header, heads

_Hook = Callable[[HttpError, RequestContext], HttpError | Proceed]


def _overlook(
    *reasons: Reason, value: Callable[[RequestContext], Any] | None = None, subject: str | None = None, header: str | None = None
) -> _Hook:
    """Go on as a careless server would, or with `value`; only for one parameter, or where a header field is sent."""

    def hook(refusal: HttpError, context: RequestContext) -> HttpError | Proceed:
        if refusal.reason not in reasons or subject not in (None, refusal.subject):
            return refusal
        if header is not None and all(name.lower() != header for name, _ in context.request.headers):
            return refusal
        return Proceed(refusal.otherwise if value is None else value(context))

    return hook


def _answer(*reasons: Reason, **changes: Any) -> _Hook:
    """Refuse in other words."""
    return lambda refusal, _: replace(refusal, **changes) if refusal.reason in reasons else refusal


def _newest(context: RequestContext) -> Key:
    return next((event.key for event in context.store.newest(context.connector_id, 1)), Key(0, 0))


def _refuse(_query: Query, _call: RequestContext) -> Query:
    raise HttpError(Reason.KIND, 400, 1001, "Parameter k is not supported")


def _fail_on_bad_encoding(query: Query, _call: RequestContext) -> Query:
    if query.kind is not None and "\N{REPLACEMENT CHARACTER}" in query.kind:
        raise HttpError(Reason.MALFUNCTION, 500, 1009, "Internal server error")
    return query


def _asks(name: str) -> When:
    """On requests with a query parameter of that name."""
    return lambda context: name in parse_qs(split_target(context.request.url)[1])


def _without_credential(context: RequestContext) -> bool:
    return not {"authorization", "x-auth-email"} & {name.lower() for name, _ in context.request.headers}


def _leniently(pattern: str) -> _Hook:
    """Read a malformed event id by a pattern with two groups of digits."""

    def hook(refusal: HttpError, context: RequestContext) -> HttpError | Proceed:
        text = unquote(split_target(context.request.url)[0].rpartition("/")[2])
        found = re.fullmatch(pattern, text)
        if refusal.reason is not Reason.EVENT_ID or found is None:
            return refusal
        return Proceed(Key(int(found[1]), int(found[2])))

    return hook


def _nearly(same: Callable[[str, str], bool]) -> _Hook:
    """Take a wrong token for the main account's where the two are nearly the same."""

    def hook(refusal: HttpError, context: RequestContext) -> HttpError | Proceed:
        sent = next((value for name, value in context.request.headers if name.lower() == "authorization"), "")
        if refusal.reason not in (Reason.CREDENTIAL_WRONG, Reason.CREDENTIAL_MALFORMED):
            return refusal
        account = refusal.otherwise
        return Proceed(account) if same(sent.partition(" ")[2], account.token) else refusal

    return hook


def _login_page(response: Response, context: RequestContext) -> Response:
    page = b"<!doctype html><title>Sign in</title><form method=post><input name=user></form>"
    return header("Content-Type", "text/html")(replace(response, status=200, body=page), context)


_TRACE = (
    'Traceback (most recent call last):\n  File "/srv/telemetry/app/events.py", line 118, in list_events\n'
    "ValueError: invalid literal for int() with base 10"
)

FAULTS = (
    Fault(
        name="no-credential-accepted",
        code="MC701",
        summary="A request without a credential is answered.",
        when=_without_credential,
        refusal=_overlook(Reason.CREDENTIAL_MISSING),
    ),
    Fault(
        name="accepts-any-credential",
        code="MC702",
        summary="Any credential is accepted, even a wrong or malformed one.",
        refusal=_overlook(Reason.CREDENTIAL_WRONG, Reason.CREDENTIAL_MALFORMED),
    ),
    Fault(
        name="wrong-credential-accepted",
        code="MC702",
        summary="A well-formed credential that belongs to nobody is accepted.",
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
        name="no-credential-accepted-with-cursor",
        code="MC701",
        summary="A request with a cursor needs no credential.",
        when=_asks("cursor"),
        refusal=_overlook(Reason.CREDENTIAL_MISSING),
    ),
    Fault(
        name="no-credential-accepted-for-head",
        code="MC701",
        summary="HEAD needs no credential.",
        when=heads,
        refusal=_overlook(Reason.CREDENTIAL_MISSING),
    ),
    Fault(
        name="redirect-to-login",
        code="MC701",
        summary="A request without a credential is sent to a login page.",
        when=_without_credential,
        refusal=_answer(Reason.CREDENTIAL_MISSING, status=302, headers=(("Location", "/login"),)),
    ),
    Fault(
        name="login-page",
        code="MC701",
        summary="A request without a credential gets a login page with status 200.",
        when=_without_credential,
        response=_login_page,
    ),
    Fault(
        name="wrong-credential-accepted-with-kind",
        code="MC702",
        summary="With the filter `k`, a wrong credential is accepted.",
        when=_asks("k"),
        refusal=_overlook(Reason.CREDENTIAL_WRONG),
    ),
    Fault(
        name="wrong-credential-accepted-for-head",
        code="MC702",
        summary="HEAD accepts a wrong credential.",
        when=heads,
        refusal=_overlook(Reason.CREDENTIAL_WRONG),
    ),
    Fault(
        name="wrong-key-accepted-for-events",
        code="MC702",
        summary="For a single event, `X-Auth-Email` takes any key.",
        when=on(OperationId.GET),
        refusal=_overlook(Reason.CREDENTIAL_WRONG, header="x-auth-email"),
    ),
    Fault(
        name="longer-token-accepted",
        code="MC702",
        summary="A token is accepted if it begins with the true one.",
        refusal=_nearly(lambda sent, token: sent.startswith(token)),
    ),
    Fault(
        name="token-in-other-case-accepted",
        code="MC702",
        summary="Tokens are compared without regard to case.",
        refusal=_nearly(lambda sent, token: sent.lower() == token.lower()),
    ),
    Fault(
        name="spaced-token-accepted",
        code="MC703",
        summary="White space of every sort around a token is ignored.",
        refusal=_nearly(lambda sent, token: sent.strip() == token),
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
        summary="A parameter that is not a number counts as absent.",
        refusal=_overlook(Reason.PARAMETER_MALFORMED),
    ),
    Fault(
        name="malformed-limit-accepted",
        code="MC705",
        summary="A `limit` that is not a number counts as absent.",
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
        name="event-id-with-trailing-letters-accepted",
        code="MC707",
        summary="Letters after the digits of an event id are ignored.",
        refusal=_leniently(r"(\d{1,16})\.(\d{1,16})[A-Za-z]\w*"),
    ),
    Fault(
        name="event-id-with-sign-accepted",
        code="MC707",
        summary="An event id may have a sign.",
        refusal=_leniently(r"(\d{1,16})\.\+(\d{1,16})"),
    ),
    Fault(
        name="event-id-with-space-accepted",
        code="MC707",
        summary="An event id may have spaces.",
        refusal=_leniently(r"\s*(\d{1,16})\s*\.\s*(\d{1,16})\s*"),
    ),
    Fault(
        name="event-id-with-exponent-accepted",
        code="MC707",
        summary="An event id may have an exponent.",
        refusal=_leniently(r"(\d{1,16})\.(\d{1,16})e0"),
    ),
    Fault(
        name="event-id-with-leading-zeros-accepted",
        code="MC707",
        summary="An event id may have leading zeros.",
        refusal=_leniently(r"(\d{1,16})\.(\d{1,16})"),
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
        name="bad-encoding-server-error",
        code="MC708",
        summary="A kind that is not UTF-8 gets 500.",
        query=_fail_on_bad_encoding,
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
        when=lambda context: context.request.method == "DELETE",
        refusal=_overlook(Reason.METHOD),
    ),
    Fault(
        name="unknown-route-accepted",
        code="MC712",
        summary="Every path that is not of the API shows the latest events.",
        refusal=_overlook(Reason.ROUTE, value=lambda _: Route(OperationId.LATEST, ACCOUNT_ID, CONNECTOR_ID)),
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
    Fault(
        name="window-refused-later",
        code="MC716",
        summary="From the fiftieth request on, a list from 0 without a filter and without a limit is refused.",
        when=all_of(
            after(50), lambda context: context.query is not None and not context.query.explicit_limit and context.query.start == 0
        ),
        query=_refuse,
    ),
    Fault(
        name="credential-blamed",
        code="MC717",
        summary="A malformed parameter gets 401.",
        refusal=_answer(Reason.PARAMETER_MALFORMED, status=401),
    ),
    Fault(
        name="credential-blamed-for-event-id",
        code="MC717",
        summary="A malformed event id gets 401.",
        refusal=_answer(Reason.EVENT_ID, status=401),
    ),
)
