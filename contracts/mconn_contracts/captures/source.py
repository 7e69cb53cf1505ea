"""One capture, and where its bytes are: a file, a URL, standard input, or memory."""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from mconn_contracts.errors import InputError, reason


@dataclass(frozen=True, slots=True)
class Input:
    """One capture. `label` is its name in findings; without `path`, `url` and `content`, it is standard input.

    `url` is of a file system that fsspec knows; `content` is a file within an archive.
    """

    label: str
    path: Path | None
    url: str | None = None
    content: bytes | None = None
    met: bool = False
    """Whether it was found in a folder or an archive, and not named by the user."""

    @property
    def is_standard_input(self) -> bool:
        """Whether it is standard input, which only this process can read, and only once."""
        return self.path is None and self.url is None and self.content is None

    def size(self) -> int:
        """Its size in bytes as stored, 0 if unknown. InputError if it cannot be read."""
        if self.content is not None:
            return len(self.content)
        if self.url is not None:
            from mconn_contracts.captures.remote import size_of

            return size_of(self.url)
        if self.path is None:
            return 0
        try:
            status = self.path.stat()
        except OSError as error:
            raise InputError(f"{self.label}: cannot be read: {reason(error)}") from None
        return status.st_size if stat.S_ISREG(status.st_mode) else 0


def label(path: Path) -> str:
    """A path as text that can be written anywhere, with forward slashes."""
    return os.fsencode(path.as_posix()).decode("utf-8", errors="backslashreplace")


def read_beside(source: Input, folder: str, name: str, limit: int) -> bytes | None:
    """The content of a file that a capture names by a relative path; None if there is none, or a longer one.

    `folder` is where it is looked for, relative to the folder of the capture. What lies outside of it is not read.
    """
    if source.url is not None:
        from mconn_contracts.captures.remote import beside_url

        return beside_url(source.url, folder, name, limit)
    if source.path is None:
        return None
    try:
        top = (source.path.parent / folder).resolve()
        path = (top / name).resolve()
        if path.is_relative_to(top) and path.is_file() and path.stat().st_size <= limit:
            return path.read_bytes()
    except (OSError, ValueError):
        pass
    return None


def ending(name: str) -> str:
    """The ending of a file's name in lower case, such as `.txt`; `no ending` where it has none."""
    return PurePosixPath(name).suffix.lower() or "no ending"
