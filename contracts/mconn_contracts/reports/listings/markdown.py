"""A listing for a step summary, a pull request or a wiki: GitHub Flavored Markdown."""

from __future__ import annotations

from collections.abc import Iterator

from mconn_contracts.reports.listings.listing import Listing, Row, State, Table
from mconn_contracts.reports.markdown import MARKS, plain


def pieces(listing: Listing) -> Iterator[str]:
    """A table of the scores, and the tables. Several tables are folded."""
    for line in _lines(listing):
        yield f"{line}\n"


def _lines(listing: Listing) -> Iterator[str]:
    yield f"## {MARKS[listing.outcome]} mconn {listing.command}: {listing.outcome}"
    yield ""
    yield f"{plain(listing.summary)}."
    for note in listing.notes:
        yield from ("", f"> {plain(note)}")
    scored = [table for table in listing.tables if table.score]
    if scored:
        yield from ("", "| | score |", "| --- | --- |")
        yield from (f"| {plain(table.title)} | {plain(table.score)} |" for table in scored)
    for table in listing.tables:
        yield from _table(table, brief=listing.brief, folded=len(listing.tables) > 1)


def _table(table: Table, *, brief: bool, folded: bool) -> Iterator[str]:
    rows = [row for row in table.rows if not brief or row.state is not State.GOOD]
    if not rows:
        return
    yield from ("", f"<details><summary>{plain(table.title)}</summary>" if folded else f"### {plain(table.title)}", "")
    heads = (table.subject, "result", *table.columns, "what")
    yield from (f"| {' | '.join(map(plain, heads))} |", f"|{' --- |' * len(heads)}")
    yield from map(_row, rows)
    if folded:
        yield from ("", "</details>")


def _row(row: Row) -> str:
    return f"| {' | '.join(map(plain, (row.name, row.result, *row.cells, row.words)))} |"
