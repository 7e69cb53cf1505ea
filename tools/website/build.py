"""Build the site in build/site/html from README.md, docs/ and the pages beside them; a link that leads nowhere fails.

npm ci --prefix tools/website && python tools/website/build.py

Pages link to each other, and to files and folders of the repository, as they do on GitHub. This program lays out a copy of them
for zensical, in which each link leads to where its target stands in the site. A file that is no page is copied, and a folder
becomes a page that lists it, so the site needs no repository.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from html.parser import HTMLParser
from pathlib import Path, PurePosixPath
from urllib.parse import unquote, urlsplit

ROOT = Path(__file__).resolve().parents[2]
HERE = Path(__file__).resolve().parent
SOURCE = ROOT / "build" / "site" / "source"
SITE = ROOT / "build" / "site" / "html"
BESIDE = {
    "README.md": "index.md",
    "ARCHITECTURE.md": "architecture.md",
    "CHANGELOG.md": "changelog.md",
    "CODE_OF_CONDUCT.md": "code-of-conduct.md",
    "CONTRIBUTING.md": "contributing.md",
    "SECURITY.md": "security.md",
    "spec/README.md": "spec.md",
}
"""Pages outside docs/, and where they stand in the site."""
LISTED = ("docs/decisions",)
"""Folders that the navigation shows by a page that lists them."""
SCRIPTS = {
    "mermaid": HERE / "node_modules" / "@mermaid-js" / "tiny" / "dist" / "mermaid.tiny.js",
    "iframe-worker": HERE / "node_modules" / "iframe-worker" / "shim" / "index.js",
}
"""What zensical would have a browser load from a CDN: diagrams, and search in pages that are opened as files."""
NEEDS_ADDRESS = ("404.html", "sitemap.xml")
"""What zensical writes wrong for a site that does not know its own address: links from the root of a host, and no pages."""
_FENCE = re.compile(r"(?ms)^ *(```+|~~~+).*?^ *\1 *$")
_LINK = re.compile(r"(?P<before>\]\(|\b(?:src|srcset|href)=\")(?P<target>[^)\s\"]+)(?=[)\"])")
_TITLE = re.compile(r"(?m)^# (.+)$")


def tracked() -> frozenset[str]:
    """The files of the repository, from its root: those that git tracks, and new ones that it does not ignore."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)  # noqa: S603 - words of ours
    return frozenset(name for name in done.stdout.split("\0") if name and (ROOT / name).is_file())


def place(name: str) -> str:
    """Where a file of the repository stands in the site; zensical passes over names that begin with a dot."""
    if name in BESIDE:
        return BESIDE[name]
    if name.startswith("docs/"):
        return name.removeprefix("docs/")
    return "/".join(("files", *(part.lstrip(".") for part in name.split("/"))))


def relative(target: str, page: str) -> str:
    """The link from a page of the site to another place in it."""
    return os.path.relpath(target, PurePosixPath(page).parent).replace(os.sep, "/")


def outside_code(text: str, change: Callable[[str], str]) -> str:
    """The text with what is no block of code changed."""
    parts, end = [], 0
    for fence in _FENCE.finditer(text):
        parts += [change(text[end : fence.start()]), fence[0]]
        end = fence.end()
    return "".join((*parts, change(text[end:])))


