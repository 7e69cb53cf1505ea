"""Writes docs/clients-assume.md: the vendor's SDKs, and a generated client a language, under the scenarios of `mconn client`.

    python -m benchmarks.clients_assume FOLDER [--as-it-is]

FOLDER keeps a report for each client and group; what is there is not run again. All of it takes hours of CPU time; with
`--as-it-is`, nothing is run, and the page is written of the reports that there are. It needs what `tox run -e codegen` needs,
and the vendor's Python SDK.
"""

from __future__ import annotations

import argparse
import json
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

from tests.codegen import matrix
from tests.codegen.guide import ANSWERS
from tests.codegen.target import Target
from tests.codegen.targets import TARGETS

ROOT = Path(__file__).resolve().parents[1]
INTEROP = ROOT / "tests" / "interop"
PAGE = ROOT / "docs" / "clients-assume.md"
GROUPS = ("styles", "growth", "weather", "faults")
SECONDS = {"styles": 600, "growth": 600, "weather": 600, "faults": 20}
"""The time that a run has, by its group: a client may try again for minutes, and a walk without an end is ended soon."""
TASK = """{"url": "$CLOUDFLARE_BASE_URL", "token": "$CLOUDFLARE_API_TOKEN", "account_id": "$CLOUDFLARE_ACCOUNT_ID",
"connector_id": "$MCONN_CONNECTOR_ID", "from": 0, "to": 2000000000, "limit": 100, "absent": {"t": 1, "n": 1}, "samples": []}"""
"""What the programs of tests/codegen are told to do, as a shell writes it."""

INTRODUCTION = """# What the vendor's clients assume

Made by `python -m benchmarks.clients_assume FOLDER`. Each client below was run under the scenarios of
[`mconn client`](client.md) in a small program. The program walks the list from 0 to 2,000,000,000 with `limit=100`, gets every
event that was listed, and asks for the latest events. It checks no value. So where it fails, its library could not cope with what
the server did.

The vendor's Go module cannot get an event, because it writes `t` as `1.7e+09`; its program leaves that out. The generated clients
are those that [the page on generators](codegen.md) recommends, with the programs of their tests, which also ask for an event that
is not there. Beside the version of a generator stands the document that it was given. An open one lets unknown kinds pass.

Each cell says in how many scenarios a client does well, of those that it meets. Under a style, a revision or weather, to do well
is to pass. Under a fault it is to fail, and since the programs check nothing, only those faults count that the library notices.
What was not run has an empty cell.

"""


@dataclass(frozen=True)
class Client:
    """A client: its name, its version, where its program is (from the root), its command, and what it is run under."""

    name: str
    version: str
    program: str
    command: Sequence[str]
    groups: Sequence[str] = GROUPS

    @property
    def slug(self) -> str:
        """Its name as a file's name."""
        return re.sub(r"\W+", "-", self.name)


def vendor(folder: Path) -> Iterator[Client]:
    """The vendor's SDKs, installed and built where they are missing."""
    npm, javascript, go = folder / "npm", INTEROP / "javascript", INTEROP / "go"
    if not (npm / "node_modules" / "cloudflare").exists():
        npm.mkdir(parents=True, exist_ok=True)
        for name in ("package.json", "package-lock.json"):
            shutil.copy(javascript / name, npm)
        subprocess.run(["npm", "ci", "--no-audit", "--no-fund", "--loglevel=error"], cwd=npm, check=True)
    shutil.copy(javascript / "client.mjs", npm)
    if not (folder / "go").exists():
        subprocess.run(["go", "build", "-o", str(folder / "go"), "./client"], cwd=go, check=True)
    python = INTEROP / "client.py"
    yield Client("Python SDK", f"cloudflare {version('cloudflare')}", "tests/interop/client.py", [sys.executable, str(python)])
    locked = json.loads((javascript / "package.json").read_text("utf-8"))["dependencies"]["cloudflare"]
    program = "tests/interop/javascript/client.mjs"
    yield Client("npm package", f"cloudflare {locked}", program, ["node", str(npm / "client.mjs")])
    module = re.search(r"cloudflare-go/(v\d+) v(\S+)", (go / "go.mod").read_text("utf-8"))
    assert module is not None
    yield Client("Go module", f"cloudflare-go {module[2]}", "tests/interop/go/client/main.go", [str(folder / "go")])


def generated(folder: Path) -> Iterator[Client]:
    """A generated client for each language, built as the codegen matrix builds it."""
    targets = {target.name: target for target in TARGETS}
    chosen = [targets[answer.target] for answer in ANSWERS]
    missing = [each for each in chosen if not script(folder, each).exists()]
    for name, row in (matrix.run(missing) if missing else {}).items():
        failed = {column: outcome.seen for column, outcome in row.outcomes.items() if column in ("accepts", "compiles")}
        assert not any(failed.values()), f"{name}: {failed}"
        path = script(folder, row.target)
        path.write_text("\n".join(lines(row.target, folder)) + "\n", encoding="utf-8")
    for each in chosen:
        name = f"{each.language}: {each.generator.removesuffix(f', {each.language}')}"
        command = ["sh", str(script(folder, each))]
        yield Client(name, f"{each.version}, {each.document}", f"tests/codegen/{each.folder}", command, GROUPS[:-1])


def script(folder: Path, target: Target) -> Path:
    """Where the script is that runs a generated client."""
    return folder / f"{target.slug}.sh"


def lines(target: Target, folder: Path) -> Iterator[str]:
    """A shell script that runs the program of a generated client on the server of its environment."""
    yield f"cd {shlex.quote(str(target.path))} || exit"
    yield from (f"export {name}={shlex.quote(value)}" for name, value in target.environment.items())
    yield f"export MCONN_TASK=$(mktemp -p {shlex.quote(str(folder))}) MCONN_RESULT=/dev/null"
    yield "trap 'rm -f \"$MCONN_TASK\"' EXIT"
    yield from ('cat > "$MCONN_TASK" <<END', TASK, "END")
    yield shlex.join(target.run)


