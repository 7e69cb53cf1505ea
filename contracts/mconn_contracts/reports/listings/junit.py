"""A listing for build servers: JUnit XML, a suite for each table and a case for each row."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape

from mconn_contracts.reports.listings.listing import Listing, Row, State
from mconn_contracts.reports.xml import NO_TIME, attributes, one_line

_TAGS = {State.BAD: "failure", State.NOTED: "system-out", State.SKIPPED: "skipped", State.UNDECIDED: "error"}


def pieces(listing: Listing) -> Iterator[str]:
    """What is bad is a failure, what could not be judged is an error, and what does not count is skipped.

    What fails the run as a whole is in the suite `run`.
    """
    suites = {table.id: (table.rows, table.columns) for table in listing.tables}
    if listing.run:
        suites["run"] = (listing.run, ())
    yield '<?xml version="1.0" encoding="UTF-8"?>\n'
    every = [row for rows, _ in suites.values() for row in rows]
    yield f'<testsuites name="mconn {listing.command}"{attributes(**_counts(every, State.BAD, State.UNDECIDED))}>\n'
    for name, (rows, columns) in suites.items():
        suite = f"mconn.{listing.command}.{name}"
        counts = _counts(rows, State.BAD, State.UNDECIDED, State.SKIPPED)
        yield f"  <testsuite{attributes(name=suite, **counts, time=NO_TIME)}>\n"
        yield from (_case(suite, row, columns) for row in rows)
        yield "  </testsuite>\n"
    yield "</testsuites>\n"


def _case(suite: str, row: Row, columns: Sequence[str]) -> str:
    head = f"    <testcase{attributes(name=row.name, classname=suite, time=NO_TIME)}"
    tag = _TAGS.get(row.state)
    if tag is None:
        return f"{head} />\n"
    message = f"{row.result}: {row.words}" if row.words else row.result
    cells = ", ".join(f"{column}: {cell}" for column, cell in zip(columns, row.cells, strict=True) if cell)
    lines = [message] if tag == "system-out" else []
    lines += [line for line in (cells, row.about, *row.said.splitlines()) if line]
    shown = attributes(message=message) if tag == "skipped" else ""
    if tag in ("failure", "error"):
        shown = attributes(message=message, type=row.result.replace(" ", "-"))
    text = "" if tag == "skipped" else "".join(f"{escape(one_line(line), quote=False)}\n" for line in lines)
    return f"{head}>\n      <{tag}{shown}>\n{text}</{tag}>\n    </testcase>\n"


def _counts(rows: Sequence[Row], *states: State) -> dict[str, int]:
    names = {State.BAD: "failures", State.UNDECIDED: "errors", State.SKIPPED: "skipped"}
    return {"tests": len(rows), **{names[state]: sum(row.state is state for row in rows) for state in states}}
