"""`mconn validate`: judge recorded payloads and captures."""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import get_args

import click

from mconn_contracts.archives.behavior import observed_choices
from mconn_contracts.archives.distribution import distribute
from mconn_contracts.archives.executors import Engine, Pool, pool
from mconn_contracts.archives.facts import FactsJob
from mconn_contracts.archives.relations import relate as relate_captures
from mconn_contracts.archives.revision import kept, oldest_revision
from mconn_contracts.archives.run import Run
from mconn_contracts.captures.inputs import Inputs, find
from mconn_contracts.captures.positions import locate
from mconn_contracts.captures.records import AUTO, MAX_DOCUMENT, ReadOptions
from mconn_contracts.captures.registry import FORMATS
from mconn_contracts.cli.finish import finish
from mconn_contracts.cli.messages import say
from mconn_contracts.cli.options import CommonOptions, common_options, setting, writable
from mconn_contracts.cli.progress import archive_progress
from mconn_contracts.contract.revisions import REVISION
from mconn_contracts.contract.suggestion import suggestion
from mconn_contracts.errors import UsageError
from mconn_contracts.judge.check import Plan, Session
from mconn_contracts.live.pinned import read_behavior, write_behavior
from mconn_contracts.model.known import spelled
from mconn_contracts.model.tally import Tally
from mconn_contracts.model.undeclared import Undeclared
from mconn_contracts.model.verdict import Subject
from mconn_contracts.process import signals
from mconn_contracts.process.files import write_whole
from mconn_contracts.reports.report import Need
from mconn_contracts.reports.wording import listed, number

_SIZE = re.compile(r"([0-9]{1,15}) ?(|k|m|g)(|b|ib)", re.IGNORECASE)
_UNITS = {"": 1, "k": 1024, "m": 1024**2, "g": 1024**3}


def _size(value: str | int) -> int:
    match = _SIZE.fullmatch(str(value).strip())
    size = int(match[1]) * _UNITS[match[2].lower()] if match else 0
    if size < 1:
        raise click.BadParameter(f"{value!r} is not a size, such as 500000 or 64MiB")
    return size


def _yaml_path(value: str) -> Path:
    if not value.endswith((".yaml", ".yml")):
        raise click.BadParameter(f"{value!r} is not a YAML file; end its name in .yaml")
    return Path(writable(value))


