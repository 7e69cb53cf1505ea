"""A recording that grows: whole after each exchange, without secrets, whatever ends the process."""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
from pathlib import Path

import pytest
from tests.proxy.standing import EVENTS, PLAN

from mconn_contracts.archives.distribution import distribute
from mconn_contracts.captures.records import ReadOptions
from mconn_contracts.captures.source import Input
from mconn_contracts.errors import UsageError
from mconn_contracts.model.exchange import Exchange, Request, Response
from mconn_contracts.model.tally import Tally
from mconn_contracts.process.files import UnwrittenError
from mconn_contracts.proxy.passed import Passed, Shower
from mconn_contracts.proxy.recording import Recording

URL = f"https://api.cloudflare.com{EVENTS}/latest"
BODY = b'{"result":{"count":0,"items":[]},"success":true,"errors":[],"messages":[]}'
JSON = (("Content-Type", "application/json"),)
TOKEN = "v1.0-Zm9vYmFyYmF6cXV4-0123456789"


def exchange(number: int = 0, body: bytes = BODY, status: int | None = 200, incomplete: str | None = None) -> Exchange:
    """An exchange with the latest events."""
    response = Response(status, JSON, body if status else None, incomplete)
    return Exchange(response, Request("GET", URL, (("X", str(number)),)), started=1_700_000_000.5 + number)


def judged(path: Path) -> Tally:
    """What `mconn validate` makes of a recording."""
    return distribute([Input(path.name, path)], PLAN, ReadOptions(), cap=100).tally


@pytest.mark.parametrize("name", ["run.har", "run.ndjson", "run.JSONL"])
def test_a_recording_is_whole_after_each_exchange(name: str, tmp_path: Path) -> None:
    """From the first exchange on, there is no moment between two in which the file cannot be read to its end."""
    recording = Recording(tmp_path / name)
    for number in range(1, 6):
        recording.append(exchange(number, BODY * number if number == 3 else BODY))
        tally = judged(tmp_path / name)
        assert (number, number >= 3) == (tally.exchanges, "MC002" in tally.by_code)
    recording.close()
    assert 5 == judged(tmp_path / name).exchanges


@pytest.mark.parametrize("name", ["run.har", "run.ndjson"])
def test_answers_that_did_not_come_are_told_apart(name: str, tmp_path: Path) -> None:
    """A server that closes without an answer is at fault, one that nobody reached is not; both are read back so."""
    recording = Recording(tmp_path / name)
    recording.append(exchange(1, status=None))
    recording.append(exchange(2, status=None, incomplete="no answer came: the server closed the connection"))
    recording.append(exchange(3, incomplete="the connection ended after 74 bytes, of 80"))
    recording.close()

    tally = judged(tmp_path / name)
    assert (1, 2, {"MC001": 2}) == (tally.unanswered, tally.exchanges, tally.by_code)


def test_what_was_there_goes_with_the_first_exchange(tmp_path: Path) -> None:
    """A run in which nothing passes leaves an older recording as it was, and no new file."""
    old, new = tmp_path / "old.har", tmp_path / "new.har"
    old.write_text("x" * 10_000)
    for path in (old, new):
        Recording(path).close()
    assert ("x" * 10_000, False) == (old.read_text(), new.exists())

    recording = Recording(old)
    recording.append(exchange())
    recording.close()
    assert 1 == len(json.loads(old.read_bytes())["log"]["entries"])


def test_no_other_kind_of_file_is_written(tmp_path: Path) -> None:
    """The ending says the form; a HAR needs a file that can be written in place, and a folder that is there."""
    os.mkfifo(tmp_path / "pipe.har")
    reading = os.open(tmp_path / "pipe.har", os.O_RDONLY | os.O_NONBLOCK)
    with pytest.raises(UsageError, match=r"run.json: the name of a recording must end in .har, or in .ndjson"):
        Recording(tmp_path / "run.json")
    with pytest.raises(UsageError, match="a HAR needs a regular file"):
        Recording(tmp_path / "pipe.har")
    with pytest.raises(UnwrittenError, match="the recording cannot be written: no such file or directory"):
        Recording(tmp_path / "none" / "run.har")
    os.close(reading)


@pytest.mark.parametrize("name", ["run.har", "run.ndjson"])
def test_a_full_disk_leaves_what_was_there(name: str, tmp_path: Path) -> None:
    """Where an exchange finds no room, those before can be read, and the error says which file it was."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    recording = Recording(tmp_path / name)
    recording.append(exchange(1))
    resource.setrlimit(resource.RLIMIT_FSIZE, ((tmp_path / name).stat().st_size + 300, before[1]))
    try:
        with pytest.raises(UnwrittenError, match=f"{name}: the recording cannot be written: file too large"):
            recording.append(exchange(2, b"x" * 1000))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    recording.close()
    assert (1, {}) == (judged(tmp_path / name).exchanges, judged(tmp_path / name).by_code)


def test_a_killed_process_leaves_a_whole_file(tmp_path: Path) -> None:
    """After SIGKILL in the middle of many exchanges, the recording can be read, up to the last that was written."""
    program = f"""
