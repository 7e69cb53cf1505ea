"""The tables of the rules: which statement each defect breaks, and what would decide each statement."""

from __future__ import annotations

import itertools

from mconn_contracts.contract.document import load
from mconn_contracts.judge.rules.deciders import decidable, decider
from mconn_contracts.judge.rules.defects import CODES

DEFECTS = """
    body-cut-short MC001, not-json MC002, bad-utf-8 MC004, not-a-number MC005, duplicate-name MC006, byte-order-mark MC008,
    lone-surrogate MC010, schema-mismatch MC101, unknown-kind MC102, undeclared-property MC103, missing-property MC104,
    number-out-of-range MC105, fractional-number MC106, time-in-milliseconds MC107, missing-envelope MC204,
    unrecognized-document MC902, too-large MC903, nested-too-deep MC904, unreadable-record MC905, body-not-kept MC906
"""
DECIDERS = {
    "an answer with a JSON body": "001 002 003 004 005 006 008 010 101 102 103 104 105 106 107 901 902 903 904 905 906",
    "a body with a content coding": "007",
    "a HEAD request": "011 517",
    "a response body in its envelope": "201 203 204",
    "a successful answer": "206",
    "a behavior file": "516",
    "a file of expected events whose time is seen whole": "518 519 520",
    "a recorded request": "602 603 604 605 606 607",
    "a live run (`mconn test`)": "701 702 703 706 708 709 710 711 712 716 717",
    "an answer with status 429": "714",
    "an answer with rate-limit fields": "715",
    "a list with events": "301 303 305 306 307 308 309",
    "several answers about a connector with events": (
        "401 402 403 404 405 406 407 408 409 410 411 501 502 504 505 506 507 508 509 510 511 512 513 514 515"
    ),
    "a wrong request": "704 705 707",
    "the latest events": "302 304",
    "a fetched event": "503",
    "a request for one event": "601",
    "a refusal": "202 205 207 713",
}

OPERATIONS = {
    "getEvent or getLatestEvents or listEvents": (
        "001 002 003 004 005 006 007 008 010 011 101 102 103 104 105 106 107 201 202 203 204 205 206 207 516 517 518 519 520 "
        "602 603 604 605 606 607 701 702 703 708 709 710 713 714 715 716 717 901 902 903 904 905 906"
    ),
    "listEvents": ("301 303 305 306 307 308 309 401 402 403 404 405 406 407 408 409 410 411 507 509 510 511 512 513 704 705 706"),
    "getLatestEvents": "302 304",
    "getEvent": "503 601 707",
    "getEvent or getLatestEvents": "508",
    "getEvent and listEvents": "501 514",
    "getEvent and getLatestEvents": "502 505",
    "getEvent and listEvents or getLatestEvents and listEvents": "504",
    "getLatestEvents and listEvents": "506 515",
    "getEvent and getLatestEvents and listEvents": "711 712",
}
"""What must be asked for, at least, to decide a statement."""


def test_each_defect_breaks_its_statement() -> None:
    """A code is for ever."""
    assert " ".join(DEFECTS.split()) == ", ".join(f"{kind.value} {code}" for kind, code in CODES.items())


def test_each_statement_has_what_would_decide_it() -> None:
    """A new statement is put beside those that need the same."""
    found: dict[str, list[str]] = {}
    for statement in load().statements:
        found.setdefault(decider(statement), []).append(statement.code[2:])

    assert DECIDERS == {words: " ".join(sorted(codes)) for words, codes in found.items()}


def test_each_statement_needs_the_operations_that_it_relates() -> None:
    """Of all sets of operations, the least that decide it; where nobody says what was asked for, everything may have been."""
    document = load()
    names = sorted(operation.id for operation in document.operations)
    several = [frozenset(each) for number in (1, 2, 3) for each in itertools.combinations(names, number)]
    found: dict[str, list[str]] = {}
    for statement in document.statements:
        assert decidable(document, statement, ())
        ways = [asked for asked in several if decidable(document, statement, asked)]
        least = [way for way in ways if not any(other < way for other in ways)]
        found.setdefault(" or ".join(" and ".join(sorted(way)) for way in least), []).append(statement.code[2:])

    assert OPERATIONS == {words: " ".join(sorted(codes)) for words, codes in found.items()}