def report(folder: Path, client: Client, *, run: bool = True) -> Any:
    """What `mconn client` says of a client, group by group, as one report; only of what was `run` before, if it is not to be."""
    whole: dict[str, Any] = {"scores": {}, "runs": []}
    for group in client.groups:
        path = folder / f"{client.slug}-{group}.json"
        if not path.exists():
            if not run:
                continue
            options = (f"--{group}", "--jobs", "2", "--timeout", str(SECONDS[group]), "--report", f"json={path}", "--quiet")
            subprocess.run([sys.executable, "-m", "mconn_contracts", "client", *options, "--", *client.command], check=False)
        found = json.loads(path.read_text("utf-8"))
        assert not found["left_out"], f"{path}: {found['left_out']} scenarios were left out; delete it"
        assert not any(each["result"] == "unstable" for each in found["runs"]), f"{path}: the client is not stable; delete it"
        whole["scores"] |= found["scores"]
        whole["runs"] += found["runs"]
    return whole


def page(clients: Sequence[Client], reports: Mapping[str, Any]) -> Iterator[str]:
    """The lines of the page; reports by the name of the client."""
    yield from INTRODUCTION.splitlines()
    yield f"| client | version | {' | '.join(GROUPS)} |"
    yield f"| --- | --- |{' ---: |' * len(GROUPS)}"
    for client in clients:
        scores = reports[client.name]["scores"]
        cells = (f"{scores[group]['good']} of {scores[group]['met']}" if group in scores else "" for group in GROUPS)
        yield f"| [{client.name}](../{client.program}) | {client.version} | {' | '.join(cells)} |"
    reports = {name: each for name, each in reports.items() if each["runs"]}
    usual = _usual(reports)
    yield from ("", "## What breaks most of them", "")
    yield "What follows is mostly the doing of a program that asks for everything there is, and then for each event that it saw."
    yield ""
    for scenario, meaning in usual.items():
        spared = [name for name, each in _under(reports, scenario).items() if scenario not in _broken(each)]
        whom = f"all but {_listed(spared)}" if spared else "all"
        yield f"- `{scenario.partition('/')[2]}` breaks {whom}: {meaning}."
    for name, each in reports.items():
        yield from ("", f"## {name}", "")
        yield from _told(each, usual)


def _usual(reports: Mapping[str, Any]) -> dict[str, str]:
    """The styles and revisions that break more than half of the clients, and what each means."""
    meanings = {scenario: meaning for each in reports.values() for scenario, meaning in _broken(each).items()}

    def most(scenario: str) -> bool:
        under = _under(reports, scenario).values()
        return sum(scenario in _broken(each) for each in under) > len(under) / 2

    return {scenario: meaning for scenario, meaning in meanings.items() if most(scenario)}


def _under(reports: Mapping[str, Any], scenario: str) -> Mapping[str, Any]:
    """The reports of the clients that were run under a scenario."""
    return {name: each for name, each in reports.items() if scenario.partition("/")[0] in each["scores"]}


def _broken(found: Any) -> dict[str, str]:
    """The styles and revisions that break a client, and what each means."""
    return {
        run["scenario"]: re.sub("^(breaks|does not end) where ", "", run["meaning"])
        for run in found["runs"]
        if run["group"] in ("styles", "growth") and run["result"] == "broken"
    }


def _told(found: Any, usual: Mapping[str, str]) -> Iterator[str]:
    """What there is to say of a client, in sentences."""
    own = {scenario: meaning for scenario, meaning in _broken(found).items() if scenario not in usual}
    if own:
        yield from ("It also breaks where", "")
        yield from (f"- {meaning} (`{scenario.partition('/')[2]}`)" for scenario, meaning in own.items())
        yield ""
    else:
        ran = [word for group, word in (("styles", "style"), ("growth", "revision")) if group in found["scores"]]
        yield f"No other {' and no other '.join(ran)} breaks it."
    did: dict[str, list[str]] = {}
    for run in found["runs"]:
        if run["group"] == "weather":
            well = "" if run["result"] == "passed" else ", which is not well"
            did.setdefault(f"{run['meaning'] or 'never meets it'}{well}", []).append(f"`{run['name']}`")
    if did:
        yield f"In bad weather it {'; '.join(f'{what} ({_listed(names)})' for what, names in did.items())}."
    if "faults" in found["scores"]:
        noticed = [run for run in found["runs"] if run["result"] == "noticed"]
        for ended, words in ((False, "Of the faults that it meets, it notices"), (True, "It does not come to an end under")):
            names = [f"`{run['name']}`" for run in noticed if (run["exit_code"] is None) is ended]
            yield f"{words} {_listed(names) or 'none'}."
    wrong = {f"{each['code']} {each['name']}: {each['message']}" for run in found["runs"] for each in run["findings"]}
    yield f"Wrong in its requests: {'; '.join(sorted(wrong))}." if wrong else "Nothing is wrong with its requests."


def _listed(names: Sequence[str]) -> str:
    return " and ".join(filter(None, (", ".join(names[:-1]), *names[-1:])))


def main() -> None:
    """Run the clients, and write the page."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, help="where the reports are kept")
    parser.add_argument("--as-it-is", action="store_true", help="run nothing")
    options = parser.parse_args()
    folder = options.folder.resolve()
    clients = [*vendor(folder), *generated(folder)]
    reports = {each.name: report(folder, each, run=not options.as_it_is) for each in clients}
    PAGE.write_text("\n".join(page(clients, reports)).rstrip() + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
