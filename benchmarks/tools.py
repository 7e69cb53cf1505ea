"""What other tools make of NDJSON events: their speed beside `mconn validate`, and which of twelve faults they notice."""

from __future__ import annotations

import json
import resource
import subprocess
import sysconfig
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Literal, Union

import duckdb
import jsonschema
import jsonschema_rs
import msgspec
import orjson
import polars
import pyarrow
import pyarrow.json
import pydantic

from mconn_contracts.archives.distribution import distribute
from mconn_contracts.captures.records import ReadOptions
from mconn_contracts.captures.source import Input
from mconn_contracts.contract.document import load
from mconn_contracts.judge.check import Plan

DOCUMENT = load()
MODEL = "EventGetResponse"
SCHEMA = {"$ref": f"#/components/schemas/{MODEL}", "components": {"schemas": DOCUMENT.raw["components"]["schemas"]}}
PLAIN = b'{"e": {"k": "Init"}, "n": 1, "t": 1700000000}'
FAULTS: dict[str, bytes] = {
    "a string for a number": PLAIN.replace(b'"n": 1', b'"n": "1"'),
    "null for an object": PLAIN.replace(b'{"k": "Init"}', b"null"),
    "a member is missing": PLAIN.replace(b'"n": 1, ', b""),
    "a member of one kind is missing": PLAIN.replace(b"Init", b"StartUpgrade"),
    "an unknown kind": PLAIN.replace(b"Init", b"init"),
    "a number below its minimum": PLAIN.replace(b'"n": 1', b'"n": -1'),
    "a fraction": PLAIN.replace(b'"n": 1', b'"n": 1.5'),
    "milliseconds for seconds": PLAIN.replace(b"1700000000", b"1700000000000"),
    "an undeclared property": PLAIN.replace(b'"n": 1', b'"n": 1, "new": 1'),
    "a name twice": PLAIN.replace(b'"n": 1', b'"n": 1, "n": 1'),
    "cut short": PLAIN[:-9],
    "not UTF-8": PLAIN.replace(b"Init", b"\xff"),
}
SAMPLE = 300
"""Events for a tool that takes longer than `SLOW` seconds for each."""
SLOW = 50e-6
AJV = """
const Ajv = require("ajv/dist/2020"), fs = require("fs")
const validate = new Ajv({strict: false, validateFormats: false}).compile(JSON.parse(fs.readFileSync(process.argv[2])))
let wrong = 0
for (const line of fs.readFileSync(process.argv[3], "utf8").split("\\n")) {
  try { if (line && !validate(JSON.parse(line))) wrong++ } catch { wrong++ }
}
console.log(wrong)
"""

Tool = Callable[[Path], object]
"""Reads a file of events; raises, or gives what is true, where it notices a fault."""


def tools(place: Path) -> dict[str, Tool]:
    """The tools, by what they are called in the table; `place` is a folder for what they need."""
    schema = place / "schema.json"
    schema.write_text(json.dumps(SCHEMA))
    compiled = Plan(DOCUMENT).reader.schemas.compiled(DOCUMENT.schema_pointer(MODEL))
    if compiled is None:
        raise ValueError(f"{MODEL} is not compiled")
    plain = jsonschema.Draft202012Validator(SCHEMA)
    rust = jsonschema_rs.Draft202012Validator(SCHEMA)
    e = pyarrow.struct([("k", pyarrow.string()), ("url", pyarrow.string())])
    arrow = pyarrow.schema([("e", e), ("n", pyarrow.int64()), ("t", pyarrow.int64()), ("v", pyarrow.string())])
    parsing = pyarrow.json.ParseOptions(explicit_schema=arrow, unexpected_field_behavior="error")
    columns = {"e": "STRUCT(k VARCHAR, url VARCHAR)", "n": "UBIGINT", "t": "UBIGINT", "v": "VARCHAR"}
    text = polars.String()
    frame = {"e": polars.Struct({"k": text, "url": text}), "n": polars.UInt64(), "t": polars.UInt64(), "v": text}
    by_line = {
        "`msgspec`, types of the document": msgspec.json.Decoder(compiled.type).decode,
        "`orjson.loads`": orjson.loads,
        "`pydantic`, strict models": pydantic.TypeAdapter(strict_model()).validate_json,
        "`jsonschema`": lambda line: plain.validate(json.loads(line)),
        "`jsonschema-rs`": lambda line: rust.validate(json.loads(line)),
    }
    found: dict[str, Tool] = {"`mconn validate`": judge, **{name: each_line(take) for name, take in by_line.items()}}
    found["`pyarrow.json.read_json`, a schema"] = lambda path: bool(
        pyarrow.json.read_json(path, parse_options=parsing).num_rows == 0
    )
    found["DuckDB `read_json`, columns"] = lambda path: (
        not duckdb.read_json(str(path), columns=columns, format="newline_delimited").fetchall()
    )
    found["Polars `read_ndjson`, a schema"] = lambda path: polars.read_ndjson(path, schema=frame).is_empty()
    return found


