"""Judge JSON values by the document's schemas with `jsonschema`, one defect per fault, at its deepest pointer."""

from __future__ import annotations

import difflib
import functools
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, cast

from mconn_contracts.contract.api import LARGEST_INTEGER, LATEST_SECOND, UNION
from mconn_contracts.contract.document import Document, escape
from mconn_contracts.contract.revisions import OPEN_SINCE, field_known_since, judged_by, known_since
from mconn_contracts.judge.schemas.compiled import (
    DISCRIMINATOR,
    UNDECLARED,
    Compiled,
    Fault,
    InexpressibleError,
    Path,
    accepts,
    compile_schema,
)
from mconn_contracts.model.defect import Defect, DefectKind
from mconn_contracts.wire.arrays import ARRAY
from mconn_contracts.wire.decoding import excerpt

if TYPE_CHECKING:
    from jsonschema.exceptions import ValidationError
    from jsonschema.protocols import Validator

_BASE = "mconn:document"
MAX_MESSAGE = 300


class Schemas:
    """The schemas of one document. They are compiled on first use. Pointers are JSON pointers into the document.

    With `compiled`, `jsonschema` judges only where a schema cannot be compiled. The defects are the same.
    """

    def __init__(self, document: Document, *, compiled: bool = True) -> None:
        self.document = document
        self._wanted = compiled
        self._of_unions: dict[int, Mapping[str, str]] = {}

    def compiled(self, pointer: str) -> Compiled | None:
        """The compiled schema at `pointer`. None if it cannot be compiled, or if `compiled` is False."""
        return self._compile(pointer) if self._wanted else None

    def explain(self, value: Any, pointer: str) -> Iterator[Defect]:
        """Every defect of a value under the schema at `pointer`."""
        schema = self.compiled(pointer)
        faults: list[Fault] = []
        if schema is None:
            faults.extend(self._errors(value, pointer))
        elif not accepts(schema.type, value):
            schema.faults(value, (), faults)
        for fault in faults:
            if fault.validator != UNDECLARED:
                path = "".join(f"/{escape(str(token))}" for token in fault.path)
                yield Defect(self._kind(fault), path, shorten(_words(self._named(fault))), fault.place)
        if schema is None or any(fault.validator == UNDECLARED for fault in faults):
            yield from self.undeclared(value, pointer)

    def kinds(self, value: Any, pointer: str) -> list[DefectKind]:
        """The kinds of the defects that `explain` gives, without their words."""
        schema = self.compiled(pointer)
        if schema is None:
            return [defect.kind for defect in self.explain(value, pointer)]
        faults: list[Fault] = []
        schema.faults(value, (), faults)
        return [self._kind(fault) for fault in faults]

    def _errors(self, value: Any, pointer: str) -> Iterator[Fault]:
        """What `jsonschema` finds."""
        fractions: set[Path] = set()
        for error in self._validator(pointer).iter_errors(value):
            path = tuple(error.absolute_path)
            fault = Fault(str(error.validator), error.validator_value, error.instance, path, self._place(error, pointer))
            kind = _kind(fault)
            # A number that is both fractional and negative has one fault, not two.
            if kind is DefectKind.NUMBER_OUT_OF_RANGE and path in fractions:
                continue
            if kind is DefectKind.FRACTIONAL_NUMBER:
                fractions.add(path)
            yield fault

    def undeclared(self, value: Any, schema_pointer: str, pointer: str = "") -> Iterator[Defect]:
        """Every property that no declaration names, with the nearest declared name."""
        schema, place = self.document.resolve(schema_pointer)
        if isinstance(value, ARRAY):
            if "items" in schema:
                for index, item in enumerate(value):
                    yield from self.undeclared(item, f"{place}/items", f"{pointer}/{index}")
        elif isinstance(value, Mapping) and "oneOf" in schema:
            member = self._member(schema, value)
            if member is not None:
                yield from self.undeclared(value, member, pointer)
        elif isinstance(value, Mapping):
            properties = schema.get("properties", {})
            for name, child in value.items():
                if name in properties:
                    yield from self.undeclared(child, f"{place}/properties/{escape(name)}", f"{pointer}/{escape(name)}")
                elif properties and name not in schema.get("x-also-seen", ()) and "additionalProperties" not in schema:
                    words = f"{excerpt(name)} is not declared; the schema has {', '.join(properties)}{self._since(place, name)}"
                    where = f"{pointer}/{escape(name)}"
                    yield Defect(DefectKind.UNDECLARED_PROPERTY, where, shorten(words), f"{place}/properties")

    def _since(self, place: str, name: str) -> str:
        """The revision that has an undeclared property, as the end of a message. Empty if no revision has it."""
        since = field_known_since(place.rpartition("/")[2], name)
        if since is not None:
            return f"; it is declared since revision {since}: {judged_by(since)}"
        if place in self._events:
            return f"; since revision {OPEN_SINCE}, an event may have any field: {judged_by(OPEN_SINCE)}"
        return ""

    @functools.cached_property
    def _events(self) -> frozenset[str]:
        """The places of the schemas of events, where each kind has one."""
        event = self.document.resolve(self.document.schema_pointer(UNION))[0]
        return frozenset(self.document.resolve(each[1:])[1] for each in self.document.members(event).values())

    def _member(self, union: Mapping[str, Any], value: Mapping[str, Any]) -> str | None:
        """The pointer of the union's member that the discriminator names for a value, or None."""
        members = self._members(union)
        kind = value.get(union["discriminator"]["propertyName"]) if members else None
        target = members.get(kind) if isinstance(kind, str) else None
        return None if target is None else target[1:]

    def _members(self, union: Mapping[str, Any]) -> Mapping[str, str]:
        """The members of a union. They are read only once, because the document does not change."""
        if id(union) not in self._of_unions:
            self._of_unions[id(union)] = self.document.members(union)
        return self._of_unions[id(union)]

    @functools.lru_cache(maxsize=64)  # noqa: B019 - a Schemas lives as long as its run
    def _compile(self, pointer: str) -> Compiled | None:
        try:
            return compile_schema(self.document, pointer)
        except InexpressibleError:
            return None

    @functools.cached_property
    def _registry(self) -> Any:
        from referencing import Registry, Resource
        from referencing.jsonschema import DRAFT202012

        resource = Resource.from_contents(self.document.raw, default_specification=DRAFT202012)
        return Registry().with_resource(_BASE, resource)

    @functools.cached_property
    def _explaining(self) -> Any:
        return _explaining(self._members)

    @functools.lru_cache(maxsize=64)  # noqa: B019 - a Schemas lives as long as its run
    def _validator(self, pointer: str) -> Validator:
        return cast("Validator", self._explaining({"$ref": f"{_BASE}#{pointer}"}, registry=self._registry))

    def _kind(self, fault: Fault) -> DefectKind:
        return _kind(self._named(fault))

    def _named(self, fault: Fault) -> Fault:
        """The fault, as an unknown kind if it is a kind that the list of an open `Event` does not have."""
        unknown = fault.validator == "enum" and fault.place == self.document.kinds_pointer
        return fault._replace(validator=DISCRIMINATOR) if unknown else fault

    def _place(self, error: ValidationError, root: str) -> str:
        """The pointer into the document of the keyword that an error breaks, through every `$ref`."""
        place = root
        for token in error.absolute_schema_path:
            place = f"{self.document.resolve(place)[1]}/{escape(str(token))}"
        return place


