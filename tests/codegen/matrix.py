"""Run the targets: generate, compile, and let each program do its task against one server."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Iterable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from click.testing import CliRunner
from tests.codegen import task
from tests.codegen.columns import STEPS, Outcome, judge
from tests.codegen.target import BUILD, DOCUMENTS, EXPORTED, HERE, SHOWN, Target, document
from tests.codegen.targets import PROJECTS

from mconn_contracts.cli.export import command as export
from mconn_contracts.contract.document import Document, load
from mconn_contracts.contract.overlays import overlaid
from mconn_contracts.server.embedded import RunningServer, serve_in_thread

WORKERS = 2
LIMIT = 20 * 60.0
"""In seconds: a command that takes longer is stuck."""


@dataclass
class Row:
    """What a target came to. `seconds` are for whoever makes the run faster; nothing is asserted of them."""

    target: Target
    outcomes: dict[str, Outcome]
    seconds: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class _Task:
    """The task for the clients of one revision."""

    path: Path
    document: Document
    samples: list[task.Sample]

    @classmethod
    def write(cls, overlay: str, server: RunningServer) -> _Task:
        revision = overlaid(load(), [overlay] if overlay else [])
        given = task.samples(revision)
        path = BUILD / f"task{overlay and '-'}{overlay}.json"
        task.write(path, server, given)
        return cls(path, revision, given)


_JAVA = {"JAVA_TOOL_OPTIONS": "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"}
"""Halves the time of programs that run for seconds, as openapi-generator and the compilers for Java and Kotlin do."""


class CommandFailed(Exception):  # noqa: N818 - it is a result
    """A command exited with another code than 0; the message is what it said last."""


def missing_tools(targets: Iterable[Target]) -> list[str]:
    """The tools that the targets need and that are not on this machine."""
    needed = {tool for target in targets for tool in ("java", *PROJECTS[target.project].tools)}
    return sorted(tool for tool in needed if shutil.which(tool) is None)


def run(targets: Iterable[Target]) -> dict[str, Row]:
    """Run the targets, two at a time, those of one project after each other; the rows by the targets' names."""
    targets = list(targets)
    DOCUMENTS.mkdir(parents=True, exist_ok=True)
    for name in {target.document for target in targets} & EXPORTED.keys():
        done = CliRunner().invoke(export, [*EXPORTED[name], "--output", str(document(name))], catch_exceptions=False)
        if done.exit_code:
            raise RuntimeError(f"{name}: {done.output}")
    with serve_in_thread() as server, ThreadPoolExecutor(WORKERS) as pool:
        truth = task.ask(server)
        tasks = {overlay: _Task.write(overlay, server) for overlay in {target.overlay for target in targets}}
        projects: dict[str, list[Target]] = {}
        for target in targets:
            projects.setdefault(target.project, []).append(target)

        def one(target: Target) -> Row:
            given = tasks[target.overlay]
            row = _run(target, given.path)
            if not row.outcomes.keys() & set(SHOWN):
                result = json.loads((BUILD / "results" / f"{target.slug}.json").read_text(encoding="utf-8"))
                row.outcomes |= judge(result, given.samples, truth, given.document, survives=target.survives)
            return row

        def all_of(project: str) -> list[Row]:
            try:
                for command in PROJECTS[project].prepare:
                    execute(command, HERE / project, {})
            except CommandFailed as failure:
                return [Row(target, _stopped("accepts", failure)) for target in projects[project]]
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
                execute(command, target.path, environment)
        except CommandFailed as failure:
            row.outcomes = _stopped(step, failure) | row.outcomes
            break
        finally:
            row.seconds[step] = time.monotonic() - started
        if step != "runs":
            row.outcomes[step] = Outcome(True)
    return row


def _stopped(step: str, failure: CommandFailed) -> dict[str, Outcome]:
    """What is known of a target that did not get past a step."""
    later = Outcome(False, f"not seen, for it did not get past `{step}`")
    return dict.fromkeys((*STEPS, *SHOWN), later) | {step if step in STEPS else SHOWN[0]: Outcome(False, str(failure))}


def execute(command: tuple[str, ...], folder: Path, environment: Mapping[str, str]) -> None:
    """Run one command to its end. Raises `CommandFailed` where it fails, or is stuck: then its children are ended too."""
    with subprocess.Popen(
        command,
        cwd=folder,
        env=os.environ | _JAVA | environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        stdin=subprocess.DEVNULL,
        text=True,
        errors="replace",
        # A group of its own, so that a command that is stuck ends with the compilers that it started.
        start_new_session=True,
    ) as process:
        try:
            printed, _ = process.communicate(timeout=LIMIT)
        except subprocess.TimeoutExpired as error:
            os.killpg(process.pid, signal.SIGKILL)
            raise CommandFailed(f"`{' '.join(command)}` was still running after {LIMIT:g} seconds") from error
    if process.returncode:
        raise CommandFailed(f"`{' '.join(command)}` exited with {process.returncode}: {printed[-4000:]}")
