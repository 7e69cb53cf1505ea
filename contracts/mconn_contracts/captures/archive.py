"""Archives of captures: zip and tar files, read in memory, one member at a time."""

from __future__ import annotations

import io
import posixpath
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, cast

from mconn_contracts.captures.format import Beside, Capture, CaptureFormat, Start, whole
from mconn_contracts.captures.records import LeftOut, ReadOptions, Record, Unreadable, too_large
from mconn_contracts.captures.source import Input, ending
from mconn_contracts.captures.wiremock import FILES
from mconn_contracts.errors import InputError
from mconn_contracts.model.defect import DefectKind
from mconn_contracts.model.exchange import Origin

MOST_MEMBERS = 100_000
MOST_BYTES = 256 * 1024 * 1024
"""The most bytes of an archive that is packed or comes from a stream. It is held in memory, because seeking is impossible."""

_MOST_DOCUMENTS = 4
_MOST_TIMES = 100
"""An archive may unpack to this many of the largest documents, or this many times its own size. Real captures need less."""

Members = Mapping[str, tuple[int, Callable[[], bytes]]]
"""The size and the content of each file of an archive, by its path."""
_TAR_MAGIC = slice(257, 262)


def _read(
    capture: Capture, reading: ReadOptions, opened: Callable[[io.BufferedIOBase], Members], endings: Callable[[], Collection[str]]
) -> Iterator[Record]:
    if capture.source.content is not None:
        yield Unreadable(Origin(capture.label, 1), "it is an archive within an archive; unpack it, and name the folder")
        return
    try:
        stream = capture.stream
        if not stream.seekable():
            stream = io.BytesIO(whole(capture, max(MOST_BYTES, reading.max_document)))
        size = stream.seek(0, io.SEEK_END)
        stream.seek(0)
        allowance = _Allowance(max(_MOST_DOCUMENTS * reading.max_document, _MOST_TIMES * size))
        yield from _members(capture, opened(stream), reading, tuple(endings()), allowance)
    except (zipfile.BadZipFile, tarfile.TarError, zlib.error, RuntimeError, NotImplementedError, EOFError) as error:
        raise InputError(f"{capture.label}: cannot be read to its end: {' '.join(str(error).split())[:200]}") from None


@dataclass(slots=True)
class _Allowance:
    """How many bytes the files of an archive may still unpack to. A file counts each time it is read."""

    most: int
    taken: int = 0

    def admits(self, size: int) -> bool:
        """Whether a file of this size is still unpacked. After the first that is too large, no other file is."""
        self.taken += size
        return self.taken <= self.most


def _members(
    capture: Capture, members: Members, reading: ReadOptions, endings: tuple[str, ...], allowance: _Allowance
) -> Iterator[Record]:
    """The records of the members that are named like captures. A file that belongs to a capture is not a capture itself."""
    if len(members) > MOST_MEMBERS:
        raise InputError(f"{capture.label}: has more than {MOST_MEMBERS} files; unpack it, and name the folder")
    limit = reading.max_document
    taken: set[str] = set()
    shown = [name for name in sorted(members) if not any(part.startswith(".") for part in name.split("/"))]
    found = [name for name in shown if name.lower().endswith(endings)]
    if not found:
        names = ", ".join(sorted({ending(name) for name in shown})[:10]) or "nothing"
        raise InputError(f"{capture.label}: no capture in this archive, which has {names}")
    # A HAR and a mapping of WireMock name the files of their bodies, so they come first.
    for name in sorted(found, key=lambda name: (".har" not in name.lower(), FILES in name.split("/"))):
        if name in taken:
            continue
        size, content = members[name]
        label = f"{capture.label}/{name}"
        if size > limit:
            yield too_large(Origin(label, 1), "the file", limit)
            continue
        if not allowance.admits(size):
            message = f"the archive unpacks to more than {allowance.most} bytes; this file and all after it are not judged"
            advice = "unpack it, and name the folder, or raise --max-document"
            yield Unreadable(Origin(label, 1), f"{message}; {advice}", DefectKind.TOO_LARGE)
            return
        beside = _beside(name, members, taken, limit, allowance)
        yield from capture.within(Input(label, None, content=content(), met=True), beside)
    for name in shown:
        if name not in taken and name not in found:
            yield LeftOut(ending(name))


def _beside(name: str, members: Members, taken: set[str], limit: int, allowance: _Allowance) -> Beside:
    def beside(folder: str, path: str) -> bytes | None:
        top = posixpath.normpath(posixpath.join(posixpath.dirname(name), folder))
        member = posixpath.normpath(posixpath.join(top, path))
        size, content = members.get(member, (0, None))
        if content is None or size > limit or not (top == "." or member.startswith(f"{top}/")):
            return None
        taken.add(member)
        return content() if allowance.admits(size) else None

    return beside


def _zip(stream: io.BufferedIOBase) -> Members:
    archive = zipfile.ZipFile(cast("Any", stream))

    def content(info: zipfile.ZipInfo) -> bytes:
        with archive.open(info) as file:
            # What an archive says of a size may be untrue.
            return file.read(info.file_size)

    return {info.filename: (info.file_size, partial(content, info)) for info in archive.infolist() if not info.is_dir()}


def _tar(stream: io.BufferedIOBase) -> Members:
    archive = tarfile.open(fileobj=stream, mode="r:")  # noqa: SIM115 - it lives as long as its members are read

    def content(info: tarfile.TarInfo) -> bytes:
        file = archive.extractfile(info)
        return b"" if file is None else file.read(info.size)

    return {posixpath.normpath(info.name): (info.size, partial(content, info)) for info in archive if info.isreg()}


def _names() -> Collection[str]:
    from mconn_contracts.captures.registry import CAPTURE_NAMES

    return CAPTURE_NAMES


def _is_tar(start: Start) -> bool:
    return start.text[_TAR_MAGIC] == b"ustar"


ZIP = CaptureFormat(
    "zip",
    "an archive of captures, such as a HAR that Playwright writes with its bodies (`har.zip`)",
    partial(_read, opened=_zip, endings=_names),
    endings=(".zip",),
    told_by="`PK`",
    magic=b"PK\x03\x04",
)
TAR = CaptureFormat(
    "tar",
    "an archive of captures, packed or not",
    partial(_read, opened=_tar, endings=_names),
    endings=(".tar", ".tgz"),
    told_by="`ustar`",
    tells=_is_tar,
)
