"""The reports of a decoder that was held to the vectors, for people and for programs (decoder.schema.json)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from importlib.metadata import version
from typing import Final

from mconn_contracts.model.decoded import WRONG, Decoded, DecoderVerdict, Expected, Made
from mconn_contracts.process.lines import logged
from mconn_contracts.reports.indented import encode
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
    yield from encode(
        {
            "version": 1,
            "tool": {"name": "mconn", "version": version("mconn-contracts")},
            "contract": {"version": verdict.contract_version},
            "command": list(verdict.command),
            "outcome": verdict.outcome,
            "reason": verdict.reason,
            "strict": verdict.strict,
            "counts": {made.value: verdict.total(made) for made in Made},
            "vectors": [_vector(each) for each in verdict.decoded],
        }
    )
    yield "\n"


def _vector(each: Decoded) -> dict[str, str]:
    return {"id": each.id, "expected": each.expected.value, "made": each.made.value, "words": each.words}


REPORTS: Final[Mapping[str, Callable[[DecoderVerdict], Iterator[str]]]] = {"text": text, "json": json}
