"""The verdict of plain JSON Schema, Draft 2020-12, on values: what the judge's own schemas are compared with."""

from __future__ import annotations

from typing import Any

from jsonschema import Draft202012Validator
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

from mconn_contracts.contract.document import Document


class Draft:
    """The schemas of one document as Draft 2020-12 reads them: blind to undeclared properties, and to discriminators."""

    def __init__(self, document: Document) -> None:
        resource = Resource.from_contents(document.raw, default_specification=DRAFT202012)
        self._registry: Any = Registry().with_resource("document", resource)
        self._validators: dict[str, Draft202012Validator] = {}

    def accepts(self, value: Any, pointer: str) -> bool:
        """Whether a value is valid under the schema at a pointer into the document."""
        if pointer not in self._validators:
            self._validators[pointer] = Draft202012Validator({"$ref": f"document#{pointer}"}, registry=self._registry)
        return bool(self._validators[pointer].is_valid(value))
