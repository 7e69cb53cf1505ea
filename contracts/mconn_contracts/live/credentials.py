"""What a run authenticates with: from the environment or from a command, so that no command line and no file has it."""

from __future__ import annotations

import re
import shlex
import subprocess
from collections.abc import Mapping

from mconn_contracts.errors import CouldNotJudgeError, UsageError

_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
"""The name of a header field (RFC 9110, 5.6.2)."""
_VALUE = re.compile(r"[!-~](?:[ \t!-~]*[!-~])?")
_CREDENTIALS = frozenset({"authorization", "x-auth-email", "x-auth-key"})
_FRAMING = frozenset({"host", "connection", "content-length", "transfer-encoding", "te", "trailer", "upgrade", "accept-encoding"})
_COMMAND_TIME = 60
"""Seconds that a command for a token may take."""


def credentials(environment: Mapping[str, str]) -> dict[str, str]:
    """The header fields that carry the credential of the environment; UsageError where there is none that can be sent."""
    token = _secret(environment.get("CLOUDFLARE_API_TOKEN", ""), "CLOUDFLARE_API_TOKEN")
    if token:
        return {"Authorization": f"Bearer {token}"}
    email, key = (_secret(environment.get(name, ""), name) for name in ("CLOUDFLARE_EMAIL", "CLOUDFLARE_API_KEY"))
    if email and key:
        return {"X-Auth-Email": email, "X-Auth-Key": key}
    raise UsageError(
        "no credential: set CLOUDFLARE_API_TOKEN, or CLOUDFLARE_EMAIL with CLOUDFLARE_API_KEY, in the environment, "
        "or give --token-command"
    )


def credentials_of(command: str) -> dict[str, str]:
    """The header fields that carry the token which a command prints; CouldNotJudgeError where it prints none."""
    try:
        done = subprocess.run(shlex.split(command), capture_output=True, text=True, timeout=_COMMAND_TIME, check=False)  # noqa: S603
    except (OSError, ValueError, subprocess.TimeoutExpired) as error:
        raise CouldNotJudgeError(f"--token-command could not be run: {type(error).__name__}") from None
    if done.returncode != 0 or not done.stdout.strip():
        raise CouldNotJudgeError(
            f"--token-command gave no token: it ended with {done.returncode}; it has to print one, and end with 0"
        )
    return {"Authorization": f"Bearer {_secret(done.stdout, 'the output of --token-command')}"}


def header_field(text: str) -> tuple[str, str]:
    """The name and the value of a header field as a user writes it, `NAME: VALUE`; UsageError where it cannot be sent.

    The message does not repeat a value, which may be a secret.
    """
    name, colon, value = text.partition(":")
    name, value = name.strip(), value.strip()
    if not colon or not _TOKEN.fullmatch(name) or not _VALUE.fullmatch(value):
        raise UsageError("--header is not 'NAME: VALUE', with a name and a value that a header field can have")
    if name.lower() in _CREDENTIALS:
        raise UsageError(f"--header {name}: give the credential by the environment, CLOUDFLARE_API_TOKEN, or by --token-command")
    if name.lower() in _FRAMING:
        raise UsageError(f"--header {name}: this field is of the connection, and is set for each request")
    return name, value


def _secret(value: str, source: str) -> str:
    value = value.strip()
    # A line break or a space would end the field, or be read by the server as something else.
    if not value.isascii() or not value.isprintable() or " " in value:
        raise UsageError(f"{source} holds a character that no credential has, such as a space or a line break; set it again")
    return value
