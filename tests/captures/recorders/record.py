"""Write recordings of the reference server by other tools: python tests/captures/recorders/record.py [WRITER …].

Needs npm, Go, Maven, Java, pip, curl and Chromium. Everything is installed in a folder that is removed at the end. Each writer
records the same: an event, a list, an event that does not exist, and one whose kind is not in the union (MC102).
"""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
import venv
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from mconn_contracts.server.embedded import RunningServer, serve_in_thread
from mconn_contracts.server.faults.catalog import FAULTS
from mconn_contracts.server.styles import STYLES

HERE = Path(__file__).parent
RECORDINGS = HERE.parent / "recordings"
CHROMIUM = shutil.which("chromium") or "chromium"
TARGETS = ("/1767041247.0", "?from=1767041247&to=1767041253&limit=2", "/1.1", "/1767041247.1")
NPM = {
    "polly": ["@pollyjs/core@6.0.6", "@pollyjs/adapter-node-http@6.0.6", "@pollyjs/persister-fs@6.0.6"],
    "nock": ["nock@14.0.10"],
    "newman": ["newman@6.2.1"],
    "postman": ["postman-collection@5.0.2"],
    "pact": ["@pact-foundation/pact@16.5.0"],
    "playwright": ["playwright-core@1.60.0"],
}
WIREMOCK = "org.wiremock:wiremock-standalone:3.13.2"
MITMPROXY = "mitmproxy==11.0.2"


def run(*words: str | Path, cwd: Path, **environment: str) -> str:
    """What a command prints; it must succeed."""
    done = subprocess.run(words, cwd=cwd, env=os.environ | environment, check=True, stdout=subprocess.PIPE, text=True)
    return done.stdout


def free_port() -> int:
    """A port that nothing listens on."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        port: int = listening.getsockname()[1]
        return port


@contextmanager
def running(*words: str | Path, cwd: Path, port: int) -> Iterator[None]:
    """A program that listens on a port within the block."""
    with subprocess.Popen(words, cwd=cwd, stdout=subprocess.DEVNULL) as process:
        try:
            for _ in range(300):
                with socket.socket() as asking:
                    if asking.connect_ex(("127.0.0.1", port)) == 0:
                        break
                time.sleep(0.1)
            yield
        finally:
            process.terminate()


def get(url: str, token: str) -> None:
    """A GET, whatever the answer."""
    request = urllib.request.Request(url, headers={"Authorization": f"Bearer {token}", "Accept-Encoding": "gzip"})
    try:
        urllib.request.urlopen(request).close()
    except urllib.error.HTTPError as error:
        error.close()


def targets(server: RunningServer) -> list[str]:
    """The URLs that are asked for."""
    base = f"{server.url}/accounts/{server.account_id}/magic/connectors/{server.connector_id}/telemetry/events"
    return [base + target for target in TARGETS]


def with_npm(script: str) -> Callable[[RunningServer, Path], None]:
    """The recording of a script beside this file, which takes a folder, a token and URLs."""

    def record(server: RunningServer, work: Path) -> None:
        run("npm", "install", "--no-audit", "--no-fund", "--silent", *NPM[script], cwd=work)
        shutil.copy(HERE / f"{script}.js", work)
        run("node", f"{script}.js", RECORDINGS, server.token, *targets(server), cwd=work, CHROMIUM=CHROMIUM)

    return record


def govcr(server: RunningServer, work: Path) -> None:
    """Cassettes of versions 3 and 4."""
    shutil.copytree(HERE / "go", work, dirs_exist_ok=True)
    run("go", "run", ".", RECORDINGS, server.token, *targets(server), cwd=work, GOFLAGS="-mod=mod")


def wiremock(server: RunningServer, work: Path) -> None:
    """Mappings that were recorded, with bodies in files, and the journal."""
    jars, port = _jars(WIREMOCK, work), free_port()
    here, there = f"http://127.0.0.1:{port}", server.url.partition("/client")[0]
    admin = f"{here}/__admin"
    words = ["java", "-cp", jars, "wiremock.Run", "--port", str(port), "--root-dir", "root", "--disable-banner"]
    with running(*words, cwd=work, port=port):
        start = {
            "targetBaseUrl": there,
            "captureHeaders": {"Authorization": {}},
            "extractBodyCriteria": {"textSizeThreshold": "100", "binarySizeThreshold": "100"},
        }
        for path, body in (("start", start), (None, None), ("stop", {})):
            if path is None:
                for url in targets(server):
                    get(url.replace(there, here), server.token)
                continue
            asked = urllib.request.Request(
                f"{admin}/recordings/{path}", json.dumps(body).encode(), {"Content-Type": "application/json"}
            )
            urllib.request.urlopen(asked).close()
        with urllib.request.urlopen(f"{admin}/requests") as journal:
            (RECORDINGS / "wiremock-journal.json").write_bytes(journal.read())
    shutil.rmtree(RECORDINGS / "wiremock", ignore_errors=True)
    shutil.copytree(work / "root", RECORDINGS / "wiremock")


def _jars(artifact: str, work: Path) -> str:
    """The class path of a Maven artifact."""
    group, name, version = artifact.split(":")
    dependency = f"<dependency><groupId>{group}</groupId><artifactId>{name}</artifactId><version>{version}</version></dependency>"
    head = '<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion>'
    (work / "pom.xml").write_text(
        f"{head}<groupId>x</groupId><artifactId>x</artifactId><version>1</version>"
        f"<dependencies>{dependency}</dependencies></project>"
    )
    run("mvn", "-q", "dependency:build-classpath", "-Dmdep.outputFile=path", cwd=work)
    return (work / "path").read_text()


def mitmproxy(server: RunningServer, work: Path) -> None:
    """What `hardump` writes, and the flows that it is made of."""
    venv.create(work / "venv", with_pip=True)
    run(work / "venv/bin/pip", "install", "--quiet", MITMPROXY, cwd=work)
    port, there = free_port(), server.url.partition("/client")[0]
    words = [
        work / "venv/bin/mitmdump",
        "--quiet",
        "--mode",
        f"reverse:{there}",
        "--listen-port",
        str(port),
        "--set",
        "hardump=out.har",
    ]
    with running(*words, cwd=work, port=port):
        for url in targets(server):
            get(url.replace(there, f"http://127.0.0.1:{port}"), server.token)
    shutil.copy(work / "out.har", RECORDINGS / "mitmproxy.har")


def curl(server: RunningServer, work: Path) -> None:
    """Transcripts: bodies as they were sent, and unpacked."""
    words = ["curl", "-si", "-H", f"Authorization: Bearer {server.token}"]
    for name, more in (("curl-packed.txt", ["-H", "Accept-Encoding: gzip"]), ("curl-compressed.txt", ["--compressed"])):
        done = subprocess.run([*words, *more, *targets(server)], cwd=work, check=True, stdout=subprocess.PIPE)
        (RECORDINGS / name).write_bytes(done.stdout)


WRITERS: dict[str, Callable[[RunningServer, Path], None]] = {
    **{name: with_npm(name) for name in NPM},
    "govcr": govcr,
    "wiremock": wiremock,
    "mitmproxy": mitmproxy,
    "curl": curl,
}


def main() -> None:
    """Run the writers that are named, or all."""
    for name in sys.argv[1:] or WRITERS:
        faults = [FAULTS["unknown-kind"]]
        with serve_in_thread(style=STYLES["gzip"], faults=faults) as server, tempfile.TemporaryDirectory() as work:
            WRITERS[name](server, Path(work))


if __name__ == "__main__":
    main()
