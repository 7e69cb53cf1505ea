"""The pages of docs/reference, as the code has them; `tools/generated.py` writes them."""

from __future__ import annotations

import html
import inspect
import json
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import click

from mconn_contracts.cli import config
from mconn_contracts.cli.main import root
from mconn_contracts.contract.document import Document
from mconn_contracts.model.observed import OBSERVABLES
from mconn_contracts.policy.configuration import schema
from mconn_contracts.reports.catalog import REPORTS
from mconn_contracts.reports.clients.catalog import REPORTS as REPORTS_OF_CLIENTS
from mconn_contracts.reports.glossary import GLOSSARY
from mconn_contracts.server.faults.catalog import FAULTS
from mconn_contracts.server.styles import STYLES

PACKAGE = Path("contracts") / "mconn_contracts"
SCHEMAS = {
    "JSON report": "reports/report.schema.json",
    "Report of a client": "reports/clients/client.schema.json",
    "Report of a decoder": "reports/clients/decoder.schema.json",
    "Comparison of two reports": "reports/comparison.schema.json",
    "Report of a replay": "reports/replay.schema.json",
}
"""The JSON Schemas of reports, each with what it describes."""
_VARIABLE = re.compile(r"  \[env var: [^;\]]*\]|(?<=\[)env var: [^;\]]*; ")
_MADE = "<!-- Made from the code by tools/generated.py; do not edit. -->"


def pages(document: Document, repository: Path) -> Iterator[tuple[str, Iterator[str]]]:
    """The name of each page, and its lines."""
    yield "commands.md", commands()
    yield "configuration.md", configuration()
    yield "reports.md", reports(repository)
    yield "observed.md", observed()
    yield "faults.md", faults_and_styles(document)
    yield "glossary.md", glossary()


def code(value: object) -> str:
    """A value as code in a cell of a table, on GitHub and in the site alike: they do not agree on `\\|` in code."""
    text = str(value)
    if "|" not in text:
        return f"`{text}`"
    return f"<code>{html.escape(text, quote=False).replace('|', '&#124;')}</code>"


def cell(text: str) -> str:
    """A text in a cell of a table."""
    return " ".join(text.split()).replace("|", "\\|").replace("<", "&lt;")


def table(*columns: str) -> str:
    """The head of a table."""
    return f"| {' | '.join(columns)} |\n|{' --- |' * len(columns)}"


def row(*cells: str) -> str:
    """A row of a table."""
    return f"| {' | '.join(cells)} |"


def begin(title: str, *paragraphs: str) -> Iterator[str]:
    """The first lines of a page."""
    yield from (f"# {title}", "", _MADE)
    for paragraph in paragraphs:
        yield from ("", paragraph)


def commands() -> Iterator[str]:
    """All commands with all their options, as click has them."""
    yield from begin(
        "Commands",
        "`mconn COMMAND --help` says the same. Many options can also come from an environment variable, and some from a "
        "[configuration file](configuration.md). An option on the command line wins over both.",
        "Exit codes: 0 passed, 1 findings, 2 wrong use, 3 nothing could be judged, 130 or 143 interrupted.",
    )
    context = click.Context(root, info_name="mconn")
    for name in root.list_commands(context):
        if command := root.get_command(context, name):
            yield from _command(command, click.Context(command, info_name=name, parent=context))


def _command(command: click.Command, context: click.Context) -> Iterator[str]:
    usage = " ".join(command.collect_usage_pieces(context))
    yield from ("", f"## mconn {context.info_name}", "", "```text", f"mconn {context.info_name} {usage}", "```")
    for paragraph in inspect.cleandoc(command.help or "").split("\n\n"):
        text = paragraph.replace("\b\n", "").strip()
        yield from ("", "```text", text, "```") if paragraph.startswith("\b") else ("", " ".join(text.split()))
    yield from ("", table("option", "what it does", "environment variable"))
    for parameter in command.get_params(context):
        record = parameter.get_help_record(context) if isinstance(parameter, click.Option) else None
        if record is not None:
            names, words = record
            if isinstance(parameter.type, click.Choice):
                names = names.partition(" [")[0]
                words += f" One of {', '.join(map(str, parameter.type.choices))}."
            shown = ", ".join(code(part) for part in names.split(", "))
            yield row(shown, cell(_VARIABLE.sub("", words)), ", ".join(map(code, variables(parameter))))


