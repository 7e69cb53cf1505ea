"""Run the targets: generate, compile, and let each program do its task against one server."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import time
from collections.abc import Iterable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from tests.codegen import task
from tests.codegen.columns import Outcome, judge
from tests.codegen.targets import BUILD, HERE, PROJECTS, SHOWN, Target

from mconn_contracts.contract.document import load
from mconn_contracts.server.embedded import serve_in_thread

WORKERS = 2
MINUTES = 10
"""A command that takes longer is stuck."""


@dataclass
class Row:
    """What a target came to. `seconds` are for whoever makes the run faster; nothing is asserted of them."""

    target: Target
    outcomes: dict[str, Outcome]
    seconds: dict[str, float] = field(default_factory=dict)


class CommandFailed(Exception):  # noqa: N818 - it is a result
    """A command exited with another code than 0; the message is what it said last."""


def missing_tools(targets: Iterable[Target]) -> list[str]:
    """The tools that the targets need and that are not on this machine."""
    needed = {tool for target in targets for tool in ("java", *PROJECTS[target.project].tools)}
    return sorted(tool for tool in needed if shutil.which(tool) is None)


def run(targets: Iterable[Target]) -> dict[str, Row]:
    """Run the targets, two at a time, those of one project after each other; the rows by the targets' names."""
    document = load()
    given = task.samples(document)
    BUILD.mkdir(exist_ok=True)
    with serve_in_thread() as server, ThreadPoolExecutor(WORKERS) as pool:
        path = BUILD / "task.json"
        task.write(path, server, given)
        truth = task.ask(server)
        projects: dict[str, list[Target]] = {}
        for target in targets:
            projects.setdefault(target.project, []).append(target)

        def one(target: Target) -> Row:
            row = _run(target, path)
            if not row.outcomes.keys() & set(SHOWN):
                result = json.loads((BUILD / "results" / f"{target.slug}.json").read_text(encoding="utf-8"))
                row.outcomes |= judge(result, given, truth, document)
            return row

        def all_of(project: str) -> list[Row]:
            for command in PROJECTS[project].prepare:
                _execute(command, HERE / project, {})
            return [one(target) for target in projects[project]]

        futures: list[Future[list[Row]]] = [pool.submit(all_of, project) for project in projects]
        return {row.target.name: row for future in futures for row in future.result()}


def _run(target: Target, path: Path) -> Row:
    """Generate, compile and run; what failed, and what therefore could not be seen."""
    result = BUILD / "results" / f"{target.slug}.json"
    result.parent.mkdir(exist_ok=True, parents=True)
    result.unlink(missing_ok=True)
    shutil.rmtree(target.path / "generated", ignore_errors=True)
    (target.path / "generated").mkdir()
    environment = {"MCONN_TASK": str(path), "MCONN_RESULT": str(result), **target.environment}
    row = Row(target, {})
    steps = {"accepts": target.generate, "compiles": target.compile, "runs": (target.run,)}
    for step, commands in steps.items():
        started = time.monotonic()
        try:
            for command in commands:
                _execute(command, target.path, environment)
        except CommandFailed as failure:
            row.outcomes |= dict.fromkeys(SHOWN, Outcome(False, f"not seen, for it did not get past `{step}`"))
            row.outcomes[step if step != "runs" else SHOWN[0]] = Outcome(False, str(failure))
            break
        finally:
            row.seconds[step] = time.monotonic() - started
        if step != "runs":
            row.outcomes[step] = Outcome(True)
    for step in ("accepts", "compiles"):
        row.outcomes.setdefault(step, Outcome(False, "not reached"))
    return row


def _execute(command: tuple[str, ...], folder: Path, environment: Mapping[str, str]) -> None:
    try:
        done = subprocess.run(
            command,
            cwd=folder,
            env=os.environ | environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            text=True,
            errors="replace",
            check=False,
            timeout=MINUTES * 60,
        )
    except subprocess.TimeoutExpired as error:
        raise CommandFailed(f"`{' '.join(command)}` was still running after {MINUTES} minutes") from error
    if done.returncode:
        raise CommandFailed(f"`{' '.join(command)}` exited with {done.returncode}: {done.stdout[-4000:]}")
