"""Text that XML can hold, and attributes made of it."""

from __future__ import annotations

import re
from html import escape

from mconn_contracts.process.lines import visible

_NOT_XML = re.compile("[\ud800-\udfff\ufffe\uffff]")
NO_TIME = "0.000"
"""Times would make every report of the same input another."""


def attributes(**values: str | int) -> str:
    """The attributes of an element, each with a space before it."""
    return "".join(f' {name}="{_quoted(one_line(str(value)))}"' for name, value in values.items())


def one_line(value: str) -> str:
    """A text of one line that XML can hold."""
    return _NOT_XML.sub("\ufffd", visible(value))


def _quoted(text: str) -> str:
    # `xml.sax.saxutils` would do it as well, but imports an HTTP client.
    return escape(text, quote=False).replace('"', "&quot;")
