"""A document changed so that it promises what another does."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from mconn_contracts.contract.comparison import members
from mconn_contracts.contract.comparison.authoring import Authoring
from mconn_contracts.contract.comparison.fact import Place
from mconn_contracts.contract.comparison.members import of_integers
from mconn_contracts.contract.comparison.normal import Answer, Api, Kind, Operation, Parameter, Shape, Union
from mconn_contracts.contract.comparison.reading import PUBLISHED_ID, normal_form
from mconn_contracts.contract.comparison.schemas import Writer
from mconn_contracts.contract.document import Document, escape, tokens
from mconn_contracts.contract.unions import component_name

_OF_AN_OBJECT = ("anyOf", "allOf", "type", "properties", "required", "additionalProperties")
_PROMISES: Mapping[str, frozenset[str]] = {"k": frozenset({"kind-filter-ignored", "filter-incomplete"})}
"""The statements about a parameter of lists, by their names: nothing is promised of one that is not declared."""


def agreeing(document: Document, wanted: Api) -> Document:
    """The document with as little changed as makes it promise what `wanted` does.

    What it has beyond promises stays: words, examples, statements. An operation that `wanted` lacks stays as well, and so do
    the kinds of a union that `wanted` lets be of any kind: nothing of ours could be judged without them.
    """
    agreement = _Agreement(document)
    has = normal_form(document)
    for key, operation in wanted.operations.items():
        if key in has.operations:
            agreement.operation(has.operations[key], operation)
        else:
            agreement.add(operation)
    return Document(agreement.raw, document.source, document.overlays)


class _Agreement:
    def __init__(self, document: Document) -> None:
        self.raw: dict[str, Any] = copy.deepcopy(dict(document.raw))
        self._document = document
        self._writer = Writer(is_30=str(document.raw.get("openapi", "")).startswith("3.0"))
        self._made: dict[str, Shape] = {}
        """By the place of each schema that was looked at, the shape that it has now."""
        self._answers: dict[str, Shape] = {}
        self._parameters: dict[str, Parameter] = {}
        """The same of responses and parameters, which several operations may refer to."""

    def operation(self, has: Operation, wanted: Operation) -> None:
        """Make an operation answer and take what another does."""
        value = self._at(has.place)
        if has.published_id != wanted.published_id and wanted.published_id:
            value[PUBLISHED_ID if PUBLISHED_ID in value else "operationId"] = wanted.published_id
        for key in dict.fromkeys((*has.parameters, *wanted.parameters)):
            self._parameter(has, has.parameters.get(key), wanted.parameters.get(key))
        for status in dict.fromkeys((*has.answers, *wanted.answers)):
            old, new = has.answers.get(status), wanted.answers.get(status)
            if new is None:
                del value["responses"][status]
            elif old is None:
                value["responses"][status] = self._like_another(has, status, new) or self._response(new, status)
            else:
                self._answer(has, status, old, new)

    def add(self, wanted: Operation) -> None:
        """Declare an operation that the document does not have."""
        parameters = [self._written(each) for each in wanted.parameters.values()]
        responses = {status: self._response(answer, status) for status, answer in wanted.answers.items()}
        value = {"operationId": wanted.id or f"{wanted.method} {wanted.path}", "parameters": parameters, "responses": responses}
        self.raw["paths"].setdefault(wanted.path, {})[wanted.method.lower()] = value

    def _parameter(self, has: Operation, old: Parameter | None, new: Parameter | None) -> None:
        if old is None and new is not None:
            self._at(has.place).setdefault("parameters", []).append(self._written(new))
        elif new is None and old is not None:
            self._without_parameter(has, old)
        elif old is not None and new is not None:
            known = self._parameters.setdefault(old.place, new)
            if known.required != new.required or not _same(known.shape, new.shape):
                self._override(has, old, new)
                return
            value = self._at(old.place)
            if old.required != new.required:
                value["required"] = new.required
            if "schema" in value:
                self._shape(f"{old.place}/schema", old.shape, new.shape)

    def _override(self, has: Operation, old: Parameter, new: Parameter) -> None:
        """Give an operation a parameter of its own in place of one that others have as well."""
        own = self._at(has.place).setdefault("parameters", [])
        for index, each in enumerate(own):
            if self._named(each) == (old.name, old.location):
                own[index] = self._written(replace(new, name=old.name))
                return
        own.append(self._written(replace(new, name=old.name)))

    def _named(self, parameter: Mapping[str, Any]) -> tuple[str, str]:
        value = self._at(parameter["$ref"][1:]) if "$ref" in parameter else parameter
        return value["name"], value["in"]

    def _without_parameter(self, has: Operation, old: Parameter) -> None:
        for holder in (self._at(has.place), self._at(has.place.rpartition("/")[0])):
            for index, each in enumerate(holder.get("parameters", [])):
                if self._named(each) == (old.name, old.location):
                    del holder["parameters"][index]
                    break
            said = holder.get("x-contracts")
            if said is not None:
                holder["x-contracts"] = [each for each in said if each.get("name") not in _PROMISES.get(old.name, ())]
        _without_links(self.raw, has.id, old.name)

    def _written(self, parameter: Parameter) -> dict[str, Any]:
        written: dict[str, Any] = {"name": parameter.name, "in": parameter.location}
        if parameter.required:
            written["required"] = True
        if parameter.description:
            written["description"] = parameter.description
        return {**written, "schema": self._writer.schema(parameter.shape)}

    def _like_another(self, has: Operation, status: str, wanted: Answer) -> Any:
        """The answer that another operation has with that status, or this one with one of its class, if it is the one."""
        places = [f"{path}/{method}" for path, methods in self._paths() for method in methods]
        for place in (*places, has.place):
            responses = self._at(place).get("responses", {})
            for other, said in responses.items():
                if other != status and (place != has.place or other[:1] != status[:1]):
                    continue
                held = said["$ref"][1:] if "$ref" in said else f"{place}/responses/{other}"
                known = self._made.get(f"{held}/content/application~1json/schema")
                if known is not None and wanted.shape is not None and _same(known, wanted.shape):
                    return copy.deepcopy(said)
        return None

    def _paths(self) -> list[tuple[str, list[str]]]:
        return [
            (f"/paths/{escape(path)}", [key for key, each in item.items() if isinstance(each, dict) and "responses" in each])
            for path, item in self.raw["paths"].items()
        ]

    def _response(self, answer: Answer, status: str) -> dict[str, Any]:
        if answer.shape is None:
            return {"description": f"Status {status}."}
        content = {"application/json": {"schema": self._writer.schema(answer.shape)}}
        return {"description": f"Status {status}.", "content": content}

    def _answer(self, has: Operation, status: str, old: Answer, new: Answer) -> None:
        known = self._answers.setdefault(old.place, new.shape) if new.shape is not None else None
        if known is not None and new.shape is not None and not _same(known, new.shape):
            self._at(has.place)["responses"][status] = self._response(new, status)
        elif old.shape is not None and new.shape is not None:
            content = self._at(old.place)["content"]
            media = next(name for name in content if name.startswith("application/json"))
            self._shape(f"{old.place}/content/{escape(media)}/schema", old.shape, new.shape)
        elif old.shape is not new.shape:
            # Others may refer to the same response.
            self._at(has.place)["responses"][status] = self._response(new, status)

    def _shape(self, place: str, old: Shape, new: Shape) -> None:
        """Make the schema at a place, or what it refers to, of another shape."""
        target = self._resolved(place)
        known = self._made.get(target)
        if known is not None:
            if not _same(known, new):
                self._put(place, self._writer.schema(new))
                self._made[place] = new
            return
        self._made[target] = new
        if _same(old, new):
            self._follow(target, old, new)
            return
        value = self._at(target)
        if old.union is not None and new.union is not None:
            self._union(value, old.union, new.union)
        elif self._is_in_one_place(value, old, new):
            self._edit(target, value, old, new)
        else:
            said = value if isinstance(value, dict) and "never" not in new.types else {}
            kept = {key: each for key, each in said.items() if key.startswith("x-") or key == "description"}
            self._put(target, {**kept, **self._writer.schema(_like(old, new))})

    def _follow(self, target: str, old: Shape, new: Shape) -> None:
        """Note the shapes of all that a schema holds which stays as it is."""
        value = self._at(target)
        if not isinstance(value, dict):
            return
        for name, each in new.fields.items():
            if name in value.get("properties", {}) and name in old.fields:
                self._shape(f"{target}/properties/{escape(name)}", old.fields[name].shape, each.shape)
        if new.items is not None and old.items is not None and "items" in value:
            self._shape(f"{target}/items", old.items, new.items)

    @staticmethod
    def _is_in_one_place(value: Any, old: Shape, new: Shape) -> bool:
        """Whether a schema says all of a shape by itself, so that parts of it can be edited."""
        if not isinstance(value, dict) or value.keys() & {"allOf", "anyOf", "oneOf"} or old.union or new.union:
            return False
        if not new.types or "never" in new.types:
            return False
        return not new.alternatives and value.get("properties", {}).keys() == old.fields.keys()

    def _edit(self, target: str, value: dict[str, Any], old: Shape, new: Shape) -> None:
        plain = self._writer.value(_like(old, Shape(new.types, new.bounds, open=new.open)))
        for keyword in (*old.bounds, "type", "nullable", "const", "additionalProperties"):
            if keyword not in plain:
                value.pop(keyword, None)
        value |= {key: each for key, each in plain.items() if key != "enum" or "const" not in value or len(each) != 1}
        if "enum" in plain and value.get("const") not in plain["enum"]:
            value.pop("const", None)
        if old.fields or new.fields:
            self._edit_fields(target, value, old, new)
        if new.items is None:
            value.pop("items", None)
        elif old.items is None or "items" not in value:
            value["items"] = self._writer.schema(new.items)
        else:
            self._shape(f"{target}/items", old.items, new.items)

    def _edit_fields(self, target: str, value: dict[str, Any], old: Shape, new: Shape) -> None:
        properties = value.setdefault("properties", {})
        for name in old.fields:
            if name not in new.fields:
                del properties[name]
        for name, each in new.fields.items():
            if name in old.fields:
                self._shape(f"{target}/properties/{escape(name)}", old.fields[name].shape, each.shape)
            else:
                properties[name] = self._writer.schema(each.shape)
        required = [name for name in value.get("required", []) if name in new.fields and new.fields[name].required]
        required += [name for name, each in new.fields.items() if each.required and name not in required]
        value["required"] = required
        if not required:
            del value["required"]

    def _union(self, value: dict[str, Any], old: Union, new: Union) -> None:
        """Rewrite a union in the form that our documents have: one object, or a discriminated `oneOf` of components."""
        union = new if new.others is None else _with_kinds_of(new, old)
        first = next(iter(union.kinds.values()))
        alike = all((kind.fields, kind.open) == (first.fields, first.open) for kind in union.kinds.values())
        was_tagged = self._is_tagged(value)
        for keyword in _OF_AN_OBJECT:
            value.pop(keyword, None)
        if alike and (first.open or not was_tagged):
            for each in value.pop("oneOf", []) if was_tagged else []:
                self._drop(each["$ref"])
            value.pop("oneOf", None)
            value.pop("discriminator", None)
            value |= {**self._writer.one_object(union), "description": _described(union)}
        else:
            self._tagged(value, old, union)

    @staticmethod
    def _is_tagged(value: Mapping[str, Any]) -> bool:
        return "oneOf" in value and isinstance(value.get("discriminator", {}).get("mapping"), dict)

    def _tagged(self, value: dict[str, Any], old: Union, union: Union) -> None:
        schemas = self.raw.setdefault("components", {}).setdefault("schemas", {})
        mapping = dict(value["discriminator"]["mapping"]) if self._is_tagged(value) else {}
        for name in list(mapping):
            if name not in union.kinds:
                self._drop(mapping.pop(name))
        for name, kind in union.kinds.items():
            written = self._writer.member(union, name, kind)
            if name not in mapping:
                component = _free(component_name(name), schemas)
                schemas[component] = {"title": name, **written}
                mapping[name] = f"#/components/schemas/{component}"
            elif name not in old.kinds or old.tag_required != union.tag_required or not _same_kind(old.kinds[name], kind):
                member = self._at(mapping[name][1:])
                for keyword in ("required", "properties", "additionalProperties"):
                    member.pop(keyword, None)
                member |= {key: each for key, each in written.items() if key != "description" or key not in member}
        value["oneOf"] = [{"$ref": reference} for reference in mapping.values()]
        value["discriminator"] = {"propertyName": union.tag, "mapping": mapping}
        value.pop("description", None)

    def _drop(self, reference: str) -> None:
        """Take out a component that nothing refers to any more."""
        self.raw["components"]["schemas"].pop(tokens(reference)[-1], None)

    def _at(self, place: str) -> Any:
        value: Any = self.raw
        for token in tokens(place):
            value = value[int(token)] if isinstance(value, list) else value[token]
        return value

    def _resolved(self, place: str) -> str:
        value = self._at(place)
        while isinstance(value, dict) and "$ref" in value:
            place = value["$ref"][1:]
            value = self._at(place)
        return place

    def _put(self, place: str, value: Any) -> None:
        holder, _, last = place.rpartition("/")
        held = self._at(holder)
        held[int(last) if isinstance(held, list) else tokens(f"/{last}")[0]] = value


def _same(first: Shape, second: Shape) -> bool:
    """Whether nothing but authoring and words tells two shapes apart."""
    facts = members.compare(first, second, Place(""), "", Authoring())
    return first == second or all(each.name == "description-changed" for each in facts)


def _same_kind(first: Kind, second: Kind) -> bool:
    both = [Shape(frozenset({"object"}), fields=each.fields, open=each.open) for each in (first, second)]
    return _same(both[0], both[1])


def _like(old: Shape, new: Shape) -> Shape:
    """A shape with integers, and their bounds, where the old one has them for numbers."""
    if "integer" not in old.types or "number" not in new.types:
        return new
    usual = {key: each for key, each in old.bounds.items() if of_integers(key, each)}
    return replace(new, types=(new.types - {"number"}) | {"integer"}, bounds={**usual, **new.bounds})


def _described(union: Union) -> str:
    """The description of an object of several kinds, with what each means."""
    lines = [f"- `{name}`: {' '.join(kind.description.split())}" for name, kind in union.kinds.items() if kind.description]
    return "\n".join(("The kind of an event, and whatever fields events of that kind have.", "", *lines, ""))


def _with_kinds_of(union: Union, old: Union) -> Union:
    """A union that may be of any kind, with the kinds of another listed."""
    assert union.others is not None  # noqa: S101 - the caller knows
    listed: dict[str, Kind] = {name: union.kinds.get(name, union.others) for name in (*old.kinds, *union.kinds)}
    return Union(union.tag, listed, None, union.tag_required)


def _free(name: str, taken: Mapping[str, Any]) -> str:
    while name in taken:
        name = f"{name}Kind"
    return name


def _without_links(raw: Mapping[str, Any], operation: str, name: str) -> None:
    """Take a parameter out of the links that lead to an operation."""
    for response in raw.get("components", {}).get("responses", {}).values():
        for link in response.get("links", {}).values():
            if link.get("operationId") == operation:
                link.get("parameters", {}).pop(name, None)
