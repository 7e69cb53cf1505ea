"""A page of another origin that asks through the proxy: what the server says of origins reaches the browser unchanged."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import closing
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from tests.browser.conftest import Watched
from tests.proxy.standing import EVENTS, standing

from mconn_contracts.contract.document import load
from mconn_contracts.server.development.assembly import Development, Settings
from mconn_contracts.server.documentation import Site
from mconn_contracts.server.embedded import serve_handler_in_thread

ASK = """async ([url, token]) => {
  try {
    const response = await fetch(url, { headers: { Authorization: `Bearer ${token}` } });
    return [response.status, (await response.json()).result.count];
  } catch (error) {
    return [error.name, 0];
  }
}"""


@pytest.fixture
def page_url(tmp_path: Path) -> Iterator[str]:
    """The URL of a page, on a port of its own: an origin of its own."""
    (tmp_path / "index.html").write_text("<!doctype html><title>a</title>")

    class Handler(SimpleHTTPRequestHandler):
        def __init__(self, *arguments: Any) -> None:
            super().__init__(*arguments, directory=str(tmp_path))

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/index.html"
        server.shutdown()
        thread.join()


@pytest.mark.parametrize("allowed, expected, requests", [(True, [200, 20], 2), (False, ["TypeError", 0], 1)])
def test_a_page_asks_through_the_proxy(
    watched: Watched, page_url: str, allowed: bool, expected: list[object], requests: int
) -> None:
    """A page of an origin that the server allows gets its answer, after a preflight; another one gets none, as without it."""
    settings = Settings() if allowed else Settings(origins=("https://app.example",))
    page = watched.page
    with (
        closing(Development(settings, load())) as served,
        serve_handler_in_thread(served.responder, Site(kinds=served.kinds)) as server,
        standing(server.url) as proxy,
    ):
        page.goto(page_url)
        seen = page.evaluate(ASK, [proxy.url.removesuffix("/client/v4") + EVENTS + "/latest", server.token])

    assert expected == seen
    assert (requests, {}) == (proxy.counts.passed, proxy.tally.by_code)
