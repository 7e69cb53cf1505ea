"""Apply overlays to a document, shipped or other ones, and check that rules can judge by the result."""

from __future__ import annotations

import filecmp
from collections.abc import Callable, Sequence
from pathlib import Path, PurePosixPath
from urllib.parse import unquote, urlsplit

from mconn_contracts.contract.actions import apply
from mconn_contracts.contract.document import Document, find
from mconn_contracts.contract.overlay_format import Overlay, read_overlay
from mconn_contracts.contract.usable import check_usable
from mconn_contracts.errors import DocumentError

_SUFFIXES = (".yaml", ".yml", ".json")


def shipped() -> tuple[str, ...]:
    """The names of the overlays that ship with the package, in order."""
    return tuple(sorted(path.stem for path in _folder().glob("*.yaml")))


def refuse(warning: str) -> None:
    """Raise the message about an action that changes nothing as an error."""
    raise DocumentError(warning)


def overlaid(document: Document, names: Sequence[str], warn: Callable[[str], object] = refuse) -> Document:
    """The document with overlays applied, one after the other. Without overlays, the document itself.

    A name is that of a shipped overlay, or a path. DocumentError names the overlay, the action and the fix. `warn` is told
    of actions that change nothing, one line each; by default, they are refused.
    """
    revisions = [name for name in (*document.overlays, *names) if _is_revision(name)]
    if len(revisions) > 1:
        raise DocumentError(
            f"overlays {' and '.join(revisions)}: each makes a whole revision from the contract, so they do not go "
            "together; name one of them"
        )
    for name in names:
        document = _overlaid(document, name, warn)
    return document


def _folder() -> Path:
    return find().parent / "overlays"


def _path(name: str) -> Path:
    if name in shipped():
        return _folder() / f"{name}.yaml"
    if name.endswith(_SUFFIXES) or "/" in name or "\\" in name:
        return Path(name)
    raise DocumentError(
        f"no overlay is named {name!r}; there are {', '.join(shipped())}, or give the path of a .yaml or .json file"
    )


def _is_revision(name: str) -> bool:
    """Whether it names an overlay that ships, or a copy of one."""
    path = _path(name)
    try:
        return any(path == each or filecmp.cmp(path, each, shallow=False) for each in _folder().glob("*.yaml"))
    except OSError:  # A file that cannot be read is refused when it is applied.
        return False


def _overlaid(document: Document, name: str, warn: Callable[[str], object]) -> Document:
    path = _path(name)
    overlay = read_overlay(path, name)
    _check_extends(overlay, path, document)
    root = apply(document.raw, overlay, warn)
    if not str(root.get("openapi", "")).startswith("3.1"):
        raise DocumentError(f"overlay {name}: what it makes is not an OpenAPI 3.1 document; leave `openapi` as it is")
    try:
        result = Document(root, document.source, (*document.overlays, name), checked=True)
        check_usable(result, document)
    except DocumentError as error:
        raise DocumentError(f"overlay {name}: what it makes cannot be used: {error}") from None
    return result


def _check_extends(overlay: Overlay, path: Path, document: Document) -> None:
    if overlay.extends is None:
        return
    source = Path(document.source)
    try:
        address = urlsplit(overlay.extends)
        local = path.parent / unquote(address.path)
        if address.scheme or not local.is_file():
            # Nothing is fetched: an address counts as that of the document if it ends with its name.
            same = PurePosixPath(unquote(address.path)).name == source.name
        else:
            same = local.stat().st_size == source.stat().st_size and local.read_bytes() == source.read_bytes()
    except (OSError, ValueError) as error:
        raise DocumentError(f"overlay {overlay.name}: `extends` cannot be read as an address: {error}") from None
    if not same:
        raise DocumentError(
            f"overlay {overlay.name}: `extends` is {overlay.extends!r}, which is not {source}, "
            "to which the overlay is applied; correct `extends`, or leave it out"
        )
