"""The two documents of a comparison, as the user names them: a date, a document's path, or an overlay's."""

from __future__ import annotations

import functools
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mconn_contracts.contract.comparison.agreement import agreeing
from mconn_contracts.contract.comparison.normal import Api
from mconn_contracts.contract.comparison.reading import normal_form
from mconn_contracts.contract.comparison.scope import cut
from mconn_contracts.contract.document import Document, load
from mconn_contracts.contract.overlays import overlaid, refuse, shipped
from mconn_contracts.contract.yaml_texts import parse_yaml
from mconn_contracts.errors import DocumentError, reason
from mconn_contracts.judge.plan import Plan

MOST_BYTES = 64 * 1024 * 1024
"""The size of the largest document that is read. The vendor's whole document has about 12 MB."""
REVISION = "x-vendor-revision"
"""The member of `info` in which the contract names its vendor's revision."""


@dataclass(frozen=True)
class Side:
    """One of two documents that are compared."""

    name: str
    """What people call it: its date, or its path."""
    document: Document
    """What is of this API."""
    file: str = ""
    """Its path, if it is not a document of ours."""
    ours: bool = True
    """Whether it is the contract, or the contract with overlays."""

    @functools.cached_property
    def form(self) -> Api:
        """What it promises."""
        return normal_form(self.document, self.name)

    @functools.cached_property
    def judged(self) -> Document:
        """The document by which our judge judges what it promises: itself, or the contract made to agree with it."""
        return self.document if self.ours else agreeing(load(), self.form)

    @functools.cached_property
    def plan(self) -> Plan | str:
        """The plan by which our judge judges it, or why it cannot, if the document lacks something that rules rely on."""
        try:
            return Plan(self.judged)
        except DocumentError as error:
            return str(error)


@functools.cache
def contract() -> Side:
    """The contract that ships with the package."""
    document = load()
    return Side(str(document.at(f"/info/{REVISION}")), document)


def dates() -> tuple[str, ...]:
    """The dates of the revisions that ship with the package."""
    return tuple(sorted((contract().name, *shipped())))


def side(name: str, warn: Callable[[str], object] = refuse) -> Side:
    """The side of that name. DocumentError says what is wrong with it; `warn` is told of overlay actions that change nothing."""
    if name == contract().name:
        return contract()
    if name in shipped():
        return _revision(name)
    path = Path(name)
    if not path.exists() and not path.suffix:
        raise DocumentError(f"{name!r} is neither the date of a revision nor a file; dates are {', '.join(dates())}")
    raw = _parsed(path)
    if not isinstance(raw, dict) or not ("overlay" in raw or "openapi" in raw):
        hint = "OpenAPI 2.0 is not read; convert it" if isinstance(raw, dict) and "swagger" in raw else "it has no `openapi`"
        raise DocumentError(f"{name}: neither an OpenAPI document nor an overlay: {hint}")
    if "overlay" in raw:
        return Side(name, overlaid(load(), [name], warn), name)
    version = raw["openapi"]
    if not isinstance(version, str) or not version.startswith(("3.0", "3.1")):
        raise DocumentError(f"{name}: the version of OpenAPI is {version!r}; it must be 3.0 or 3.1")
    document = cut(_with_info(raw, name), name)
    return Side(name, document, name, ours=False)


@functools.cache
def _revision(name: str) -> Side:
    return Side(name, overlaid(load(), [name]))


def _with_info(raw: dict[str, Any], name: str) -> dict[str, Any]:
    if not isinstance(raw.get("info"), Mapping):
        raise DocumentError(f"{name}: has no `info`; an OpenAPI document must have one")
    return raw


def _parsed(path: Path) -> Any:
    """The value of a file. Its beginning shows whether it is JSON or YAML."""
    try:
        with path.open("rb") as file:
            content = file.read(MOST_BYTES + 1)
        text = content.decode("utf-8-sig")
    except OSError as error:
        raise DocumentError(f"{path}: cannot be read: {reason(error)}") from None
    except UnicodeDecodeError as error:
        raise DocumentError(f"{path}: is not UTF-8: byte {error.start}") from None
    if len(content) > MOST_BYTES:
        raise DocumentError(f"{path}: larger than {MOST_BYTES} bytes; give only its part about this API")
    if not text.lstrip().startswith("{"):
        return parse_yaml(text, str(path), MOST_BYTES)
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        raise DocumentError(f"{path}: not JSON: line {error.lineno}, column {error.colno}: {error.msg}") from None
    except (RecursionError, ValueError) as error:
        raise DocumentError(f"{path}: not JSON that can be read: {error}") from None
