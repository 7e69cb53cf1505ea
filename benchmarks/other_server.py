"""A small server of the API in one file, which shares no code and few choices with the reference server.

`handle` is the whole of it: a request in, a response out. `python benchmarks/other_server.py` puts it on a port.
Lists show the newest first, by offset, in half-open windows; `count` is the total; what is unknown or too large is refused.
"""

import base64
import binascii
import json
import random
import re
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import NamedTuple
from urllib.parse import parse_qsl, unquote

BASE = "/api"
ACCOUNT = "0f9e8d7c6b5a49382716050413223140"
CONNECTOR = "1b671a64-40d5-491e-99b0-da01ff1f3341"
TOKEN = "other_server_public_test_token"
EMAIL, KEY = "owner@example.org", "6f746865727365727665727465737"
DEFAULT_LIMIT, LARGEST_LIMIT = 40, 250
NEWEST = 1_766_000_000
KINDS = (
    "Init",
    "Leave",
    "StartAttestation",
    "FinishAttestationSuccess",
    "FinishAttestationFailure",
    "StartRotateCryptKey",
    "FinishRotateCryptKeySuccess",
    "FinishRotateCryptKeyFailure",
    "StartRotatePki",
    "FinishRotatePkiSuccess",
    "FinishRotatePkiFailure",
    "StartUpgrade",
    "FinishUpgradeSuccess",
    "FinishUpgradeFailure",
    "Reconcile",
    "ConfigureCloudflaredTunnel",
)


class Request(NamedTuple):
    """What was asked: the method, the target as sent, and the fields with their names in lower case."""

    method: str
    target: str
    headers: dict


class Response(NamedTuple):
    """What is answered."""

    status: int
    headers: list
    body: bytes


class Refused(Exception):  # noqa: N818 - an answer
    """An answer that is not a result."""

    def __init__(self, status, code, message, *fields):
        super().__init__(message)
        self.status, self.code, self.message, self.fields = status, code, message, fields


def record():
    """The events of the connector, the newest first: two days with all kinds, several in some seconds."""
    rng = random.Random(7)
    events, now = [], NEWEST - 172_800
    for index in range(96):
        now += rng.randint(40, 2_400)
        for n in range(rng.choice((1, 1, 1, 2, 4))):
            kind = KINDS[(index + n) % len(KINDS)] if index % 3 else "Reconcile"
            event = {"t": now, "n": n, "a": now + rng.randint(1, 20), "e": {"k": kind}}
            if kind == "StartUpgrade":
                event["e"]["url"] = f"https://bundles.example.org/{index}.img"
            if index > 30:
                event["v"] = f"3.{index // 40}"
            events.append(event)
    shift = NEWEST - now
    for event in events:
        event["t"] += shift
        event["a"] += shift
    events.reverse()
    return events


EVENTS = record()


def handle(request):
    """The response to a request."""
    try:
        status, fields, document = 200, [], succeeded(result_of(request))
    except Refused as refused:
        status, fields, document = refused.status, list(refused.fields), failed(refused)
    body = json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()
    return Response(status, [("Content-Type", "application/json; charset=utf-8"), *fields], body)


def succeeded(result):
    """The envelope of a result."""
    return {"success": True, "errors": [], "messages": [], "result": result}


def failed(refused):
    """The envelope of a refusal."""
    return {"success": False, "errors": [{"code": refused.code, "message": refused.message}], "messages": [], "result": None}


def result_of(request):
    """What is under `result`. Raises `Refused`."""
    path, _, query = request.target.partition("?")
    parts = path.split("/")
    found = re.fullmatch(BASE + r"/accounts/([^/]+)/magic/connectors/([^/]+)/telemetry/events(?:/([^/]+))?", path)
    if found is None:
        raise Refused(404, 7000, "No route for that URI")
    if request.method != "GET":
        raise Refused(405, 7001, "Method not allowed", ("Allow", "GET"))
    authenticate(request.headers)
    if unquote(found[1]) != ACCOUNT or unquote(found[2]) != CONNECTOR:
        raise Refused(403, 10000, "Forbidden")
    if found[3] is None:
        return page(parameters(query))
    if unquote(parts[-1]) == "latest":
        return latest()
    return one(unquote(parts[-1]))


