"""What `mconn test` and stock schemathesis find on servers with one fault each, and of what they accuse conformant ones.

Both test every fault and every style of the reference server, in one run: ours in the profile `standard`; schemathesis
with all its checks and phases, the same document, and the user's account, connector and token. Ours is given the events of the
correct server (`--expect`) where nothing else decides. A result is kept in `--results` as it comes, so an interrupted run goes
on. `--write` puts the table into docs/detection.md.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

from benchmarks import section
from mconn_contracts.contract.document import find, load
from mconn_contracts.server.embedded import RunningServer, serve_in_thread
from mconn_contracts.server.faults.catalog import FAULTS
from mconn_contracts.server.reference import open_store
from mconn_contracts.server.styles import REFERENCE, STYLES

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "detection.md"
CLASSES = {
    "0": "transport",
    "1": "shape",
    "2": "envelope",
    "3": "page",
    "4": "paging",
    "5": "agreement",
    "7": "errors and access",
}
Found = Mapping[str, Any]
"""What a tool found on one server: `requests`, and `found`, the codes or the kinds of failure; of ours, whether it `failed`."""


@dataclass(frozen=True)
class Subject:
    """One server to test: a fault, or a style."""

    name: str
    fault: str | None
    style: str


SUBJECTS = (
    *(Subject(f"style {name}", None, name) for name in STYLES),
    *(Subject(f"fault {name}", name, REFERENCE.name) for name in FAULTS),
)


def ours(server: RunningServer, folder: Path, *, expect: bool) -> Found:
    """`mconn test` in the profile `standard`, as a process; where it is to `expect` events, with those of the correct server."""
    report = folder / "mconn.json"
    words = ["--account-id", server.account_id, "--connector-id", server.connector_id, "--report", f"json={report}"]
    if expect:
        events = folder / "events.ndjson"
        with contextlib.closing(open_store(main=REFERENCE.main)) as store:
            stored = [each for each in store.everything() if each.connector_id == server.connector_id]
        whole = ({"t": each.t, "n": each.n, "a": each.a, "e": each.e, "v": each.v} for each in stored)
        lines = (json.dumps({name: value for name, value in event.items() if value is not None}) for event in whole)
        events.write_text("\n".join(lines), encoding="utf-8")
        words += ["--expect", str(events)]
    _run([sys.executable, "-m", "mconn_contracts.cli.main", "test", server.url, *words], folder, server)
    value = json.loads(report.read_text("utf-8"))
    found = sorted(value["counts"]["by_code"])
    return {"requests": value["counts"]["exchanges"], "found": found, "failed": value["outcome"] == "failed"}


def stock(server: RunningServer, folder: Path, examples: int) -> Found:
    """`schemathesis run` with all checks, as a process."""
    report, config = folder / "schemathesis.json", folder / "schemathesis.toml"
    config.write_text(
        f'headers = {{ Authorization = "Bearer {server.token}" }}\n'
        f'[parameters]\n"path.account_id" = "{server.account_id}"\n"path.connector_id" = "{server.connector_id}"\n'
        "[cache]\nenabled = false\n",
        encoding="utf-8",
    )
    options = ("--checks", "all", "--continue-on-failure", "--seed", "1", "--max-examples", str(examples), "--no-shrink")
    outputs = ("--generation-database", "none", "--report", "json", "--report-json-path", str(report))
    command = [sys.executable, "-m", "schemathesis.cli", "--config-file", str(config), "run", str(find()), "--url", server.url]
    _run([*command, "--request-timeout", "5", *options, *outputs], folder, server)
    value = json.loads(report.read_text("utf-8"))
    found = {failure["type"] for failure in value["failures"]} | {f"error: {error['title']}" for error in value["errors"]}
    return {"requests": value["test_cases"]["generated"], "found": sorted(found)}


def _run(words: list[str], folder: Path, server: RunningServer) -> None:
    environment = {"PATH": "/usr/bin:/bin", "HOME": str(folder), "CLOUDFLARE_API_TOKEN": server.token}
    subprocess.run(words, cwd=folder, env=environment, capture_output=True, check=False, timeout=1_800)


def measure(results: Path, examples: int, only: Iterable[str]) -> dict[str, dict[str, Found]]:
    """Test every subject that has no result yet, with both tools; keep each result as it comes."""
    document = load()
    kept: dict[str, dict[str, Found]] = json.loads(results.read_text("utf-8")) if results.exists() else {}
    wanted = tuple(only)
    for subject in SUBJECTS:
        if subject.name in kept or (wanted and not any(word in subject.name for word in wanted)):
            continue
        faults = [FAULTS[subject.fault]] if subject.fault else []
        expect = any(document.statement(fault.code).needs == "expect" for fault in faults)
        with (
            tempfile.TemporaryDirectory() as name,
            serve_in_thread(faults=faults, style=STYLES[subject.style]) as server,
        ):
            theirs = stock(server, Path(name), examples)
        # A server of its own for each: some faults count requests.
        with (
            tempfile.TemporaryDirectory() as name,
            serve_in_thread(faults=faults, style=STYLES[subject.style]) as server,
        ):
            kept[subject.name] = {"ours": ours(server, Path(name), expect=expect), "stock": theirs}
        results.write_text(json.dumps(kept, indent=1), encoding="utf-8")
        print(subject.name, kept[subject.name], flush=True)
    return kept


def table(kept: Mapping[str, Mapping[str, Found]], examples: int) -> str:
    """The page: caught and accused by class of fault, and the requests that it took."""
    styles = [subject for subject in SUBJECTS if subject.fault is None and subject.name in kept]
    faults = [subject for subject in SUBJECTS if subject.fault is not None and subject.name in kept]
    accusing = {found for subject in styles for found in kept[subject.name]["stock"]["found"]}
    clean = set(kept[f"style {REFERENCE.name}"]["stock"]["found"])
    lines = [
        "| servers | number | mconn | mconn, right code | schemathesis, all checks | without those that accuse the clean one |",
        "| --- | ---: | ---: | ---: | ---: | ---: |",
    ]
    for digit, words in CLASSES.items():
        of_class = [each for each in faults if each.fault and FAULTS[each.fault].code[2] == digit]
        lines.append(_row(f"faults of {words} (MC{digit}xx)", of_class, kept, clean))
    lines.append(_row("all faults", faults, kept, clean))
    warned = [each for each in styles if kept[each.name]["ours"]["found"] and not kept[each.name]["ours"]["failed"]]
    accused = [
        sum(bool(kept[each.name]["ours"]["found"]) for each in styles) - len(warned),
        sum(bool(kept[each.name]["stock"]["found"]) for each in styles),
        sum(bool(set(kept[each.name]["stock"]["found"]) - clean) for each in styles),
    ]
    lines.append(f"| conformant styles, accused | {len(styles)} | {accused[0]} | | {accused[1]} | {accused[2]} |")
    median = {tool: sorted(each[tool]["requests"] for each in kept.values())[len(kept) // 2] for tool in ("ours", "stock")}
    lines.append(f"| requests, median | {len(kept)} | {median['ours']} | | {median['stock']} | {median['stock']} |")
    names = f"mconn {version('mconn-contracts')}, schemathesis {version('schemathesis')} with {examples} examples"
    missed = [each.fault for each in faults if not set(kept[each.name]["stock"]["found"]) - clean]
    return "\n".join(
        (
            "Made by `python -m benchmarks.detection --write`: both tools on the same servers in one run, one fault or one",
            f"conformant style each ({len(faults)} of {len(FAULTS)} faults, {len(styles)} of {len(STYLES)} styles). {names}.",
            "",
            *lines,
            "",
            f"mconn warns of what {len(warned)} conformant styles choose, and passes them: "
            + "; ".join(
                f"`{each.name.removeprefix('style ')}` ({', '.join(kept[each.name]['ours']['found'])})" for each in warned
            )
            + ".",
            f"On the correct reference server, schemathesis reports: {', '.join(sorted(clean)) or 'nothing'}.",
            f"On some conformant styles, it reports: {', '.join(sorted(accusing)) or 'nothing'}.",
            "",
            "schemathesis does not show these faults, if the check that fails on the correct reference server does not count:",
            ", ".join(f"`{name}`" for name in missed) + ".",
            "",
        )
    )


def _row(words: str, subjects: list[Subject], kept: Mapping[str, Mapping[str, Found]], clean: set[str]) -> str:
    caught = sum(bool(kept[each.name]["ours"]["found"]) for each in subjects)
    under = sum(FAULTS[each.fault or ""].code in kept[each.name]["ours"]["found"] for each in subjects)
    stock_all = sum(bool(kept[each.name]["stock"]["found"]) for each in subjects)
    stock_rest = sum(bool(set(kept[each.name]["stock"]["found"]) - clean) for each in subjects)
    return f"| {words} | {len(subjects)} | {caught} | {under} | {stock_all} | {stock_rest} |"


def main() -> None:
    """Measure what is missing, and print or write the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--results", type=Path, default=ROOT / "build" / "detection.json", help="where results are kept")
    parser.add_argument("--examples", type=int, default=20, help="examples that schemathesis draws for each operation")
    parser.add_argument("--only", action="append", default=[], help="test the servers whose name has this word only")
    parser.add_argument("--write", action="store_true", help=f"write the section of {PAGE.relative_to(ROOT)}")
    options = parser.parse_args()
    options.results.parent.mkdir(parents=True, exist_ok=True)
    page = table(measure(options.results, options.examples, options.only), options.examples)
    if options.write:
        section.write(PAGE, "tools", page)
    else:
        print(page)


if __name__ == "__main__":
    main()
