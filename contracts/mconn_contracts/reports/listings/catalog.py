"""The formats of listings, by name."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TypeVar

from mconn_contracts.reports.listings import html, junit, markdown
from mconn_contracts.reports.listings.listing import Listing

Result = TypeVar("Result")
Renderer = Callable[[Result], Iterator[str]]


def formats(
    listing: Callable[[Result], Listing], text: Renderer[Result], json: Renderer[Result]
) -> Mapping[str, Renderer[Result]]:
    """The renderers of a result: its own for text and JSON, and those of its listing."""
    return {
        "text": text,
        "json": json,
        "junit": lambda result: junit.pieces(listing(result)),
        "markdown": lambda result: markdown.pieces(listing(result)),
        "html": lambda result: html.pieces(listing(result)),
    }
