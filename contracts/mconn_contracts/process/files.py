"""Write a file whole or not at all: beside its place first, and then renamed."""

from __future__ import annotations

import contextlib
import errno
import os
import secrets
import shutil
import stat
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TextIO, cast

from mconn_contracts.errors import UsageError, reason

_CLOSED_FOLDER = frozenset({errno.EACCES, errno.EPERM, errno.EROFS})
"""Errors of a folder that takes no new file. A file in it may still be writable."""
_MOUNTED = frozenset({errno.EBUSY, errno.EXDEV})
"""Errors if no other file can replace a file, for example one that is mounted into a container."""


class UnwrittenError(UsageError):
    """A file cannot be written. `str()` names the file, its content, and the reason. Exit code 2."""


def write_whole(path: str | Path, what: str, pieces: Iterable[str], errors: str = "backslashreplace") -> None:
    """Write a text, in UTF-8 with line feeds, in place of an existing file. UnwrittenError if that is not possible.

    A link stays one, and a file keeps its mode. What is not a regular file, such as a pipe, is written as it stands. `what` is
    what the message calls the text, and `errors` what becomes of characters that UTF-8 does not have.
    """
    given = Path(path)
    # The target of a link is replaced, not the link.
    place = Path(os.path.realpath(path))
    beside = place.with_name(f".mconn-{secrets.token_hex(4)}.tmp")
    try:
        if given.exists() and not given.is_file():
            _fill(_open(given, "w", errors), pieces)
            return
        try:
            file = _open(beside, "x", errors)
        except OSError as error:
            if error.errno not in _CLOSED_FOLDER or not place.exists():
                raise
            _fill(_open(place, "w", errors), pieces)
            return
        try:
            _fill(file, pieces)
            _put(beside, place)
        finally:
            beside.unlink(missing_ok=True)
    except OSError as error:
        raise unwritten(path, what, error) from None


def write_all(folder: Path, what: str, texts: Mapping[str, str]) -> None:
    """Write texts into a folder under their names. A missing folder is made. UnwrittenError as in `write_whole`."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UnwrittenError(f"{folder}: cannot be made: {reason(error)}") from error
    for name, text in texts.items():
        write_whole(folder / name, what, [text])


def unwritten(path: str | Path, what: str, error: OSError) -> UnwrittenError:
    """The error for a file that should have had `what` as its content."""
    return UnwrittenError(f"{path}: {what} cannot be written: {reason(error)}")


def _open(path: Path, mode: str, errors: str) -> TextIO:
    return cast("TextIO", path.open(mode, encoding="utf-8", errors=errors, newline="\n"))


def _fill(file: TextIO, pieces: Iterable[str]) -> None:
    with file:
        file.writelines(pieces)
        file.flush()
        if stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            # Some disks say only now that they are full.
            os.fsync(file.fileno())


def _put(beside: Path, place: Path) -> None:
    with contextlib.suppress(FileNotFoundError):
        beside.chmod(stat.S_IMODE(place.stat().st_mode))
    try:
        beside.replace(place)
    except OSError as error:
        if error.errno not in _MOUNTED:
            raise
        shutil.copyfile(beside, place)
