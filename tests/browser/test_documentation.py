"""The pages at `/docs` of the reference server, in a browser."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import closing

import pytest
from tests.browser.conftest import Watched

from mconn_contracts.contract.document import load
from mconn_contracts.server.development.assembly import Development, Settings
from mconn_contracts.server.documentation import Site
from mconn_contracts.server.embedded import serve_handler_in_thread
from mconn_contracts.server.faults.catalog import FAULTS
from mconn_contracts.server.styles import STYLES


@pytest.fixture(scope="module")
def origin() -> Iterator[str]:
    """The origin of a running server to develop against."""
    with (
        closing(Development(Settings(), load())) as served,
        serve_handler_in_thread(served.responder, Site(kinds=served.kinds)) as server,
    ):
        yield server.url.removesuffix("/client/v4")


def test_the_document_is_shown(watched: Watched, origin: str) -> None:
    """Every operation of the document is there to read; the console says no error, and nothing leaves the server."""
    page = watched.page
    page.goto(f"{origin}/docs")
    for operation in load().operations:
        page.get_by_role("button", name=f"{operation.method} {operation.path}").first.wait_for()
    page.get_by_role("button", name=load().operations[0].path).first.click()
    page.get_by_role("heading", name="Parameters").first.wait_for()

    assert [] == watched.console
    assert [] == [url for url in watched.requests if not url.startswith((origin, "data:", "blob:"))]


def test_faults_and_styles_are_listed(watched: Watched, origin: str) -> None:
    """A link leads to the page that lists each, with the code that a fault breaks."""
    page = watched.page
    page.goto(f"{origin}/docs")
    page.get_by_role("link", name="Faults and styles").click()
    page.get_by_role("heading", name="Faults and styles").wait_for()

    faults = page.get_by_role("table", name=f"{len(FAULTS)} faults").get_by_role("row").all_inner_texts()[1:]
    styles = page.get_by_role("table", name=f"{len(STYLES)} styles").get_by_role("row").all_inner_texts()[1:]
    assert [[fault.name, fault.code] for fault in FAULTS.values()] == [row.split()[:2] for row in faults]
    assert list(STYLES) == [row.split()[0] for row in styles]
    assert [] == watched.console


def test_a_fault_is_tried_out(watched: Watched, origin: str) -> None:
    """What is chosen above the document goes with the request that the page sends, and the answer is shown as it came."""
    page = watched.page
    page.goto(f"{origin}/docs")
    page.get_by_label("code").select_option("429")
    page.get_by_label("delay").fill("0.1")
    assert "Prefer: code=429, delay=0.1" == page.locator("#preferences output").inner_text()

    page.get_by_role("button", name=re.compile("GET .*events.latest")).first.click()
    page.get_by_role("button", name="Try it out").click()
    for name in ("account_id", "connector_id"):
        page.get_by_placeholder(name).fill("x")
    with page.expect_response(re.compile("/latest$")) as answered:
        page.get_by_role("button", name="Execute").click()
    assert (429, "code=429, delay=0.1") == (answered.value.status, answered.value.headers["preference-applied"])

    page.get_by_role("button", name="Reset", exact=True).first.click()
    page.wait_for_function("document.querySelector('#preferences output').value === ''")


@pytest.mark.parametrize("watched", [("light", 1200), ("dark", 1200), ("dark", 380)], indirect=True)
def test_pages_follow_the_color_scheme(watched: Watched, origin: str) -> None:
    """Pages and viewer are light or dark as the browser is, with text that stands out, and nothing is wider than the window."""
    page = watched.page
    for path, shown in (("/docs", ".opblock-summary-description"), ("/docs/faults", "main td")):
        page.goto(origin + path)
        page.locator(shown).last.wait_for()
        page.wait_for_function(CONTRAST)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


CONTRAST = """() => {
  const dark = matchMedia("(prefers-color-scheme: dark)").matches;
  const light = (color) => color.match(/\\d+/g).slice(0, 3).reduce((sum, each) => sum + Number(each), 0) / 3;
  const behind = (node) => {
    for (; node; node = node.parentElement) {
      const color = getComputedStyle(node).backgroundColor;
      if (!/^rgba\\(.*, 0(\\.[0-4]\\d*)?\\)$/.test(color)) return color;
    }
    return "rgb(255, 255, 255)";
  };
  const texts = "nav a, #preferences label, .swagger-ui .title, .opblock-summary-description, main p, main td";
  const found = [...document.querySelectorAll(texts)];
  return found.length > 5 && found.every((node) => {
    const ink = light(getComputedStyle(node).color), page = light(behind(node));
    return (dark ? page < 100 : page > 180) && Math.abs(ink - page) > 80;
  });
}"""
"""Whether what is behind text is dark just where the browser is, and the text is not."""
