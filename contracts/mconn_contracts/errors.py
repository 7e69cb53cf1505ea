"""What goes wrong outside the API under test: the input, or the use of the tool. Never a finding."""

from __future__ import annotations

EXIT_INTERRUPTED = 130
"""What a command exits with after an interrupt, as a shell reports SIGINT."""

EXIT_OUTPUT_CLOSED = 141
"""What a command exits with when the reader of its output has gone, as a shell reports SIGPIPE."""


class MconnError(Exception):
    """The input or the use is wrong. `str()` is one line that names the place and the fix."""

    exit_code = 2


class UsageError(MconnError):
    """The command, an option or a configuration value is wrong. Exit code 2."""


class DocumentError(UsageError):
    """The OpenAPI document, or an overlay, cannot be used. Exit code 2."""


class CouldNotJudgeError(MconnError):
    """Nothing could be judged: no connection, unreadable input, nothing exercised. Exit code 3."""

    exit_code = 3


class InputError(CouldNotJudgeError):
    """A recorded input cannot be read at all. Exit code 3."""


class ConnectionFailedError(CouldNotJudgeError):
    """The server under test does not answer. Exit code 3."""


def reason(error: OSError) -> str:
    """Why the system refused, as the end of a sentence."""
    text = error.strerror or str(error) or type(error).__name__
    return text[:1].lower() + text[1:]