def variables(option: click.Parameter) -> list[str]:
    """The environment variables of an option."""
    return [option.envvar] if isinstance(option.envvar, str) else list(option.envvar or ())


def configuration() -> Iterator[str]:
    """Every key of the configuration with its type, default and environment variable."""
    yield from begin(
        "Configuration",
        "Settings stand in the table `[tool.mconn]` of `pyproject.toml`, or without that prefix in a file `mconn.toml`. "
        "mconn takes the nearest such file, from the working folder upwards to the root of the repository; "
        "`--config PATH` names another. "
        "An option on the command line wins over an environment variable, and that wins over the file. "
        "`mconn config` shows every setting and where it comes from. "
        "[How to use it in CI](../ci.md).",
    )
    declared = schema("configuration")
    shown = None
    for name, key, option in config.settings():
        if name != shown:
            shown = name
            yield from ("", f"## `[tool.mconn{f'.{name}' if name else ''}]`", "")
            yield declared["properties"][name]["description"] if name else "Settings of `mconn test` and `mconn validate`."
            yield from ("", table("key", "type", "default", "environment variable", "what it does"))
        described = (declared["properties"][name] if name else declared)["properties"][key]
        default = option.to_info_dict()["default"]
        yield row(
            code(key),
            type_of(described, declared),
            code(default) if isinstance(default, (int, float, str)) and default is not False else "",
            ", ".join(map(code, variables(option))),
            cell(described.get("description", "")),
        )
        if "properties" in described:
            for field, inner in fields(described, declared, key):
                yield row(code(field), type_of(inner, declared), "", "", cell(_description(inner, declared)))


def reports(repository: Path) -> Iterator[str]:
    """The formats of reports, and the fields of those in JSON."""
    yield from begin(
        "Reports",
        "`--report FORMAT=PATH` writes a report, and can be given more than once. The path `-` is standard output. "
        "[How to use them in CI](../ci.md). The [glossary](glossary.md) explains the words.",
    )
    yield from ("", "## Formats", "", table("format", "what it is", "`mconn client`"))
    for name, report in REPORTS.items():
        yield row(code(name), cell(_about(report.pieces)), "yes" if name in REPORTS_OF_CLIENTS else "")
    for title, path in SCHEMAS.items():
        described = json.loads((repository / PACKAGE / path).read_text(encoding="utf-8"))
        yield from ("", f"## {title}", "", f"{described['description']}", "")
        yield f"The JSON Schema: [`{Path(path).name}`](../../{(PACKAGE / path).as_posix()}), which is in the package as well."
        yield from ("", table("field", "type", "what it says"))
        for field, inner in fields(described, described):
            yield row(code(field), type_of(inner, described), cell(_description(inner, described)))


def _about(pieces: Callable[..., Any]) -> str:
    return (sys.modules[pieces.__module__].__doc__ or "").splitlines()[0]


def fields(described: Mapping[str, Any], whole: Mapping[str, Any], path: str = "") -> Iterator[tuple[str, Mapping[str, Any]]]:
    """The fields of a schema, from the outside in: `findings[].code` is a member of each finding."""
    described = resolved(described, whole)
    for variant in (described, *described.get("anyOf", ()), *described.get("oneOf", ())):
        variant = resolved(variant, whole)
        for name, inner in variant.get("properties", {}).items():
            at = f"{path}.{name}" if path else name
            yield at, inner
            yield from fields(inner, whole, at)
        if isinstance(variant.get("items"), dict):
            yield from fields(variant["items"], whole, f"{path}[]")
        if isinstance(variant.get("additionalProperties"), dict):
            yield from fields(variant["additionalProperties"], whole, f"{path}.*")


