"""The behavior file: the choices of a server where nothing is documented, kept to compare later runs with them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path

from mconn_contracts.errors import UsageError
from mconn_contracts.judge.rules.observations import Choice
from mconn_contracts.process.files import write_whole

VERSION = 1
_LARGEST = 1024 * 1024


def read_behavior(path: Path) -> Mapping[str, str] | None:
    """The pinned choices by name; None if there is no file yet. UsageError if it is not a behavior file."""
    try:
        with path.open("rb") as file:
            content = file.read(_LARGEST + 1)
        if len(content) > _LARGEST:
            raise UsageError(f"{path}: not a behavior file: it is larger than {_LARGEST} bytes")
        value = json.loads(content.decode("utf-8"))
    except FileNotFoundError:
        return None
    except OSError as error:
        raise UsageError(f"{path}: cannot be read: {(error.strerror or str(error)).lower()}") from None
    except (ValueError, RecursionError) as error:
        raise UsageError(
            f"{path}: not a behavior file: {error}; `mconn test --behavior` writes it anew once it is deleted"
        ) from None
    behavior = value.get("behavior") if isinstance(value, dict) and value.get("version") == VERSION else None
    if not isinstance(behavior, dict) or not all(isinstance(each, str) for each in behavior.values()):
        raise UsageError(
            f"{path}: not a behavior file of version {VERSION}; `mconn test --behavior` writes it anew once it is deleted"
        )
    return behavior


def behavior_of(choices: Iterable[Choice]) -> dict[str, str]:
    """The choices that a behavior file keeps: those that more data would not change."""
    return {choice.name: choice.value for choice in choices if choice.certain}


def write_behavior(path: Path, choices: Iterable[Choice]) -> None:
    """Write the choices, for later runs to be compared with. UsageError if the file cannot be written."""
    text = json.dumps({"version": VERSION, "behavior": behavior_of(choices)}, indent=2, ensure_ascii=False)
    write_whole(path, "the behavior", [text, "\n"])
