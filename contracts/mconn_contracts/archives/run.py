"""What a run over captures comes to: its tally, what could not be read, and the verdict on that."""

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
    """What a run over captures has come to: its tally, and the captures that could not be read, or not to their end."""

    tally: Tally
    problems: list[InputError] = field(default_factory=list)
    interrupted: bool = False
    may_be_empty: bool = False
    """Whether it is no matter that nothing was there to be judged."""
    observed: Mapping[str, Observed] = field(default_factory=dict)
    """What servers were seen to choose, where that was asked for."""
    every: Spool | None = None
    """Every finding in order, and the records that had one, where that was asked for."""
    rejects: Spool | None = None
    shards: list[Shard] = field(default_factory=list)
    """What was judged; each part of a capture with the number of lines before it."""
    unwritten: list[UnwrittenError] = field(default_factory=list)
    """Why a file of the run itself, such as its checkpoint, was not kept."""

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
    """What statements may need that these captures do not have, as far as what was decided shows.

    Bare payloads have no requests; recordings of other clients do not say what the sender knew.
    """
    decided = tally.coverage.decided
    seen = {statement.needs for statement in plan.document.statements if statement.code in decided}
    missing = {"request", "live", "pin", "expect"} - seen
    if not seen & {"request", "live", "session"}:
        missing.add("session")
    return frozenset(missing)