def authenticate(headers):
    """Refused where the request carries no credential, or another's."""
    if "authorization" in headers:
        scheme, _, token = headers["authorization"].partition(" ")
        if scheme.lower() != "bearer" or not token:
            raise Refused(400, 6003, "Invalid request headers")
        if token != TOKEN:
            raise Refused(401, 10000, "Authentication error", ("WWW-Authenticate", "Bearer"))
        return
    if "x-auth-email" not in headers or "x-auth-key" not in headers:
        raise Refused(401, 9106, "Authentication headers are missing", ("WWW-Authenticate", "Bearer"))
    if headers["x-auth-email"] != EMAIL or headers["x-auth-key"] != KEY:
        raise Refused(401, 10000, "Authentication error", ("WWW-Authenticate", "Bearer"))


def parameters(query):
    """The parameters by name. Refused where one is given twice."""
    values = {}
    for name, value in parse_qsl(query, keep_blank_values=True):
        if name in values:
            raise Refused(400, 1000, f"{name} is given twice")
        values[name] = value
    return values


def number(values, name, default, least, most):
    """A whole number from `least` to `most`. Refused where it is none, or missing without a default."""
    text = values.get(name)
    if text is None:
        if default is None:
            raise Refused(400, 1001, f"{name} is missing")
        return default
    if not re.fullmatch("[0-9]{1,15}", text) or not least <= int(text) <= most:
        raise Refused(400, 1002, f"{name} must be a whole number from {least} to {most}")
    return int(text)


def page(values):
    """One page of a list."""
    start, end = number(values, "from", None, 0, 10**15), number(values, "to", None, 0, 10**15)
    limit = number(values, "limit", DEFAULT_LIMIT, 1, LARGEST_LIMIT)
    kind = values.get("k")
    if start > end:
        raise Refused(400, 1003, "from is later than to")
    if kind is not None and kind not in KINDS:
        raise Refused(400, 1004, "k is none of the kinds")
    offset = offset_of(values["cursor"], start, end, kind) if "cursor" in values else 0
    found = [event for event in EVENTS if start <= event["t"] < end and (kind is None or event["e"]["k"] == kind)]
    items = [listed(event) for event in found[offset : offset + limit]]
    result = {"count": len(found), "items": items}
    if offset + limit < len(found):
        result["cursor"] = cursor_of(offset + limit, start, end, kind)
    return result


def listed(event):
    """An event as lists show it."""
    return {"t": event["t"], "n": event["n"], "a": event["a"], "k": event["e"]["k"]}


def recorded(event):
    """An event as it was recorded."""
    return {name: event[name] for name in ("t", "n", "e", "v") if name in event}


def cursor_of(offset, start, end, kind):
    """The cursor of the page at an offset of a result."""
    return base64.b32encode(f"{offset}/{start}/{end}/{kind}".encode()).decode().strip("=")


def offset_of(cursor, start, end, kind):
    """The offset that a cursor stands for. Refused where no page of this result gave it."""
    try:
        text = base64.b32decode(cursor + "=" * (-len(cursor) % 8)).decode()
        offset = int(text.partition("/")[0])
    except (binascii.Error, ValueError):
        raise Refused(400, 1005, "cursor is none that a page gave") from None
    if cursor_of(offset, start, end, kind) != cursor:
        raise Refused(400, 1005, "cursor is of another list")
    return offset


def latest():
    """The newest event of each kind, the oldest of them first."""
    newest = {}
    for event in EVENTS:
        newest.setdefault(event["e"]["k"], event)
    items = [recorded(event) for event in reversed(newest.values())]
    return {"count": len(items), "items": items}


def one(event_id):
    """One event by its id."""
    if not re.fullmatch(r"(0|[1-9][0-9]{0,14})\.(0|[1-9][0-9]{0,14})", event_id):
        raise Refused(400, 1006, "An event is named by its t and n, joined by a dot")
    t, n = (int(part) for part in event_id.split("."))
    for event in EVENTS:
        if event["t"] == t and event["n"] == n:
            return recorded(event)
    raise Refused(404, 1007, "There is no such event")


class Shell(BaseHTTPRequestHandler):
    """The server on a port: every request goes to `handle`."""

    protocol_version = "HTTP/1.1"

    def answer(self):
        """Answer one request, whatever its method."""
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        headers = {name.lower(): value for name, value in self.headers.items()}
        response = handle(Request(self.command, self.path, headers))
        self.send_response(response.status)
        for name, value in (*response.headers, ("Content-Length", str(len(response.body)))):
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(response.body)

    do_GET = do_HEAD = do_OPTIONS = do_POST = do_PUT = do_PATCH = do_DELETE = answer  # noqa: N815 - http.server's names


def main():
    """Serve until interrupted."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Shell)
    print(f"http://127.0.0.1:{server.server_port}{BASE} account {ACCOUNT} connector {CONNECTOR} token {TOKEN}", flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
