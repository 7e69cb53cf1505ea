"""The pages at `/docs` of the reference server, in a browser."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from tests.browser.conftest import Watched

from mconn_contracts.contract.document import load
from mconn_contracts.server.embedded import serve_in_thread
from mconn_contracts.server.faults.catalog import FAULTS
from mconn_contracts.server.styles import STYLES


@pytest.fixture(scope="module")
def origin() -> Iterator[str]:
    """The origin of a running reference server."""
    with serve_in_thread() as server:
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
