"""The options by which `mconn test` reaches a server, through the command, against real servers on loopback."""

from __future__ import annotations

import json
import shlex
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from socket import SHUT_RDWR, create_connection, create_server, socket
from typing import Any
from urllib.parse import urlsplit

import pytest
from tests.live.certificates import certificates, server_context

from mconn_contracts.cli.main import main
from mconn_contracts.live.profiles import PROFILES, QUICK
from mconn_contracts.model.exchange import Request, Response
from mconn_contracts.server.api.access import MAIN_ACCOUNT
from mconn_contracts.server.api.handler import Handler
from mconn_contracts.server.api.stages import OutgoingMessage
from mconn_contracts.server.embedded import RunningServer, serve_handler_in_thread, serve_in_thread
from mconn_contracts.server.faults.catalog import FAULTS
from mconn_contracts.server.reference import open_store

SECRET = "s3cr3t-0123456789"
GATE = ("x-gate", SECRET)
JSON = ("Content-Type", "application/json")
Say = Callable[..., tuple[int, str, dict[str, Any], str]]


class Gated(Handler):
    """The reference server behind a gate: it counts requests, and answers some as the gate says."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.seen: list[Mapping[str, str]] = []
        self.accepts: Callable[[str, int], bool] | None = None
        """Whether a token is accepted in the request of a number; None where that is the reference server's."""
        self.demanded: tuple[str, str] | None = None
        self.refusal = Response(302, (("Location", "https://login.example/"), ("Content-Length", "0")), b"")

    def answer(self, request: Request) -> OutgoingMessage:
        """The gate's answer where something is demanded that the request does not have; else the server's."""
        fields = {name.lower(): value for name, value in request.headers}
        self.seen.append(fields)
        if self.demanded is not None and fields.get(self.demanded[0]) != self.demanded[1]:
            return OutgoingMessage(self.refusal)
        if self.accepts is not None and "authorization" in fields:
            accepted = self.accepts(fields["authorization"].removeprefix("Bearer "), len(self.seen))
            others = tuple((name, value) for name, value in request.headers if name.lower() != "authorization")
            token = MAIN_ACCOUNT.token if accepted else "another"
            request = replace(request, headers=(*others, ("Authorization", f"Bearer {token}")))
        return super().answer(request)


@pytest.fixture
def gated() -> Iterator[tuple[RunningServer, Gated]]:
    """Such a server, and its handler."""
    with closing(open_store()) as store, serve_handler_in_thread(handler := Gated(store)) as server:
        yield server, handler


