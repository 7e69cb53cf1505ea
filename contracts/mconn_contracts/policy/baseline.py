"""The baseline: a file of known findings, which do not fail, and their states in a run."""

from __future__ import annotations

import datetime
import json
import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from mconn_contracts.errors import UsageError, reason
from mconn_contracts.judge.plan import Plan
from mconn_contracts.model.known import EntryState, Known
from mconn_contracts.model.verdict import Verdict
from mconn_contracts.policy.configuration import problems, schema
from mconn_contracts.process.files import write_whole

VERSION = 1
NO_REASON = "no reason given"
_LARGEST = 16 * 1024 * 1024
_OPTIONAL = ("operation", "source", "pointer", "expires")


def read(path: Path, today: datetime.date) -> tuple[Known, ...]:
    """The entries of a baseline, in its order. UsageError if it cannot be read, or is not a baseline."""
    value = content_of(path, "baseline")
    entries = tuple(_entry(path, index, each, today) for index, each in enumerate(value["known"]))
    first: dict[str, int] = {}
    for index, entry in enumerate(entries):
        if first.setdefault(entry.key, index) != index:
            raise UsageError(f"{path}: known.{index} says the same as known.{first[entry.key]}; leave one out")
    return entries


def content_of(path: Path, form: str) -> Any:
    """The value of a baseline with that schema, which is beside this file. UsageError if it cannot be read, or does not fit."""
    try:
        with path.open("rb") as file:
            content = file.read(_LARGEST + 1)
        if len(content) > _LARGEST:
            raise UsageError(f"{path}: not a baseline: it is larger than {_LARGEST} bytes")
        value = json.loads(content.decode("utf-8"))
    except OSError as error:
        hint = "; --update-baseline writes it" if isinstance(error, FileNotFoundError) else ""
        raise UsageError(f"{path}: the baseline cannot be read: {reason(error)}{hint}") from None
    except (ValueError, RecursionError) as error:
        raise UsageError(f"{path}: not a baseline: {error}") from None
    problem = next(problems(value, schema(form)), None)
    if problem is not None:
        raise UsageError(f"{path}: not a baseline: {problem}")
    return value


def write(path: Path, entries: Iterable[Known]) -> None:
    """Write a baseline, sorted. UsageError if the file cannot be written."""
    shown = [
        {
            "code": entry.code,
            **{name: value for name in _OPTIONAL if (value := getattr(entry, name)) is not None},
            "reason": entry.reason,
        }
        for entry in sorted(entries, key=lambda entry: entry.key)
    ]
    text = json.dumps({"version": VERSION, "known": shown}, indent=2, ensure_ascii=False) + "\n"
    write_whole(path, "the baseline", [text])


def states(verdict: Verdict, plan: Plan, has_read: Callable[[Known], bool]) -> tuple[EntryState, ...]:
    """The states of the entries of a plan's baseline. `has_read` says whether the run read the input of an entry."""
    return tuple(_entry_state(entry, verdict, plan, has_read) for entry in plan.known)


def updated(verdict: Verdict, path: Path, why: str = NO_REASON) -> tuple[Known, ...]:
    """The entries of the next baseline at a path: those that hold or are undecided, and all that this run collected.

    Files are named relative to it, so that they are found from any working folder.
    """
    kept = {each.entry.key: each.entry for each in verdict.baseline if each.state in ("known", "unseen")}
    for key in verdict.tally.collected:
        entry = _of_collected(key, path, why)
        kept.setdefault(entry.key, entry)
    return tuple(kept.values())


def accepted(verdict: Verdict, path: Path, entries: Iterable[Known]) -> Verdict:
    """The verdict as if the run had had these entries of a baseline at a path, which have all its findings."""
    known = dict(verdict.tally.known)
    for key, number in verdict.tally.collected.items():
        own = _of_collected(key, path).key
        known[own] = known.get(own, 0) + number
    tally = replace(verdict.tally.accepted(), known=known)
    baseline = tuple(EntryState(entry, "known" if entry.key in known else "unseen", known.get(entry.key, 0)) for entry in entries)
    return replace(verdict, tally=tally, baseline=baseline)


def _of_collected(key: str, path: Path, why: str = NO_REASON) -> Known:
    code, operation, source, pointer = json.loads(key)
    return Known(code, why, operation, source and _relative(source, path), pointer)


def _relative(source: str, path: Path) -> str:
    """A source as a baseline names it."""
    if "://" in source or source.startswith("<") or Path(source).is_absolute():
        return source
    return os.path.relpath(source, path.absolute().parent).replace(os.sep, "/")


def _entry(path: Path, index: int, value: dict[str, Any], today: datetime.date) -> Known:
    entry = Known(**value, folders=tuple(dict.fromkeys((os.getcwd(), str(path.absolute().parent)))))  # noqa: PTH109
    if entry.expires is None:
        return entry
    try:
        expired = datetime.date.fromisoformat(entry.expires) < today
    except ValueError as error:
        raise UsageError(f"{path}: known.{index}.expires: {entry.expires!r} is not a day: {error}") from None
    return replace(entry, expired=expired)


def _entry_state(entry: Known, verdict: Verdict, plan: Plan, has_read: Callable[[Known], bool]) -> EntryState:
    findings = verdict.tally.known.get(entry.key, 0)
    if findings:
        return EntryState(entry, "expired" if entry.expired else "known", findings)
    return EntryState(entry, "stale" if all(_would_tell(entry, verdict, plan, has_read)) else "unseen")


def _would_tell(entry: Known, verdict: Verdict, plan: Plan, has_read: Callable[[Known], bool]) -> Iterator[bool]:
    """Whether the run would have met the findings of an entry, if they were still there."""
    coverage = verdict.tally.coverage
    yield verdict.could_not_judge is None
    yield plan.judges_at(entry.code, entry.operation)
    yield has_read(entry)
    # Reading a file again shows its findings again. A server shows a finding only if its operation is requested.
    if entry.source is None or verdict.seed is not None:
        yield entry.code in coverage.decided or plan.document.statement(entry.code).about_the_run
        yield entry.operation is None or entry.operation in coverage.operations
        yield not verdict.cut_short
