"""What is judged as it passes: the same findings as of the recording, in windows that hold for days."""

from __future__ import annotations

import json
from contextlib import closing
from pathlib import Path

import pytest
from tests.live.runs import places
from tests.proxy.standing import EVENTS, PLAN

from mconn_contracts.archives.distribution import distribute
from mconn_contracts.captures.records import ReadOptions
from mconn_contracts.captures.source import Input
from mconn_contracts.model.exchange import Exchange, Request
from mconn_contracts.proxy.passed import Passed, Shower
from mconn_contracts.proxy.recording import Recording
from mconn_contracts.proxy.watch import Watch
from mconn_contracts.server.api.access import MAIN_ACCOUNT
from mconn_contracts.server.api.handler import Handler
from mconn_contracts.server.faults.catalog import FAULTS
from mconn_contracts.server.reference import build_handler, open_store
from mconn_contracts.server.styles import REFERENCE, STYLES

ORIGIN = "https://api.cloudflare.com"
SENT = (("Host", "api.cloudflare.com"), ("Authorization", f"Bearer {MAIN_ACCOUNT.token}"), ("Accept-Encoding", "gzip"))
FIXED = (
    "/latest", "?from=0&to=2000000000&limit=3", "?from=0&to=2000000000&k=Init", "?from=1767100000&to=1767110000", "/latest",
    "?from=x&to=1", "/1.1", "/nothing", "?from=0&to=2000000000&limit=3&limit=4", "/latest?k=Init",
)  # fmt: skip


def passing(handler: Handler, *, steps: int = 8) -> list[Exchange]:
    """What a client sees that lists, walks on, looks at the latest and gets some events."""
    shower = Shower(ORIGIN, {})
    found: list[Exchange] = []

    def ask(target: str, method: str = "GET") -> bytes:
        request = Request(method, EVENTS + target, SENT)
        response = handler.answer(request).response
        passed = Passed(
            method, ORIGIN + EVENTS + target, SENT, 1.0 + len(found), response.status, response.headers, response.body
        )
        found.append(shower.exchange(passed, len(found)))
        return response.body or b""

    for target in FIXED:
        ask(target)
    ask("/latest", "HEAD")
    ask("/latest", "POST")
    cursor = ""
    for _ in range(steps):
        try:
            page = json.loads(ask(f"?from=0&to=2000000000&limit=20{cursor}"))["result"]
            cursor = f"&cursor={page['cursor']}"
            ask(f"/{page['items'][0]['t']}.{page['items'][0]['n']}")
        except (ValueError, KeyError, TypeError, IndexError):
            break
    return found


@pytest.mark.parametrize("name", [*FAULTS, *(f"style {name}" for name in STYLES)])
def test_the_recording_is_judged_alike(name: str, tmp_path: Path) -> None:
    """Of any server, with any fault, `mconn validate` finds in the recording what was found as it passed, at the same places."""
    faults = [FAULTS[name]] if name in FAULTS else []
    style = STYLES.get(name.removeprefix("style "), REFERENCE)
    with closing(open_store(main=style.main, faults=faults)) as store:
        exchanges = passing(build_handler(store, style=style, faults=faults))
    watch, recording = Watch(PLAN, 10_000), Recording(tmp_path / "run.har")
    for exchange in exchanges:
        watch.take(exchange)
        recording.append(exchange)
    recording.close()
    verdict = watch.verdict()

    recorded = distribute([Input("run.har", tmp_path / "run.har")], PLAN, ReadOptions(), cap=10_000)
    assert places(watch.tally) == places(recorded.tally)
    assert [(each.message, each.entry, each.severity) for each in watch.tally.findings()] == [
        (each.message, each.entry, each.severity) for each in recorded.tally.findings()
    ]
    expected = recorded.verdict(PLAN)
    assert (expected.undecided, expected.outcome, expected.tally.coverage.kinds) == (
        verdict.undecided, verdict.outcome, verdict.tally.coverage.kinds,
    )  # fmt: skip
    assert watch.tally.exchanges == recorded.tally.exchanges == len(exchanges) - watch.tally.foreign


@pytest.fixture(scope="module")
def honest() -> list[Exchange]:
    """What passes before the reference server."""
    with closing(open_store()) as store:
        return passing(build_handler(store), steps=30)


@pytest.mark.parametrize("most", [1, 10_000, 30_000])
def test_a_window_accuses_nobody_of_what_it_does_not_see(honest: list[Exchange], most: int) -> None:
    """However short the windows are, an honest server has no finding but for the wrong requests, and nothing is left out."""
    watch = Watch(PLAN, 100, most=most)
    for exchange in honest:
        watch.take(exchange)
    watch.verdict()

    assert ({"MC6"}, 0) == ({code[:3] for code in watch.tally.by_code}, watch.tally.unrelated)
    assert len(honest) == watch.tally.exchanges + watch.tally.foreign


def test_memory_is_bounded(honest: list[Exchange]) -> None:
    """What a window keeps never takes more than twice its bound, however much passes."""
    watch = Watch(PLAN, 5, most=20_000)
    taken = []
    for _ in range(10):
        for exchange in honest:
            watch.take(exchange)
            taken.append(watch._session.taken)

    assert (True, True) == (20_000 < max(taken) < 45_000, taken.count(0) > 5)
    assert len(watch._window) < 45


def test_what_exchanges_say_about_each_other_is_told_before_the_end() -> None:
    """A look at the window tells the first finding of each code, once; it counts only when the window ends."""
    fault = FAULTS["order-breaks-between-pages"]
    with closing(open_store(faults=[fault])) as store:
        exchanges = passing(build_handler(store, faults=[fault]), steps=30)
    watch = Watch(PLAN, 1_000)
    for exchange in exchanges:
        watch.take(exchange)
    early = [finding.code for finding in watch.news()]
    told = [finding.code for finding in watch.glance()]
    watch._next_glance = 0.0

    assert (["MC406"], [], []) == (told, [*watch.glance()], [*watch.news()])
    assert "MC406" not in watch.tally.by_code
    watch.verdict()
    assert (True, []) == ("MC406" in watch.tally.by_code, [each for each in watch.news() if each.code in {*early, *told}])


def test_exchanges_that_end_in_another_order_are_related_as_they_began(tmp_path: Path) -> None:
    """A walk whose pages ended in another order than they were asked for is judged as one, as in the recording."""
    fault = FAULTS["order-breaks-between-pages"]
    with closing(open_store(faults=[fault])) as store:
        exchanges = passing(build_handler(store, faults=[fault]), steps=30)
    watch, recording = Watch(PLAN, 1_000), Recording(tmp_path / "run.har")
    for exchange in reversed(exchanges):
        watch.take(exchange)
        recording.append(exchange)
    recording.close()
    watch.verdict()

    recorded = distribute([Input("run.har", tmp_path / "run.har")], PLAN, ReadOptions(), cap=1_000).tally
    assert (watch.tally.by_code, True) == (recorded.by_code, "MC406" in recorded.by_code)
