"""Captures of other file systems, by their URLs: all that fsspec knows, such as s3, gs, az, http and memory."""

from __future__ import annotations

import glob
import io
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, cast

from mconn_contracts.captures.source import ending
from mconn_contracts.errors import InputError, UsageError, reason
from mconn_contracts.wire.redaction import redact_url


def find_urls(argument: str, endings: tuple[str, ...]) -> tuple[list[str], list[str]]:
    """The URLs of the captures that one URL names: a file, the matches of a glob, or the captures below a folder, sorted.

    And the endings of the files below a folder that are not captures.

    InputError if there is none.
    """
    system, path = _system(argument)
    left_out: list[str] = []
    shown = redact_url(argument)
    try:
        if glob.has_magic(path):
            paths = [found for found in system.glob(path) if not system.isdir(found)]
        elif system.isdir(path):
            met = system.find(path)
            paths = [found for found in met if found.lower().endswith(endings)]
            left_out = [ending(found) for found in met if not found.lower().endswith(endings)]
        else:
            system.info(path)
            paths = [path]
    except OSError as error:
        raise InputError(f"{shown}: cannot be read: {reason(error)}") from None
    except Exception as error:
        raise _refused(shown, error) from None
    if not paths:
        raise InputError(f"{shown}: {'matches no file' if glob.has_magic(path) else 'no capture in this folder'}")
    if paths == [path]:
        return [argument], []
    return [system.unstrip_protocol(found) for found in sorted(paths)], left_out


@contextmanager
def opened_url(url: str) -> Iterator[io.BufferedIOBase]:
    """A file as a stream of bytes; OSError as its file system says, InputError if that fails otherwise."""
    system, path = _system(url)
    try:
        file = system.open(path, "rb")
    except OSError:
        raise
    except Exception as error:
        raise _refused(redact_url(url), error) from None
    with file:
        yield cast("io.BufferedIOBase", file)


def size_of(url: str) -> int:
    """The bytes of a file, 0 where its file system does not say. InputError if it cannot be read."""
    system, path = _system(url)
    try:
        return int(system.size(path) or 0)
    except Exception as error:
        raise _refused(redact_url(url), error) from None


def beside_url(url: str, folder: str, name: str, limit: int) -> bytes | None:
    """The content of a file within a folder, relative to that of another file, of at most `limit` bytes; None without such."""
    system, path = _system(url)
    segments = name.split("/")
    if not {"", ".", ".."}.isdisjoint(segments):
        return None
    top = path.rpartition("/")[0]
    for segment in folder.split("/"):
        top = top.rpartition("/")[0] if segment == ".." else top if segment == "." else f"{top}/{segment}"
    found = "/".join((top, *segments))
    try:
        return bytes(system.cat_file(found)) if 0 < (system.size(found) or 0) <= limit else None
    except Exception:
        # Each file system has errors of its own, and a body that cannot be read is reported at its entry.
        return None


def _system(url: str) -> tuple[Any, str]:
    try:
        import fsspec
    except ImportError:
        raise UsageError(
            f"{redact_url(url)}: URLs need the extra [remote]; install mconn-contracts with it, as its README says"
        ) from None
    try:
        system, path = fsspec.core.url_to_fs(url)
    except (ImportError, ValueError) as error:
        raise UsageError(f"{redact_url(url)}: {error}") from None
    return system, path


def _refused(shown: str, error: Exception) -> InputError:
    return InputError(f"{shown}: cannot be read: {' '.join(str(error).split())[:200] or type(error).__name__}")
