"""The pages at `/docs` of the reference server, as they are sent."""

from __future__ import annotations

import pytest
import requests

from mconn_contracts.contract.document import load
from mconn_contracts.contract.export import openapi_31
from mconn_contracts.server.embedded import serve_in_thread
from mconn_contracts.server.faults.catalog import FAULTS


def test_pages_are_sent_beside_the_api_whatever_is_broken() -> None:
    """The pages are outside the base path, so that no fault reaches them; what is not a page is answered as before."""
    with serve_in_thread(faults=[FAULTS["not-json"]] if "not-json" in FAULTS else list(FAULTS.values())[:1]) as server:
        origin = server.url.removesuffix("/client/v4")
        document = requests.get(f"{origin}/docs/openapi.json", timeout=10)
        assert {**openapi_31(load()), "servers": [{"url": "/client/v4", "description": "This server."}]} == document.json()
        assert 404 == requests.get(f"{origin}/docs/other", timeout=10).status_code
        assert 404 == requests.get(f"{server.url}/docs", timeout=10).status_code


@pytest.mark.parametrize(
    "path, media_type",
    [
        ("/docs", "text/html; charset=utf-8"),
        ("/docs/faults", "text/html; charset=utf-8"),
        ("/docs/viewer.js", "text/javascript; charset=utf-8"),
        ("/docs/viewer.css", "text/css; charset=utf-8"),
        ("/docs/documentation.js", "text/javascript; charset=utf-8"),
        ("/docs/documentation.css", "text/css; charset=utf-8"),
    ],
)
def test_pages_load_nothing_from_elsewhere(path: str, media_type: str) -> None:
    """Each is sent with its type and a policy that names no other host."""
    with serve_in_thread() as server:
        response = requests.get(server.url.removesuffix("/client/v4") + path, timeout=10)

    assert (200, media_type) == (response.status_code, response.headers["content-type"])
    assert response.headers["content-security-policy"].startswith("default-src 'none'")
    assert "//" not in response.headers["content-security-policy"]
