"""A page for a browser that loads nothing: its head, its policy, and text that is never markup."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterable, Iterator
from html import escape
from importlib import resources

from mconn_contracts.process.lines import visible
from mconn_contracts.reports.glossary import GLOSSARY

_CODE = re.compile("`([^`]*)`")


def page(title: str, lines: Iterable[str], script: str | None = None) -> Iterator[str]:
    """One document of these lines of its body; its policy (CSP) lets it load and send nothing, and run only this script."""
    style = asset("report.css")
    scripts = f" script-src '{_digest(script)}';" if script is not None else ""
    policy = f"default-src 'none'; style-src '{_digest(style)}';{scripts} base-uri 'none'; form-action 'none'"
    yield f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{title}</title>
<style>{style}</style>
</head>
<body>
"""
    for line in lines:
        yield f"{line}\n"
    yield f"{'' if script is None else f'<script>{script}</script>{chr(10)}'}</body>\n</html>\n"


def asset(name: str) -> str:
    """The text of a file beside this one."""
    return (resources.files("mconn_contracts.reports") / name).read_text(encoding="utf-8")


def escaped(value: str) -> str:
    """A text as HTML shows it, in an element or in the value of an attribute."""
    return escape(visible(value)).encode("utf-8", "replace").decode("utf-8")


def prose(value: str) -> str:
    """A text of ours or of the document, what stands between backquotes as code."""
    return _CODE.sub(r"<code>\1</code>", escaped(value))


def words(*groups: str) -> Iterator[str]:
    """The section that explains the words of these groups of the glossary: a report has no page that it could link to."""
    yield '<section id="words" aria-labelledby="words-title"><h2 id="words-title">Words</h2>'
    yield "<details><summary>What the words of this report mean</summary>"
    for group in groups:
        yield f'<h3>{escaped(group)}</h3><dl class="words">'
        yield from (f"<dt>{escaped(word)}</dt><dd>{prose(meaning)}</dd>" for word, meaning in GLOSSARY[group].items())
        yield "</dl>"
    yield "</details></section>"


def _digest(text: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode('ascii')}"
