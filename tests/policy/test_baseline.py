"""Baseline files: what they may say, and how wrong ones are refused."""

from __future__ import annotations

import datetime
import json
import re
from dataclasses import replace
from pathlib import Path

import pytest

from mconn_contracts.contract.document import load
from mconn_contracts.errors import UsageError
from mconn_contracts.judge.check import Plan, Session
from mconn_contracts.model.exchange import Exchange, Request, Response
from mconn_contracts.model.known import Known
from mconn_contracts.policy import baseline

EVENTS = "https://api.cloudflare.com/client/v4/accounts/a/magic/connectors/c/telemetry/events"
TODAY = datetime.date(2026, 1, 31)


def refused(path: Path, text: str) -> str:
    """Why a file with that text is not a baseline."""
    path.write_text(text, encoding="utf-8")
    with pytest.raises(UsageError) as error:
        baseline.read(path, TODAY)
    return str(error.value)


def one(**changes: str) -> str:
    """A baseline with one entry."""
    return json.dumps({"version": 1, "known": [{"code": "MC301", "reason": "x", **changes}]})


@pytest.mark.parametrize(
    "text, said",
    [
        ("{", "not a baseline"),
        ('{"version": 2, "known": []}', "version"),
        ('{"version": 1, "known": [{"code": "MC301"}]}', "'reason' is a required property"),
        ('{"version": 1, "known": [{"code": "MC301", "reason": "x", "expire": "2026-01-01"}]}', "did you mean 'expires'"),
        ('{"version": 1, "known": [{"code": "MC301", "reason": "x", "expires": "2026-02-30"}]}', "not a day"),
        (
            '{"version": 1, "known": [{"code": "MC301", "reason": "x"}, {"code": "MC301", "reason": "y"}]}',
            "known.1 says the same as known.0; leave one out",
        ),
        (one(code="MC3"), 'known.0.code: "MC3" is not the code of a rule, such as MC301'),
        (one(expires="2026-1-1"), 'known.0.expires: "2026-1-1" is not a day written like 2026-01-31'),
        (one(pointer="result/count"), 'known.0.pointer: "result/count" is not a JSON Pointer, such as /result/items/*/t'),
        (one(reason=" "), 'known.0.reason: " " is not a reason; say in words why these findings are accepted'),
    ],
)
def test_a_wrong_baseline_is_refused(tmp_path: Path, text: str, said: str) -> None:
    """What is not a baseline is wrong use; the message names the file, the place, and what is right."""
    message = refused(tmp_path / "known.json", text)

    assert (True, True) == (message.startswith(str(tmp_path / "known.json")), said in message), message


def test_a_baseline_has_to_be_there(tmp_path: Path) -> None:
    """Of a file that is not there, the message says what writes it."""
    with pytest.raises(UsageError, match="cannot be read: no such file or directory; --update-baseline writes it"):
        baseline.read(tmp_path / "known.json", TODAY)


def test_what_is_written_is_read_again(tmp_path: Path) -> None:
    """Entries are written sorted, and read as they were, expired from the day after their last one."""
    entries = (
        Known("MC402", "why", expires="2026-01-31"),
        Known("MC301", "größer", "listEvents", "a*.json", "/result/items/*/t", "2026-01-30", expired=True),
    )
    path = tmp_path / "known.json"
    baseline.write(path, entries)

    assert tuple(sorted(entries, key=lambda each: each.key)) == baseline.read(path, TODAY)
    assert re.search(r'"version": 1', path.read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    "source, expected",
    [(None, [True, False]), ("a.json", [True, False]), ("*.json", [True, False]), ("b.json", [False, False])],
)
def test_an_entry_is_about_sources(source: str | None, expected: list[bool]) -> None:
    """An entry is about the source that it names, with a star about many, and about any where it names none."""
    entry = Known("MC301", "", source=source)

    assert expected == [entry.is_of_any(sources) for sources in (frozenset({"a.json", "c.txt"}), frozenset[str]())]


@pytest.mark.parametrize("cut_short, expected", [((), "stale"), (("by --max-time, in the step 'walk'",), "unseen")])
def test_a_run_that_was_cut_short_leaves_entries_as_they_are(cut_short: tuple[str, ...], expected: str) -> None:
    """Of a run on a server, nobody knows what it would have met later."""
    plan = Plan(load(), known=(Known("MC301", "x", "listEvents"),))
    value = {"success": True, "errors": [], "messages": [], "result": {"count": 0, "items": []}}
    session = Session(plan)
    session.observe(Exchange(Response(200, (), json.dumps(value).encode()), Request("GET", f"{EVENTS}?from=0&to=2")))
    verdict = replace(session.verdict(), seed=0, cut_short=cut_short)

    assert [expected] == [each.state for each in baseline.states(verdict, plan, lambda _: True)]
