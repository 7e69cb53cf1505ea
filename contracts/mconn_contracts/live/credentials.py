"""The credential of a run: from the environment only, so that no command line and no file has it."""

from __future__ import annotations

from collections.abc import Mapping

from mconn_contracts.errors import UsageError


def credentials(environment: Mapping[str, str]) -> dict[str, str]:
    """The header fields that carry the credential of the environment; UsageError where there is none that can be sent."""
    token = _secret(environment, "CLOUDFLARE_API_TOKEN")
    if token:
        return {"Authorization": f"Bearer {token}"}
    email, key = _secret(environment, "CLOUDFLARE_EMAIL"), _secret(environment, "CLOUDFLARE_API_KEY")
    if email and key:
        return {"X-Auth-Email": email, "X-Auth-Key": key}
    raise UsageError("no credential: set CLOUDFLARE_API_TOKEN, or CLOUDFLARE_EMAIL with CLOUDFLARE_API_KEY, in the environment")


def _secret(environment: Mapping[str, str], variable: str) -> str:
    value = environment.get(variable, "").strip()
    # A header with a line break or a space in it is refused by requests, which shows it, or read by the server as something else.
    if not value.isascii() or not value.isprintable() or " " in value:
        raise UsageError(f"{variable} holds a character that no credential has, such as a space or a line break; set it again")
    return value