def resolved(described: Mapping[str, Any], whole: Mapping[str, Any]) -> Mapping[str, Any]:
    """A schema with what its reference leads to."""
    reference = described.get("$ref")
    if reference is None:
        return described
    found: Mapping[str, Any] = whole
    for part in reference.removeprefix("#/").split("/"):
        found = found[part]
    return {**resolved(found, whole), **{name: value for name, value in described.items() if name != "$ref"}}


def _description(described: Mapping[str, Any], whole: Mapping[str, Any]) -> str:
    return str(resolved(described, whole).get("description", ""))


def type_of(described: Mapping[str, Any], whole: Mapping[str, Any]) -> str:
    """What values a schema allows, in a few words."""
    described = resolved(described, whole)
    if "const" in described:
        return code(json.dumps(described["const"]))
    if "enum" in described:
        return " or ".join("null" if each is None else code(each) for each in described["enum"])
    for name in ("anyOf", "oneOf"):
        if name in described:
            return " or ".join(dict.fromkeys(type_of(each, whole) for each in described[name]))
    if "items" in described and isinstance(described["items"], dict):
        inner = type_of(described["items"], whole)
        return f"list of {inner}" + (" or null" if "null" in described.get("type", ()) else "")
    if isinstance(described.get("additionalProperties"), dict) and "properties" not in described:
        return f"object of {type_of(described['additionalProperties'], whole)}"
    types = described.get("type", "any value")
    return " or ".join(types) if isinstance(types, list) else str(types)


def observed() -> Iterator[str]:
    """Every name of observed behavior with its values, and what each means."""
    yield from begin(
        "Observed behavior",
        "Where nobody documents what the API does, every choice of a server passes. A run reports what the server chose, and "
        "`--behavior PATH` pins it: a later run fails if the server has changed (MC516). "
        "[Why undocumented is not wrong](../explanation/undocumented.md).",
        "In the table, `…` stands for a number or a name. Where a server answers the same question in more than one "
        "way, the value lists all of them, with commas. The JSON report has the names and values in `observed`.",
    )
    yield from ("", table("name", "value", "what it means"))
    for name, observable in OBSERVABLES.items():
        first = f'<a id="{name}"></a>`{name}`'
        for form, words in observable.values.items():
            yield row(first, code(form.replace("{}", "…")), cell(words.replace("{}", "…")) + ".")
            first = ""
        if not observable.values:
            yield row(first, "", f"{observable.about}.")


def faults_and_styles(document: Document) -> Iterator[str]:
    """The faults of the reference server with the code that finds each, and its styles."""
    names = {statement.code: statement.name for statement in document.statements}
    yield from begin(
        "Faults and styles",
        "`mconn serve --fault NAME` breaks one statement, and `mconn serve --style NAME` makes other choices where nobody "
        "documents one. A test run must find every fault under its code, and must accuse no style. "
        "[How to use them against a client](../client.md).",
    )
    yield from ("", f"## {len(FAULTS)} faults", "", table("fault", "found by", "what the server does"))
    for fault in FAULTS.values():
        link = f"[{fault.code}](../rules.md#{fault.code.lower()}-{names[fault.code]})"
        yield row(code(fault.name), link, cell(fault.summary))
    yield from ("", f"## {len(STYLES)} styles", "", table("style", "what the server does"))
    for style in STYLES.values():
        yield row(code(style.name), cell(style.summary))


def glossary() -> Iterator[str]:
    """Every word of the reports, each explained once."""
    yield from begin("Glossary", "The words that reports use. HTML reports explain them as well.")
    for group, words in GLOSSARY.items():
        yield from ("", f"## {group}")
        for word, meaning in words.items():
            yield from ("", f"### {word}", "", meaning)
    yield from ("", "## Names of observed behavior", "")
    yield "What the values mean is in the [table of observed behavior](observed.md)."
    for name, observable in OBSERVABLES.items():
        yield from ("", f"### {name}", "", f"{observable.about}. [Its values](observed.md#{name}).")


def text(lines: Iterable[str]) -> bytes:
    """The bytes of a page."""
    return ("\n".join(lines) + "\n").encode()
