"""Writes docs/clients-assume.md: the vendor's SDKs, each in a small program, under every scenario of `mconn client`.

    python -m benchmarks.clients_assume FOLDER

FOLDER keeps a report for each client and group; what is there is not run again. It needs Node 20, npm and Go.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
INTEROP = ROOT / "tests" / "interop"
PAGE = ROOT / "docs" / "clients-assume.md"
TIMEOUT = 20
GROUPS = ("styles", "faults", "growth", "weather")

INTRODUCTION = """# What the vendor's clients assume

Made by `python -m benchmarks.clients_assume FOLDER`: the vendor's SDKs under every scenario of [`mconn client`](client.md), each
in a program of some thirty lines that walks the list, gets three of its events, and asks for the latest. The programs check
nothing, so what makes one fail is the SDK's doing. The Go module cannot get an event: it writes `t` as `1.7e+09`, so its program
does not ask for one.

"""


def commands(folder: Path) -> Iterator[tuple[str, str, list[str], str]]:
    """Each client: its name, the version of its SDK, its command, and where its program is."""
    yield "Python", f"cloudflare {version('cloudflare')}", [sys.executable, str(INTEROP / "client.py")], "client.py"
    javascript, go = INTEROP / "javascript", INTEROP / "go"
    npm = json.loads((javascript / "package.json").read_text("utf-8"))["dependencies"]["cloudflare"]
    yield "npm", f"cloudflare {npm}", ["node", str(folder / "npm" / "client.mjs")], "javascript/client.mjs"
    module = re.search(r"cloudflare-go/(v\d+) v(\S+)", (go / "go.mod").read_text("utf-8"))
    assert module is not None
    yield "Go", f"cloudflare-go {module[2]}", [str(folder / "go")], "go/client/main.go"


def prepare(folder: Path) -> None:
    """Install and build what is missing."""
    npm = folder / "npm"
    if not (npm / "node_modules" / "cloudflare").exists():
        npm.mkdir(parents=True, exist_ok=True)
        for name in ("package.json", "package-lock.json"):
            shutil.copy(INTEROP / "javascript" / name, npm)
        subprocess.run(["npm", "ci", "--no-audit", "--no-fund", "--loglevel=error"], cwd=npm, check=True)
    shutil.copy(INTEROP / "javascript" / "client.mjs", npm)
    if not (folder / "go").exists():
        subprocess.run(["go", "build", "-o", str(folder / "go"), "./client"], cwd=INTEROP / "go", check=True)


def report(folder: Path, name: str, command: list[str]) -> Any:
    """What `mconn client` says of a client, group by group, as one report."""
    whole: dict[str, Any] = {"scores": {}, "runs": []}
    for group in GROUPS:
        path = folder / f"{name}-{group}.json"
        if not path.exists():
            words = (
                "client",
                f"--{group}",
                "--jobs",
                "2",
                "--timeout",
                str(TIMEOUT),
                "--report",
                f"json={path}",
                "--quiet",
                "--",
            )
            subprocess.run([sys.executable, "-m", "mconn_contracts.cli.main", *words, *command], check=False)
        found = json.loads(path.read_text("utf-8"))
        assert not found["left_out"], f"{path}: {found['left_out']} scenarios were left out; delete it"
        whole["scores"] |= found["scores"]
        whole["runs"] += found["runs"]
    return whole


def page(reports: Mapping[str, Any], about: Mapping[str, tuple[str, str]]) -> Iterator[str]:
    """The lines of the page."""
    yield from INTRODUCTION.splitlines()
    yield from (
        f"| client | SDK | {' | '.join(GROUPS)} |",
        f"| --- | --- |{' --- |' * len(GROUPS)}",
    )
    for name, each in reports.items():
        sdk, program = about[name]
        scores = (each["scores"][group] for group in GROUPS)
        cells = " | ".join(f"{score['good']} of {score['met']}" for score in scores)
        yield f"| [{name}](../tests/interop/{program}) | {sdk} | {cells} |"
    yield from ("", "What a client never meets is in none of these numbers.", "", "## Hidden assumptions", "")
    for name, each in reports.items():
        broken = [run for run in each["runs"] if run["group"] in ("styles", "growth") and run["result"] == "broken"]
        if not broken:
            yield f"**{name}**: none. Every honest server, and every revision, is as good to it."
        else:
            yield f"**{name}**:"
            yield ""
            yield from (f"- `{run['scenario']}`: {run['meaning']}" for run in broken)
        yield ""
    yield from ("## Faults that an SDK notices by itself", "")
    yield "All others pass through it into the program: a type that is not checked, a page that is lost, a `success: false`."
    yield ""
    for name, each in reports.items():
        noticed = [f"`{run['name']}`" for run in each["runs"] if run["result"] == "noticed"]
        yield f"**{name}**: {', '.join(noticed) or 'none'}."
        yield ""
    yield from ("## Weather", "", f"| | {' | '.join(reports)} |", f"| --- |{' --- |' * len(reports)}")
    by_scenario = {name: {run["scenario"]: run for run in each["runs"]} for name, each in reports.items()}
    for run in next(iter(reports.values()))["runs"]:
        if run["group"] == "weather":
            did = (by_scenario[name][run["scenario"]] for name in reports)
            cells = " | ".join(f"{each['meaning'] or each['result']} ({each['result']})" for each in did)
            yield f"| {run['summary']} | {cells} |"
    yield from ("", "## Requests", "")
    for name, each in reports.items():
        found = {
            f"{finding['code']} {finding['name']}: {finding['message']}" for run in each["runs"] for finding in run["findings"]
        }
        yield f"**{name}**: {'; '.join(sorted(found)) or 'nothing is wrong with them'}."
        yield ""


def main() -> None:
    """Run the clients, and write the page."""
    folder = Path(sys.argv[1]).resolve()
    prepare(folder)
    clients = list(commands(folder))
    reports = {name: report(folder, name, command) for name, _, command, _ in clients}
    about = {name: (sdk, program) for name, sdk, _, program in clients}
    PAGE.write_text("\n".join(page(reports, about)).rstrip() + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
