"""`mconn export`: write the document for consumers."""

from __future__ import annotations

from pathlib import Path

import click

from mconn_contracts.cli.options import overlay_options
from mconn_contracts.contract.document import Document
from mconn_contracts.contract.export import json_schemas, openapi_30, openapi_31, to_json, to_yaml
from mconn_contracts.errors import UsageError, reason
from mconn_contracts.process.files import write_whole

_OPENAPI = {"openapi-3.1": openapi_31, "openapi-3.0": openapi_30}
_WRITERS = {".yaml": to_yaml, ".yml": to_yaml, ".json": to_json}


@click.command("export")
@click.argument("form", metavar="FORMAT", type=click.Choice([*_OPENAPI, "json-schema"]))
@click.option("--without-discriminator", is_flag=True, help="Leave the discriminator out of the union, for OpenAPI.")
@click.option(
    "--output",
    type=click.Path(path_type=Path),
    help="File to write, YAML or JSON by its suffix; for json-schema, a directory. Without it, YAML to standard output.",
)
@overlay_options
def command(form: str, without_discriminator: bool, output: Path | None, document: Document) -> None:
    """Write the document for code generators and validators.

    FORMAT is openapi-3.1, openapi-3.0 (3.0.3), or json-schema: a Draft 2020-12 schema for each response
    (listEvents-200.json) and each model (EventListResponse.json), each of which stands alone.
    """
    if form == "json-schema":
        if without_discriminator:
            raise UsageError("--without-discriminator is for OpenAPI; JSON Schema has no discriminator")
        if output is None:
            raise UsageError("json-schema is a file for each response and model; give --output DIRECTORY")
        _write_all({f"{name}.json": to_json(schema) for name, schema in json_schemas(document).items()}, output)
        return
    writer = to_yaml if output is None else _WRITERS.get(output.suffix.lower())
    if writer is None:
        raise UsageError(f"{output}: write YAML or JSON: end the name in {', '.join(_WRITERS)}")
    text = writer(_OPENAPI[form](document, discriminator=not without_discriminator))
    if output is None:
        click.echo(text, nl=False)
    else:
        write_whole(output, "the document", [text])


def _write_all(texts: dict[str, str], folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(f"{folder}: cannot be made: {reason(error)}") from error
    for name, text in texts.items():
        write_whole(folder / name, "the schema", [text])
