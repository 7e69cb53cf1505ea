"""Who asks: the accounts of the reference server, and what identifies them."""

from __future__ import annotations

import hmac
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from mconn_contracts.model.exchange import Headers
from mconn_contracts.server.api.stages import HttpError, Reason
from mconn_contracts.server.behavior import Behavior
from mconn_contracts.server.data.lifecycle import ACCOUNT_ID, FOREIGN_ACCOUNT_ID


@dataclass(frozen=True, slots=True)
class Account:
    """An account, with the API token, or the email and key, that read its connectors."""

    id: str
    token: str
    email: str
    key: str


MAIN_ACCOUNT = Account(
    ACCOUNT_ID,
    "mconn_reference_server_public_test_token",
    "reader@example.com",
    "6d636f6e6e7075626c6963746573746b65792e31",
)
"""The account of the main connector. Its credentials are published test values, not secrets."""

FOREIGN_ACCOUNT = Account(
    FOREIGN_ACCOUNT_ID,
    "mconn_reference_server_second_test_token",
    "neighbor@example.com",
    "6d636f6e6e7075626c6963746573746b65792e32",
)
"""Another account of the same server, as public."""


def accounts_from(environment: Mapping[str, str]) -> tuple[Account, ...]:
    """The two accounts, the main one with the credentials that the environment names instead of its own."""
    main = replace(
        MAIN_ACCOUNT,
        token=environment.get("CLOUDFLARE_API_TOKEN") or MAIN_ACCOUNT.token,
        email=environment.get("CLOUDFLARE_EMAIL") or MAIN_ACCOUNT.email,
        key=environment.get("CLOUDFLARE_API_KEY") or MAIN_ACCOUNT.key,
    )
    return (main, FOREIGN_ACCOUNT)


def identify(headers: Headers, accounts: Sequence[Account], behavior: Behavior) -> Account:
    """The account whose credential the request carries. Raises `HttpError`."""
    authorization = _values(headers, "authorization")
    if authorization:
        return _by_token(authorization, accounts, behavior)
    emails, keys = _values(headers, "x-auth-email"), _values(headers, "x-auth-key")
    if not emails or not keys:
        raise _refusal(
            Reason.CREDENTIAL_MISSING,
            behavior.missing_credential,
            9106,
            "Missing X-Auth-Key, X-Auth-Email or Authorization headers",
            accounts,
        )
    for account in accounts:
        if _equal(emails[0], account.email) and _equal(keys[0], account.key) and len(emails) == len(keys) == 1:
            return account
    if len(emails) > 1 or len(keys) > 1 or "@" not in emails[0] or not re.fullmatch(r"[0-9A-Za-z_-]+", keys[0]):
        raise _malformed(accounts, behavior)
    raise _wrong(accounts, behavior)


def _by_token(values: Sequence[str], accounts: Sequence[Account], behavior: Behavior) -> Account:
    scheme, _, token = values[0].strip(" ").partition(" ")
    token = token.strip(" ")
    if len(values) > 1 or scheme.lower() != "bearer":
        raise _malformed(accounts, behavior)
    for account in accounts:
        if _equal(token, account.token):
            return account
    if not re.fullmatch(r"[0-9A-Za-z._~+/-]+=*", token):  # RFC 6750, 2.1
        raise _malformed(accounts, behavior)
    raise _wrong(accounts, behavior)


def _malformed(accounts: Sequence[Account], behavior: Behavior) -> HttpError:
    status = behavior.malformed_credential
    return _refusal(Reason.CREDENTIAL_MALFORMED, status, 6003, "Invalid request headers", accounts)


def _wrong(accounts: Sequence[Account], behavior: Behavior) -> HttpError:
    return _refusal(Reason.CREDENTIAL_WRONG, behavior.wrong_credential, 10000, "Authentication error", accounts)


def _refusal(reason: Reason, status: int, code: int, message: str, accounts: Sequence[Account]) -> HttpError:
    challenge = (("WWW-Authenticate", "Bearer"),) if status == 401 else ()  # RFC 9110, 15.5.2
    return HttpError(reason, status, code, message, accounts[0], challenge)


def _values(headers: Headers, name: str) -> list[str]:
    return [value for key, value in headers if key.lower() == name]


def _equal(one: str, other: str) -> bool:
    return hmac.compare_digest(one.encode(), other.encode())