class Layout:
    """Lays out the pages of the repository, and everything that they link to, as the source of the site."""

    def __init__(self, names: frozenset[str]) -> None:
        self.names = names
        self.folders = frozenset(str(parent) for name in names for parent in PurePosixPath(name).parents)
        self.waiting = [*BESIDE, *LISTED, *sorted(name for name in names if name.startswith("docs/"))]
        self.broken: list[str] = []

    def write(self) -> None:
        """Write every page, and whatever is reached from one; ends the program where a link leads nowhere."""
        laid: set[str] = set()
        while self.waiting:
            name = self.waiting.pop(0)
            if name in laid:
                continue
            laid.add(name)
            if name in self.folders:
                self._put(f"{place(f'{name}/index.md')}", self._listing(name))
            elif name.endswith(".md"):
                self._put(place(name), self._page(name, (ROOT / name).read_text(encoding="utf-8")))
            else:
                path = SOURCE / place(name)
                path.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(ROOT / name, path)
        if self.broken:
            sys.exit("\n".join(self.broken))

    def _put(self, at: str, text: str) -> None:
        path = SOURCE / at
        path.parent.mkdir(parents=True, exist_ok=True)
        if "\n```mermaid\n" in text:
            text += f'\n<script src="{relative("assets/mermaid.js", at)}"></script>\n'
        path.write_text(text, encoding="utf-8")

    def _page(self, name: str, text: str) -> str:
        def link(found: re.Match[str]) -> str:
            return found["before"] + self._target(name, found["target"])

        return outside_code(text, lambda part: _LINK.sub(link, part))

    def _target(self, name: str, target: str) -> str:
        """The link in the site for one in the repository; those to elsewhere, and within the page, stay."""
        parts = urlsplit(target)
        if parts.scheme or parts.netloc or not parts.path:
            return target
        found = os.path.normpath(PurePosixPath(name).parent / unquote(parts.path)).replace(os.sep, "/")
        if found not in self.names and found not in self.folders:
            self.broken.append(f"{name}: {target} leads to nothing in the repository")
            return target
        self.waiting.append(found)
        to = place(f"{found}/index.md" if found in self.folders else found)
        return relative(to, place(name)) + (f"#{parts.fragment}" if parts.fragment else "")

    def _listing(self, folder: str) -> str:
        """A page that links to every file below the folder, with the title of each that is a page."""
        page = place(f"{folder}/index.md")
        lines = [f"# `{folder}`", ""]
        for name in sorted(name for name in self.names if name.startswith(f"{folder}/")):
            self.waiting.append(name)
            title = _TITLE.search((ROOT / name).read_text(encoding="utf-8")) if name.endswith(".md") else None
            shown = title[1] if title else f"`{name.removeprefix(f'{folder}/')}`"
            lines.append(f"- [{shown}]({relative(place(name), page)})")
        return "\n".join((*lines, ""))


class Page(HTMLParser):
    """What a built page links to and loads, and the names of its places."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.links: list[str] = []
        self.loaded: list[str] = []
        self.anchors = {""}
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Keep what the tag names."""
        given = {name: value for name, value in attrs if value is not None}
        self.anchors |= {given[name] for name in ("id", "name") if name in given}
        if "href" in given:
            (self.links if tag == "a" else self.loaded).append(given["href"])
        self.loaded += [given[name] for name in ("src", "srcset") if name in given]


def faults(site: Path) -> Iterator[str]:
    """What is wrong in a built site: links and anchors that lead nowhere, and what would be loaded from another host."""
    pages = {path: Page(path) for path in sorted(site.rglob("*.html"))}
    for path, page in pages.items():
        shown = path.relative_to(site)
        for url in page.loaded:
            if urlsplit(url).netloc:
                yield f"{shown}: loads {url} from another host"
        for url in (*page.links, *page.loaded):
            parts = urlsplit(url)
            if parts.scheme or parts.netloc:
                continue
            found = path if not parts.path else Path(os.path.normpath(path.parent / unquote(parts.path)))
            if not found.is_file():
                yield f"{shown}: {url} leads to no file"
            elif found in pages and unquote(parts.fragment) not in pages[found].anchors:
                yield f"{shown}: {url} leads to no place in that page"


def main() -> None:
    """Lay out the source, build the site, and look at every link of it."""
    missing = [path for path in SCRIPTS.values() if not path.is_file()]
    if missing:
        sys.exit(f"{missing[0]} is missing; run `npm ci --prefix tools/website` first")
    shutil.rmtree(SOURCE.parent, ignore_errors=True)
    Layout(tracked()).write()
    assets = SOURCE / "assets"
    assets.mkdir(parents=True)
    shutil.copyfile(HERE / "site.css", assets / "site.css")
    for name, path in SCRIPTS.items():
        shutil.copyfile(path, assets / f"{name}.js")
    command = [sys.executable, "-m", "zensical", "build", "--clean", "--strict"]
    if code := subprocess.run(command, cwd=ROOT, check=False).returncode:  # noqa: S603 - words of ours
        sys.exit(code)
    for name in NEEDS_ADDRESS:
        (SITE / name).unlink()
    found = sorted(faults(SITE))
    if found:
        sys.exit("\n".join(found))


if __name__ == "__main__":
    main()
