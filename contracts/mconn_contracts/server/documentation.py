"""The pages at `/docs`: the document in a viewer, and what this server can do wrong or otherwise. No network is needed."""

from __future__ import annotations

import importlib.util
import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from html import escape
from importlib import resources
from pathlib import Path
from typing import Final

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, Response
from starlette.routing import Route

from mconn_contracts.contract.document import Document, load
from mconn_contracts.contract.export import openapi_31
from mconn_contracts.server.api.routing import BASE_PATH
from mconn_contracts.server.faults.catalog import FAULTS
from mconn_contracts.server.styles import STYLES

PATH: Final = "/docs"
_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self' data:; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
"""Swagger UI writes some of its styles itself."""
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
<nav aria-label="Pages">
<a href="{path}"{at_document}>The document</a>
<a href="{path}/faults"{at_faults}>Faults and styles</a>
</nav>
{body}
</body>
</html>
"""
_VIEWER: Final = """<link rel="stylesheet" href="{path}/viewer.css">
<div id="viewer"></div>
<script src="{path}/viewer.js"></script>
<script src="{path}/documentation.js" data-document="{path}/openapi.json"></script>"""
_CODES: Final = (400, 401, 403, 404, 429, 500, 503)
_NOTHING: Final = "as it is"
_OURS: Final = {"documentation.css": "text/css", "documentation.js": "text/javascript"}
_THEIRS: Final = {"viewer.css": ("swagger_style.css", "text/css"), "viewer.js": ("swagger_bundle.js", "text/javascript")}
"""Names of the files of Swagger UI in the package that carries it."""


@dataclass(frozen=True, slots=True)
class Site:
    """The pages of a server. `document` is the one that the server keeps, by default ours.

    `kinds` are those that a request may prefer to be shown; where there are any, the page has switches for what its own
    requests prefer.
    """

    document: Document | None = None
    kinds: tuple[str, ...] = ()

    def routes(self) -> list[Route]:
        """The routes of the pages, all outside the base path of the API."""
        return [
            Route(PATH, self._document_page),
            Route(f"{PATH}/faults", self._faults_page),
            Route(f"{PATH}/openapi.json", self._openapi),
            Route(f"{PATH}/{{name}}", _file),
        ]

    async def _document_page(self, _: Request) -> Response:
        switches = _switches(self.kinds) if self.kinds else ""
        return _html("The document", switches + _VIEWER.format(path=PATH), viewer=True)

    async def _faults_page(self, _: Request) -> Response:
        return _html("Faults and styles", _tables(self.document or load()))

    async def _openapi(self, _: Request) -> Response:
        return Response(_exported(self.document or load()), media_type="application/json", headers=_HEADERS)


PLAIN: Final = Site()
"""The pages of a server that keeps our document, and asks nothing of a request's preferences."""


async def _file(request: Request) -> Response:
    name = request.path_params["name"]
    if name in _OURS:
        text = (resources.files("mconn_contracts.server") / name).read_text(encoding="utf-8")
        return Response(text, media_type=_OURS[name], headers=_HEADERS)
    if name in _THEIRS:
        file, media_type = _THEIRS[name]
        return FileResponse(_carried() / file, media_type=media_type, headers=_HEADERS)
    raise HTTPException(404)


def _exported(document: Document) -> bytes:
    """The document for consumers, with this server as its only server: nothing that is tried out goes to the vendor."""
    exported = {**openapi_31(document), "servers": [{"url": BASE_PATH, "description": "This server."}]}
    return json.dumps(exported, ensure_ascii=False).encode()


def _carried() -> Path:
    """The folder of the viewer. The package is not imported: that would read all the viewers that it carries."""
    spec = importlib.util.find_spec("offapi")
    if spec is None or spec.origin is None:
        raise HTTPException(404)
    return Path(spec.origin).parent


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


def _switches(kinds: Iterable[str]) -> str:
    """What the page's requests may prefer, each as a field of a form."""
    fields = "".join(
        f'<label>{name} <select name="{name}"><option value="">{_NOTHING}</option>'
        f"{''.join(f'<option>{escape(str(value))}</option>' for value in values)}</select></label>\n"
        for name, values in (("code", _CODES), ("fault", FAULTS), ("style", STYLES), ("kind", kinds))
    )
    return f"""<form id="preferences" aria-labelledby="prefer">
<span id="prefer">Requests of this page prefer:</span>
{fields}<label>delay <input name="delay" type="number" min="0" max="60" step="0.1" placeholder="0"></label>
<button type="reset">Reset</button>
<output></output>
</form>
"""


def _prose(text: str) -> str:
    return re.sub("`([^`]*)`", r"<code>\1</code>", escape(text))


def _tables(document: Document) -> str:
    faults = "".join(
        f'<tr><th scope="row"><code>{escape(fault.name)}</code></th>'
        f'<td><abbr title="{escape(document.statement(fault.code).statement)}">{fault.code}</abbr></td>'
        f"<td>{_prose(fault.summary)}{' (rare)' if fault.rare else ''}</td></tr>\n"
        for fault in FAULTS.values()
    )
    styles = "".join(
        f'<tr><th scope="row"><code>{escape(style.name)}</code></th><td>{_prose(style.summary)}</td></tr>\n'
        for style in STYLES.values()
    )
    return f"""<main>
<h1>Faults and styles</h1>
<p>A fault breaks one promise of the contract: <code>mconn serve --fault NAME</code>. A style keeps them all, and makes choices
of its own where nothing is documented: <code>mconn serve --style NAME</code>. A request asks for either alone by the field
<code>Prefer: fault=NAME</code> or <code>Prefer: style=NAME</code>. <code>mconn rules CODE</code> explains a code.</p>
<h2 id="faults">{len(FAULTS)} faults</h2>
<table aria-labelledby="faults"><thead>
<tr><th scope="col">fault</th><th scope="col">breaks</th><th scope="col">what it does</th></tr></thead>
<tbody>{faults}</tbody></table>
<h2 id="styles">{len(STYLES)} styles</h2>
<table aria-labelledby="styles"><thead><tr><th scope="col">style</th><th scope="col">what it is</th></tr></thead>
<tbody>{styles}</tbody></table>
</main>"""
