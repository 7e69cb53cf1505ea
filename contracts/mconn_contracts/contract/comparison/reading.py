"""A document read into its normal form."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from mconn_contracts.contract.comparison.normal import Answer, Api, Operation, Parameter
from mconn_contracts.contract.comparison.scope import METHODS, is_of_this_api, names_in, template, unnamed_id
from mconn_contracts.contract.comparison.shapes import Schemas
from mconn_contracts.contract.document import Document, escape
from mconn_contracts.errors import DocumentError

_JSON = "application/json"
PUBLISHED_ID = "x-vendor-operation-id"
"""Where our document says the vendor's operationId, beside its own."""


def normal_form(document: Document, name: str = "") -> Api:
    """What a document promises of this API; `name` is what people call it.

    DocumentError if it has no operation of this API, or something cannot be read; it names the place.
    """
    reader = _Reader(document)
    operations = dict(reader.operations())
    if not operations:
        raise DocumentError(f"{document.source}: has no operation of this API; its paths start with /accounts")
    return Api(operations, name or document.source)


class _Reader:
    def __init__(self, document: Document) -> None:
        self._document = document
        self._schemas = Schemas(document)

    def operations(self) -> Iterator[tuple[str, Operation]]:
        """Each operation of this API, by its method and path."""
        for path in self._object("/paths"):
            if not is_of_this_api(path):
                continue
            place = f"/paths/{escape(path)}"
            for method in METHODS:
                if method in self._object(place):
                    yield f"{method.upper()} {template(path)}", self._operation(method, path, place)

    def _operation(self, method: str, path: str, item: str) -> Operation:
        place = self._document.resolve(f"{item}/{method}")[1]
        value = self._object(place)
        said = value.get("operationId")
        named = said if isinstance(said, str) and said != unnamed_id(method, path) else ""
        published = value.get(PUBLISHED_ID)
        return Operation(
            method=method.upper(),
            path=path,
            id=named,
            published_id=published if isinstance(published, str) else named,
            parameters=dict(self._parameters(path, self._document.resolve(item)[1], place)),
            answers=dict(self._answers(place)),
            words=(str(value.get("summary", "")), str(value.get("description", ""))),
            place=place,
        )

    def _parameters(self, path: str, *holders: str) -> Iterator[tuple[tuple[str, str], Parameter]]:
        """The parameters of a path item, then those of its operation, which replace the former of the same name."""
        indexes = {name: str(index) for index, name in enumerate(names_in(path))}
        for holder in holders:
            listed = self._object(holder).get("parameters", [])
            if not isinstance(listed, list):
                raise DocumentError(f"{self._document.source}: {holder}/parameters is not an array")
            for index in range(len(listed)):
                place = self._document.resolve(f"{holder}/parameters/{index}")[1]
                value = self._object(place)
                name, location = value.get("name"), value.get("in")
                if not isinstance(name, str) or not isinstance(location, str):
                    raise DocumentError(f"{self._document.source}: the parameter at {place} has no `name`, or no `in`")
                key = (location, indexes.get(name, name) if location == "path" else name)
                shape = self._schemas.at(self._schema_of(value, place))
                words = value.get("description")
                yield (
                    key,
                    Parameter(
                        name, location, value.get("required") is True, shape, words if isinstance(words, str) else "", place
                    ),
                )

    def _schema_of(self, value: Mapping[str, Any], place: str) -> str:
        if "schema" in value:
            return f"{place}/schema"
        content = value.get("content")
        if not isinstance(content, Mapping) or len(content) != 1:
            raise DocumentError(f"{self._document.source}: the parameter at {place} has neither a `schema` nor one `content`")
        return f"{place}/content/{escape(next(iter(content)))}/schema"

    def _answers(self, operation: str) -> Iterator[tuple[str, Answer]]:
        responses = self._object(operation).get("responses", {})
        if not isinstance(responses, Mapping):
            raise DocumentError(f"{self._document.source}: {operation}/responses is not an object")
        for status in responses:
            if str(status).startswith("x-"):
                continue
            place = self._document.resolve(f"{operation}/responses/{escape(str(status))}")[1]
            content = self._object(place).get("content", {})
            media = next((each for each in content if str(each).partition(";")[0].strip() == _JSON), None)
            held = f"{place}/content/{escape(str(media))}"
            shape = self._schemas.at(f"{held}/schema") if media is not None and "schema" in self._object(held) else None
            yield str(status), Answer(shape, place)

    def _object(self, place: str) -> Mapping[str, Any]:
        value = self._document.resolve(place)[0]
        if not isinstance(value, Mapping):
            raise DocumentError(f"{self._document.source}: {place} is not an object")
        return value
