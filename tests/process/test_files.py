"""Files that are written whole or not at all."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from mconn_contracts.process import files
from mconn_contracts.process.files import UnwrittenError, write_whole


def stopping(error: BaseException) -> Iterator[str]:
    """A text that ends halfway."""
    yield "half"
    raise error


@pytest.mark.parametrize("before", [None, "before"])
@pytest.mark.parametrize("error", [KeyboardInterrupt(), ValueError("ours"), OSError(errno.ENOSPC, "No space left on device")])
def test_a_text_that_ends_halfway_leaves_what_was_there(tmp_path: Path, error: BaseException, before: str | None) -> None:
    """Whatever ends the writing, the file is as it was, or still missing, and nothing stands beside it."""
    path = tmp_path / "report.json"
    if before is not None:
        path.write_text(before)

    with pytest.raises(UnwrittenError if isinstance(error, OSError) else type(error)):
        write_whole(path, "the report json", stopping(error))

    assert ([] if before is None else [("report.json", before)]) == [(each.name, each.read_text()) for each in tmp_path.iterdir()]


def test_the_message_names_the_file_and_what_it_was_to_hold(tmp_path: Path) -> None:
    """So that a full disk is found by it."""
    path = tmp_path / "report.json"

    with pytest.raises(UnwrittenError) as told:
        write_whole(path, "the report json", stopping(OSError(errno.ENOSPC, "No space left on device")))

    assert f"{path}: the report json cannot be written: no space left on device" == str(told.value)


def test_what_is_there_is_replaced_with_its_mode(tmp_path: Path) -> None:
    """The new text has the mode of the old one; a new file has that of any new file."""
    old, new, plain = tmp_path / "old", tmp_path / "new", tmp_path / "plain"
    old.write_text("before")
    old.chmod(0o640)
    plain.touch()
    for path in (old, new):
        write_whole(path, "it", ["a\n", "\ud800"])

    assert ["a\n\\ud800"] * 2 == [path.read_text() for path in (old, new)]
    assert [0o640, stat.S_IMODE(plain.stat().st_mode)] == [stat.S_IMODE(path.stat().st_mode) for path in (old, new)]


def test_a_link_stays_one(tmp_path: Path) -> None:
    """The text goes to where a link leads."""
    (tmp_path / "elsewhere").mkdir()
    link = tmp_path / "link"
    link.symlink_to(tmp_path / "elsewhere" / "file")
    write_whole(link, "it", ["text"])

    assert (True, "text") == (link.is_symlink(), (tmp_path / "elsewhere" / "file").read_text())


def test_a_pipe_is_written_as_it_stands() -> None:
    """What is not a file cannot be replaced: a shell's `>(…)` is a pipe."""
    reading, writing = os.pipe()
    write_whole(f"/dev/fd/{writing}", "it", ["text"])
    os.close(writing)
    with os.fdopen(reading) as pipe:
        assert "text" == pipe.read()


@pytest.mark.parametrize("step, code", [("_open", errno.EACCES), ("_open", errno.EROFS), ("replace", errno.EBUSY)])
def test_a_file_in_a_closed_folder_is_written_in_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str, code: int
) -> None:
    """Where a folder takes no new file, or a mounted file none in its place, the file itself is written."""
    path = tmp_path / "report.json"
    path.write_text("before")
    refused = OSError(code, "refused")
    if step == "replace":
        monkeypatch.setattr(Path, "replace", lambda *_: (_ for _ in ()).throw(refused))
    else:
        opened = files._open
        monkeypatch.setattr(
            files,
            "_open",
            lambda path, mode, errors: opened(path, mode, errors) if mode == "w" else (_ for _ in ()).throw(refused),
        )
    write_whole(path, "it", ["after"])

    assert [("report.json", "after")] == [(each.name, each.read_text()) for each in tmp_path.iterdir()]
