"""The reports of a decoder that was held to the vectors, for people and for programs (decoder.schema.json)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from mconn_contracts.model.decoded import WRONG, Decoded, DecoderVerdict, Expected, Made
from mconn_contracts.process.lines import logged
from mconn_contracts.reports.listings.catalog import formats
from mconn_contracts.reports.listings.json import document
from mconn_contracts.reports.listings.listing import Listing, Row, State, Table, undecided
from mconn_contracts.reports.wording import number

_ROWS = {Expected.ACCEPT: "keeps the contract", Expected.EITHER: "may be passed on", Expected.REFUSE: "breaks the contract"}
_SHOWN = 3


def text(verdict: DecoderVerdict, *, verbose: bool = False) -> Iterator[str]:
    """A table, then what is not right, then the verdict. With `verbose`, all that is not right."""
    for line in _lines(verdict, verbose):
        yield f"{logged(line)}\n"


def _lines(verdict: DecoderVerdict, verbose: bool) -> Iterator[str]:
    columns = [made for made in Made if made in (Made.RIGHT, Made.LENIENT) or verdict.total(made)]
    yield f"{'a body that':<19}  {'bodies':>6}" + "".join(f"  {made:>5}" for made in columns)
    for expected, title in _ROWS.items():
        counts = [verdict.count(expected, made) for made in columns]
        total = sum(each.expected is expected for each in verdict.decoded)
        cells = "".join(f"  {count:>{max(5, len(made))}}" for count, made in zip(counts, columns, strict=True))
        yield f"{title:<19}  {total:>6}{cells}"
    for made in (*(each for each in Made if each in WRONG), Made.LENIENT):
        found = [each for each in verdict.decoded if each.made is made]
        shown = found if verbose else found[:_SHOWN]
        yield from (f"{made}: {each.id}: {each.words}" for each in shown)
        if len(found) > len(shown):
            yield f"  and {len(found) - len(shown)} more; see --verbose"
    if verdict.reason is not None:
        yield f"Could not judge: {verdict.reason}"
    yield summary(verdict)


def summary(verdict: DecoderVerdict) -> str:
    """The verdict in one line."""
    parts = [f"{verdict.total(made)} {made}" for made in Made if made is Made.RIGHT or verdict.total(made)]
    return f"{verdict.outcome}: {number(len(verdict.decoded), 'body', 'bodies')}: {', '.join(parts)}"


def json(verdict: DecoderVerdict) -> Iterator[str]:
    """One JSON document."""
    yield from document(
        verdict.outcome,
        contract={"version": verdict.contract_version},
        command=list(verdict.command),
        reason=verdict.reason,
        strict=verdict.strict,
        counts={made.value: verdict.total(made) for made in Made},
        vectors=[_vector(each) for each in verdict.decoded],
    )


def _vector(each: Decoded) -> dict[str, str]:
    return {"id": each.id, "expected": each.expected.value, "made": each.made.value, "words": each.words}


def listing(verdict: DecoderVerdict) -> Listing:
    """Every body is a row, in the table of its file of vectors."""
    by_topic: dict[str, list[Decoded]] = {}
    for each in verdict.decoded:
        by_topic.setdefault(each.id.partition("/")[0], []).append(each)
    return Listing(
        "vectors",
        verdict.outcome,
        f"{summary(verdict).partition(': ')[2]}. Contract {verdict.contract_version}",
        [_table(topic, found, strict=verdict.strict) for topic, found in by_topic.items()],
        [(str(verdict.total(made)), made.value) for made in Made if made is Made.RIGHT or verdict.total(made)],
        [] if verdict.reason is None else [f"Could not judge: {verdict.reason}"],
        undecided(verdict.reason),
        brief=True,
    )


def _table(topic: str, found: Sequence[Decoded], *, strict: bool) -> Table:
    right = sum(each.made is Made.RIGHT for each in found)
    states = {
        Made.RIGHT: State.GOOD,
        Made.UNANSWERED: State.SKIPPED,
        Made.LENIENT: State.BAD if strict else State.NOTED,
    }
    rows = [
        Row(
            each.id.partition("/")[2],
            each.made.value,
            states.get(each.made, State.BAD),
            each.words,
            (_ROWS[each.expected],),
        )
        for each in found
    ]
    return Table(topic, topic, "body", rows, ("the body",), f"{right} of {len(found)} right")


REPORTS: Final = formats(listing, text, json)