def _explaining(members_of: Callable[[Mapping[str, Any]], Mapping[str, str]]) -> Any:
    """Draft 2020-12, but a `oneOf` with a discriminator is judged only by the member that the value names."""
    from jsonschema import Draft202012Validator, validators
    from jsonschema.exceptions import ValidationError

    plain_one_of = Draft202012Validator.VALIDATORS["oneOf"]
    plain_enum = Draft202012Validator.VALIDATORS["enum"]

    def error(keyword: str, allowed: Any, instance: Any, *path: str) -> ValidationError:
        return ValidationError("", validator=keyword, validator_value=allowed, instance=instance, path=path)

    def one_of(validator: Any, members: Any, instance: Any, schema: Mapping[str, Any]) -> Iterator[ValidationError]:
        mapping = members_of(schema)
        if not mapping:
            yield from plain_one_of(validator, members, instance, schema)
            return
        name = schema["discriminator"]["propertyName"]
        if not isinstance(instance, Mapping):
            yield error("type", "object", instance)
        elif name not in instance:
            yield error("required", [name], instance)
        elif not isinstance(instance[name], str):
            yield error("type", "string", instance[name], name)
        elif instance[name] not in mapping:
            yield error(DISCRIMINATOR, list(mapping), instance[name], name)
        else:
            index = next(i for i, member in enumerate(members) if member["$ref"] == mapping[instance[name]])
            yield from validator.descend(instance, members[index], schema_path=index)

    def enum(validator: Any, values: Any, instance: Any, schema: Mapping[str, Any]) -> Iterator[ValidationError]:
        # A value of another type is one fault, not two.
        if "type" not in schema or all(validator.is_type(instance, kind) for kind in [schema["type"]] if isinstance(kind, str)):
            yield from plain_enum(validator, values, instance, schema)

    def required(validator: Any, names: Any, instance: Any, _: Any) -> Iterator[ValidationError]:
        if validator.is_type(instance, "object"):
            for name in names:
                if name not in instance:
                    yield error("required", [name], instance)

    extend: Callable[..., Any] = validators.extend
    types = Draft202012Validator.TYPE_CHECKER.redefine("array", lambda _, value: isinstance(value, ARRAY))
    return extend(Draft202012Validator, {"enum": enum, "oneOf": one_of, "required": required}, type_checker=types)


