"""The site, as `tox run -e site` builds it, in a browser: opened from its files, and served on loopback."""

from __future__ import annotations

import functools
import threading
import tomllib
from collections.abc import Iterator
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect
from tests.browser.conftest import Watched

ROOT = Path(__file__).resolve().parents[2]
SITE = ROOT / "build" / "site" / "html"
HERE = ("file:", "data:", "blob:")
"""What the addresses of everything begin with that is on this machine, without a server."""
DRAWN = """() => {
  const drawn = [...document.querySelectorAll("div.mermaid")];
  drawn.forEach((each) => each.scrollIntoView());
  return drawn.length === 2 && drawn.every((each) => each.offsetHeight > 100);
}"""
"""Whether both diagrams stand where the text was that they are made from; their inside is closed to scripts."""


def in_navigation(item: Any) -> Iterator[str]:
    """The pages of an entry of the navigation."""
    if isinstance(item, str):
        yield item.removesuffix(".md")
    else:
        for each in item.values() if isinstance(item, dict) else item:
            yield from in_navigation(each)


PAGES = list(in_navigation(tomllib.loads((ROOT / "zensical.toml").read_text(encoding="utf-8"))["project"]["nav"]))


def page_url(name: str) -> str:
    """The address of a page as a file; the test fails where the site is not built."""
    path = SITE / f"{name}.html"
    if not path.is_file():
        pytest.fail(f"{path} is missing: `tox run -e site` builds the site before it runs this test", pytrace=False)
    return path.as_uri()


def complaints(watched: Watched) -> list[str]:
    """What the console said that is more than a remark."""
    return [line for line in watched.console if not line.startswith("info: ")]


@pytest.fixture(scope="module")
def origin() -> Iterator[str]:
    """The address of a server of the site's files."""

    class Handler(SimpleHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Handler, directory=str(SITE))) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def test_every_page_opens_in_peace(watched: Watched) -> None:
    """No page is wider than the window, at a desk or on a phone; the console does not complain, and no request leaves."""
    page, wide = watched.page, []
    for name in PAGES:
        page.goto(page_url(name), wait_until="domcontentloaded")
        for width in (1280, 390):
            page.set_viewport_size({"width": width, "height": 900})
            if not page.evaluate("document.documentElement.scrollWidth <= innerWidth"):
                wide.append((name, width))

    assert [] == wide
    assert [] == complaints(watched)
    assert [] == [url for url in watched.requests if not url.startswith(HERE)]


@pytest.mark.parametrize("watched", [("light", 1280), ("dark", 1280)], indirect=True)
def test_the_site_follows_the_color_scheme(watched: Watched) -> None:
    """The page is dark just where the browser is."""
    watched.page.goto(page_url("test"))
    dark, background = watched.page.evaluate(
        '[matchMedia("(prefers-color-scheme: dark)").matches, getComputedStyle(document.body).backgroundColor]'
    )

    assert dark == (sum(int(part) for part in background[4:-1].split(",")[:3]) < 3 * 128)


@pytest.mark.parametrize("watched", [("light", 1280), ("dark", 390)], indirect=True)
def test_diagrams_are_drawn(watched: Watched) -> None:
    """The waist and the life of an exchange are drawn, by a script of the site."""
    page = watched.page
    page.goto(page_url("architecture"))
    page.wait_for_function(DRAWN)

    assert [] == complaints(watched)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_the_commands_of_a_console_block_are_copied_alone(watched: Watched, origin: str) -> None:
    """The copy button leaves out the prompts and what the commands print, and so does a selection."""
    page = watched.page
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.goto(f"{origin}/test.html")
    block = page.locator(".language-console", has_text="mconn serve").first
    shown = block.locator("code").inner_text().splitlines()
    block.hover()
    block.locator("button.md-code__button").first.click()
    page.wait_for_function("navigator.clipboard.readText().then((text) => text !== '')")
    copied = page.evaluate("navigator.clipboard.readText()").splitlines()
    selected = block.locator("code").evaluate("(code) => { getSelection().selectAllChildren(code); return `${getSelection()}`; }")
    commands = [line.removeprefix("$ ") for line in shown if line.startswith("$ ")]

    assert len(shown) > len(commands) > 1
    assert commands == [line for line in copied if line]
    assert commands == [line for line in selected.splitlines() if line]


def test_the_site_has_nothing_that_needs_its_address() -> None:
    """No page for unknown addresses and no list of addresses is published: the site may lie anywhere on a host."""
    assert [] == [name for name in ("404.html", "sitemap.xml") if (SITE / name).exists()]


@pytest.mark.parametrize("served", [False, True], ids=["file", "server"])
def test_search_finds_a_rule(watched: Watched, origin: str, served: bool) -> None:
    """A rule's name leads to its place in the reference, with and without a server."""
    page = watched.page
    page.goto(f"{origin}/test.html" if served else page_url("test"))
    page.get_by_role("button", name="Search").click()
    page.keyboard.type("count-mismatch")
    page.get_by_text("MC301 count-mismatch").first.wait_for()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="MC301 count-mismatch")).to_be_in_viewport(timeout=20_000)

    assert [] == complaints(watched)
    assert [] == [url for url in watched.requests if not url.startswith((origin, *HERE))]
