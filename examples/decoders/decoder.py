"""A decoder of the events, for `mconn vectors --stream -- python decoder.py`; without --stream, it reads one body."""

from __future__ import annotations

import base64
import json
import os
import sys
from typing import Any

KINDS = frozenset(
    {
        *("Init", "Leave", "StartAttestation", "FinishAttestationSuccess", "FinishAttestationFailure"),
        *("StartRotateCryptKey", "FinishRotateCryptKeySuccess", "FinishRotateCryptKeyFailure"),
        *("StartRotatePki", "FinishRotatePkiSuccess", "FinishRotatePkiFailure"),
        *("StartUpgrade", "FinishUpgradeSuccess", "FinishUpgradeFailure", "Reconcile", "ConfigureCloudflaredTunnel"),
    }
)
FOUND: list[str] = []


def one(value: Any, kind: type, what: str) -> Any:
    """The value, of that type; ValueError where it is of another."""
    if not isinstance(value, kind) or (kind is not bool and isinstance(value, bool)):
        raise ValueError(f"{what} is no {kind.__name__}")
    return value


def integer(value: Any, what: str) -> int:
    """A whole number, written with a fraction of zero or without."""
    if isinstance(value, bool) or not isinstance(value, int | float) or value != int(value):
        raise ValueError(f"{what} is no whole number")
    return int(value)


def whole(value: Any, what: str) -> int:
    """A whole number from 0 to 2^53 - 1."""
    if not 0 <= integer(value, what) < 2**53:
        raise ValueError(f"{what} is out of range")
    return int(value)


def members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object, each of whose names is there once."""
    if len(dict(pairs)) != len(pairs):
        raise ValueError("a name is there twice")
    return dict(pairs)


def constant(text: str) -> Any:
    raise ValueError(f"{text} is no JSON")


def kind_alone(item: Any) -> dict[str, Any]:
    one(item, dict, "an item")
    FOUND.append(one(item["k"], str, "k"))
    return {"k": item["k"], **{name: whole(item[name], name) for name in "ant"}}


def event(value: Any) -> dict[str, Any]:
    e = one(one(value, dict, "an event")["e"], dict, "e")
    if e["k"] not in KINDS:
        raise ValueError(f"{e['k']!r} is no kind")
    FOUND.append(e["k"])
    url = {"url": one(e["url"], str, "url")} if e["k"] == "StartUpgrade" else {}
    version = {"v": one(value["v"], str, "v")} if "v" in value else {}
    return {"e": {"k": e["k"], **url}, "n": whole(value["n"], "n"), "t": whole(value["t"], "t"), **version}


def page(of: Any) -> Any:
    def read(value: Any) -> dict[str, Any]:
        items = [of(item) for item in one(one(value, dict, "a page")["items"], list, "items")]
        cursor = {"cursor": one(value["cursor"], str, "cursor")} if of is kind_alone and "cursor" in value else {}
        return {"count": whole(value["count"], "count"), "items": items, **cursor}

    return read


def messages(value: Any) -> list[dict[str, Any]]:
    read = [one(each, dict, "a message") for each in one(value, list, "a list of messages")]
    return [{"code": integer(each["code"], "code"), "message": one(each["message"], str, "message")} for each in read]


LIST, LATEST = page(kind_alone), page(event)
MODELS = {"EventListResponse": LIST, "LatestListResponse": LATEST, "EventGetResponse": event}
OPERATIONS = {"listEvents": LIST, "getLatestEvents": LATEST, "getEvent": event}


def decode(name: str, status: int, body: bytes) -> Any:
    """A body as its type has it: what is not declared is left out. ValueError, KeyError or TypeError where it is none."""
    value = json.loads(body.decode(), object_pairs_hook=members, parse_constant=constant)
    if name in MODELS:
        return MODELS[name](value)
    read = {"success": one(one(value, dict, "the envelope")["success"], bool, "success")}
    read |= {each: messages(value[each]) for each in ("errors", "messages") if each in value}
    return {**read, "result": OPERATIONS[name](value["result"])} if status == 200 else read


def answer(name: str, status: int, body: bytes) -> dict[str, Any]:
    FOUND.clear()
    try:
        return {"value": decode(name, status, body), "kinds": list(FOUND)}
    except (ValueError, KeyError, TypeError, OverflowError, RecursionError) as error:
        return {"refused": f"{type(error).__name__}: {error}"}


if "MCONN_AS" in os.environ:
    print(json.dumps(answer(os.environ["MCONN_AS"], int(os.environ["MCONN_STATUS"]), sys.stdin.buffer.read())))
else:
    for line in sys.stdin:
        asked = json.loads(line)
        print(json.dumps({"id": asked["id"], **answer(asked["as"], asked["status"], base64.b64decode(asked["body"]))}))