@click.command("validate")
@click.argument("paths", metavar="PATH...", nargs=-1, required=True)
@click.option(
    "--as",
    "declared",
    metavar="NAME",
    help="What each payload is. An operation (listEvents, getLatestEvents, getEvent) means a response body in its envelope. "
    "A schema (EventListResponse, LatestListResponse, EventGetResponse, ...) means the bare model. By default, its shape "
    "decides.",
)
@click.option(
    "--format",
    "form",
    type=click.Choice([AUTO, *(each.name for each in FORMATS)]),
    default=AUTO,
    show_default=True,
    help="The format of every input. With auto, the name of the input decides, or else its content.",
)
@click.option(
    "--only-ours",
    is_flag=True,
    help="Ignore files of other programs, and pass if there are no others. For hooks, which receive every file.",
)
@click.option("--column", metavar="NAME", help="The column that holds the JSON in Parquet or CSV files.")
@click.option("--body", metavar="MEMBER", help="The member that holds the body in each record of a log, such as response.body.")
@click.option("--url-member", metavar="MEMBER", help="With --body: the member that holds the URL of the request.")
@click.option("--status-member", metavar="MEMBER", help="With --body: the member that holds the status.")
@click.option("--status", type=click.IntRange(100, 599), metavar="CODE", help="The HTTP status of every payload.")
@setting(
    "--max-document",
    type=_size,
    default=MAX_DOCUMENT,
    show_default="64MiB",
    metavar="SIZE",
    help="Skip a document, line or HAR entry that is larger than this when unpacked.",
)
@setting(
    "--engine",
    type=click.Choice(get_args(Engine)),
    help="Where to do the work: in this process (serial, the default), in --workers processes, or on a Dask cluster. "
    "The report is the same.",
)
@setting(
    "--workers",
    type=click.IntRange(min=1),
    metavar="N",
    help="The number of processes. The default is the number of cores. Without --engine, 1 means serial, and more mean "
    "processes.",
)
@setting(
    "--scheduler", metavar="ADDRESS", help="The Dask scheduler, such as tcp://host:8786. By default, a local cluster is started."
)
@click.option(
    "--checkpoint",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="PATH",
    help="Save finished work in this file, so that the same command can continue after an interrupt.",
)
@setting(
    "--behavior",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="PATH",
    help="Pin the choices of the recorded servers where nothing is documented: write them to PATH if there is no such file, "
    "else compare with it.",
)
@click.option(
    "--relate",
    is_flag=True,
    help="Compare the events of all inputs, by account and connector, and find where one file contradicts another.",
)
@click.option(
    "--same-connector",
    is_flag=True,
    help="With --relate: treat all inputs as events of one connector. Bare payloads do not name their connector.",
)
@click.option(
    "--rejects",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="PATH",
    help="Write each record that has a finding of its own to this file, unchanged, one on each line.",
)
@click.option(
    "--suggest-overlay",
    type=_yaml_path,
    metavar="PATH",
    help="Write an overlay (YAML) that declares the undeclared kinds and fields in the recordings. A person must review it.",
)
@common_options
@click.pass_context
def command(
    ctx: click.Context,
    *,
    paths: tuple[str, ...],
    declared: str | None,
    form: str,
    only_ours: bool,
    column: str | None,
    body: str | None,
    url_member: str | None,
    status_member: str | None,
    status: int | None,
    max_document: int,
    engine: Engine | None,
    workers: int | None,
    scheduler: str | None,
    checkpoint: Path | None,
    behavior: Path | None,
    relate: bool,
    same_connector: bool,
    rejects: Path | None,
    suggest_overlay: Path | None,
    common: CommonOptions,
) -> None:
    """Judge recorded payloads: response bodies, bare models, NDJSON of either, and captures such as HAR files, also compressed.

    PATH is a file, a folder with its subfolders, a glob, or - for standard input. The method and URL of a
    HAR entry say what it is. Entries of other APIs are counted and not judged.
    """
    for name in common.needs(Need.EXCHANGES):
        raise click.UsageError(
            f"--report {name}=PATH works only with mconn test; the inputs of mconn validate are recorded already."
        )
    members = (column, body, url_member, status_member)
    reading = ReadOptions(form, declared, status, max_document, *members, only_ours, keep_written=rejects is not None)
    if body is None and (url_member or status_member):
        raise click.UsageError("--url-member and --status-member need --body.")
    if engine is None:
        engine = "processes" if workers is not None and workers > 1 else "serial"
    if scheduler is not None and engine != "dask":
        raise click.UsageError("--scheduler needs --engine dask.")
    if workers is not None and workers > 1 and engine == "serial":
        raise click.UsageError("--workers needs --engine processes or dask; the serial engine has one process.")
    if same_connector and not relate:
        raise click.UsageError("--same-connector needs --relate.")
    with signals.held():
        plan = common.plan(REVISION)
        if declared is not None:
            plan.reader.named(declared)
        job = FactsJob(plan, reading, same_connector, every=bool(rejects or common.needs(Need.EVERY)))
        relation = job if relate else None
        where = partial(pool, engine, workers, scheduler)
        ctx.exit(_judge(paths, plan, reading, where, checkpoint, behavior, relation, rejects, suggest_overlay, common))


