"""`mconn export`: write the document for consumers."""

from __future__ import annotations

from pathlib import Path

import click

from mconn_contracts.cli.options import overlay_options
from mconn_contracts.contract.document import Document
from mconn_contracts.contract.export import json_schemas, openapi_30, openapi_31, to_json, to_yaml
from mconn_contracts.contract.unions import flat, opened
from mconn_contracts.errors import UsageError
from mconn_contracts.process.files import write_all, write_whole

_WRITERS = {".yaml": to_yaml, ".yml": to_yaml, ".json": to_json}


@click.command("export")
@click.argument("form", metavar="FORMAT", type=click.Choice(["openapi-3.1", "openapi-3.0", "json-schema"]))
@click.option("--flat", "as_object", is_flag=True, help="Describe an event as one object, for generators without tagged unions.")
@click.option(
    "--open", "as_open", is_flag=True, help="Accept events of unknown kinds, so that clients survive the next new kind."
)
@click.option("--without-discriminator", is_flag=True, help="For OpenAPI: leave the discriminator out of the union.")
@click.option(
    "--without-pattern", is_flag=True, help="For openapi-3.0: leave out the pattern that repeats a kind's one-value enum."
)
@click.option(
    "--output",
    type=click.Path(path_type=Path),
    help="The file to write. Its suffix chooses YAML or JSON. For json-schema, a directory. Without it, YAML goes to standard "
    "output.",
)
@overlay_options
def command(
    form: str,
    as_object: bool,
    as_open: bool,
    without_discriminator: bool,
    without_pattern: bool,
    output: Path | None,
    document: Document,
) -> None:
    """Write the document for code generators and validators.

    FORMAT is openapi-3.1, openapi-3.0 (3.0.3) or json-schema (Draft 2020-12). With json-schema there is one schema for each
    response (listEvents-200.json), one for each model (EventListResponse.json) and one for a line of an archive
    (ndjson-line.json). None of them needs another file.
    """
    if without_pattern and form != "openapi-3.0":
        raise UsageError(f"--without-pattern is for openapi-3.0; in {form}, a kind is a `const` without a pattern")
    if without_pattern and as_object:
        raise UsageError(
            "--without-pattern changes nothing with --flat: `k` is one enumeration there, without a pattern; leave it out"
        )
    if without_discriminator and form == "json-schema":
        raise UsageError("--without-discriminator is for OpenAPI; JSON Schema has no discriminator")
    if without_discriminator and (as_object or as_open):
        form_without = "--flat: an event is one object there" if as_object else "--open: an open union has no discriminator"
        raise UsageError(f"--without-discriminator changes nothing with {form_without}; leave it out")
    document = flat(document) if as_object else document
    document = opened(document) if as_open else document
    if form == "json-schema":
        if output is None:
            raise UsageError("json-schema writes a file for each response and model; give --output DIRECTORY")
        write_all(output, "the schema", {f"{name}.json": to_json(schema) for name, schema in json_schemas(document).items()})
        return
    writer = to_yaml if output is None else _WRITERS.get(output.suffix.lower())
    if writer is None:
        raise UsageError(f"{output}: the suffix chooses YAML or JSON; end the name in {', '.join(_WRITERS)}")
    if form == "openapi-3.1":
        derived = openapi_31(document, discriminator=not without_discriminator)
    else:
        derived = openapi_30(document, discriminator=not without_discriminator, pattern=not without_pattern)
    if output is None:
        click.echo(writer(derived), nl=False)
    else:
        write_whole(output, "the document", [writer(derived)])
