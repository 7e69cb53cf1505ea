"""The credential of a run. It comes from the environment or from a command, so that no command line and no file has it."""

from __future__ import annotations

import contextlib
import os
import re
import selectors
import shlex
import signal
import subprocess
import time
from collections.abc import Iterable, Iterator, Mapping
from typing import IO, cast

from mconn_contracts.errors import CouldNotJudgeError, UsageError
from mconn_contracts.model.exchange import Headers

_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
"""The name of a header field (RFC 9110, 5.6.2)."""
_VALUE = re.compile(r"[!-~](?:[ \t!-~]*[!-~])?")
_CREDENTIALS = frozenset({"authorization", "x-auth-email", "x-auth-key"})
_FRAMING = frozenset({"host", "connection", "content-length", "transfer-encoding", "te", "trailer", "upgrade", "accept-encoding"})
COMMAND_TIME = 60.0
"""Seconds that a command for a token may take."""
_LONGEST_TOKEN = 64 * 1024
"""Bytes that a command for a token may print."""


def credentials(environment: Mapping[str, str]) -> dict[str, str]:
    """The header fields with the credential of the environment. UsageError if no credential can be sent."""
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


def credentials_of(command: str, seconds: float = COMMAND_TIME) -> dict[str, str]:
    """The header fields with the token that a command prints within this many seconds.

    CouldNotJudgeError if it prints none; the message shows neither the command nor its output.
    """
    try:
        status, output = _output(shlex.split(command), time.monotonic() + seconds)
        if status != 0 or not output.strip():
            why = f"gave no token: it ended with exit code {status}; it must print a token, and end with 0"
        else:
            return {"Authorization": f"Bearer {_secret(output.decode(), 'the output of --token-command')}"}
    except TimeoutError:
        why = f"gave no token: it did not end within {seconds:g} seconds"
    except UsageError as error:
        raise CouldNotJudgeError(str(error)) from None
    except (OSError, ValueError, IndexError) as error:
        why = f"could not be run: {type(error).__name__}"
    raise CouldNotJudgeError(f"--token-command {why}") from None


def _output(words: list[str], deadline: float) -> tuple[int, bytes]:
    """The exit status of a command and what it prints; TimeoutError after the deadline.

    Where it fails, no process of its session is left.
    """
    with subprocess.Popen(  # noqa: S603 - the user's own command
        words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, bufsize=0, start_new_session=True
    ) as process:
        try:
            output = b"".join(_pieces(cast("IO[bytes]", process.stdout), deadline))
            return process.wait(max(0.0, deadline - time.monotonic())), output
        except BaseException as error:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            raise TimeoutError if isinstance(error, subprocess.TimeoutExpired) else error from None


def _pieces(pipe: IO[bytes], deadline: float) -> Iterator[bytes]:
    """What comes out of a pipe, to its end."""
    size = 0
    with selectors.DefaultSelector() as selector:
        selector.register(pipe, selectors.EVENT_READ)
        while selector.select(max(0.0, deadline - time.monotonic())):
            piece = pipe.read(_LONGEST_TOKEN)
            if not piece:
                return
            size += len(piece)
            if size > _LONGEST_TOKEN:
                raise CouldNotJudgeError(f"--token-command printed more than {_LONGEST_TOKEN} bytes, which is not a token")
            yield piece
    raise TimeoutError


def header_fields(fields: Iterable[str], user_agent: str | None = None) -> Headers:
    """The header fields that a user adds, each written as `NAME: VALUE`; UsageError if one cannot be sent."""
    found = [header_field(each) for each in fields]
    if user_agent is not None:
        if not _VALUE.fullmatch(user_agent):
            raise UsageError("--user-agent must be printable ASCII without spaces at its ends, as header fields require")
        found.append(("User-Agent", user_agent))
    return tuple(found)


def header_field(text: str) -> tuple[str, str]:
    """The name and the value of a header field as a user writes it, `NAME: VALUE`; UsageError if it cannot be sent.

    The message does not repeat a value, which may be a secret.
    """
    name, colon, value = text.partition(":")
    name, value = name.strip(), value.strip()
    if not colon or not _TOKEN.fullmatch(name) or not _VALUE.fullmatch(value):
        raise UsageError("--header is not 'NAME: VALUE', with a name and a value that a header field can have")
    if name.lower() in _CREDENTIALS:
        raise UsageError(f"--header {name}: give the credential by the environment, CLOUDFLARE_API_TOKEN, or by --token-command")
    if name.lower() in _FRAMING:
        raise UsageError(f"--header {name}: mconn sets this field for each request; leave it out")
    return name, value


def _secret(value: str, source: str) -> str:
    value = value.strip()
    # A line break or a space would end the field, or be read by the server as something else.
    if not value.isascii() or not value.isprintable() or " " in value:
        raise UsageError(f"{source} has a character that a credential cannot have, such as a space or a line break; set it again")
    return value