@pytest.fixture
def say(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Say:
    """`mconn test` of a server in this process, small: the exit code, standard error, the JSON report and all that was shown."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".git").mkdir()
    monkeypatch.setitem(PROFILES, "quick", replace(QUICK, requests=24, drawn=0))
    monkeypatch.delenv("SSL_CERT_FILE", raising=False)

    def say(server: RunningServer, *words: object, **values: str | None) -> tuple[int, str, dict[str, Any], str]:
        environment = {
            "CLOUDFLARE_ACCOUNT_ID": server.account_id,
            "MCONN_CONNECTOR_ID": server.connector_id,
            "CLOUDFLARE_API_TOKEN": server.token,
            **values,
        }
        with pytest.MonkeyPatch.context() as patch:
            for name, value in environment.items():
                patch.delenv(name, raising=False)
                if value is not None:
                    patch.setenv(name, value)
            arguments = ["test", server.url, "--profile", "quick", "--report", "json=r.json", "--record", "r.har"]
            with pytest.raises(SystemExit) as ended:
                main([*arguments, *map(str, words)])
        output, errors = capsys.readouterr()
        written = [path.read_text(encoding="utf-8") for path in (tmp_path / "r.json", tmp_path / "r.har") if path.exists()]
        report = json.loads(written[0]) if written else {}
        for path in (tmp_path / "r.json", tmp_path / "r.har"):
            path.unlink(missing_ok=True)
        return int(ended.value.code or 0), errors, report, "\n".join([output, errors, *written])

    return say


# --header and --user-agent.


@pytest.mark.parametrize(
    "demanded, words, values",
    [
        (GATE, ("--header", f"X-Gate: {SECRET}"), {}),
        (GATE, ("--header", "X-Other: 1", "--header", f"X-Gate:{SECRET} "), {}),
        (GATE, (), {"MCONN_HEADER": f"X-Gate: {SECRET}\nX-Other: a b"}),
        (("user-agent", "tester/1 (ours)"), ("--user-agent", "tester/1 (ours)"), {}),
        (("user-agent", "tester/1"), (), {"MCONN_USER_AGENT": "tester/1"}),
    ],
)
def test_what_a_gate_asks_for_is_sent_with_every_request(
    gated: tuple[RunningServer, Gated], say: Say, demanded: tuple[str, str], words: tuple[str, ...], values: dict[str, str]
) -> None:
    """With the field, by flag or environment, the server behind the gate passes; without, the error names the option."""
    server, handler = gated
    handler.demanded = demanded
    code, errors, report, shown = say(server, *words, **values)
    without = say(server)

    assert (0, "", "passed") == (code, errors, report["outcome"])
    assert {demanded[1]} == {fields.get(demanded[0]) for fields in handler.seen[:24]}
    assert SECRET not in shown
    assert (3, True) == (without[0], "--header" in without[1])


def test_a_web_page_for_some_clients_names_what_lets_in(gated: tuple[RunningServer, Gated], say: Say) -> None:
    """A gate that answers with a page names --header, --user-agent and --client-cert."""
    server, handler = gated
    handler.demanded = ("user-agent", "tester/1")
    page = b"<h1>Forbidden</h1>"
    handler.refusal = Response(403, (("Content-Type", "text/html"), ("Content-Length", str(len(page)))), page)
    code, errors, _, _ = say(server)

    assert (3, 1) == (code, len(errors.splitlines()))
    assert [] == [option for option in ("--header", "--user-agent", "--client-cert") if option not in errors]


def test_a_configuration_has_them_too_and_shows_no_value(
    gated: tuple[RunningServer, Gated], say: Say, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """`header`, `workers` and `token-command` of mconn.toml are used, and `mconn config` hides what may be secret."""
    server, handler = gated
    handler.demanded, handler.accepts = GATE, lambda token, _: token == "t0ken-of-a-command"
    command = printing("t0ken-of-a-command")
    text = f'[test]\nheader = ["X-Gate: {SECRET}"]\nworkers = 3\ntoken-command = {json.dumps(command)}\n'
    (tmp_path / "mconn.toml").write_text(text, encoding="utf-8")
    code, errors, _, _ = say(server, CLOUDFLARE_API_TOKEN=None)
    with pytest.raises(SystemExit):
        main(["config"])
    shown = capsys.readouterr().out

    assert (0, "") == (code, errors)
    assert ["workers = 3", 'header = ["X-Gate: [secret]"]', 'token-command = "[secret]"'] == [
        line.partition("  #")[0] for line in shown.splitlines() if line.startswith(("workers = 3", "header", "token-command"))
    ]


# --ca-file, SSL_CERT_FILE and --client-cert.


@pytest.fixture(scope="module")
def pems(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """An authority, and certificates that it issued to a server and to a client."""
    return certificates(tmp_path_factory.mktemp("tls"))


@contextmanager
def behind_tls(pems: Mapping[str, Path], *, asks: bool) -> Iterator[RunningServer]:
    """The reference server, behind TLS that may ask for a certificate."""
    context = server_context(pems, asks=asks)
    over = threading.Event()
    with serve_in_thread() as server, closing(create_server(("127.0.0.1", 0))) as listener, ExitStack() as ends:
        upstream = (urlsplit(server.url).hostname, urlsplit(server.url).port)

        def serve() -> None:
            while True:
                accepted, _ = listener.accept()
                if over.is_set():
                    accepted.close()
                    return
                with suppress(OSError):
                    inner = create_connection(upstream)
                    ends.callback(inner.close)
                    outer = context.wrap_socket(accepted, server_side=True)
                    ends.callback(outer.close)
                    for source, sink in ((outer, inner), (inner, outer)):
                        threading.Thread(target=pump, args=(source, sink), daemon=True).start()
                    continue
                accepted.close()

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        try:
            port = listener.getsockname()[1]
            yield replace(server, url=f"https://127.0.0.1:{port}{urlsplit(server.url).path}")
        finally:
            over.set()
            create_connection(listener.getsockname()).close()
            thread.join()


def pump(source: socket, sink: socket) -> None:
    """Carry what comes from one side to the other, to its end."""
    with suppress(OSError):
        while data := source.recv(65536):
            sink.sendall(data)
    with suppress(OSError):
        sink.shutdown(SHUT_RDWR)


def test_an_authority_is_trusted_by_option_environment_and_configuration(pems: dict[str, Path], say: Say, tmp_path: Path) -> None:
    """By --ca-file, SSL_CERT_FILE, MCONN_CA_FILE and `ca-file`, relative to its file; else the error names the option."""
    authority = pems["authority"]
    with behind_tls(pems, asks=False) as server:
        without = say(server)
        assert [(0, "")] * 3 == [
            say(server, *words, **values)[:2]
            for words, values in (
                (("--ca-file", authority), {}),
                ((), {"SSL_CERT_FILE": str(authority)}),
                ((), {"MCONN_CA_FILE": str(authority)}),
            )
        ]
        (tmp_path / "ca.pem").write_bytes(authority.read_bytes())
        (tmp_path / "mconn.toml").write_text('[test]\nca-file = "ca.pem"\n', encoding="utf-8")
        assert (0, "") == say(server)[:2]

    assert (3, 1) == (without[0], len(without[1].splitlines()))
    assert without[1].endswith("if its certificate authority is your own, give --ca-file\n")


def test_a_certificate_is_shown_where_it_is_asked_for(pems: dict[str, Path], say: Say) -> None:
    """With --client-cert the run passes; without, one line names the option; and another authority is not trusted."""
    trust = ("--ca-file", pems["authority"])
    with behind_tls(pems, asks=True) as server:
        shown, without = (say(server, *trust, *words) for words in (("--client-cert", pems["client"]), ()))

    assert (0, "", 3) == (shown[0], shown[1], without[0])
    assert (1, True) == (len(without[1].splitlines()), "--client-cert" in without[1])


@pytest.mark.parametrize("option", ["--ca-file", "--client-cert", "SSL_CERT_FILE"])
@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_file_that_cannot_be_used_is_wrong_use(option: str, scheme: str, say: Say, tmp_path: Path) -> None:
    """One line names the option and the file, and nothing is sent; for plain HTTP as well where it is an option."""
    nobody = RunningServer(f"{scheme}://127.0.0.1:1/client/v4")
    (tmp_path / "no.pem").write_text("no certificate", encoding="utf-8")
    given = [
        say(nobody, **{option: str(tmp_path / name)}) if option.isupper() else say(nobody, option, tmp_path / name)
        for name in ("no.pem", "missing.pem")
    ]

    unread = option == "SSL_CERT_FILE" and scheme == "http"
    assert [3 if unread else 2] * 2 == [code for code, _, _, _ in given]
    assert [1, 1] == [len(errors.splitlines()) for _, errors, _, _ in given]
    assert unread or all(errors.startswith(f"mconn: {option} {tmp_path}") for _, errors, _, _ in given)


# --wait.


def test_a_gateway_that_has_nothing_behind_it_names_the_wait(gated: tuple[RunningServer, Gated], say: Say) -> None:
    """Where every request gets 503, the error names --wait after a few requests; with it, the server is asked for that long."""
    server, handler = gated
    handler.demanded = ("x-never", "")
    handler.refusal = Response(503, (JSON, ("Content-Length", "2")), b"{}")
    code, errors, report, _ = say(server)
    asked = len(handler.seen)
    handler.refusal = replace(handler.refusal, status=504)
    waited = say(server, "--wait", 0.3)

    assert (3, 1, True) == (code, len(errors.splitlines()), errors.endswith("if it is still starting, give --wait\n"))
    assert (True, True) == (asked <= 10, report["counts"]["exchanges"] <= 10)
    assert (3, True) == (waited[0], "answers every request with a failure of a gateway (504)" in waited[1])


# --max-findings and --workers.


def test_a_run_ends_at_so_many_findings(say: Any) -> None:
    """By flag and environment, and the report says that it ended early; with many workers the same is found."""
    with serve_in_thread(faults=[FAULTS["count-off-by-one"]]) as server:
        ran = [
            say(server, *words, **values)
            for words, values in (
                (("--max-findings", 2), {}),
                ((), {"MCONN_MAX_FINDINGS": "2", "MCONN_WORKERS": "5"}),
                (("--workers", 64), {}),
                ((), {}),
            )
        ]

    assert [1] * 4 == [code for code, _, _, _ in ran]
    assert [["by --max-findings 2, in the step 'whole result', after 3 requests"]] * 2 == [
        report["cut_short"] for _, _, report, _ in ran[:2]
    ]
    assert ran[2][2]["counts"] == ran[3][2]["counts"]


# --token-command.


def printing(text: str, *, status: int = 0, errors: str = "") -> str:
    """A command that prints this."""
    code = f"import sys; print({text!r}); print({errors!r}, file=sys.stderr); sys.exit({status})"
    return shlex.join([sys.executable, "-c", code])


def test_a_command_gives_the_token_and_a_new_one(gated: tuple[RunningServer, Gated], say: Say, tmp_path: Path) -> None:
    """It is asked at the start, and again where the token is refused in mid-run; no token is shown anywhere."""
    server, handler = gated
    count = tmp_path / "count"
    code = f"n = open({str(count)!r}, 'a+'); n.write('x'); print('t0ken-number-%d' % n.tell())"
    command = shlex.join([sys.executable, "-c", code])
    handler.accepts = lambda token, number: token == f"t0ken-number-{1 if number <= 10 else 2}"
    code, errors, report, shown = say(server, "--token-command", command, CLOUDFLARE_API_TOKEN=None)

    assert (0, "", "passed", "xx") == (code, errors, report["outcome"], count.read_text(encoding="utf-8"))
    assert "t0ken-number" not in shown


@pytest.mark.parametrize(
    "command, said",
    [
        (printing(SECRET, status=3, errors=SECRET), "gave no token: it ended with exit code 3"),
        (printing("", errors=SECRET), "gave no token: it ended with exit code 0"),
        (printing(f"{SECRET}\n{SECRET}"), "the output of --token-command has a character"),
        (printing(f"Bearer {SECRET}"), "the output of --token-command has a character"),
        (printing("x" * 70_000), "printed more than 65536 bytes"),
        (f"no-such-command-{SECRET}", "could not be run: FileNotFoundError"),
        (f"'{SECRET}", "could not be run: ValueError"),
        (" ", "could not be run: IndexError"),
        (shlex.join([sys.executable, "-c", "import os; os.fork(); import time; time.sleep(60)", SECRET]), "did not end within"),
    ],
    ids=["fails", "prints nothing", "two lines", "with a scheme", "too much", "missing", "no words", "empty", "hangs"],
)
def test_a_command_that_gives_no_token_is_no_verdict(
    gated: tuple[RunningServer, Gated], say: Say, command: str, said: str
) -> None:
    """Exit 3, one line and a report that say so, nothing is sent, and neither the command nor its output is shown anywhere."""
    server, handler = gated
    code, errors, report, shown = say(server, "--token-command", command, "--max-time", 0.5 if "fork" in command else 20)

    assert (3, "undecided", []) == (code, report["outcome"], handler.seen)
    assert (1, True, True) == (len(errors.splitlines()), said in errors, said in report["reason"])
    assert SECRET not in shown


def test_a_command_that_fails_later_keeps_what_was_found(gated: tuple[RunningServer, Gated], say: Say, tmp_path: Path) -> None:
    """What was judged before the token was refused is in the report; the line says what the command did."""
    server, handler = gated
    once = tmp_path / "once"
    code = f"import os, sys; sys.exit(4) if os.path.exists({str(once)!r}) else open({str(once)!r}, 'w'); print({SECRET!r})"
    handler.accepts = lambda _, number: number <= 10
    ended, errors, report, shown = say(server, "--token-command", shlex.join([sys.executable, "-c", code]))

    assert (3, "undecided") == (ended, report["outcome"])
    assert (True, True) == (
        "--token-command gave no token: it ended with exit code 4" in errors,
        report["counts"]["exchanges"] >= 9,
    )
    assert SECRET not in shown


# Values that cannot be.


@pytest.mark.parametrize(
    "words",
    [
        ("--header", SECRET),
        ("--header", f"Authorization: {SECRET}"),
        ("--header", f"X-Gate: {SECRET}\r\nX-Other: 1"),
        ("--user-agent", ""),
        ("--user-agent", f"{SECRET}\n"),
        ("--max-time", "nan"),
        ("--max-time", "inf"),
        ("--wait", "inf"),
        ("--rate-limit", "nan"),
    ],
)
def test_a_value_that_cannot_be_is_wrong_use(say: Any, words: tuple[str, str]) -> None:
    """Exit 2 and one line that names the option and not the value, and nothing is written."""
    code, errors, report, shown = say(RunningServer("http://127.0.0.1:1/client/v4"), *words)

    assert (2, 1, {}) == (code, len(errors.splitlines()), report)
    assert (True, True) == (errors.startswith(f"mconn: {words[0]} "), SECRET not in shown)


@pytest.mark.parametrize(
    "words",
    [
        ("--wait", "-1"),
        ("--wait", "soon"),
        ("--max-findings", "0"),
        ("--max-findings", "1.5"),
        ("--workers", "0"),
        ("--workers", "65"),
        ("--workers", "many"),
    ],
)
def test_a_number_out_of_its_range_is_wrong_use(say: Any, words: tuple[str, str]) -> None:
    """Exit 2; the last line names the option and what it takes."""
    code, errors, report, _ = say(RunningServer("http://127.0.0.1:1/client/v4"), *words)

    assert (2, {}) == (code, report)
    assert errors.splitlines()[-1].startswith(f"Error: Invalid value for '{words[0]}': ")