def _kind(fault: Fault) -> DefectKind:
    keyword, value = fault.validator, fault.instance
    if keyword == UNDECLARED:
        return DefectKind.UNDECLARED_PROPERTY
    if keyword == DISCRIMINATOR:
        return DefectKind.UNKNOWN_KIND
    if keyword == "required":
        return DefectKind.MISSING_PROPERTY
    if keyword == "maximum" and fault.validator_value == LATEST_SECOND and cast("float", value) <= LARGEST_INTEGER:
        return DefectKind.TIME_IN_MILLISECONDS
    if keyword in ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"):
        return DefectKind.NUMBER_OUT_OF_RANGE
    if keyword == "type" and isinstance(value, float) and fault.validator_value == "integer":
        return DefectKind.FRACTIONAL_NUMBER
    return DefectKind.SCHEMA_MISMATCH


def _words(fault: Fault) -> str:
    keyword = fault.validator
    allowed: Any = fault.validator_value
    seen: Any = fault.instance
    if keyword == DISCRIMINATOR:
        same = [kind for kind in allowed if kind.casefold() == seen.casefold()]
        near = same or difflib.get_close_matches(seen[:60], allowed, n=1)
        hint = f" (did it mean {near[0]}?)" if near else ""
        since = known_since(seen)
        if since is not None:
            return f"{excerpt(seen)} is a kind since revision {since}: {judged_by(since)}"
        return _in_row(f"{excerpt(seen)} is not one of the {len(allowed)} kinds{hint}: ", allowed)
    if keyword == "required":
        present = f"; the object has {', '.join(map(str, list(seen)[:8]))}" if seen else "; the object is empty"
        return f"the required property {excerpt(allowed[0])} is missing{present}"
    if keyword == "type":
        names = allowed if isinstance(allowed, str) else " or ".join(allowed)
        if isinstance(seen, float) and names == "integer":
            return f"{excerpt(seen)} has a fraction, but must be an integer"
        shown = _type_name(seen) if isinstance(seen, (*ARRAY, dict)) else excerpt(seen)
        return f"{_place_of(fault.path)} is {shown}, but must be {_article(names)}"
    if keyword == "maximum" and allowed == LATEST_SECOND:
        return f"{excerpt(seen)} is not a time in seconds, which has at most 11 digits; is it in milliseconds?"
    if keyword in ("minimum", "maximum"):
        return f"{excerpt(seen)} is {'below' if keyword == 'minimum' else 'above'} the {keyword}, {allowed}"
    return f"{excerpt(seen)} is not allowed by {keyword}: {excerpt(allowed, 120)}"


def _in_row(start: str, names: Sequence[str]) -> str:
    """A message that ends in a list of names, cut so that the message is not too long."""
    shown = len(names)
    while True:
        more = f" and {len(names) - shown} more" if shown < len(names) else ""
        text = f"{start}{', '.join(names[:shown])}{more}"
        if len(text) <= MAX_MESSAGE or shown <= 1:
            return text
        shown -= 1


def _place_of(path: Path) -> str:
    """The value at a path, as the subject of a sentence."""
    if not path:
        return "the value"
    return f"item {path[-1]}" if isinstance(path[-1], int) else f"`{shorten(str(path[-1])[:60])}`"


def _type_name(value: Sequence[Any] | Mapping[Any, Any]) -> str:
    return "an object" if isinstance(value, Mapping) else "an array"


def _article(name: str) -> str:
    return name if name == "null" else f"{'an' if name[0] in 'aeiou' else 'a'} {name}"


def shorten(text: str) -> str:
    """A message on one line, of at most `MAX_MESSAGE` characters."""
    # A line break of two characters is one here.
    text = " ".join(text[: 4 * MAX_MESSAGE].splitlines())
    return text if len(text) <= MAX_MESSAGE else text[: MAX_MESSAGE - 1] + "…"
