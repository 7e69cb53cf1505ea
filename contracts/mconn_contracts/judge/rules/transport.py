"""MC0xx: how a response travels and is encoded."""

from __future__ import annotations

from collections.abc import Iterator

from mconn_contracts.judge.reading.views import Answer
from mconn_contracts.judge.rules.rule import DECIDED, Hit, Outcome, Rule, rule

NOT_JSON = "MC002"


def found_while_reading(code: str) -> Rule[Answer]:
    """The rule of a statement whose breaches are found while a body is decoded and compared with its schema."""

    @rule(code, on=Answer)
    def read(answer: Answer) -> Iterator[Outcome]:
        if answer.decoded is None:
            return
        yield DECIDED
        for defect in answer.defects:
            if defect.code == code:
                yield Hit(defect.pointer, defect.message, spec=defect.spec)

    return read


def content_type_is_json(answer: Answer) -> bool | None:
    """Whether the media type is JSON; None where a recording kept no header at all."""
    response = answer.exchange.response
    if not response.headers and answer.exchange.intent is None:
        return None
    media_type = (response.header("content-type") or "").split(";")[0].strip().lower()
    return media_type == "application/json"


@rule("MC001", on=Answer)
def body_cut_short(answer: Answer) -> Iterator[Outcome]:
    """The whole body arrives, and its JSON text does not end early."""
    response = answer.exchange.response
    if response.incomplete is not None:
        yield Hit("", f"the body is cut short: {response.incomplete}")
    elif answer.decoded is not None:
        yield DECIDED
        for defect in answer.defects:
            if defect.code == "MC001":
                yield Hit("", defect.message)


@rule(NOT_JSON, on=Answer)
def not_json(answer: Answer) -> Iterator[Outcome]:
    """A body is JSON. Where the media type already says otherwise, that is the finding."""
    if answer.decoded is None or answer.redirected:
        return
    yield DECIDED
    if content_type_is_json(answer) is not False:
        for defect in answer.defects:
            if defect.code == NOT_JSON:
                yield Hit("", defect.message)


@rule("MC003", on=Answer)
def wrong_content_type(answer: Answer) -> Iterator[Outcome]:
    """Content is labeled `application/json`."""
    is_json = content_type_is_json(answer)
    # What stands in a redirect is for people (RFC 9110, 15.4).
    if is_json is None or answer.redirected or not answer.exchange.response.body:
        return
    yield DECIDED
    if not is_json:
        seen = answer.exchange.response.header("content-type")
        yield Hit("", f"the content type is {seen!r}; application/json is allowed" if seen else "there is no content type")


@rule("MC007", on=Answer)
def undecodable_content(answer: Answer) -> Iterator[Outcome]:
    """Content decodes by the coding that its header names."""
    if answer.exchange.response.undecodable is not None:
        yield Hit("", answer.exchange.response.undecodable)
    elif answer.exchange.response.header("content-encoding"):
        yield DECIDED


RULES = (
    body_cut_short,
    not_json,
    wrong_content_type,
    *(found_while_reading(code) for code in ("MC004", "MC005", "MC006")),
    undecodable_content,
    *(found_while_reading(code) for code in ("MC008", "MC010")),
)
