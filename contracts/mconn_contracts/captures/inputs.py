"""Find the captures that the paths of a command line name: files, folders, globs and standard input."""

from __future__ import annotations

import contextlib
import glob
import re
import stat
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from mconn_contracts.captures.records import LeftOut
from mconn_contracts.captures.registry import CAPTURE_NAMES, FOLDER_ENDINGS
from mconn_contracts.captures.source import Input, ending, label
from mconn_contracts.captures.streams import PACKED, opened
from mconn_contracts.captures.wiremock import FILES
from mconn_contracts.errors import InputError, reason

STANDARD_INPUT = "-"
_FILE = re.compile(rb'"(?:_file|bodyFileName)"[ \t\r\n]*:[ \t\r\n]*"([^"\\]{1,500})"')
_LOOKED_THROUGH = 64 * 1024 * 1024
"""How many bytes of a file are searched for the names of its bodies."""


@dataclass(slots=True)
class Inputs:
    """The captures in the order of the arguments, sorted within each, every path once; and what could not be found."""

    found: list[Input] = field(default_factory=list)
    problems: list[InputError] = field(default_factory=list)
    left_out: Counter[str] = field(default_factory=Counter)
    """The files in folders whose names are not those of captures, counted by their endings."""


def find(arguments: Iterable[str]) -> Inputs:
    """The captures that the arguments name.

    A folder is walked: hidden names are left out, links are followed, and no folder is entered twice.
    """
    inputs = Inputs()
    taken: set[Path | str | None] = set()
    for argument in arguments:
        if "://" in argument:
            from mconn_contracts.captures.remote import find_urls

            try:
                urls, left_out = find_urls(argument, CAPTURE_NAMES)
            except InputError as error:
                inputs.problems.append(error)
                continue
            inputs.left_out.update(left_out)
            bodies = {beside for url in urls if url != argument for beside in _named_beside(url)}
            for url in urls:
                if url not in taken and url not in bodies:
                    taken.add(url)
                    inputs.found.append(Input(url, None, url, met=url != argument))
            continue
        candidates = [None] if argument == STANDARD_INPUT else _meant(argument)
        for candidate in candidates:
            if isinstance(candidate, InputError):
                inputs.problems.append(candidate)
                continue
            if isinstance(candidate, LeftOut):
                inputs.left_out[candidate.kind] += 1
                continue
            path = candidate.path if isinstance(candidate, _Met) else candidate
            key = None if path is None else path.absolute()
            if key not in taken:
                taken.add(key)
                name = "<stdin>" if path is None else label(path)
                inputs.found.append(Input(name, path, met=isinstance(candidate, _Met)))
    return inputs


class _Met(NamedTuple):
    """A file that was met in a folder."""

    path: Path


def _meant(argument: str) -> Iterator[Path | _Met | LeftOut | InputError]:
    path = Path(argument)
    if not argument:
        yield InputError("a path is empty; give a file, a folder, a glob, or - for standard input")
        return
    try:
        mode = path.stat().st_mode
    except (OSError, ValueError) as error:
        if glob.has_magic(argument):
            yield from _matched(argument)
        else:
            why = reason(error) if isinstance(error, OSError) else "its name has a NUL character"
            yield InputError(f"{label(path)}: cannot be read: {why}")
        return
    if not stat.S_ISDIR(mode):
        yield path
        return
    empty = True
    for found in _walk(path, set()):
        empty = empty and isinstance(found, LeftOut)
        yield found
    if empty:
        names = ", ".join(f"*{suffix}" for suffix in FOLDER_ENDINGS)
        yield InputError(
            f"{label(path)}: no capture in this folder, which is a file named {names}, or packed: {', '.join(PACKED)}"
        )


def _matched(pattern: str) -> Iterator[Path | _Met | LeftOut | InputError]:
    """The files that a glob matches, without hidden ones; a matched folder is walked."""
    segments = pattern.split("/")
    if segments[-1] == "**":
        # In Python 3.11 and 3.12, this matches only folders, but it should match everything in them.
        yield from _meant("/".join(segments[:-1]) or ("/" if len(segments) > 1 else "."))
        return
    first = next(index for index, segment in enumerate(segments) if glob.has_magic(segment))
    base = Path("/".join(segments[:first]) or ("/" if first else "."))
    hidden = any(segment.startswith(".") for segment in segments[first:])
    try:
        # Below `**`, pathlib does not follow links, so it ends.
        matches = sorted(path.relative_to(base) for path in base.glob("/".join(segments[first:])))
    except (ValueError, NotImplementedError) as error:
        yield InputError(f"{pattern}: not a glob that can be used: {error}")
        return
    matches = [match for match in matches if hidden or not any(part.startswith(".") for part in match.parts)]
    if not matches:
        yield InputError(f"{pattern}: matches no file")
    entered: set[tuple[int, int]] = set()
    for match in matches:
        if (base / match).is_dir():
            yield from _walk(base / match, entered)
        else:
            yield base / match


def _walk(top: Path, entered: set[tuple[int, int]]) -> Iterator[_Met | LeftOut | InputError]:
    waiting = [top]
    bodies: set[Path] = set()
    while waiting:
        folder = waiting.pop()
        try:
            status = folder.stat()
            if (status.st_dev, status.st_ino) in entered:
                continue
            entered.add((status.st_dev, status.st_ino))
            paths = sorted(path for path in folder.iterdir() if not path.name.startswith("."))
        except OSError as error:
            yield InputError(f"{label(folder)}: cannot be read: {reason(error)}")
            continue
        below: list[Path] = []
        bodies.update(_bodies(folder, paths))
        for path in paths:
            wanted = path.name.lower().endswith(CAPTURE_NAMES)
            try:
                mode = path.stat().st_mode
            except OSError:
                # A link to nowhere, or to itself: opening it reports that.
                if wanted:
                    yield _Met(path)
                continue
            if stat.S_ISDIR(mode):
                below.append(path)
            elif stat.S_ISREG(mode) and path not in bodies:
                yield _Met(path) if wanted else LeftOut(ending(path.name))
        waiting += reversed(below)


def _bodies(folder: Path, paths: Iterable[Path]) -> Iterator[Path]:
    """The files that captures in a folder name as their bodies. They are not captures themselves.

    A HAR names files beside it; a mapping of WireMock, here or in `mappings`, names files in `__files`.
    """
    for path in paths:
        if any(part == ".har" for part in path.suffixes):
            yield from (folder / name for name in _named(Input(label(path), path)))
    if (folder / FILES).is_dir():
        for path in (*folder.glob("*.json"), *folder.glob("mappings/*.json")):
            yield from (folder / FILES / name for name in _named(Input(label(path), path)))


def _named_beside(url: str) -> Iterator[str]:
    """The URLs of the files beside a HAR file that it names."""
    folder, _, name = url.rpartition("/")
    if ".har" in name.lower():
        yield from (f"{folder}/{each}" for each in _named(Input(url, None, url)))


def _named(source: Input) -> frozenset[str]:
    """The names of files in a capture."""
    with contextlib.suppress(InputError), opened(source) as stream:
        return frozenset(name.decode("utf-8", "replace") for name in _FILE.findall(stream.read(_LOOKED_THROUGH)))
    return frozenset()
