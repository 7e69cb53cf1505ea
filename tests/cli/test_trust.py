"""What `mconn test` says before it sends a credential, and that secrets in recordings are in no output."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from urllib.parse import quote

import pytest
from click.testing import CliRunner, Result

from mconn_contracts.cli.test import command
from mconn_contracts.cli.validate import command as validate
from mconn_contracts.live import run
from mconn_contracts.live.sender import Sender

TOKEN = "canary-token-Qx7-0000000000"


class _StoppedError(Exception):
    """Raised where the first request would be sent."""


def before_the_first_request(monkeypatch: pytest.MonkeyPatch, url: str, *words: str) -> Result:
    """What the command has said when it is about to send its first request."""

    def stop(*_: object, **__: object) -> None:
        raise _StoppedError

    monkeypatch.setattr(Sender, "send", stop)
    values = {"CLOUDFLARE_API_TOKEN": TOKEN, "CLOUDFLARE_ACCOUNT_ID": "a", "MCONN_CONNECTOR_ID": "c"}
    result = CliRunner().invoke(command, [url, *words], env=values)
    assert isinstance(result.exception, _StoppedError)
    return result


@pytest.mark.parametrize(
    "url, warned",
    [
        ("http://api.example/client/v4", True),
        ("http://192.0.2.1/client/v4", True),
        ("https://api.example/client/v4", False),
        ("http://127.0.0.1:1/client/v4", False),
        ("http://localhost:1/client/v4", False),
    ],
)
def test_plain_http_is_warned_of_before_the_credential_is_sent(monkeypatch: pytest.MonkeyPatch, url: str, warned: bool) -> None:
    """A credential that would leave this machine in plain text is warned of, on standard error, before the first request."""
    result = before_the_first_request(monkeypatch, url)

    assert (warned, False) == ("plain http" in result.stderr, TOKEN in result.output)


def test_what_is_kept_to_for_other_machines_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    """For a host that is not loopback, the rate is below the vendor's limit and only safe methods leave, and both are said."""
    settings: list[run.RunSettings] = []
    monkeypatch.setattr(run.Run, "execute", lambda each: settings.append(each.settings) or _stop())
    values = {"CLOUDFLARE_API_TOKEN": TOKEN, "CLOUDFLARE_ACCOUNT_ID": "a", "MCONN_CONNECTOR_ID": "c"}
    said = [
        CliRunner().invoke(command, ["https://api.example/client/v4", *words], env=values).stderr
        for words in ((), ("--rate-limit", "9", "--allow-writes"), ())
    ]

    assert [(3.5, False), (9.0, True), (3.5, False)] == [(each.rate_limit, each.allow_writes) for each in settings]
    assert 3.5 * 300 < 1_200
    assert (
        "at most 3.5 requests a second, which is below the vendor's limit of 1,200 in 5 minutes; only GET, HEAD, OPTIONS"
        in said[0]
    )
    assert "at most 9 requests a second; any method" in said[1]


def _stop() -> None:
    raise _StoppedError


SECRETS = {
    "authorization": "Bearer canary-token-Qx7-0000000000",
    "x-auth-email": "canary+mail@example.com",
    "x-auth-key": "canary0key0Qx7000000000000000000000000",
    "cookie": "session=canary-cookie-0000000000",
}


def test_secrets_of_a_recording_are_shown_nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a recording whose responses give the credentials back, no output and no baseline has one, in any form."""
    monkeypatch.chdir(tmp_path)
    words = [value.split()[-1] for name, value in SECRETS.items() if name != "cookie"]
    forms = [form for word in words for form in (word, quote(word, safe=""), base64.b64encode(word.encode()).decode())]
    body = {"success": True, "result": {"count": 0, "items": [{form: form, "k": form} for form in forms]}, "errors": forms}
    entry = {
        "request": {
            "method": "GET",
            "url": "https://api.example/client/v4/accounts/a/magic/connectors/c/telemetry/events?from=0&to=x&"
            + "&".join(f"cursor={quote(form, safe='')}" for form in forms if "%" not in form),
            "headers": [{"name": name, "value": value} for name, value in SECRETS.items()],
            "cookies": [{"name": "session", "value": SECRETS["cookie"]}],
        },
        "response": {
            "status": 200,
            "headers": [
                {"name": "Content-Type", "value": "application/json"},
                {"name": "Set-Cookie", "value": SECRETS["cookie"]},
                {"name": "X-Echo", "value": " ".join(forms)},
            ],
            "content": {"text": json.dumps(body), "mimeType": "application/json"},
        },
    }
    (tmp_path / "run.har").write_text(json.dumps({"log": {"version": "1.2", "entries": [entry]}}), encoding="utf-8")
    options = ["--report", "json=r.out", "--report", "text=t.out", "--baseline", "b.out", "--update-baseline"]
    found = CliRunner().invoke(validate, ["run.har", *options[:4]])
    written = CliRunner().invoke(validate, ["run.har", *options])
    shown = {path.name: path.read_text(encoding="utf-8") for path in tmp_path.glob("*.out")}
    shown |= {"found": found.output, "written": written.output}

    assert (1, 0, {"r.out", "t.out", "b.out"}) == (found.exit_code, written.exit_code, set(shown) - {"found", "written"})
    canaries = [*forms, "canary", base64.b64encode(b"canary").decode()[:8]]
    assert [] == [(name, form) for name, text in shown.items() for form in canaries if form in text]
