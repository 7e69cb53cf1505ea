"""Lines of text as a terminal and the log of a CI service can be given them: what they would obey is written as an escape."""

from __future__ import annotations

import re

_BIDIRECTIONAL = (0x61C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A))
_CONTROLS = (*range(0x20), *range(0x7F, 0xA0), 0x2028, 0x2029, *_BIDIRECTIONAL)
_VISIBLE = {code: f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" for code in _CONTROLS}
"""What a terminal would obey, or show elsewhere than it stands: names and paths come from those who are judged."""
_COMMAND = re.compile(r"(?i)^(\s*):(?=:)|#(?=#(?:\[|vso\[|teamcity\[))")
"""GitHub takes a line for a command that begins with `::` after spaces, or has `##[` anywhere; Azure looks for `##vso[`."""


def visible(text: str) -> str:
    """A text in which what a terminal would obey, or show elsewhere than it stands, is written as an escape."""
    # What has none of those is most often told by this, in a fraction of the time.
    return text if text.isprintable() else text.translate(_VISIBLE)


def logged(text: str) -> str:
    """One line for a terminal or a log: visible, and no command to a CI service."""
    return _COMMAND.sub(_harmless, visible(text))


def _harmless(found: re.Match[str]) -> str:
    return "\\x23" if found[0] == "#" else f"{found[1]}\\x3a"
