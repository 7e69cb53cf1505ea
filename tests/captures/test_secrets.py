"""Credentials in recordings are in no report, wherever a recorder keeps them and a response repeats them."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from click.testing import CliRunner
from tests.captures.recorded import read

from mconn_contracts.captures.records import ReadOptions
from mconn_contracts.captures.source import Input
from mconn_contracts.cli.validate import command
from mconn_contracts.model.exchange import Exchange
from mconn_contracts.reports.catalog import REPORTS
from mconn_contracts.reports.har_writer import pieces

PLACE = "api.cloudflare.com/client/v4/accounts/6d636f6e/magic/connectors/2f6f7e1a/telemetry/events/1767041247.0"
SECRET = {
    name: f"canary-{name}-0123/456"
    for name in ("token", "email@x", "key", "cookie", "login", "query", "signature", "user", "access", "api", "pin")
}
OWN = "canary-own-0123/456"
PAIR = f"{SECRET['login']}:{SECRET['pin']}"
LOGIN, QUERY = (quote(SECRET[name], safe="") for name in ("user", "query"))
URL = f"https://x:{LOGIN}@{PLACE}?Api-Token={QUERY}&X-Amz-Signature={SECRET['signature']}"
SENT = {
    "Authorization": f"Bearer {SECRET['token']}",
    "X-Auth-Email": SECRET["email@x"],
    "X-Auth-Key": SECRET["key"],
    "Cookie": f"flag=true; session={SECRET['cookie']}",
    "Proxy-Authorization": "Basic " + base64.b64encode(PAIR.encode()).decode(),
    "CF-Access-Client-Secret": SECRET["access"],
    "X-Api-Key": SECRET["api"],
}
ECHO = json.dumps(
    {
        "result": {"e": {"k": "Inut", "pair": PAIR, **SECRET}, "n": 0, "t": 1767041247, **SECRET},
        "success": "; ".join(SECRET.values()),
        "errors": [*SECRET.values()],
        "messages": [],
        "flag": True,
    }
)
"""A broken response that repeats every secret."""
ECHO_OF_ONE = json.dumps({"result": {"text": SECRET["token"]}, "success": SECRET["token"], "errors": [], "messages": []})
RECEIVED = {"content-type": "application/json", "x-echo": SECRET["query"]}


def pairs(fields: Mapping[str, str], name: str = "name") -> list[dict[str, str]]:
    """Header fields as a list of objects."""
    return [{name: each, "value": value} for each, value in fields.items()]


def auth(secret: str, kind: str) -> dict[str, Any]:
    """The `auth` of Postman that holds a secret."""
    members = {
        "bearer": [{"key": "token", "value": secret}],
        "basic": [{"key": "username", "value": "x"}, {"key": "password", "value": secret}],
        "apikey": [{"key": "key", "value": "X-Key"}, {"key": "value", "value": secret}],
    }
    return {"type": kind, kind: members[kind]}


EXAMPLE = {"name": "e", "code": 200, "header": pairs(RECEIVED, "key"), "body": ECHO}
REQUEST = {"method": "GET", "header": pairs(SENT, "key"), "url": URL}
HAR = {
    "request": {"method": "GET", "url": URL, "headers": pairs(SENT)},
    "response": {"status": 200, "headers": pairs(RECEIVED), "content": {"mimeType": "application/json", "text": ECHO}},
}
VCR = {
    "request": {"method": "get", "uri": URL, "headers": {name: [value] for name, value in SENT.items()}},
    "response": {"status": {"code": 200}, "headers": RECEIVED, "body": {"string": ECHO}},
}
POSTMAN = {"name": "x", "schema": "https://schema.getpostman.com/json/collection/v2.1.0/collection.json"}
RECORDINGS: Mapping[str, Any] = {
    "a.har": {"log": {"version": "1.2", "entries": [HAR]}},
    "vcr.json": {"http_interactions": [VCR]},
    "a.ndjson": {
        "request": {"method": "GET", "url": URL, "headers": SENT},
        "response": {"status": 200, "headers": RECEIVED, "body": ECHO},
    },
    "postman.json": {"info": POSTMAN, "item": [{"name": "x", "response": [{**EXAMPLE, "originalRequest": REQUEST}]}]},
    "newman.json": {
        "collection": {},
        "run": {"executions": [{"request": REQUEST, "response": {**EXAMPLE, "stream": list(ECHO.encode())}}]},
    },
}


def reports(folder: Path, name: str, value: Any) -> dict[str, str]:
    """Every report of a recording."""
    (folder / name).write_text(json.dumps(value), encoding="utf-8")
    formats = [each for each in REPORTS if each != "har"]
    options = [word for each in formats for word in ("--report", f"{each}={folder / each}.out")]
    result = CliRunner().invoke(command, [str(folder / name), *options])
    assert 1 == result.exit_code, result.output
    exchanges = [each for each in read(Input(name, folder / name), ReadOptions()) if isinstance(each, Exchange)]
    assert 1 == len(exchanges)
    shown = {each: (folder / f"{each}.out").read_text(encoding="utf-8") for each in formats}
    return {**shown, "har": "".join(pieces(exchanges))}


def told(shown: Mapping[str, str]) -> list[str]:
    """The reports that show a canary."""
    return [report for report, text in shown.items() if "canary" in text]


@pytest.mark.parametrize("name", RECORDINGS)
def test_credentials_are_in_no_report(tmp_path: Path, name: str) -> None:
    """Of a URL, a cookie, a field or Basic: each is replaced, in every form of report; what is not a secret stays."""
    shown = reports(tmp_path, name, RECORDINGS[name])

    assert (set(REPORTS), []) == (set(shown), told(shown))
    assert (True, True) == ("MC606" in shown["text"], "Api-Token=[secret]" in shown["text"])
    assert True is json.loads(json.loads(shown["har"])["log"]["entries"][0]["response"]["content"]["text"])["flag"]


@pytest.mark.parametrize("kind", ["bearer", "basic", "apikey"])
@pytest.mark.parametrize("place", ["example", "request", "collection", "variable", "older", "newman", "newman-collection"])
def test_what_postman_authorizes_with_is_in_no_report(tmp_path: Path, kind: str, place: str) -> None:
    """A credential in `auth`, wherever that is and in whichever version of its form, is hidden where the body repeats it."""
    request: dict[str, Any] = {"method": "GET", "url": f"https://{PLACE}"}
    example = {"name": "e", "code": 200, "body": ECHO_OF_ONE, "originalRequest": request}
    value: dict[str, Any] = {"info": POSTMAN, "item": [{"name": "x", "request": {"method": "GET"}, "response": [example]}]}
    held = auth("{{secret}}" if place == "variable" else SECRET["token"], kind)
    if place == "older":
        held[kind] = {each["key"]: each["value"] for each in held[kind]}
    if place == "variable":
        value["variable"] = [{"key": "secret", "value": SECRET["token"]}]
    holders = {"request": value["item"][0]["request"], "collection": value}
    if place.startswith("newman"):
        value = {"collection": {"item": []}, "run": {"executions": [{"request": request, "response": example}]}}
        holders = {"newman-collection": value["collection"]}
    holders.get(place, request)["auth"] = held

    assert [] == told(reports(tmp_path, "a.json", value))


def test_members_that_are_named_as_credentials_are_in_no_message(tmp_path: Path) -> None:
    """Of a response that gives out a credential of its own, reports show none in messages, excerpts and what is beside."""
    inner = dict.fromkeys(("token", "access_token", "api_key", "Authorization", "password", "secret"), OWN)
    body = json.dumps({"result": inner, "success": "no", "errors": [{"message": inner}], **inner, "messages": inner})
    request = {"method": "GET", "url": f"https://{PLACE}"}
    value = {"request": request, "response": {"status": 200, "headers": {"content-type": "application/json"}, "body": body}}

    shown = reports(tmp_path, "a.ndjson", value)
    assert ([], True) == (told(shown), "[secret]" in shown["html"])
