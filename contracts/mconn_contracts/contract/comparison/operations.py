"""The operations of two documents compared: their names, parameters, statuses and answers."""

from __future__ import annotations

from collections.abc import Iterator

from mconn_contracts.contract.comparison import members, words
from mconn_contracts.contract.comparison.authoring import NAMES, WORDS, Authoring
from mconn_contracts.contract.comparison.descriptions import described_anew, same_words
from mconn_contracts.contract.comparison.fact import Fact, Place, once
from mconn_contracts.contract.comparison.normal import Answer, Api, Operation, Parameter


def compare(before: Api, after: Api) -> list[Fact]:
    """What tells two documents apart, each change once; what is only written differently is one fact, the last."""
    authoring = Authoring()
    facts = once(_facts(before, after, authoring))
    return [*facts, *authoring.fact()]


def _facts(before: Api, after: Api, authoring: Authoring) -> Iterator[Fact]:
    for key in dict.fromkeys((*before.operations, *after.operations)):
        old, new = before.operations.get(key), after.operations.get(key)
        if old is not None and new is not None:
            yield from _of_operation(old, new, Place(key), authoring)
        elif new is not None:
            message = f"{words.of_operation(key)} is declared now"
            yield Fact("operation-added", words.of_operation(key), "", "declared", message, (Place(key),), ("", new.place))
        elif old is not None:
            message = f"{words.of_operation(key)} is no longer declared"
            yield Fact("operation-removed", words.of_operation(key), "declared", "", message, (Place(key),), (old.place, ""))


def _of_operation(before: Operation, after: Operation, place: Place, authoring: Authoring) -> Iterator[Fact]:
    spec = (before.place, after.place)
    old, new = _ids(before, after)
    if old != new:
        subject = words.of_operation(place.operation)
        message = f"The operationId of {subject} was {old or 'left out'}; it is {new or 'left out'} now"
        yield Fact("operation-id-changed", subject, old, new, message, (place,), spec)
    for index in range(2):
        if " ".join(before.words[index].split()) != " ".join(after.words[index].split()):
            authoring.differs(WORDS)
    for key in dict.fromkeys((*before.parameters, *after.parameters)):
        where = Place(place.operation, parameter=key)
        yield from _of_parameter(before.parameters.get(key), after.parameters.get(key), where, authoring)
    for status in sorted(before.answers.keys() | after.answers.keys()):
        where = Place(place.operation, status)
        yield from _of_answer(before.answers.get(status), after.answers.get(status), where, authoring)


def _ids(before: Operation, after: Operation) -> tuple[str, str]:
    """The operationIds to compare: each document's own where both are of one author, and else those of the vendor."""
    both_have = before.id != before.published_id and after.id != after.published_id
    if both_have and before.published_id == after.published_id:
        return before.id, after.id
    return before.published_id, after.published_id


def _of_parameter(before: Parameter | None, after: Parameter | None, place: Place, authoring: Authoring) -> Iterator[Fact]:
    named = after or before
    if named is None:
        return
    subject = f"{named.location} parameter `{place.parameter[1] if named.location != 'path' else named.name}`"
    if before is None and after is not None:
        said = f"{words.of_shape(after.shape)}, {_need(after)}"
        message = f"The {subject} is declared now ({said})"
        yield Fact("parameter-added", subject, "", said, message, (place,), ("", after.place), required=after.required)
    elif after is None and before is not None:
        said = f"{words.of_shape(before.shape)}, {_need(before)}"
        message = f"The {subject} is no longer declared; it was {said}"
        yield Fact("parameter-removed", subject, said, "", message, (place,), (before.place, ""), required=before.required)
    elif before is not None and after is not None:
        if before.name != after.name:
            authoring.differs(NAMES)
            subject = f"path parameter {place.parameter[1]}"
        if before.required != after.required:
            change = "parameter-required" if after.required else "parameter-optional"
            message = f"The {subject} is {_need(after)} now; it was {_need(before)}"
            spec = (before.place, after.place)
            yield Fact(change, subject, _need(before), _need(after), message, (place,), spec, required=after.required)
        yield from members.compare(before.shape, after.shape, place, subject, authoring)
        if not same_words(before.description, after.description):
            yield described_anew(subject, before.description, after.description, place, (before.place, after.place))


def _need(parameter: Parameter) -> str:
    return "required" if parameter.required else "optional"


def _of_answer(before: Answer | None, after: Answer | None, place: Place, authoring: Authoring) -> Iterator[Fact]:
    subject = f"status {place.status}"
    if before is None and after is not None:
        message = f"Status {place.status} is declared now"
        yield Fact("status-added", subject, "", "declared", message, (place,), ("", after.place))
    elif after is None and before is not None:
        message = f"Status {place.status} is no longer declared"
        yield Fact("status-removed", subject, "declared", "", message, (place,), (before.place, ""))
    elif before is not None and after is not None:
        spec = (before.place, after.place)
        if before.shape is not None and after.shape is not None:
            yield from members.compare(before.shape, after.shape, place, "body", authoring)
        elif before.shape is not after.shape:
            said = tuple("no JSON" if each.shape is None else words.of_shape(each.shape) for each in (before, after))
            yield Fact("type-changed", "body", said[0], said[1], f"The body was {said[0]}; it is {said[1]}", (place,), spec)
