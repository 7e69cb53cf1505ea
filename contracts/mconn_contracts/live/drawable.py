"""The document for drawing requests: without fixed and opaque parts, and with values close to the existing data."""

from __future__ import annotations

import copy
from collections.abc import Collection, Mapping
from typing import Any
from urllib.parse import quote

from mconn_contracts.contract.document import declared_kinds

_LARGEST_LIMIT = 20
_LARGEST_NUMBER = 9
_NO_CURSOR = "none"


def drawable(
    document: Mapping[str, Any],
    fixed: Mapping[str, str],
    window: tuple[int, int] | None,
    phase: str,
    operations: Collection[str] = (),
) -> dict[str, Any]:
    """The document with what must not be drawn taken out, and what is drawn at random brought near the data.

    Gone are all methods but GET, the security schemes, the `fixed` parameters (their values stand in the paths), and
    outside the stateful phase the cursor, which only a response can give. Times are drawn from `window`. Where there are
    `operations`, all others are gone, and the links to them.
    """
    result: dict[str, Any] = copy.deepcopy(dict(document))
    result.pop("security", None)
    components = result.get("components", {})
    components.pop("securitySchemes", None)
    dropped = set(fixed) if phase == "stateful" else {*fixed, "cursor"}
    schemas = components.get("schemas", {}).values()
    kinds = [kind for schema in schemas for kind in declared_kinds(schema)]
    responses = list(components.get("responses", {}).values())
    paths = {}
    for template, item in result["paths"].items():
        if "get" not in item or (operations and item["get"]["operationId"] not in operations):
            continue
        operation = item["get"]
        operation.pop("security", None)
        parameters = [_resolved(result, each) for each in (*item.get("parameters", ()), *operation.get("parameters", ()))]
        operation["parameters"] = [
            _near_the_data(each, window, phase, kinds) for each in parameters if each["name"] not in dropped
        ]
        responses += operation["responses"].values()
        path = template
        for name, value in fixed.items():
            path = path.replace(f"{{{name}}}", quote(value, safe=""))
        paths[path] = {"get": operation}
    for response in responses:
        if operations and "links" in response:
            response["links"] = {name: link for name, link in response["links"].items() if link.get("operationId") in operations}
        for link in response.get("links", {}).values():
            link["parameters"] = {name: value for name, value in link["parameters"].items() if name not in fixed}
    # A share that does not suffice cuts the longest list, and nothing else.
    result["paths"] = dict(sorted(paths.items(), key=lambda entry: len(entry[1]["get"]["parameters"])))
    return result


def _near_the_data(parameter: dict[str, Any], window: tuple[int, int] | None, phase: str, kinds: list[str]) -> dict[str, Any]:
    """The parameter with values that some event has: as examples, and outside the coverage phase as bounds."""
    name = parameter["name"]
    near = {"limit": (1, _LARGEST_LIMIT), "event_n": (0, _LARGEST_NUMBER)}
    if window is not None:
        near |= dict.fromkeys(("from", "to", "event_t"), window)
        if name in {"from", "to"}:
            parameter = {**parameter, "example": window[name == "to"]}
    schema: dict[str, Any] = {}
    if phase in {"fuzzing", "stateful"}:
        if name in near:
            schema = {"minimum": near[name][0], "maximum": near[name][1]}
        elif name == "k" and kinds:
            schema = {"enum": kinds}
        elif name == "cursor":
            # Only links give one that is sent. To draw any text, Hypothesis would look at all of Unicode for two seconds.
            schema = {"enum": [_NO_CURSOR]}
    return {**parameter, "schema": {**parameter["schema"], **schema}}


def _resolved(document: Mapping[str, Any], value: Mapping[str, Any]) -> dict[str, Any]:
    """What a value says, or the component that it refers to."""
    if "$ref" not in value:
        return dict(value)
    *_, section, name = value["$ref"].split("/")
    return dict(document["components"][section][name])
