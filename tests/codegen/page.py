"""Render docs/codegen.md from a run, the same for the same outcomes: no times, no paths, no order of finishing."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from tests.codegen.columns import COLUMNS, INFORMATION, OTHER_CASE, SPELLED
from tests.codegen.guide import guide
from tests.codegen.matrix import Row

PATH = Path(__file__).resolve().parents[2] / "docs" / "codegen.md"
BY_HAND = (
    ("ogen 1.24.0 on `--open`", "refuses the document: `anyOf` of objects is not implemented"),
    (
        "openapi-generator go 7.26.0 on `--open`",
        "makes a structure with a field for each kind, without the method that names the one that counts: not measured",
    ),
    (
        "datamodel-code-generator 0.89.0, msgspec, on `--open`",
        "refuses the document: msgspec tells structures apart by a tag only",
    ),
    (
        "openapi-generator kotlin 7.26.0, moshi (its default), jackson and kotlinx_serialization, on a union",
        "make an interface whose `k` is an enumeration of one kind, and whose `url` every kind must have; take the flat document",
    ),
    (
        "typify 0.8.0, on a union",
        "ignores `const` beside `type: string`, so that each event is the first kind; takes the flat schemas. "
        "No issue found upstream (searched 2026-11-26)",
    ),
    (
        "openapi-generator php 7.26.0, on a union",
        "makes a class of its own, of which no kind is a subclass; takes the flat document",
    ),
    (
        "openapi-generator perl 7.26.0",
        "generates from the flat document; what is absent becomes an empty list, so a round trip cannot be equal; not run",
    ),
    (
        "kubb 5.2.0",
        "npm has no `@kubb/plugin-ts` for it: the newest is 4.39.3, which the rows run (looked up 2026-11-26)",
    ),
    (
        "openapi-generator scala-sttp4 7.26.0",
        "names two parameters of a method `apiKeyHeader`, one for each of the two headers of a key: cannot compile",
    ),
    (
        "openapi-generator scala-sttp4-jsoniter 7.26.0",
        "generates from the flat document; Maven does not find its library: "
        "`Could not find artifact com.softwaremill.sttp.client4:jsoniter_3` (4.0.25, 4.0.26)",
    ),
    (
        "openapi-generator csharp, NSwag",
        "no SDK of .NET: `apt-get install dotnet-sdk-8.0` says `Couldn't find any package by glob`, NuGet is out of reach, "
        "PyPI and npm carry runtimes without a compiler; Debian's Mono 6.8 lacks the NuGet packages that the clients need",
    ),
    (
        "openapi-generator dart",
        "no Dart: `apt-get install dart` says `Unable to locate package`; no registry of ours has its SDK",
    ),
    (
        "openapi-generator elixir",
        "Debian has Elixir 1.14 and no Tesla, which the client needs from hex.pm: `mix local.hex --force` had no answer in 100 s",
    ),
    ("openapi-generator swift6", "no Swift: `apt-get install swiftlang` says `Unable to locate package`"),
)


def render(rows: Sequence[Row]) -> str:
    """The page."""
    green = [row for row in rows if _green(row)]
    languages = sorted({row.target.language for row in green})
    generators = {row.target.generator for row in green}
    failing = [row for row in rows if not _green(row)]
    first = "\n".join(guide())
    return f"""# Generated clients

## Which language, which generator?

Each language has a file, a command and a program, as the tests run and compile them. Run the commands at the root of this
repository. The program reads the base URL from `CLOUDFLARE_BASE_URL`, the account from `CLOUDFLARE_ACCOUNT_ID`, the connector
from `MCONN_CONNECTOR_ID`, and the token from `CLOUDFLARE_API_TOKEN`. The vendor's base URL is
`https://api.cloudflare.com/client/v4`. To try a program without the vendor, start `mconn serve` and set the four variables to
what it prints. The C++ program reads an answer instead.

With an overlay of 29 kinds (`mconn export --overlay 2026-08-14`), an event is one class without a union. Generate in the same
way, but read `k` itself, since there is no class and no method for a kind.

The matrix below has more generators.

{first}
## The matrix

The matrix shows what code generators make of the documents in [`spec/generated`](../spec/generated).
[`spec/README.md`](../spec/README.md) says which file is for which generator. `tox -e codegen -- --write-page` writes this page,
and every run of all targets compares it. `--sample` runs one target for each language.

Each client is generated and compiled with the compiler of its language. Then it decodes every valid vector of
[`spec/vectors`](../spec/vectors) and writes it back. At last it calls the three operations of `mconn serve`: it walks a list page
by page, gets each listed event, gets the latest events, and reads a 404 as the error model.

{len(generators)} generators in {len(languages)} languages ({", ".join(languages)}) do all of it.

{_matrix(rows)}

- **accepts**: the generator accepts the document. **compiles**: its code compiles, and so does a program that uses it.
- **kinds typed**: each event decodes to the type of its kind, or narrows to it, and a StartUpgrade has its `url`. On a flat
  document, `k` decodes. This holds for all 16 kinds, and with an overlay (`2026-08-14`) for all 29.
- **round trip**: what the client writes back is equal to what it read.
- **unknown kind**: *refuses* means an error. *hands on* means that the event keeps its kind, and the others keep their types.
  It is red if the client takes the event for another kind. On an open document, it is also red if the client refuses it.
- **undeclared field**: the client *keeps* or *drops* it. It is red if the client refuses the body.
- **three calls**: with a token. **paging**: by cursor to the end.
- **{SPELLED}**: JSON Schema says that it is an integer. **{OTHER_CASE}**: an undeclared field that differs only in case.
  *confused* takes it for the declared one. Nothing here is red, because languages differ in this.

## Versions and options

{_table(("generator", "version", "document", "options"), (_how(row) for row in rows))}

## What fails, and why

These must fail. If one of them passes, the run is red until its row is corrected.

{_table(("generator", "document", "fails", "why"), (line for row in failing for line in _failures(row)))}

## Not run

These were tried by hand in November 2026.

{_table(("generator", "what it does"), BY_HAND)}
"""


def _green(row: Row) -> bool:
    return all(row.outcomes[column].passed for column in COLUMNS)


def _matrix(rows: Sequence[Row]) -> str:
    return _table(("generator", "language", *COLUMNS, *INFORMATION), (_cells(row) for row in rows))


def _cells(row: Row) -> Iterable[str]:
    yield row.target.name
    yield row.target.language
    for column in COLUMNS:
        outcome = row.outcomes[column]
        yield f"yes: {outcome.seen}" if outcome.passed and outcome.seen else "yes" if outcome.passed else "**no**"
    for column in INFORMATION:
        yield row.outcomes[column].seen if column in row.outcomes else ""


def _how(row: Row) -> Iterable[str]:
    yield row.target.name
    yield row.target.version
    yield row.target.document
    yield row.target.flags


def _failures(row: Row) -> Iterable[tuple[str, str, str, str]]:
    by_reason: dict[str, list[str]] = {}
    for column in COLUMNS:
        if not row.outcomes[column].passed:
            by_reason.setdefault(row.target.known.get(column, "not known"), []).append(column)
    for reason, columns in by_reason.items():
        yield row.target.name, row.target.document, ", ".join(columns), reason


def _table(head: Sequence[str], rows: Iterable[Iterable[str]]) -> str:
    lines = [" | ".join(head), " | ".join("---" for _ in head), *(" | ".join(row) for row in rows)]
    return "\n".join(f"| {line} |" for line in lines)
