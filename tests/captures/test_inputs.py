"""Which captures the paths of a command line mean."""

from __future__ import annotations

from pathlib import Path

import pytest

from mconn_contracts.captures.inputs import find


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working directory, with captures and other files in two folders."""
    for name in (
        "b/two.har",
        "b/one.ndjson.gz",
        "b/deep/three.JSON",
        "a/four.jsonl",
        "b/notes.txt",
        "b/.hidden.json",
        ".git/x.json",
    ):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def names(*arguments: str) -> list[str]:
    """The labels of what is found."""
    return [source.label for source in find(arguments).found]


def problems(*arguments: str) -> list[str]:
    """What could not be found, as said to the user."""
    return [str(problem) for problem in find(arguments).problems]


def test_a_folder_is_walked_in_order_for_captures(folder: Path) -> None:
    """Files with a capture's name are found at every depth, sorted, without hidden ones."""
    expected = ["a/four.jsonl", "b/one.ndjson.gz", "b/two.har", "b/deep/three.JSON"]

    assert expected == names(".")
    assert [str(folder / name) for name in expected] == names(str(folder))


def test_a_path_is_taken_whatever_its_name(folder: Path) -> None:
    """What is named is meant, and so is what a glob matches."""
    assert ["b/notes.txt"] == names("b/notes.txt")
    assert ["b/.hidden.json"] == names("./b/.hidden.json")
    assert ["b/notes.txt"] == names("b/*.txt")


def test_globs_are_for_shells_that_have_none(folder: Path) -> None:
    """A glob is expanded in order, `**` over any number of folders, and a matched folder is walked."""
    assert ["a/four.jsonl", "b/two.har"] == names("*/*.[jh]*")
    assert ["b/two.har"] == names("**/*.har")
    assert [f"{folder}/b/two.har"] == names(f"{folder}/**/t*.har")
    assert ["b/one.ndjson.gz", "b/two.har", "b/deep/three.JSON"] == names("b/**")
    assert ["b/deep/three.JSON"] == names("?/d*")
    assert ["b/.hidden.json"] == names("b/.h*")


def test_a_name_with_a_globs_characters_is_itself(folder: Path) -> None:
    """A file that exists is never a glob."""
    (folder / "a[1].json").write_bytes(b"")

    assert ["a[1].json"] == names("a[1].json")


def test_every_capture_is_found_once(folder: Path) -> None:
    """A path that is given twice, or is in a folder that is given as well, is judged once, where it comes first."""
    assert ["b/two.har", "<stdin>", "a/four.jsonl", "b/one.ndjson.gz", "b/deep/three.JSON"] == names(
        "b/two.har", "-", ".", "-", "**/*.har"
    )


def test_links_that_go_round_come_to_an_end(folder: Path) -> None:
    """A folder is entered once, and a link to nowhere or to itself is left to whoever opens it."""
    (folder / "a" / "round").symlink_to(folder)
    (folder / "b" / "again").symlink_to(folder / "b")
    (folder / "a" / "self.json").symlink_to("self.json")
    (folder / "a" / "gone.json").symlink_to("nowhere")

    own = ["a/four.jsonl", "a/gone.json", "a/self.json"]
    assert [*own, "a/round/b/one.ndjson.gz", "a/round/b/two.har", "a/round/b/deep/three.JSON"] == names("a")
    assert [*own, "b/one.ndjson.gz", "b/two.har", "b/deep/three.JSON"] == names(".")
    assert ["b/two.har"] == names("**/*.har")


def test_what_is_not_there_is_a_problem_and_the_rest_is_found(folder: Path) -> None:
    """A missing file, a glob without a match and a folder without captures are one line each."""
    (folder / "empty").mkdir()
    arguments = ("none.json", "*.none", "empty", "", "a\0b", "b/two.har")

    assert ["b/two.har"] == names(*arguments)
    assert [
        "none.json: cannot be read: no such file or directory",
        "*.none: matches no file",
        "empty: no capture in this folder, which is a file named *.json, *.ndjson, *.jsonl, *.har, *.yaml, *.yml, "
        "or packed: .gz, .bz2, .xz, .zst",
        "a path is empty; give a file, a folder, a glob, or - for standard input",
        "a\0b: cannot be read: its name has a NUL character",
    ] == problems(*arguments)


def test_a_name_that_is_not_utf_8_can_be_written(folder: Path) -> None:
    """A label is text that any report can hold."""
    name = b"caf\xe9.json".decode("utf-8", errors="surrogateescape")
    (folder / name).write_bytes(b"")

    assert ["caf\\xe9.json"] == names(name)
