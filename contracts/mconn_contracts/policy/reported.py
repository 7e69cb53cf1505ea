"""Reads a JSON report, version 1, that `mconn test`, `validate`, `proxy` or `diff` has written."""

from __future__ import annotations

import importlib.resources
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mconn_contracts.errors import InputError, reason
from mconn_contracts.model.finding import is_about_the_run
from mconn_contracts.policy.configuration import problems

_LARGEST = 64 * 1024 * 1024
_OF_OTHERS = {"runs": "client", "vectors": "vectors", "changes": "compare", "requests": "replay"}
"""A member that only the report of another command has, and that command."""


@dataclass(frozen=True, slots=True)
class Reported:
    """A report: where it was read from, and its value as report.schema.json has it."""

    path: Path
    value: Mapping[str, Any]

    def would_tell(self, code: str, operations: Iterable[str | None]) -> bool:
        """Whether the run would have met findings of a code in these operations. None stands for a finding of no operation."""
        coverage = self.value["coverage"]
        judged = code not in self.value["ignored"] if is_about_the_run(code) else coverage["statements"].get(code) == "decided"
        # `mconn diff` reads documents: it has no answers, and sees every operation.
        unanswered = {*operations} - {None, *coverage["operations"]} if self.value["counts"]["exchanges"] else ()
        return judged and not unanswered and not self.value["cut_short"]

    @property
    def server(self) -> str | None:
        """The base URL of the server that was tested. None if no server was tested, or if the server ended with the run."""
        name = (self.value["subject"] or {}).get("name", "")
        return name if name.startswith(("http://", "https://")) else None


def read(path: Path) -> Reported:
    """The report at a path. InputError if it cannot be read, or is not a report."""
    try:
        with path.open("rb") as file:
            content = file.read(_LARGEST + 1)
        if len(content) > _LARGEST:
            raise InputError(f"{path}: not a report: it is larger than {_LARGEST} bytes")
        value = json.loads(content.decode("utf-8"))
    except OSError as error:
        raise InputError(f"{path}: the report cannot be read: {reason(error)}") from None
    except (ValueError, RecursionError):
        raise InputError(f"{path}: not JSON; write the report with --report json=PATH") from None
    schema = json.loads((importlib.resources.files("mconn_contracts.reports") / "report.schema.json").read_text("utf-8"))
    problem = next(problems(value, schema), None)
    other = next((command for member, command in _OF_OTHERS.items() if isinstance(value, dict) and member in value), None)
    if problem is not None and other is not None:
        raise InputError(f"{path}: a report of mconn {other}; give one of mconn test, mconn validate, mconn proxy or mconn diff")
    if problem is not None:
        raise InputError(f"{path}: not a JSON report of mconn, version 1, as --report json=PATH writes it: {problem[:300]}")
    return Reported(path, value)
