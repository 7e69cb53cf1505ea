"""The site is laid out from pages that link as GitHub wants it, and a link that leads nowhere is told."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from tools.website import build

HERE = build.ROOT


@pytest.fixture(autouse=True)
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A repository of its own for the program, that has no page yet."""
    monkeypatch.setattr(build, "ROOT", tmp_path)
    monkeypatch.setattr(build, "SOURCE", tmp_path / "laid")
    monkeypatch.setattr(build, "BESIDE", {"README.md": "index.md"})
    monkeypatch.setattr(build, "LISTED", ())


def laid(files: dict[str, str]) -> dict[str, str]:
    """The source of the site for a repository of these files, by path."""
    for name, text in files.items():
        path = build.ROOT / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    build.Layout(frozenset(files)).write()
    found = (path for path in build.SOURCE.rglob("*") if path.is_file())
    return {path.relative_to(build.SOURCE).as_posix(): path.read_text(encoding="utf-8") for path in found}


@pytest.mark.parametrize(
    "page, text, expected",
    [
        ("README.md", "[a](docs/a.md#part)", "[a](a.md#part)"),
        ("docs/a.md", "[home](../README.md)", "[home](index.md)"),
        ("docs/deep/b.md", "[a](../a.md) [home](../../README.md)", "[a](../a.md) [home](../index.md)"),
        ("docs/a.md", "[flow](../.github/flow.yml)", "[flow](files/github/flow.yml)"),
        ("docs/a.md", "[deep](deep)", "[deep](deep/index.md)"),
        ("README.md", '<img src="docs/shown.svg">', '<img src="shown.svg">'),
        ("README.md", "[a](#part) [b](https://example.com/x.md)", "[a](#part) [b](https://example.com/x.md)"),
        ("README.md", "```text\n[a](docs/nothing.md)\n```", "```text\n[a](docs/nothing.md)\n```"),
    ],
    ids=["to-docs", "from-docs", "deep", "file", "folder", "image", "elsewhere", "code"],
)
def test_links_lead_to_where_their_targets_stand(page: str, text: str, expected: str) -> None:
    """A link of a page is rewritten for the site; one to elsewhere, within the page, or in a block of code stays as it is."""
    files = {
        "README.md": "",
        "docs/a.md": "",
        "docs/deep/b.md": "# Deep",
        ".github/flow.yml": "on: push",
        "docs/shown.svg": "<svg/>",
    }

    assert expected == laid(files | {page: text})[build.place(page)]


def test_what_is_linked_is_there() -> None:
    """A file that is no page is copied, and a folder is a page that lists its files, with the titles of pages."""
    files = {"README.md": "[x](x) [y](y.json)", "x/a.md": "# The A\n[y](../y.json)", "x/b.txt": "b", "y.json": "{}", "z.txt": ""}
    pages = laid(files)

    assert {"index.md", "files/x/index.md", "files/x/a.md", "files/x/b.txt", "files/y.json"} == set(pages)
    assert "# `x`\n\n- [The A](a.md)\n- [`b.txt`](b.txt)\n" == pages["files/x/index.md"]
    assert "# The A\n[y](../y.json)" == pages["files/x/a.md"]


def test_a_link_to_nothing_ends_the_program() -> None:
    """Each link that leads to nothing in the repository is named with its page."""
    with pytest.raises(SystemExit, match=r"^docs/a\.md: b\.md leads to nothing in the repository$"):
        laid({"README.md": "", "docs/a.md": "[b](b.md)"})


def test_a_page_with_a_diagram_loads_mermaid() -> None:
    """Only a page with a diagram has the script, from the site itself."""
    pages = laid({"README.md": "", "docs/deep/a.md": "\n```mermaid\nflowchart LR\n```\n"})

    assert '<script src="../assets/mermaid.js"></script>' == pages["deep/a.md"].splitlines()[-1]
    assert "script" not in pages["index.md"]


@pytest.mark.parametrize(
    "body, expected",
    [
        ('<p id="part"><a href="b.html#top">b</a> <a href="#part">here</a> <a href="https://example.com">there</a>', []),
        ('<a href="c.html">c</a>', ["a.html: c.html leads to no file"]),
        ('<a href="b.html#nowhere">b</a>', ["a.html: b.html#nowhere leads to no place in that page"]),
        ('<script src="https://example.com/x.js">', ["a.html: loads https://example.com/x.js from another host"]),
        ('<link rel="stylesheet" href="x.css">', ["a.html: x.css leads to no file"]),
    ],
    ids=["sound", "no-file", "no-anchor", "another-host", "no-style"],
)
def test_faults_of_a_built_site_are_told(tmp_path: Path, body: str, expected: list[str]) -> None:
    """Links and anchors that lead nowhere are told, and so is what would come from another host."""
    (tmp_path / "a.html").write_text(body, encoding="utf-8")
    (tmp_path / "b.html").write_text('<h1 id="top">b</h1>', encoding="utf-8")

    assert expected == list(build.faults(tmp_path))


def test_every_page_is_in_the_navigation() -> None:
    """zensical.toml names every page of docs/, but for the decisions, which have a page that lists them."""
    shown = re.findall(r'"([\w/-]+\.md)"', (HERE / "zensical.toml").read_text(encoding="utf-8"))
    pages = {path.relative_to(HERE / "docs").as_posix() for path in (HERE / "docs").rglob("*.md")}

    assert [] == sorted(name for name in pages - {*shown} if not name.startswith("decisions/"))
    assert len(shown) == len({*shown})
