"""MC0xx: how a response travels. Faults of its encoding are found while it is read (`defects.py`)."""

from __future__ import annotations

from collections.abc import Iterator

from mconn_contracts.judge.reading.views import Answer
from mconn_contracts.judge.rules.rule import DECIDED, Hit, Ruling, rule


@rule("MC003", on=Answer, in_batches=True)
def wrong_content_type(answer: Answer) -> Iterator[Ruling]:
    """Content is labeled `application/json`."""
    # The content of a redirect is for people (RFC 9110, 15.4).
    if answer.labeled_json is None or answer.redirected or not answer.exchange.response.body:
        return
    yield DECIDED
    if not answer.labeled_json:
        seen = answer.exchange.response.header("content-type")
        words = f"the content type is {seen!r}" if seen else "there is no content type"
        yield Hit("", f"{words}; it must be application/json")


@rule("MC007", on=Answer, in_batches=True)
def undecodable_content(answer: Answer) -> Iterator[Ruling]:
    """Content can be decoded by the coding that its header names."""
    if answer.exchange.response.undecodable is not None:
        yield Hit("", answer.exchange.response.undecodable)
    elif answer.exchange.response.header("content-encoding"):
        yield DECIDED


@rule("MC011", on=Answer, in_batches=True)
def head_with_content(answer: Answer) -> Iterator[Ruling]:
    """An answer to HEAD has no content."""
    request, body = answer.exchange.request, answer.exchange.response.body
    # Recorders may keep the body of the GET instead, so recordings are not judged.
    if request is None or request.method.upper() != "HEAD" or answer.exchange.intent is None or answer.status is None:
        return
    yield DECIDED
    if body:
        yield Hit("", f"the answer to HEAD has {len(body)} bytes of content; it must have none")


RULES = (
    wrong_content_type,
    undecodable_content,
    head_with_content,
)
