"""MC6xx: requests that a client or a proxy recorded. A request that a probe malformed on purpose is not judged."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from dataclasses import replace

from mconn_contracts.contract.api import LARGEST_INTEGER
from mconn_contracts.contract.document import Operation
from mconn_contracts.judge.reading.calls import EVENT_ID, Call, is_integer
from mconn_contracts.judge.reading.views import Answer
from mconn_contracts.judge.rules.rule import DECIDED, Hit, Predicate, Rule, Ruling, rule
from mconn_contracts.model.finding import Severity
from mconn_contracts.wire.decoding import excerpt
from mconn_contracts.wire.redaction import BEARER, REPLACED


def _of_a_request(code: str) -> Callable[[Predicate[Answer]], Rule[Answer]]:
    """As `rule`, but a fault of a request that was refused is only a warning, because it did no harm."""

    def register(predicate: Predicate[Answer]) -> Rule[Answer]:
        @functools.wraps(predicate)
        def weighed(answer: Answer) -> Iterator[Ruling]:
            for outcome in predicate(answer):
                if isinstance(outcome, Hit) and answer.refused:
                    yield replace(outcome, at_most=Severity.WARNING)
                else:
                    yield outcome

        return rule(code, on=Answer, in_batches=True)(weighed)

    return register


def _recorded(answer: Answer) -> tuple[Call, Operation] | None:
    if answer.exchange.intent is not None or answer.exchange.negative or answer.call is None or answer.operation is None:
        return None
    return answer.call, answer.operation


@_of_a_request("MC601")
def malformed_event_id(answer: Answer) -> Iterator[Ruling]:
    """An event id is `digits.digits`."""
    recorded = _recorded(answer)
    if recorded is None or EVENT_ID not in recorded[0].path:
        return
    yield DECIDED
    if recorded[0].identity is None:
        seen = excerpt(recorded[0].path[EVENT_ID])
        yield Hit("", f"the event id is {seen}; it must be t and n in decimal digits, such as 1700000000.3")


@_of_a_request("MC602")
def missing_parameter(answer: Answer) -> Iterator[Ruling]:
    """Required parameters are present."""
    recorded = _recorded(answer)
    if recorded is None:
        return
    yield DECIDED
    for parameter in recorded[1].parameters:
        if parameter.location == "query" and parameter.required and recorded[0].first(parameter.name) is None:
            yield Hit("", f"the query has no {parameter.name!r}, which {recorded[1].id} requires", spec=parameter.pointer)


@_of_a_request("MC603")
def malformed_parameter(answer: Answer) -> Iterator[Ruling]:
    """Numbers in the query are integers within their declared bounds."""
    recorded = _recorded(answer)
    if recorded is None:
        return
    for parameter in recorded[1].parameters:
        value = recorded[0].first(parameter.name)
        if parameter.location != "query" or parameter.schema.get("type") != "integer" or value is None:
            continue
        yield DECIDED
        low = int(parameter.schema.get("minimum", 0))
        high = int(parameter.schema.get("maximum", LARGEST_INTEGER))
        if not is_integer(value):
            yield Hit(
                "",
                f"{parameter.name} is {excerpt(value)}, but must be an integer in decimal digits",
                spec=parameter.pointer,
            )
        elif len(value) > 20 or not low <= int(value) <= high:
            yield Hit("", f"{parameter.name} is {excerpt(value)}, but must be from {low} to {high}", spec=parameter.pointer)


@_of_a_request("MC604")
def malformed_credential(answer: Answer) -> Iterator[Ruling]:
    """A credential has one of the two forms. A recording without credentials may have been stripped, so it decides nothing."""
    recorded = _recorded(answer)
    request = answer.exchange.request
    if recorded is None or request is None:
        return
    sent = {name.lower(): value for name, value in request.headers}
    bearer, email, key = sent.get("authorization"), sent.get("x-auth-email"), sent.get("x-auth-key")
    if bearer is None and email is None and key is None:
        return
    if bearer is not None and not BEARER.match(bearer) and REPLACED.search(bearer):
        return
    yield DECIDED
    if bearer is not None and not BEARER.match(bearer):
        yield Hit("", "Authorization is not `Bearer` and a token, as it must be")
    elif bearer is None and (email is None or key is None):
        have, lack = ("X-Auth-Email", "X-Auth-Key") if key is None else ("X-Auth-Key", "X-Auth-Email")
        yield Hit("", f"{have} is sent without {lack}; a request must have both")


@_of_a_request("MC605")
def repeated_parameter(answer: Answer) -> Iterator[Ruling]:
    """A query parameter is sent once."""
    recorded = _recorded(answer)
    if recorded is None:
        return
    yield DECIDED
    names = [name for name, _ in recorded[0].query]
    for parameter in recorded[1].parameters:
        if parameter.location == "query" and names.count(parameter.name) > 1:
            yield Hit(
                "",
                f"{parameter.name} is sent {names.count(parameter.name)} times; it must be sent once",
                spec=parameter.pointer,
            )


@_of_a_request("MC606")
def undeclared_parameter(answer: Answer) -> Iterator[Ruling]:
    """A query parameter is one that the operation declares."""
    recorded = _recorded(answer)
    if recorded is None:
        return
    yield DECIDED
    declared = [parameter.name for parameter in recorded[1].parameters if parameter.location == "query"]
    for name in dict.fromkeys(name for name, _ in recorded[0].query):
        if name not in declared:
            allowed = f"it declares {', '.join(declared)}" if declared else "it declares no parameters"
            yield Hit("", f"{recorded[1].id} does not declare {excerpt(name)}; {allowed}")


@_of_a_request("MC607")
def malformed_account_id(answer: Answer) -> Iterator[Ruling]:
    """An account id has at most 32 characters."""
    recorded = _recorded(answer)
    if recorded is None:
        return
    call, operation = recorded
    for parameter in operation.parameters:
        if parameter.name == "account_id" and "account_id" in call.path:
            yield DECIDED
            seen, most = call.path["account_id"], int(parameter.schema.get("maxLength", 32))
            if len(seen) > most:
                yield Hit("", f"the account id has {len(seen)} characters; at most {most} are allowed", spec=parameter.pointer)


RULES = (
    malformed_event_id,
    missing_parameter,
    malformed_parameter,
    malformed_credential,
    repeated_parameter,
    undeclared_parameter,
    malformed_account_id,
)