def _judge(
    paths: tuple[str, ...],
    plan: Plan,
    reading: ReadOptions,
    workers: Callable[[], AbstractContextManager[Pool | None]],
    checkpoint: Path | None,
    behavior: Path | None,
    relation: FactsJob | None,
    rejects: Path | None,
    suggested: Path | None,
    common: CommonOptions,
) -> int:
    """Judge, write the results even after an interrupt, and return the exit code."""
    inputs, result = Inputs(), Run(Tally(cap=common.max_per_code))
    try:
        with signals.interruptible():
            inputs = find(paths)
    except KeyboardInterrupt:
        result.interrupted = True
    for problem in inputs.problems:
        say(problem)
    if any(source.is_standard_input for source in inputs.found):
        for option in ["--behavior"] * (behavior is not None) + ["--relate"] * (relation is not None):
            raise click.UsageError(f"{option} reads every input twice, and standard input can be read only once; give a file.")
        if checkpoint is not None:
            raise UsageError(
                "--checkpoint reads its inputs again after an interrupt, and standard input can be read only once; give a file"
            )
    pinned = None if behavior is None else read_behavior(behavior)
    chosen: str | None = None
    if not result.interrupted:
        with contextlib.ExitStack() as stack:
            where, show = stack.enter_context(workers()), stack.enter_context(archive_progress())
            captures = inputs.found
            try:
                if common.chooses:
                    with signals.interruptible():
                        captures = stack.enter_context(kept(captures))
                    chosen = oldest_revision(captures, reading, where)
                    plan = common.plan(chosen)
            except KeyboardInterrupt:
                result.interrupted = True
            else:
                result = distribute(
                    captures,
                    plan,
                    reading,
                    where,
                    cap=common.max_per_code,
                    every=bool(rejects or common.needs(Need.EVERY)),
                    gathers=suggested is not None,
                    checkpoint=checkpoint,
                    on_problem=say,
                    on_progress=show,
                )
            if relation is not None and not result.interrupted:
                relate_captures(result, where, job=replace(relation, plan=plan), cap=common.max_per_code)
    result.problems[:0] = inputs.problems
    result.may_be_empty = reading.only_ours
    result.tally.merge(Tally(left_out=dict(inputs.left_out)))
    choices = None
    if behavior is not None and not result.interrupted:
        try:
            with signals.interruptible():
                choices = observed_choices(inputs.found, plan, reading)
        except KeyboardInterrupt:
            result.interrupted = True
        else:
            session = Session(plan, common.max_per_code)
            session.take_behavior(choices, pinned)
            result.observed = session.observed
            result.tally.merge(session.hand_over())
    verdict = replace(result.verdict(plan), every=result.every, revision=chosen)
    # An interrupt leaves no time to read the captures once more.
    if common.needs(Need.POSITIONS) and not result.interrupted:
        verdict = replace(verdict, positions=locate(verdict.tally.findings()))
    also: list[Callable[[], None]] = []
    if rejects is not None and result.rejects is not None:
        also.append(partial(write_whole, rejects, "the rejects", result.rejects, "surrogateescape"))
    if behavior is not None and choices is not None and pinned is None and verdict.could_not_judge is None:
        also.append(partial(write_behavior, behavior, choices))
    if suggested is not None:
        also.extend(_suggesting(suggested, plan, result.tally.undeclared))
    if not result.tally.exchanges and not result.problems and not reading.only_ours:
        say("nothing was judged")
    labels = [source.label for source in inputs.found]
    subject = Subject(f"{number(len(labels), 'file')}: {listed(labels, 3)}" if labels else "no file")
    verdict = replace(verdict, subject=subject)
    read = spelled(labels, os.getcwd())  # noqa: PTH109 - a text
    return finish(
        verdict,
        common,
        plan,
        lambda entry: entry.is_of_any(read),
        also,
        result.unwritten,
        interrupted=result.interrupted,
    )


def _suggesting(path: Path, plan: Plan, seen: Undeclared) -> list[Callable[[], None]]:
    """The function that writes the suggested overlay. None, and a message, if there is nothing to declare."""
    text = suggestion(plan.document, seen)
    if text is None:
        say(f"{path} is not written: the document declares everything in the inputs")
        return []
    if seen.omitted:
        say(
            f"{path} leaves out {number(seen.omitted, 'value')}: there are more kinds and fields than it can declare, or too "
            "long names"
        )
    return [partial(write_whole, path, "the suggested overlay", text)]
