"""The first answers of a run: whether they show that the run is useless, and what the user can do."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from mconn_contracts.live.target import Target
from mconn_contracts.model.exchange import Exchange, Response

LOOKED_AT = 4
"""How many answers to the user's credential must show the same failure."""
CREDENTIAL_CODES = frozenset({6003, 6103, 6111, 9103, 9106, 9109, 10000})
"""Codes of errors that the vendor gives for a credential (api-facts.md)."""


STARTING = frozenset({502, 503, 504})
"""The statuses of a server, or of a gateway in front of it, while it is starting."""


@dataclass
class Admission:
    """Examines the first answers to the user's own credential, until one of them is a success of the API."""

    target: Target
    _answers: list[Response] = field(default_factory=list)
    _admitted: bool = False

    def note(self, exchange: Exchange) -> str | None:
        """Take one answer. If it is now clear that nothing can be judged, return one line with the cause and the fix."""
        response = exchange.response
        if self._admitted or not exchange.own or response.status is None:
            return None
        self._admitted = 200 <= response.status < 300 and not _is_page(response)
        self._answers.append(response)
        if self._admitted or len(self._answers) < LOOKED_AT:
            return None
        return self._cause()

    def _cause(self) -> str | None:
        answers, url = self._answers, self.target.base_url
        last = answers[-1]
        statuses = ", ".join(sorted({str(each.status) for each in answers}))
        location = last.header("location")
        if location is not None and all(300 <= (each.status or 0) < 400 for each in answers):
            return (
                f"{url} redirects every request ({statuses}), with Location {location[:200]!r}, but credentials do not follow "
                "redirects; give the address that it leads to as URL, or, for a gateway, give what it requires by --header or "
                "--client-cert"
            )
        if all((each.status or 0) >= 500 for each in answers):
            what = "a failure of a gateway" if all(each.status in STARTING for each in answers) else "a failure of its own"
            return (
                f"{url} answers every request with {what} ({statuses}{_message(last)}); read its log, "
                "and if it is still starting, give --wait"
            )
        if all(_is_page(each) for each in answers):
            return (
                f"{url} answers every request with a web page ({statuses}), such as a login page; check the URL, and give "
                "what a gateway in front of it requires by --header 'NAME: VALUE', --user-agent or --client-cert"
            )
        if all(map(refuses_credential, answers)):
            return (
                f"{url} refuses the credential ({statuses}{_message(last)}); set CLOUDFLARE_API_TOKEN, or CLOUDFLARE_EMAIL with "
                "CLOUDFLARE_API_KEY, to one that may read this account's connector, and check --account-id and --connector-id"
            )
        if all(each.status == 404 for each in answers):
            below = "" if urlsplit(url).path else f", such as {url}/client/v4"
            return (
                f"{url} has nothing there (404{_message(last)}); check that the URL is the base, before /accounts{below}, "
                "and check --account-id and --connector-id"
            )
        return None


def refuses_credential(response: Response) -> bool:
    """Whether a response says that the credential is not accepted."""
    return response.status in (401, 403) or _code(response) in CREDENTIAL_CODES


def shuts_out(response: Response) -> bool:
    """Whether a response shuts the client out: it refuses the credential, or redirects to another place, such as a login."""
    status = response.status or 0
    return refuses_credential(response) or 300 <= status < 400 or (status < 500 and _is_page(response))


def refusal(response: Response) -> tuple[int | None, object]:
    """The status of a refusal, and the code of its first error."""
    return response.status, _code(response)


def _is_page(response: Response) -> bool:
    kind = (response.header("content-type") or "").partition(";")[0].strip().lower()
    begins = (response.body or b"")[:100].lstrip().lower()
    return kind in ("text/html", "application/xhtml+xml") or begins.startswith((b"<!doctype html", b"<html"))


def _error(response: Response) -> tuple[object, object]:
    """The code and the message of the first error, where the body has one."""
    try:
        first = json.loads(response.body or b"")["errors"][0]
        return first["code"], first["message"]
    except (ValueError, TypeError, LookupError, RecursionError):
        return None, None


def _code(response: Response) -> object:
    code = _error(response)[0]
    return code if isinstance(code, int) else None


def _message(response: Response) -> str:
    """The server's own message, at most 100 characters."""
    message = _error(response)[1]
    return f": {message[:100]}" if isinstance(message, str) and message.isprintable() else ""
