"""The contract of the connector telemetry events API, and the tools that check traffic against it.

The names below are imported when they are first used (PEP 562). The function `check` judges one exchange. Import it from the
module of the same name: `from mconn_contracts.judge.check import check`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mconn_contracts.contract.document import Document, load
    from mconn_contracts.errors import CouldNotJudgeError, DocumentError, InputError, MconnError, UsageError
    from mconn_contracts.judge.check import Session
    from mconn_contracts.judge.plan import Judgement, Plan
    from mconn_contracts.model.exchange import Connector, Credential, Exchange, Intent, Origin, Request, Response
    from mconn_contracts.model.finding import Finding, Severity
    from mconn_contracts.model.tally import Tally
    from mconn_contracts.model.verdict import Verdict

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

_HOMES = {
    "errors": ("CouldNotJudgeError", "DocumentError", "InputError", "MconnError", "UsageError"),
    "model.exchange": ("Connector", "Credential", "Exchange", "Intent", "Origin", "Request", "Response"),
    "model.finding": ("Finding", "Severity"),
    "model.tally": ("Tally",),
    "model.verdict": ("Verdict",),
    "contract.document": ("Document", "load"),
    "judge.plan": ("Judgement", "Plan"),
    "judge.check": ("Session",),
}
"""The public names of each module."""

if not TYPE_CHECKING:  # to a type checker, it would make every name one of this package

    def __getattr__(name):
        """A name of `__all__`, imported."""
        for module, names in _HOMES.items():
            if name in names:
                import importlib

                globals()[name] = getattr(importlib.import_module(f"{__name__}.{module}"), name)
                return globals()[name]
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")

    def __dir__():
        """The public names, and what is loaded."""
        return sorted({*globals(), *__all__})
