"""What a revision of the document means for a server: which kinds are recorded, with which fields, and what else it must send."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import cycle
from typing import Any, Final
from urllib.parse import parse_qs

from mconn_contracts.contract.api import EVENT, GET, LATEST, LIST, SUMMARY
from mconn_contracts.contract.document import Document, escape
from mconn_contracts.errors import DocumentError
from mconn_contracts.server.api.fault import Hooks
from mconn_contracts.server.api.routing import split_target
from mconn_contracts.server.api.stages import HttpError, OperationId, Proceed, Query, Reason, RequestContext, Selection
from mconn_contracts.server.data.events import KINDS, StoredEvent

_EXAMPLES: Final = "/components/responses/RecordedEvent/content/application~1json/examples"
_COMMON_KIND: Final = "Reconcile"
_DEPTH: Final = 20
_LONGEST: Final = 1_000


@dataclass(frozen=True, slots=True)
class Revision:
    """A revision, as far as a server differs by it.

    `payloads` is what `e` looks like, by kind. `versions` says whether an event has `v`, `filter` whether lists are filtered
    by `k`. `members` are the required members, by schema, that the reference server would not send, each with a value;
    `parameters` are the required ones of each operation's query that it would not ask for.
    """

    payloads: Mapping[str, Mapping[str, Any]]
    versions: bool
    filter: bool
    members: Mapping[str, Mapping[str, Any]]
    parameters: Mapping[str, tuple[str, ...]]

    def recorded(self, events: Iterable[StoredEvent]) -> Iterator[StoredEvent]:
        """Synthetic events as this revision has them: no kind that it lacks, and each of its new ones in turn.

        What is merely frequent makes room for the new kinds, so that times and numbers stay as they are.
        """
        new = [kind for kind in self.payloads if kind not in KINDS]
        turns, frequent = cycle(new), 0
        for event in events:
            frequent += event.kind == _COMMON_KIND
            kind = event.kind
            if new and kind == _COMMON_KIND and frequent % 2 == 0:
                kind = next(turns)
            if kind not in self.payloads:
                continue
            e = event.e if kind == event.kind else {}
            yield replace(event, e={**self.payloads[kind], **e})

    def hooks(self) -> Hooks:
        """What makes a server answer as this revision has it."""
        return Hooks(refusal=self._refusal, query=self._query, selection=self._selection, result=self._result)

    def _refusal(self, refusal: HttpError, context: RequestContext) -> HttpError | Proceed:
        known = refusal.reason is Reason.KIND and (not self.filter or first_parameter(context.request.url, "k") in self.payloads)
        return Proceed(None) if known else refusal

    def _query(self, query: Query, _: RequestContext) -> Query:
        return query if self.filter else replace(query, kind=None)

    def _selection(self, selection: Selection, context: RequestContext) -> Selection:
        operation = context.operation
        for name in () if operation is None else self.parameters[operation.value]:
            if first_parameter(context.request.url, name) is None:
                raise HttpError(Reason.PARAMETER_MISSING, 400, 1000, f"Parameter {name} is required", subject=name)
        if self.versions:
            return selection
        return replace(selection, events=tuple(replace(event, v=None) for event in selection.events))

    def _result(self, result: Any, context: RequestContext) -> Any:
        if context.operation is OperationId.GET:
            return {**self.members[EVENT], **result}
        endpoint = LIST if context.operation is OperationId.LIST else LATEST
        items = [{**self.members[endpoint.item or EVENT], **item} for item in result["items"]]
        return {**self.members[endpoint.model], **result, "items": items}


def first_parameter(url: str, name: str) -> str | None:
    """The first value of a parameter of a target's query, None if it is not there."""
    return next(iter(parse_qs(split_target(url)[1], keep_blank_values=True).get(name, ())), None)


_SENT: Final[Mapping[str, frozenset[str]]] = {
    EVENT: frozenset({"e", "n", "t", "v"}),
    SUMMARY: frozenset({"a", "k", "n", "t"}),
    LIST.model: frozenset({"count", "items", "cursor"}),
    LATEST.model: frozenset({"count", "items"}),
}
_ASKED: Final = frozenset({"from", "to", "limit", "cursor", "k"})


def revision_of(document: Document) -> Revision:
    """What a document, with its overlays, asks of a server."""
    examples = _examples(document)
    parameters = {each.id: each.parameters for each in document.operations}
    return Revision(
        {kind: examples.get(kind) or _payload(document, kind) for kind in document.kinds},
        "v" in document.resolve(document.schema_pointer(EVENT))[0].get("properties", {}),
        any(each.name == "k" for each in parameters[LIST.operation]),
        {name: _missing(document, name, sent) for name, sent in _SENT.items()},
        {
            endpoint.operation: tuple(
                each.name
                for each in parameters[endpoint.operation]
                if each.location == "query" and each.required and each.name not in _ASKED
            )
            for endpoint in (LIST, LATEST, GET)
        },
    )


def _examples(document: Document) -> dict[str, Mapping[str, Any]]:
    """The payloads of the document's examples, by kind."""
    try:
        names = document.at(_EXAMPLES)
    except DocumentError:
        return {}
    found = {}
    for name in names:
        e = document.resolve(f"{_EXAMPLES}/{escape(name)}")[0]["value"]["result"]["e"]
        found[e["k"]] = e
    return found


def _payload(document: Document, kind: str) -> dict[str, Any]:
    """A payload of a kind without an example, by its schema."""
    event, pointer = document.resolve(document.schema_pointer("Event"))
    if "discriminator" in event:
        index = document.kinds.index(kind)
        return dict(_value(document, f"{pointer}/oneOf/{index}", _DEPTH))
    return {**_value(document, pointer, _DEPTH), "k": kind}


def _missing(document: Document, name: str, sent: frozenset[str]) -> dict[str, Any]:
    schema, pointer = document.resolve(document.schema_pointer(name))
    missing = [each for each in schema.get("required", ()) if each not in sent]
    return {each: _value(document, f"{pointer}/properties/{escape(each)}", _DEPTH) for each in missing}


def _value(document: Document, pointer: str, depth: int) -> Any:
    """A value that a schema allows, as far as it says it plainly: an example, a constant, or the least of its type."""
    schema, pointer = document.resolve(pointer)
    for word in ("const", "example", "default"):
        if word in schema:
            return schema[word]
    for word in ("examples", "enum"):
        if schema.get(word):
            return schema[word][0]
    for word in ("oneOf", "anyOf", "allOf"):
        if schema.get(word):
            return _value(document, f"{pointer}/{word}/0", depth - 1)
    kind = schema.get("type", "object")
    if isinstance(kind, list):
        kind = kind[0]
    if kind == "object":
        if depth == 0:
            return {}
        required = schema.get("required", ())
        return {name: _value(document, f"{pointer}/properties/{escape(name)}", depth - 1) for name in required}
    if kind == "array":
        return [_value(document, f"{pointer}/items", depth - 1)] * min(schema.get("minItems", 0), _LONGEST)
    if kind == "string":
        return "x" * max(1, min(schema.get("minLength", 1), _LONGEST))
    return {"boolean": False, "null": None}.get(kind, schema.get("minimum", 0))