def processes(place: Path) -> dict[str, Callable[[Path], list[str]]]:
    """The tools that are commands: each exits with another code than 0, or prints another number, where it notices a fault."""
    command = str(Path(sysconfig.get_path("scripts")) / "check-jsonschema")
    found: dict[str, Callable[[Path], list[str]]] = {
        "`check-jsonschema`, a file for each event": lambda path: [command, "--schemafile", str(place / "schema.json"), str(path)]
    }
    script = place / "ajv.js"
    script.write_text(AJV)
    try:
        subprocess.run(["npm", "install", "--silent", "ajv@8"], cwd=place, check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        return found
    found["`ajv` 8, on Node.js"] = lambda path: ["node", str(script), str(place / "schema.json"), str(path)]
    return found


def table(place: Path, lines: Sequence[bytes]) -> str:
    """The tools with their speed by that of `mconn validate`, and the faults that they notice, and do not."""
    many, few, one = (place / name for name in ("many.ndjson", "few.ndjson", "one.json"))
    many.write_bytes(b"".join(line + b"\n" for line in lines))
    few.write_bytes(b"".join(line + b"\n" for line in lines[:SAMPLE]))
    one.write_bytes(PLAIN + b"\n")
    taken: dict[str, tuple[float, list[str]]] = {}
    for name, tool in tools(place).items():
        each = seconds(lambda tool=tool: tool(few)) / SAMPLE
        if each < SLOW:
            each = min(seconds(lambda tool=tool: tool(many)) for _ in range(3)) / len(lines)
        taken[name] = each, missed(place, tool)
    singles = [place / f"single-{index}.json" for index in range(SAMPLE)]
    for path, line in zip(singles, lines, strict=False):
        path.write_bytes(line)
    for name, command in processes(place).items():
        works = (command(many), len(lines)) if "ajv" in name else ([*command(singles[0]), *map(str, singles[1:])], SAMPLE)
        start, whole = process_seconds(command(one)), min(process_seconds(works[0]) for _ in range(2))
        taken[name] = (whole - start) / works[1], missed_by_process(place, command)
    ours = taken["`mconn validate`"][0]
    rows = ["| tool | its speed, ours being 1 | notices, of 12 | does not notice |", "|---|---:|---:|---|"]
    for name, (each, names) in taken.items():
        rows.append(f"| {name} | {ours / each:.3g} | {len(FAULTS) - len(names)} | {'; '.join(names) or 'nothing'} |")
    return "\n".join(rows)


def seconds(work: Callable[[], object]) -> float:
    """The CPU time of some work in this process, of all its threads."""
    begun = time.process_time()
    work()
    return time.process_time() - begun


def process_seconds(words: Sequence[str]) -> float:
    """The CPU time of a command."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(words, check=True, stdout=subprocess.DEVNULL)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def each_line(take: Callable[[bytes], object]) -> Tool:
    """A tool that reads a line at a time, and forgets it; it notices a fault by an exception."""

    def read(path: Path) -> None:
        for line in path.read_bytes().splitlines():
            take(line)

    return read


def judge(path: Path) -> bool:
    """Whether `mconn validate` has a finding; the file is read, judged by all rules and counted."""
    return bool(distribute([Input(path.name, path)], Plan(DOCUMENT), ReadOptions(declared=MODEL)).tally.by_code)


def strict_model() -> Any:
    """The event as pydantic models with strict types: a union of kinds that `k` tells apart, and no undeclared member."""
    strict = pydantic.ConfigDict(strict=True, extra="forbid")
    kinds = []
    for kind in DOCUMENT.kinds:
        members: dict[str, Any] = {"k": (Literal[kind], ...)}
        if kind == "StartUpgrade":
            members["url"] = (str, ...)
        kinds.append(pydantic.create_model(kind, __config__=strict, **members))
    e = pydantic.Field(discriminator="k")
    second = pydantic.Field(ge=0, le=99_999_999_999)
    number = pydantic.Field(ge=0, le=2**53 - 1)
    members = {"e": (Union[tuple(kinds)], e), "n": (int, number), "t": (int, second), "v": (str, "")}  # noqa: UP007
    return pydantic.create_model("Event", __config__=strict, **members)


def missed(place: Path, tool: Tool) -> list[str]:
    """The faults that a tool does not notice, of those that stand alone in a file."""
    names = []
    for name, line in FAULTS.items():
        path = place / "fault.ndjson"
        path.write_bytes(PLAIN + b"\n" + line + b"\n")
        try:
            noticed = bool(tool(path))
        except Exception:
            noticed = True
        if not noticed:
            names.append(name)
    return names


def missed_by_process(place: Path, command: Callable[[Path], Sequence[str]]) -> list[str]:
    """The faults that a command does not notice."""
    names = []
    for name, line in FAULTS.items():
        path = place / "fault.json"
        path.write_bytes(line + b"\n")
        ended = subprocess.run(command(path), capture_output=True, text=True, check=False)
        if ended.returncode == 0 and ended.stdout.strip() in ("", "0", "ok -- validation done"):
            names.append(name)
    return names
