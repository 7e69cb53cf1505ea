"""The contract of the connector telemetry events API, and the tools that hold traffic to it.

What is named here is imported when it is first asked for (PEP 562). `check`, which judges one exchange, is a module
and the function in it: `from mconn_contracts.check import check`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mconn_contracts.check import Session
    from mconn_contracts.document import Document, load
    from mconn_contracts.errors import CouldNotJudgeError, DocumentError, InputError, MconnError, UsageError
    from mconn_contracts.model import (
        Connector,
        Credential,
        Exchange,
        Finding,
        Intent,
        Origin,
        Request,
        Response,
        Severity,
        Tally,
        Verdict,
    )
    from mconn_contracts.plan import Judgement, Plan

__all__ = [
    "Connector",
    "CouldNotJudgeError",
    "Credential",
    "Document",
    "DocumentError",
    "Exchange",
    "Finding",
    "InputError",
    "Intent",
    "Judgement",
    "MconnError",
    "Origin",
    "Plan",
    "Request",
    "Response",
    "Session",
    "Severity",
    "Tally",
    "UsageError",
    "Verdict",
    "load",
]

_MODULES = ("errors", "model", "document", "plan", "check")
"""Where the names are: each in the first of these that has it, from the lightest on."""

if not TYPE_CHECKING:  # to a type checker, it would make every name one of this package

    def __getattr__(name):
        """A name of `__all__`, imported."""
        if name in __all__:
            import importlib

            for module in _MODULES:
                found = vars(importlib.import_module(f"{__name__}.{module}"))
                if name in found:
                    globals()[name] = found[name]
                    return found[name]
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")

    def __dir__():
        """The public names, and what is loaded."""
        return sorted({*globals(), *__all__})
