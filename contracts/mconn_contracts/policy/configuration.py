"""Find and read the configuration: `[tool.mconn]` of a pyproject.toml, or mconn.toml."""

from __future__ import annotations

import functools
import importlib.resources
import json
import math
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mconn_contracts.errors import UsageError, reason
from mconn_contracts.judge.plan import nearest

OWN, SHARED = "mconn.toml", "pyproject.toml"
_LARGEST = 1024 * 1024
_STANDARD_OUTPUT = "-"


@dataclass(frozen=True, slots=True)
class Configuration:
    """The values of a file, by the names of its schema. Paths are relative to the working folder, or absolute."""

    path: Path
    values: Mapping[str, Any]


def find(start: Path) -> Path | None:
    """The nearest configuration file, from a folder upwards as far as its repository goes; None if there is none.

    A pyproject.toml counts where it has the table; mconn.toml is preferred to one beside it.
    """
    for folder in (start, *start.parents):
        if (folder / OWN).is_file():
            return folder / OWN
        if (folder / SHARED).is_file() and _table(folder / SHARED) is not None:
            return folder / SHARED
        if (folder / ".git").exists():
            return None
    return None


def read(path: Path) -> Configuration:
    """The values of a configuration file. UsageError if it cannot be read, or does not fit its schema."""
    table = _table(path)
    if table is None:
        raise UsageError(f"{path} has no table [tool.mconn]")
    problem = next(problems(table, schema("configuration")), None)
    if problem is not None:
        raise UsageError(f"{path}: {problem}")
    # No comparison with NaN refuses it, so the ranges of the schema do not.
    place = next((place for place, number in _numbers(table) if not math.isfinite(number)), None)
    if place is not None:
        raise UsageError(f"{path}: {place} is not a finite number")
    return Configuration(path, _placed(table, schema("configuration"), path.parent))


def _numbers(table: Mapping[str, Any], before: str = "") -> Iterator[tuple[str, float]]:
    """The numbers with a point in a table, with their places."""
    for name, value in table.items():
        if isinstance(value, Mapping):
            yield from _numbers(value, f"{before}{name}.")
        elif isinstance(value, float):
            yield f"{before}{name}", value


@functools.cache
def schema(name: str) -> Mapping[str, Any]:
    """The JSON Schema of a file that users write: `configuration` or `baseline`.

    Beside a `pattern` or a `oneOf`, `otherwise` says in words what is wrong with another value.
    """
    file = importlib.resources.files(__package__).joinpath(f"{name}.schema.json")
    value: Mapping[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    return value


def _table(path: Path) -> Mapping[str, Any] | None:
    try:
        if path.stat().st_size > _LARGEST:
            raise UsageError(f"{path}: not a configuration: it is larger than {_LARGEST} bytes")
        value = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise UsageError(f"{path}: cannot be read: {reason(error)}") from None
    except (ValueError, RecursionError) as error:
        raise UsageError(f"{path}: not TOML: {error}") from None
    if path.name != SHARED:
        return value
    tools = value.get("tool")
    table = tools.get("mconn") if isinstance(tools, dict) else None
    return table if isinstance(table, dict) else None


def problems(value: object, by: Mapping[str, Any]) -> Iterator[str]:
    """The faults of a value under one of our schemas, place by place. An unknown key comes with the nearest known one."""
    from jsonschema import Draft202012Validator

    for error in sorted(Draft202012Validator(by).iter_errors(value), key=lambda each: list(map(str, each.absolute_path))):
        place = ".".join(map(str, error.absolute_path))
        if error.validator == "additionalProperties" and error.validator_value is False:
            declared = list(error.schema["properties"])
            (unknown, *_) = sorted(set(error.instance) - set(declared))
            yield f"there is no key {'.'.join(filter(None, [place, unknown]))!r}; {nearest(unknown, declared)}"
        else:
            yield f"{place}: {_expected(error)}" if place else error.message


def _expected(error: Any) -> str:
    """What a value is, and what it could be."""
    shown = json.dumps(error.instance, ensure_ascii=False, default=str)
    match error.validator:
        case "enum":
            words = [str(each) for each in error.validator_value]
            return f"{shown} is not one of {', '.join(words)}"
        case "pattern" | "oneOf":
            return f"{shown} {error.schema['otherwise']}"
        case "type":
            return f"{shown} is not of type {error.validator_value}"
    return str(error.message)


def _placed(value: Any, by: Mapping[str, Any], folder: Path) -> Any:
    """A value with its paths, which its schema marks by their `format`, relative to the working folder."""
    form = by.get("format")
    if form == "path" or (form == "path-or-standard-output" and value != _STANDARD_OUTPUT):
        return str(folder / value)
    if "properties" in by or "additionalProperties" in by:
        others = by.get("additionalProperties") or {}
        return {name: _placed(each, by.get("properties", {}).get(name, others), folder) for name, each in value.items()}
    return value
