"""Find the captures that the paths of a command line mean: files, folders, globs and standard input."""

from __future__ import annotations

import glob
import stat
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from mconn_contracts.captures.registry import CAPTURE_NAMES, FOLDER_ENDINGS
from mconn_contracts.captures.source import Input, label
from mconn_contracts.captures.streams import PACKED
from mconn_contracts.errors import InputError, reason

STANDARD_INPUT = "-"


@dataclass(slots=True)
class Inputs:
    """The captures in the order of the arguments, sorted within each, every path once; and what could not be found."""

    found: list[Input] = field(default_factory=list)
    problems: list[InputError] = field(default_factory=list)


def find(arguments: Iterable[str]) -> Inputs:
    """The captures that the arguments mean.

    A folder is walked: hidden names are left out, links are followed, and no folder is entered twice.
    """
    inputs = Inputs()
    taken: set[Path | str | None] = set()
    for argument in arguments:
        if "://" in argument:
            from mconn_contracts.captures.remote import find_urls

            try:
                urls = find_urls(argument, CAPTURE_NAMES)
            except InputError as error:
                inputs.problems.append(error)
                continue
            for url in urls:
                if url not in taken:
                    taken.add(url)
                    inputs.found.append(Input(url, None, url))
            continue
        candidates = [None] if argument == STANDARD_INPUT else _meant(argument)
        for candidate in candidates:
            if isinstance(candidate, InputError):
                inputs.problems.append(candidate)
                continue
            key = None if candidate is None else candidate.absolute()
            if key not in taken:
                taken.add(key)
                inputs.found.append(Input("<stdin>" if candidate is None else label(candidate), candidate))
    return inputs


def _meant(argument: str) -> Iterator[Path | InputError]:
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
        empty = False
        yield found
    if empty:
        names = ", ".join(f"*{suffix}" for suffix in FOLDER_ENDINGS)
        yield InputError(
            f"{label(path)}: no capture in this folder, which is a file named {names}, or packed: {', '.join(PACKED)}"
        )


def _matched(pattern: str) -> Iterator[Path | InputError]:
    """The files that a glob matches, without hidden ones; a matched folder is walked."""
    segments = pattern.split("/")
    if segments[-1] == "**":
        # Of Python 3.11 and 3.12, this matches folders only; what is meant is all that they hold.
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


def _walk(top: Path, entered: set[tuple[int, int]]) -> Iterator[Path | InputError]:
    waiting = [top]
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
        for path in paths:
            wanted = path.name.lower().endswith(CAPTURE_NAMES)
            try:
                mode = path.stat().st_mode
            except OSError:
                # A link to nowhere, or to itself: opening it will say so.
                if wanted:
                    yield path
                continue
            if stat.S_ISDIR(mode):
                below.append(path)
            elif stat.S_ISREG(mode) and wanted:
                yield path
        waiting += reversed(below)
