"""Write the files that are made from the document, the vectors and the code; with `--check`, only compare.

python tools/generated.py [--check]
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from tests import vectors  # noqa: E402
from tests.captures.recorded import RECORDED, RECORDINGS  # noqa: E402
from tools import reference  # noqa: E402
from tools.pictures import pictures  # noqa: E402

from mconn_contracts.captures.capture import told  # noqa: E402
from mconn_contracts.captures.format import LOOKED_AT, Start  # noqa: E402
from mconn_contracts.captures.registry import FORMATS  # noqa: E402
from mconn_contracts.cli.rules import NEEDS, said_severity  # noqa: E402
from mconn_contracts.contract.document import Document, load  # noqa: E402
from mconn_contracts.contract.export import json_schemas, openapi_30, openapi_31, to_json, to_yaml  # noqa: E402
from mconn_contracts.contract.unions import flat, opened  # noqa: E402
from mconn_contracts.evolution.catalog import CHANGES, IN_WORDS  # noqa: E402
from mconn_contracts.judge.check import Plan  # noqa: E402
from mconn_contracts.model.finding import Statement  # noqa: E402

FOLDER = ROOT / "spec" / "generated"
README = ROOT / "README.md"
DETECTION = ROOT / "docs" / "detection.md"
IMAGES = ROOT / "docs" / "images"
VALIDATE = ROOT / "docs" / "validate.md"
RULES = ROOT / "docs" / "rules.md"
REFERENCE = ROOT / "docs" / "reference"
EXAMPLES = ROOT / "contracts" / "mconn_contracts" / "judge" / "rules" / "examples.json"
CLASSES = {
    "0": "Transport and encoding",
    "1": "Shape",
    "2": "Envelope",
    "3": "One page",
    "4": "Paging",
    "5": "Identity, and agreement between endpoints",
    "6": "Requests",
    "7": "Refusals and access",
    "9": "The run itself",
}
"""What the first digit of a code stands for."""
MAX_STEPS = 6
"""Exchanges of an example that are shown."""
_PREFIX = "/client/v4/accounts/a1/magic/connectors/c1/telemetry"


def expected() -> dict[str, bytes]:
    """The bytes of each generated file of the folder, by its path there."""
    document = load(ROOT / "spec" / "openapi.yaml")
    texts = {
        "openapi-3.1.yaml": to_yaml(openapi_31(document)),
        "openapi-3.0.yaml": to_yaml(openapi_30(document)),
        "openapi-3.0-without-discriminator.yaml": to_yaml(openapi_30(document, discriminator=False)),
        "openapi-3.0-without-pattern.yaml": to_yaml(openapi_30(document, pattern=False)),
        "openapi-3.0-flat.yaml": to_yaml(openapi_30(flat(document))),
        "openapi-3.1-open.yaml": to_yaml(openapi_31(opened(document))),
    }
    texts |= {f"json-schema/{name}.json": to_json(schema) for name, schema in json_schemas(document).items()}
    return {name: text.encode() for name, text in texts.items()}


def single_files() -> dict[Path, bytes]:
    """The bytes of each generated file that stands alone."""
    document = load(ROOT / "spec" / "openapi.yaml")
    found = examples(document)
    return {
        EXAMPLES: (json.dumps(found, ensure_ascii=False, indent=2) + "\n").encode(),
        README: between(README.read_text("utf-8"), "figures", figures_table(DETECTION.read_text("utf-8"))).encode(),
        VALIDATE: with_formats(VALIDATE.read_text("utf-8")).encode(),
        **{IMAGES / name: svg.encode() for name, svg in pictures().items()},
        RULES: ("\n".join(rules_page(document, found)) + "\n").encode(),
        **{REFERENCE / name: reference.text(lines) for name, lines in reference.pages(document, ROOT)},
    }


def with_formats(page: str) -> str:
    """The page about captures with its tables, of formats and of recordings, between their marks."""
    return between(between(page, "formats", formats_table()), "recordings", recordings_table())


def between(page: str, name: str, lines: Iterable[str]) -> str:
    """A page with these lines between the two marks of that name."""
    before, mark, rest = page.partition(f"<!-- {name}: made by tools/generated.py -->\n")
    _, end, after = rest.partition(f"<!-- /{name} -->\n")
    return "".join((before, mark, *(f"{line}\n" for line in lines), end, after))


def figures_table(detection: str) -> Iterator[str]:
    """The lines of the figures that the README takes from the page on detection: what each tool finds, and whom it accuses.

    The columns are those of the table that `benchmarks.detection` writes there.
    """
    rows = {cells[0].replace("*", ""): cells[1:] for cells in map(_cells, detection.splitlines()) if cells}
    yield "| | `mconn test` | schemathesis, all checks | schemathesis, without the check that fails on the reference server |"
    yield "| --- | ---: | ---: | ---: |"
    number, ours, _, everything, rest = rows["all faults"]
    yield f"| found, of {number} servers with one fault each | **{ours}** | {everything} | {rest} |"
    number, ours, _, everything, rest = next(cells for name, cells in rows.items() if name.startswith("conformant styles"))
    yield f"| wrongly accused, of {number} correct servers | **{ours}** | {everything} | {rest} |"


def _cells(line: str) -> list[str]:
    return [cell.strip() for cell in line[1:-1].split("|")] if line.startswith("| ") else []


def recordings_table() -> Iterator[str]:
    """The lines of the table of recordings that the tests hold the readers to."""
    yield "| writer | format | exchanges found | corruption found |"
    yield "| --- | --- | --- | --- |"
    for name, each in sorted(RECORDED.items(), key=lambda item: item[1].writer.lower()):
        path = RECORDINGS / name
        path = next(found for found in (*path.glob("*.har"), *path.glob("mappings/*"), path) if found.is_file())
        form = told(Start(path.name.lower(), path.read_bytes()[:LOOKED_AT]))
        kind = "not read" if not each.exchanges else "bare payloads" if form is None else f"`{form.name}`"
        found = ", ".join(
            f"{code} at {'' if entry is None else f'entry {entry} '}`{pointer or '/'}`" for code, entry, pointer in each.found
        )
        yield f"| {each.writer} | {kind} | {each.exchanges} | {found or '-'} |"


def formats_table() -> Iterator[str]:
    """The lines of the table of formats, as they describe themselves."""
    yield "| `--format` | told by | what it holds |"
    yield "| --- | --- | --- |"
    for form in FORMATS:
        endings = [f"**`{ending}`**" if form.in_folders else f"`{ending}`" for ending in form.endings]
        told = ", ".join([*endings, *([form.told_by] if form.told_by else [])])
        needs = f" (extra `[{form.extra}]`)" if form.extra else ""
        yield f"| `{form.name}` | {told} | {form.holds}{needs} |"


def examples(document: Document) -> dict[str, dict[str, Any]]:
    """By code, the shortest case of the vectors that breaks the statement, and the shortest of the same topic that keeps it.

    Where there is a choice, the case breaks nothing else.
    """
    plan = Plan(document)
    judged = [(case, vectors.judge(case, plan)) for case in vectors.load()]
    found: dict[str, dict[str, Any]] = {}
    for statement in sorted(document.statements, key=lambda each: each.code):
        code = statement.code
        breaking = [(case, outcome.codes) for case, outcome in judged if code in outcome.codes and _shows(statement, case)]
        if not breaking:
            continue
        worst, _ = min(breaking, key=lambda each: (len(each[1]), _length(each[0])))
        keeping = [case for case, outcome in judged if code in outcome.decided and not outcome.codes and _shows(statement, case)]
        example = {"breaks": _example(worst)}
        if keeping:
            example["keeps"] = _example(min(keeping, key=lambda case: (case.topic != worst.topic, _length(case))))
        found[code] = example
    return found


def _length(case: vectors.Case) -> int:
    """The length of what a case shows, whatever it says of it."""
    return len(str({name: value for name, value in case.raw.items() if name not in ("decided", "undecided")}))


def _shows(statement: Statement, case: vectors.Case) -> bool:
    return statement.needs != "live" or any("intent" in step for step in case.steps)


def _example(case: vectors.Case) -> dict[str, Any]:
    lines = [line for step in case.steps[:MAX_STEPS] for line in _step(step)]
    if len(case.steps) > MAX_STEPS:
        lines.append(f"… and {len(case.steps) - MAX_STEPS} more exchanges")
    return {"description": case.description, "lines": lines}


def _step(step: Mapping[str, Any]) -> Iterator[str]:
    if "request" in step:
        request = step["request"]
        headers = "".join(f", {name}: {value}" for name, value in request.get("headers", {}).items())
        yield f"{request['method']} {request['url'].replace(_PREFIX, '…')}{headers}"
    if "intent" in step:
        yield f"(the sender knows: {', '.join(_intent(step['intent']))})"
    said = " ".join(str(step[name]) for name in ("status", "operation", "model") if name in step and "request" not in step)
    said = said or str(step.get("status", ""))
    headers = "".join(f", {name}: {value}" for name, value in step.get("headers", {}).items() if name != "content-type")
    kind = step.get("headers", {}).get("content-type", "application/json")
    labeled = "" if kind == "application/json" else f", content-type: {kind}"
    shown = vectors.content(step).decode("utf-8", "backslashreplace").encode("unicode_escape").decode("ascii")
    text = shown if "raw" in step else vectors.content(step).decode("utf-8")
    cut = "".join(f" ({step[name]})" for name in ("incomplete", "undecodable") if name in step)
    yield f"{said}{headers}{labeled}: {' '.join(text.split(chr(10)))}{cut}"


def _intent(intent: Mapping[str, Any]) -> Iterator[str]:
    for name, value in intent.items():
        if value is True:
            yield f"the request is {name}"
        else:
            yield f"{name} is {value}" if isinstance(value, str) else f"{name}: {', '.join(value)}"


def rules_page(document: Document, found: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    """The lines of the reference of all statements."""
    statements: Sequence[Statement] = sorted(document.statements, key=lambda each: each.code)
    yield "# The rules"
    yield ""
    yield "<!-- Made from spec/openapi.yaml and spec/vectors by tools/generated.py; do not edit. -->"
    yield ""
    yield f"The {len(statements)} statements of the contract, version {document.version}. `mconn rules CODE` says the same."
    yield "The basis of a statement is the vendor's reference (documented), its published documents and SDKs (published),"
    yield "a conclusion from these (derived), or an assumption of ours (assumed). A code never gets a second meaning."
    yield ""
    yield "| code | fault | severity | statement |"
    yield "| --- | --- | --- | --- |"
    for each in statements:
        anchor = f"{each.code}-{each.name}".lower()
        yield f"| [{each.code}](#{anchor}) | {each.name} | {each.severity.label} | {each.statement.replace('|', chr(92) + '|')} |"
    digit = ""
    for each in statements:
        if each.code[2] != digit:
            digit = each.code[2]
            yield from ("", f"## {CLASSES[digit]}")
        yield from ("", f"### {each.code} {each.name}", "", each.statement, "", f"**Why:** {each.why}", "")
        yield f"**Severity:** {each.severity.label}. **Basis:** {each.basis}. **Decided by** {NEEDS[each.needs]}."
        yield f"In the document: `{each.pointer}`"
        for words, example in found.get(each.code, {}).items():
            yield from ("", f"An example that {words} it: {example['description']}.", "", "```text", *example["lines"], "```")
    yield from changes_part()


def changes_part() -> Iterator[str]:
    """The lines about the changes between two documents."""
    yield from ("", "## What tells two documents apart", "")
    yield "`mconn diff` shows these changes between two documents ([how](diff.md)). Their severity depends on who asks:"
    yield f"{', '.join(f'`--for {audience}` is for {words}' for audience, words in IN_WORDS.items())}."
    yield from ("", f"| code | change | {' | '.join(IN_WORDS)} |", f"| --- | --- |{' --- |' * len(IN_WORDS)}")
    for each in CHANGES:
        weights = " | ".join(said_severity(each, audience, severity) for audience, (severity, _) in each.weights.items())
        yield f"| [{each.code}](#{each.code}-{each.name}) | {each.name} | {weights} |".replace(
            f"#{each.code}", f"#{each.code.lower()}"
        )
    for each in CHANGES:
        yield from ("", f"### {each.code} {each.name}", "", each.statement, "")
        for audience, (severity, why) in each.weights.items():
            yield f"- **{audience}:** {said_severity(each, audience, severity)}. {why}"


def present(folder: Path) -> dict[str, bytes]:
    """The bytes of each file below a folder, by its path there."""
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def differences(wanted: Mapping[str, bytes], found: Mapping[str, bytes]) -> list[str]:
    """What is missing, of other bytes, or there without being generated: one line each, sorted by path."""
    lines = [f"{name}: missing" for name in wanted.keys() - found.keys()]
    lines += [f"{name}: is not generated" for name in found.keys() - wanted.keys()]
    lines += [f"{name}: differs" for name in wanted.keys() & found.keys() if wanted[name] != found[name]]
    return sorted(lines)


def write(wanted: Mapping[str, bytes], folder: Path) -> None:
    """Make a folder hold exactly these files."""
    for name in present(folder).keys() - wanted.keys():
        (folder / name).unlink()
    for name, content in wanted.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


def main(arguments: list[str]) -> int:
    """0 when written or equal, 1 when `--check` finds a difference, 2 for wrong use."""
    if arguments not in ([], ["--check"]):
        print(__doc__, file=sys.stderr)
        return 2
    if not arguments:
        write(expected(), FOLDER)
        for path, content in single_files().items():
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(content)
        return 0
    lines = [f"spec/generated/{line}" for line in differences(expected(), present(FOLDER))]
    alone = {path.relative_to(ROOT).as_posix(): content for path, content in single_files().items()}
    lines += differences(alone, {name: (ROOT / name).read_bytes() for name in alone if (ROOT / name).is_file()})
    for line in lines:
        print(line)
    if lines:
        print("Run `python tools/generated.py`, and commit what it writes.")
    return bool(lines)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
