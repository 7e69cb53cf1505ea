"""The words that reports use, each explained once: HTML reports carry them, and docs/reference/glossary.md is made of them."""

from __future__ import annotations

from collections.abc import Mapping

GLOSSARY: Mapping[str, Mapping[str, str]] = {
    "What is judged": {
        "API": "Here: the connector telemetry events API of Cloudflare's Magic WAN Connector. It has three operations.",
        "operation": (
            "One thing that the API can be asked for: `listEvents` (a list), `getLatestEvents` (the latest events) or "
            "`getEvent` (one event)."
        ),
        "event": "One record of what a connector did. It has a kind, a time and a sequence number.",
        "kind": "What an event says that happened, such as `Init` or `StartUpgrade`. The contract lists all kinds.",
        "exchange": (
            "One request and its response, live or recorded, or a recorded body by itself. "
            "Reports count exchanges; a file of events has one for each event."
        ),
        "capture": "A file with recorded traffic, such as a HAR file or a cassette, or with recorded bodies.",
        "entry": "The number of a record within a capture, such as a request in a HAR file. The first is 0.",
        "pointer": "The place within a JSON body, as a JSON Pointer (RFC 6901). `/result/count` is `count` in `result`.",
        "envelope": "The object around each result: `success`, `result`, and perhaps `errors` and `messages`.",
        "content coding": (
            "How a server compresses a body on its way, such as `gzip` (RFC 9110, 8.4). `Content-Encoding` names it."
        ),
        "rate-limit fields": (
            "Header fields that say how many requests a client may still send, such as `Ratelimit` and `Retry-After`."
        ),
        "window": "The time between `from` and `to` that a list is asked for.",
        "walk": "All pages of one list, from the first to the last, each asked for with the cursor of the page before.",
        "cursor": "A text that a page of a list carries, and that leads to the next page.",
        "refusal": "A response with a 4xx status: the server does not do what it was asked for.",
        "session": "All exchanges of a run that may be compared with each other, because they are of the same server.",
    },
    "What it is judged by": {
        "contract": "The document `spec/openapi.yaml`: schemas for each body, and numbered statements for the rest.",
        "statement": "One promise of the contract, with a code. A finding says which statement was broken.",
        "rule": "The code that decides whether an exchange keeps a statement. Each statement has one rule.",
        "code": "The name of a statement in short: `MC` and three digits. A code never gets a second meaning.",
        "basis": (
            "What a statement rests on: the vendor's reference (`documented`), the vendor's published documents and SDKs "
            "(`published`), a conclusion from these (`derived`), or an assumption of ours (`assumed`)."
        ),
        "severity": (
            "How bad a finding is: `error`, `warning` or `info`. By default only errors fail a run; `--fail-on` changes that."
        ),
        "revision": "The API as the vendor published it on a certain date. `--overlay DATE` chooses one.",
        "overlay": "A file that changes the contract, for example into another revision (OpenAPI Overlay Specification).",
        "vector": "A recorded case in `spec/vectors` that keeps or breaks statements, in no particular language.",
    },
    "What a report says": {
        "finding": "One place where an exchange breaks a statement.",
        "follows": (
            "A broken statement follows from another if the other one explains it. A code with `follows` behind a finding means: "
            "that statement was broken too, for the same reason. It is not shown by itself."
        ),
        "outcome": (
            "The result of a run in one word: `passed`, `failed`, or `undecided` where nothing could be judged. "
            "A baseline adds `known` and `stale`."
        ),
        "decided": "A statement is decided if the run had something by which it could be judged. Then it was kept or broken.",
        "undecided": (
            "A statement is undecided if nothing in the run could show whether it is kept. "
            "For example, a rule about status 429 is undecided if the server never answered with 429. "
            "A whole run is undecided if it could judge nothing; the exit code is then 3."
        ),
        "came to": (
            "What the run found out about a statement: kept, broken or undecided. "
            "`kept` means that it could be judged and nothing broke it. `broken` means that there is a finding."
        ),
        "shown in full": (
            "An event is shown in full if it was among the latest events or was fetched by itself. "
            "A list shows only its kind, its times and its sequence number."
        ),
        "coverage": "Which operations, statuses, kinds and statements a run has met. `--fail-under` sets a minimum.",
        "observed behavior": (
            "What the server chose where nobody documents it, such as the order of a list. Every choice passes. "
            "Only a server that contradicts itself, or its behavior file, fails."
        ),
        "behavior file": (
            "The observed behavior of an earlier run (`--behavior PATH`). A later run fails if the server has changed."
        ),
        "baseline": "A file of findings that are known (`--baseline PATH`). They do not fail a run, but new ones do.",
        "known": "A finding that the baseline has, or a run that found no others.",
        "stale": "An entry of the baseline that was not found again. Take it out of the file.",
        "expired": ("An entry of the baseline is expired if its last day (`expires`) is over. Its findings fail the run again."),
        "grown": "In `mconn compare`: findings that both reports have, but more of them in the later one.",
        "unseen": (
            "In `mconn compare`: findings of the earlier report that the later run could not have found again. "
            "It is not known whether they are mended."
        ),
        "still failing": "In `mconn replay`: the request of a finding was sent again, and the answer breaks the same statement.",
        "witness": "The smallest body that two documents of the API judge differently. `mconn diff` shows it.",
        "power": (
            "How much a run proves: which faults it would have noticed, with the events that the server showed "
            "(`mconn test --power`)."
        ),
        "seed": "The number from which a run draws its random requests. The same seed draws the same requests.",
        "profile": "How much a live run asks: `quick`, `standard` or `thorough`.",
        "probe": "A fixed series of requests that looks for certain faults. `mconn test` runs all probes.",
    },
    "The reference server": {
        "reference server": "The server that this package brings. It keeps every statement, unless it is told not to.",
        "fault": "A way in which the reference server breaks one statement (`mconn serve --fault NAME`).",
        "style": "A way in which the reference server differs and still keeps every statement (`mconn serve --style NAME`).",
        "behavior": "Everything that the reference server chooses where nobody documents it. A style changes some of it.",
    },
    "Tests of a client": {
        "scenario": "What a client is run against: the clean server, a style, a fault, a revision, or bad weather.",
        "clean run": "The run against the reference server without any change. The client must pass it first.",
        "weather": "What happens on the way: 429 with a time to wait, failures, answers that are cut off or late.",
        "met": "A fault is met if an answer to the client was different because of it. Only faults that are met are counted.",
        "never met": "No answer to the client was different from that of the clean run.",
        "broken": "The client fails twice although the server keeps every statement, or it cannot cope with the weather.",
        "noticed": "The client fails where the server breaks a statement. That is good: its tests notice the fault.",
        "survived": "The client passes although it met a fault: its tests overlook the fault.",
        "weathered": "The client passes although the weather was bad: it waits, or tries again, as it should.",
        "lenient": (
            "A decoder is lenient if it accepts a body that breaks the contract. "
            "This fails `mconn vectors run` only with `--strict`."
        ),
        "unstable": (
            "The client fails although every answer was the same as in the clean run. "
            "Or it fails under a style, a revision or a weather, and does well when it is run again."
        ),
    },
}
"""By group, each word and what it means. Text between backquotes is code."""
