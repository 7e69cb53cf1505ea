"""Lines of text for terminals and logs of CI services. Characters and commands that they would obey are escaped."""

from __future__ import annotations

import re

_BIDIRECTIONAL = (0x61C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A))
_CONTROLS = (*range(0x20), *range(0x7F, 0xA0), 0x2028, 0x2029, *_BIDIRECTIONAL)
_VISIBLE = {code: f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" for code in _CONTROLS}
"""Characters that a terminal would obey, or show in another place. The judged server or file can put them into names."""
_COMMAND = re.compile(r"(?i)^(\s*):(?=:)|#(?=#(?:\[|vso\[|teamcity\[))")
"""GitHub takes a line for a command that begins with `::` after spaces, or has `##[` anywhere; Azure looks for `##vso[`."""


def visible(text: str) -> str:
    """A text in which the characters that a terminal would obey, or show in another place, are escaped."""
    # Most texts have no such character, and this test is much faster.
    return text if text.isprintable() else text.translate(_VISIBLE)


def logged(text: str) -> str:
    """One line for a terminal or a log: visible, and not a command to a CI service."""
    return _COMMAND.sub(_harmless, visible(text))


def _harmless(found: re.Match[str]) -> str:
    return "\\x23" if found[0] == "#" else f"{found[1]}\\x3a"