import os, signal, sys, threading
from pathlib import Path
from tests.proxy.test_recording import exchange
from mconn_contracts.proxy.recording import Recording
recording = Recording(Path(sys.argv[1]))
for number in range(10_000):
    recording.append(exchange(number, b" " * 500 * (number % 7) + {BODY!r}))
    if number == 200:
        print(flush=True)
"""
    path = tmp_path / "run.har"
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([*sys.path, str(Path.cwd())])}
    with subprocess.Popen([sys.executable, "-c", program, str(path)], stdout=subprocess.PIPE, env=environment) as process:
        assert process.stdout is not None
        assert b"\n" == process.stdout.readline()
        process.kill()

    tally = judged(path)
    assert (True, {}) == (tally.exchanges > 200, tally.by_code)


# Secrets.


@pytest.mark.parametrize(
    "sent, url, body, received",
    [
        ((("Authorization", f"Bearer {TOKEN}"),), URL, BODY, ()),
        ((("X-Auth-Key", TOKEN), ("X-Auth-Email", "someone@example.com")), URL, BODY + TOKEN.encode(), ()),
        ((), f"{URL}?access_token={TOKEN}", TOKEN.encode(), ()),
        ((("Cookie", f"session={TOKEN}"),), URL, BODY, (("Set-Cookie", f"session={TOKEN}; Path=/"), ("X-Echo", TOKEN))),
        ((("X-Debug", f"as {TOKEN}"), ("Referer", f"https://a.example/{TOKEN}"), (f"X-{TOKEN}", "1")), URL, BODY, ()),
        ((("Proxy-Authorization", f"Basic {TOKEN}"),), URL, BODY, (("Location", f"https://a.example/?token={TOKEN}"),)),
        ((), URL, TOKEN.encode(), ()),
    ],
)
@pytest.mark.parametrize("incomplete", [None, f"what came is not HTTP: 'token {TOKEN}'"])
@pytest.mark.parametrize("name", ["run.har", "run.ndjson"])
def test_no_secret_reaches_the_file(
    sent: tuple[tuple[str, str], ...],
    url: str,
    body: bytes,
    received: tuple[tuple[str, str], ...],
    incomplete: str | None,
    name: str,
    tmp_path: Path,
) -> None:
    """Whatever a client sends as a credential, in this request or in one before, is in no file, in no answer either."""
    shower = Shower("https://api.cloudflare.com", {})
    first = Passed("GET", URL, (("Authorization", f"Bearer {TOKEN}"),), 1.0, 200, JSON, BODY)
    recording = Recording(tmp_path / name)
    recording.append(shower.exchange(first, 0))
    recording.append(shower.exchange(Passed("GET", url, sent, 2.0, 200, (*JSON, *received), body, incomplete), 1))
    recording.close()

    written = (tmp_path / name).read_text()
    assert (False, False, 2) == (TOKEN in written, "someone@example.com" in written, judged(tmp_path / name).exchanges)


def test_the_credential_of_the_environment_is_no_secret_to_be_learned() -> None:
    """What the environment has is hidden from the first exchange on, though no request carried it."""
    shower = Shower("", {"CLOUDFLARE_API_TOKEN": TOKEN})
    shown = shower.exchange(Passed("GET", URL, (), 1.0, 200, JSON, TOKEN.encode()), 0)
    assert (b"[secret]", 0) == (shown.response.body, shown.origin.entry)


@pytest.mark.parametrize("cut_off", range(1, len(TOKEN) - 3))
def test_the_beginning_of_a_secret_is_hidden_where_an_answer_is_cut_short(cut_off: int) -> None:
    """Of a credential in which a body, or what is told of it, is cut off, nothing is kept that could be told from other text."""
    cut = f"it is {TOKEN[:-cut_off]}"
    sent = (("Authorization", f"Bearer {TOKEN}"),)
    shown = Shower("", {}).exchange(Passed("GET", URL, sent, 1.0, 200, JSON, cut.encode(), cut), 0)
    assert (b"it is [secret]", "it is [secret]") == (shown.response.body, shown.response.incomplete)


def test_secrets_of_long_ago_are_forgotten() -> None:
    """Of the secrets of earlier requests, the newest are kept: a client with a new one each time takes no more memory."""
    shower = Shower("", {})
    for number in range(200):
        shower.exchange(Passed("GET", URL, (("Authorization", f"Bearer {TOKEN}{number:03}"),), 1.0, 200, JSON, BODY), number)
    echoed = shower.exchange(Passed("GET", URL, (), 1.0, 200, JSON, f"{TOKEN}199 {TOKEN}000".encode()), 200)
    assert f"[secret] {TOKEN}000".encode() == echoed.response.body
