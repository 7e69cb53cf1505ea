"""A listing for a browser: one HTML file that loads nothing."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.metadata import version

from mconn_contracts.reports.html import MARKS
from mconn_contracts.reports.listings.listing import Listing, Row, State, Table
from mconn_contracts.reports.page import escaped, page, words

_STYLES = {State.GOOD: "kept", State.BAD: "is-broken", State.UNDECIDED: "is-broken"}


def pieces(listing: Listing) -> Iterator[str]:
    """One document, with every row of every table."""
    yield from page(f"{listing.outcome} – mconn {listing.command}", _body(listing))


def _body(listing: Listing) -> Iterator[str]:
    result, title = listing.outcome, f"mconn {listing.command}"
    yield "<header>"
    yield f'<h1><span class="outcome {result}"><span aria-hidden="true">{MARKS[result]}</span> {result}</span> {title}</h1>'
    yield f"<p>{escaped(listing.summary)}.</p>"
    yield from (f'<p class="reason">{escaped(note)}</p>' for note in listing.notes)
    tiles = "".join(f"<li><b>{escaped(value)}</b> {escaped(unit)}</li>" for value, unit in listing.tiles)
    yield f'<ul class="tiles" aria-label="Numbers">{tiles}</ul>'
    yield "</header>\n<main>"
    for table in listing.tables:
        yield from _table(table)
    if listing.command == "client":
        yield from words("Tests of a client", "The reference server")
    yield "</main>"
    yield f"<footer>Written by mconn {escaped(version('mconn-contracts'))}. Nothing here was loaded from elsewhere.</footer>"


def _table(table: Table) -> Iterator[str]:
    name = escaped(table.id)
    scored = f": {table.score}" if table.score else ""
    yield f'<section aria-labelledby="{name}"><h2 id="{name}">{escaped(table.title)}{escaped(scored)}</h2>'
    heads = "".join(f'<th scope="col">{escaped(each)}</th>' for each in (table.subject, "result", *table.columns, "what"))
    yield (f'<div class="wide" tabindex="0" role="region" aria-labelledby="{name}"><table><thead><tr>{heads}</tr></thead><tbody>')
    yield from map(_row, table.rows)
    yield "</tbody></table></div></section>"


def _row(row: Row) -> str:
    said = f'<details><summary>said</summary><pre tabindex="0">{_lines(row.said)}</pre></details>' if row.said else ""
    cells = "".join(f"<td>{escaped(cell)}</td>" for cell in row.cells)
    result = f'<td class="{_STYLES.get(row.state, "undecided")}">{escaped(row.result)}</td>'
    return f'<tr><th scope="row">{escaped(row.name)}</th>{result}{cells}<td>{escaped(row.words)}{said}</td></tr>'


def _lines(text: str) -> str:
    return "\n".join(map(escaped, text.split("\n")))
