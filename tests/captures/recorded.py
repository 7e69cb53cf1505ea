"""The recordings of other tools beside this file, what is right of each, and the records of one capture by themselves."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from mconn_contracts.captures.capture import records
from mconn_contracts.captures.records import Batch, LeftOut, Order, ReadOptions, Record, Unanswered, Unreadable
from mconn_contracts.captures.source import Input
from mconn_contracts.model.exchange import Exchange

RECORDINGS = Path(__file__).parent / "recordings"
Place = tuple[str, int | None, str]
"""The code, entry and pointer of a finding."""
_FAULT: tuple[Place, ...] = (("MC102", 3, "/result/e/k"),)
"""What the writers of `recorders` recorded: an event, a list, an event that does not exist, and one of no kind of the union."""


class Recorded(NamedTuple):
    """What wrote a recording, and what validating it comes to."""

    writer: str
    exit_code: int
    exchanges: int
    found: tuple[Place, ...] = ()


RECORDED: Mapping[str, Recorded] = {
    "betamax.json": Recorded("betamax", 0, 1),
    "content-without-text.har": Recorded("a HAR without bodies", 3, 1, (("MC906", 0, ""),)),
    "errors-only.json": Recorded("another program", 3, 0),
    "exchanges-har-headers.ndjson": Recorded("exchanges, headers as HAR has them", 1, 1, (("MC003", None, ""),)),
    "firefox-not-base64.har": Recorded("a HAR with text that is labeled as base64", 0, 1),
    "govcr-v4.yaml": Recorded("go-vcr 4", 0, 2),
    "httpx51.yaml": Recorded("VCR.py 5.1 with httpx", 0, 1),
    "log-authorization.json": Recorded("another program", 3, 0),
    "mitm.flows": Recorded("mitmproxy, its own format", 3, 0),
    "ndjson-of-arrays.ndjson": Recorded("an archive", 1, 2, (("MC104", 0, "/e"),)),
    "nock-back.json": Recorded("nock back", 0, 2),
    "nock-packed.json": Recorded("nock 14, packed bodies", 1, 4, _FAULT),
    "pact-v4.json": Recorded("pact-js 16.5, specification 4", 0, 2),
    "partial-bodies.har": Recorded("mitmproxy 11, without some bodies", 0, 2, (("MC906", 1, ""),)),
    "playwright-attach-corrupt": Recorded(
        "Playwright 1.65, bodies in files",
        1,
        3,
        (("MC101", 0, "/success"), ("MC102", 1, "/result/e/k"), ("MC101", 1, "/success"), ("MC906", 2, "")),
    ),
    "playwright.har.zip": Recorded("Playwright, one zip", 0, 8, (("MC603", 5, ""),)),
    "polly-gzip.har": Recorded("Polly.js 6.0, packed bodies", 0, 3, (("MC603", 2, ""),)),
    "postman-saved-examples.json": Recorded("Postman, collection 2.1", 0, 2),
    "responses-plain.yaml": Recorded("responses", 0, 2),
    "rubyvcr-base64.yml": Recorded("VCR (Ruby) 6.0, exact bytes", 0, 1),
    "rubyvcr-binary.yml": Recorded("VCR (Ruby) 6.0, `!binary`", 0, 1),
    "schemathesis-default.yaml": Recorded("schemathesis 4.32", 0, 4),
    "curl-compressed.txt": Recorded("curl 7.88 with `--compressed`", 1, 4, _FAULT),
    "curl-packed.txt": Recorded("curl 7.88, packed bodies", 1, 4, _FAULT),
    "govcr-3.yaml": Recorded("go-vcr 3.2", 1, 4, _FAULT),
    "govcr-4.yaml": Recorded("go-vcr 4.0, packed bodies", 1, 4, _FAULT),
    "mitmproxy.har": Recorded("mitmproxy 11.0, `hardump`", 1, 4, _FAULT),
    "newman.json": Recorded("Newman 6.2", 1, 4, _FAULT),
    "pact-3.json": Recorded("pact-js 16.5, specification 3", 1, 4, _FAULT),
    "pact-4.json": Recorded("pact-js 16.5, specification 4, of refusals too", 1, 4, _FAULT),
    "playwright-attached": Recorded("Playwright 1.60, bodies in files", 1, 4, _FAULT),
    "playwright-attached.har.zip": Recorded("Playwright 1.60, one zip", 1, 4, _FAULT),
    "playwright-embedded.har": Recorded("Playwright 1.60, bodies in the HAR", 1, 4, _FAULT),
    "polly.har": Recorded("Polly.js 6.0, packed bodies, of refusals too", 1, 4, _FAULT),
    "postman.json": Recorded("postman-collection 5.0", 1, 4, _FAULT),
    "wiremock": Recorded("WireMock 3.13, mappings with bodies in files", 1, 4, (("MC102", 0, "/result/e/k"),)),
    "wiremock-journal.json": Recorded("WireMock 3.13, the journal", 1, 4, (("MC102", 0, "/result/e/k"),)),
    "vcrpy-httpx-br-corrupt.yaml": Recorded(
        "VCR.py with httpx, `br`",
        1,
        3,
        (
            ("MC101", 0, "/success"),
            ("MC102", 1, "/result/e/k"),
            ("MC101", 1, "/success"),
            ("MC102", 2, "/result/items/10/e/k"),
            ("MC101", 2, "/success"),
        ),
    ),
}
"""By name. Most are of a run without a fault: a list, an event, the latest, and refusals; some were corrupted afterwards."""


def read(source: Input, reading: ReadOptions) -> Iterator[Exchange | Unreadable | Unanswered | Order | LeftOut]:
    """The records of one capture, each by itself, in order. InputError if it cannot be read, or not to its end."""
    return one_by_one(records(source, reading))


def one_by_one(found: Iterable[Record]) -> Iterator[Exchange | Unreadable | Unanswered | Order | LeftOut]:
    """Records, with the payloads of batches each by itself."""
    for record in found:
        if isinstance(record, Batch):
            yield from record.exchanges()
        else:
            yield record
