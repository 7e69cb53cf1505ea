"""The pages at `/docs`: the document in a viewer, and what this server can do wrong or otherwise. Nothing is loaded from elsewhere."""

from __future__ import annotations

import functools
import importlib.util
import json
from html import escape
from importlib import resources
from pathlib import Path
from typing import Final

from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, Response
from starlette.routing import Route

from mconn_contracts.document import Document, load
from mconn_contracts.export import openapi_31
from mconn_contracts.server.faults.catalog import FAULTS
from mconn_contracts.server.styles import STYLES

PATH: Final = "/docs"
_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self' data:; "
    "connect-src 'self'; worker-src 'self' blob:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
"""Redoc writes its styles itself, and searches in a worker."""
_HEADERS: Final = {"Content-Security-Policy": _POLICY, "X-Content-Type-Options": "nosniff"}
_PAGE: Final = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="icon" href="data:,">
<title>{title}</title>
<link rel="stylesheet" href="{path}/documentation.css">
</head>
<body{kind}>
<nav aria-label="Pages"><a href="{path}"{at_document}>The document</a> <a href="{path}/faults"{at_faults}>Faults and styles</a></nav>
{body}
</body>
</html>
"""
_VIEWER: Final = '<redoc spec-url="{path}/openapi.json"></redoc>\n<script type="module" src="{path}/redoc.js"></script>'


def routes() -> list[Route]:
    """The routes of the pages, all outside the base path of the API."""
    return [
        Route(PATH, _document_page),
        Route(f"{PATH}/faults", _faults_page),
        Route(f"{PATH}/openapi.json", _openapi),
        Route(f"{PATH}/redoc.js", _viewer),
        Route(f"{PATH}/documentation.css", _style),
    ]


async def _document_page(_: Request) -> Response:
    return _html("The document", _VIEWER.format(path=PATH), viewer=True)


async def _faults_page(_: Request) -> Response:
    return _html("Faults and styles", _tables(load()))


async def _openapi(_: Request) -> Response:
    return Response(_exported(), media_type="application/json", headers=_HEADERS)


async def _viewer(_: Request) -> Response:
    return FileResponse(_redoc(), media_type="text/javascript", headers=_HEADERS)


async def _style(_: Request) -> Response:
    text = (resources.files("mconn_contracts.server") / "documentation.css").read_text(encoding="utf-8")
    return Response(text, media_type="text/css", headers=_HEADERS)


@functools.cache
def _exported() -> bytes:
    return json.dumps(openapi_31(load()), ensure_ascii=False).encode()


def _redoc() -> Path:
    """The script of the viewer. The package that carries it is not imported: that would read all its viewers."""
    spec = importlib.util.find_spec("offapi")
    assert spec is not None  # noqa: S101 - a dependency
    assert spec.origin is not None  # noqa: S101
    return Path(spec.origin).parent / "redoc.js"


def _html(title: str, body: str, *, viewer: bool = False) -> Response:
    here = ' aria-current="page"'
    page = _PAGE.format(
        title=f"{title} – mconn reference server",
        path=PATH,
        body=body,
        kind=' class="viewer"' if viewer else "",
        at_document=here if viewer else "",
        at_faults="" if viewer else here,
    )
    return HTMLResponse(page, headers=_HEADERS)


def _tables(document: Document) -> str:
    faults = "".join(
        f'<tr><th scope="row"><code>{escape(fault.name)}</code></th>'
        f'<td><abbr title="{escape(document.statement(fault.code).statement)}">{fault.code}</abbr></td>'
        f"<td>{escape(fault.summary)}{' (rare)' if fault.rare else ''}</td></tr>\n"
        for fault in FAULTS.values()
    )
    styles = "".join(
        f'<tr><th scope="row"><code>{escape(style.name)}</code></th><td>{escape(style.summary)}</td></tr>\n'
        for style in STYLES.values()
    )
    return f"""<main>
<h1>Faults and styles</h1>
<p>A fault breaks one promise of the contract: <code>mconn serve --fault NAME</code>. A style keeps them all, and makes choices
of its own where nothing is documented: <code>mconn serve --style NAME</code>. <code>mconn rules CODE</code> explains a code.</p>
<h2 id="faults">{len(FAULTS)} faults</h2>
<table aria-labelledby="faults"><thead><tr><th scope="col">fault</th><th scope="col">breaks</th><th scope="col">what it does</th></tr></thead>
<tbody>{faults}</tbody></table>
<h2 id="styles">{len(STYLES)} styles</h2>
<table aria-labelledby="styles"><thead><tr><th scope="col">style</th><th scope="col">what it is</th></tr></thead>
<tbody>{styles}</tbody></table>
</main>"""
