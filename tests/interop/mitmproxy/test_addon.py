"""The addon in a real mitmproxy, before real servers. Run by the tox environment `mitmproxy`, which needs Python 3.12."""

from __future__ import annotations

import contextlib
import json
import signal
import socket
import ssl
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.live.certificates import certificates
from tests.live.test_tls import served
from tests.proxy.standing import EVENTS, PLAN

from mconn_contracts.archives.distribution import distribute
from mconn_contracts.captures.records import ReadOptions
from mconn_contracts.captures.source import Input
from mconn_contracts.server.embedded import serve_in_thread
from mconn_contracts.server.faults.catalog import FAULTS

MITMDUMP = Path(sys.executable).with_name("mitmdump")
PATHS = ("/latest", "?from=0&to=2000000000&limit=5", "?from=x&to=1", "/../nothing")


class Mitmproxy:
    """A mitmproxy with the addon, while it runs, and what it wrote."""

    def __init__(self, folder: Path, process: subprocess.Popen[str], port: int) -> None:
        self.folder, self.port = folder, port
        self._process = process
        self.output = ""

    def ask(self, url: str, token: str = "", context: ssl.SSLContext | None = None) -> int:
        """The status of a request that goes through it."""
        proxies = urllib.request.ProxyHandler({"http": self.url, "https": self.url})
        opener = urllib.request.build_opener(proxies, urllib.request.HTTPSHandler(context=context))
        request = urllib.request.Request(url, headers={"Authorization": f"Bearer {token}"})
        with contextlib.suppress(urllib.error.HTTPError), opener.open(request, timeout=20) as response:
            return int(response.status)
        return 0

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def report(self) -> Any:
        """Its JSON report."""
        return json.loads((self.folder / "report.json").read_bytes())

    def end(self) -> None:
        """End it in order."""
        self._process.send_signal(signal.SIGINT)
        self.output, _ = self._process.communicate(timeout=30)


def command(folder: Path, port: int, *settings: str) -> list[str]:
    """The words that start mitmproxy with the addon."""
    (folder / "addon.py").write_text("from mconn_contracts.proxy.mitmproxy import addons\n")
    words = [str(MITMDUMP), "-q", "-s", "addon.py", "-p", str(port), "--listen-host", "127.0.0.1"]
    return [*words, *(word for setting in (f"confdir={folder / 'conf'}", *settings) for word in ("--set", setting))]


@contextlib.contextmanager
def running(folder: Path, *options: str) -> Iterator[Mitmproxy]:
    """mitmproxy on a free port; it has ended, and reported, when the block is left."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    words = command(folder, port, f"mconn_report=json={folder / 'report.json'}", *options)
    with subprocess.Popen(words, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process:
        try:
            end = time.monotonic() + 60
            while True:
                with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port)):
                    break
                assert process.poll() is None, process.communicate()[0]
                assert time.monotonic() < end
            started = Mitmproxy(folder, process, port)
            yield started
            started.end()
        finally:
            process.kill()


def test_flows_are_judged_as_their_recording_is(tmp_path: Path) -> None:
    """What the addon finds is what `mconn validate` finds in the HAR file that mitmproxy itself writes of the same flows."""
    fault = next(each for each in FAULTS.values() if each.code == "MC301")
    with serve_in_thread(faults=[fault]) as server, running(tmp_path, f"hardump={tmp_path / 'flows.har'}") as proxy:
        for path in PATHS:
            proxy.ask(server.url.removesuffix("/client/v4") + EVENTS + path, server.token)

    recorded = distribute([Input("flows.har", tmp_path / "flows.har")], PLAN, ReadOptions(), cap=100).tally
    assert (recorded.by_code, recorded.exchanges, recorded.events) == (
        proxy.report["counts"]["by_code"], proxy.report["counts"]["exchanges"], proxy.report["counts"]["events"],
    )  # fmt: skip
    assert {"MC301", "MC603"} == set(recorded.by_code)
    assert (1, True) == (proxy.output.count("mconn: error MC301 count-mismatch at /result/count: "), "failed: " in proxy.output)
    assert server.token not in proxy.output + (tmp_path / "report.json").read_text()


def test_flows_within_tls_are_judged(tmp_path: Path) -> None:
    """A client that trusts mitmproxy's authority, and asks a server with TLS by CONNECT."""
    pems = certificates(tmp_path)
    authority = tmp_path / "conf" / "mitmproxy-ca-cert.pem"
    with served(pems, asks=False) as url, running(tmp_path, f"ssl_verify_upstream_trusted_ca={pems['authority']}") as proxy:
        assert 200 == proxy.ask(f"{url}{EVENTS}/latest", context=ssl.create_default_context(cafile=authority))

    assert (1, "failed") == (proxy.report["counts"]["exchanges"], proxy.report["outcome"])
    assert {f"GET {url}{EVENTS}/latest"} == {
        f"GET {each['curl'].rpartition(' ')[2]}" for each in proxy.report["findings"] if each["curl"]
    }


def test_answers_that_were_cut_short_are_judged_and_those_that_never_came_are_not(tmp_path: Path) -> None:
    """A body whose end is missing is MC001; a server that is not there accuses nobody."""
    fault = next(each for each in FAULTS.values() if each.code == "MC001" and each.delivery)
    with serve_in_thread(faults=[fault]) as server, running(tmp_path) as proxy:
        for path in PATHS[:2]:
            with contextlib.suppress(OSError):
                proxy.ask(server.url.removesuffix("/client/v4") + EVENTS + path, server.token)
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            proxy.ask(f"http://127.0.0.1:{free.getsockname()[1]}{EVENTS}/latest")

    assert {"MC001"} == set(proxy.report["counts"]["by_code"])
    assert 1 == proxy.report["counts"]["unanswered"]


@pytest.mark.parametrize(
    "option, said",
    [
        ("mconn_report=har=a.har", "mconn_report is FORMAT=PATH"),
        ("mconn_config=none.toml", "none.toml"),
    ],
)
def test_wrong_options_are_said(tmp_path: Path, option: str, said: str) -> None:
    """mitmproxy ends at its start, and says why."""
    done = subprocess.run(command(tmp_path, 0, option), cwd=tmp_path, capture_output=True, text=True, check=False, timeout=60)

    assert (1, True) == (done.returncode, said in done.stdout + done.stderr)
