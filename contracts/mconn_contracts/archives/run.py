"""The result of a run over captures: its tally, the unreadable captures, and the verdict."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from mconn_contracts.archives.streams import Spool
from mconn_contracts.captures.shards import Shard
from mconn_contracts.errors import InputError
from mconn_contracts.judge.check import Plan
from mconn_contracts.judge.verdict import verdict
from mconn_contracts.model.tally import Tally
from mconn_contracts.model.verdict import Observed, Verdict
from mconn_contracts.process.files import UnwrittenError

_NAMED = 3
"""Problems that a verdict names."""


@dataclass(slots=True)
class Run:
    """The result of a run over captures: its tally, and the captures that could not be read to their end."""

    tally: Tally
    problems: list[InputError] = field(default_factory=list)
    interrupted: bool = False
    may_be_empty: bool = False
    """Whether the run may pass if there was nothing to judge."""
    observed: Mapping[str, Observed] = field(default_factory=dict)
    """The observed choices of the servers, if they were requested."""
    every: Spool | None = None
    """Every finding in order, and the records that had one, if they were requested."""
    rejects: Spool | None = None
    shards: list[Shard] = field(default_factory=list)
    """The judged parts. Each part of a capture has the number of lines before it."""
    unwritten: list[UnwrittenError] = field(default_factory=list)
    """The errors of the run's own files, such as its checkpoint, that could not be written."""

    def verdict(self, plan: Plan) -> Verdict:
        """The run as reports render it."""
        return verdict(
            plan, self.tally, observed=self.observed, without=_undecidable(self.tally, plan), could_not_judge=self._reason()
        )

    def _reason(self) -> str | None:
        reasons = ["interrupted"] if self.interrupted else []
        if self.problems:
            named = "; ".join(str(problem) for problem in self.problems[:_NAMED])
            more = f"; and {len(self.problems) - _NAMED} more" if len(self.problems) > _NAMED else ""
            reasons.append(f"{named}{more}")
        if not self.tally.exchanges and not self.may_be_empty:
            left = [f"{self.tally.foreign} of other APIs"] if self.tally.foreign else []
            left += [f"{self.tally.unanswered} without a response"] if self.tally.unanswered else []
            reasons.append(f"nothing was judged{': only records ' + ' and '.join(left) if left else ''}")
        elif self.tally.exchanges and self.tally.unread == self.tally.exchanges:
            reasons.append(f"no body was judged: none of the {self.tally.unread} bodies was kept in a readable form")
        return "; ".join(reasons) or None


def _undecidable(tally: Tally, plan: Plan) -> frozenset[str]:
    """The needs of statements that these captures cannot meet, as far as the decided statements show.

    Bare payloads have no requests. Recordings of other clients do not have the sender's knowledge.
    """
    decided = tally.coverage.decided
    seen = {statement.needs for statement in plan.document.statements if statement.code in decided}
    missing = {"request", "live", "pin", "expect"} - seen
    if not seen & {"request", "live", "session"}:
        missing.add("session")
    return frozenset(missing)
