"""The sender of the probes: it builds requests for the target's connector from their intent."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import TypeVar
from urllib.parse import quote, urlencode

from mconn_contracts.judge.check import Judgement
from mconn_contracts.live.budget import Budget, BudgetSpentError
from mconn_contracts.live.client import Answered, Ask, Client
from mconn_contracts.live.rounds import LANES, Rounds
from mconn_contracts.live.target import FOREIGN_ACCOUNT, UNKNOWN_CONNECTOR, Target
from mconn_contracts.model.exchange import Connector, Exchange, Intent, Response

Item = TypeVar("Item")
UNASKED = Answered(Exchange(Response(None, body=None)), Judgement((), frozenset()))
"""What there is of a request that was not sent."""
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


@dataclass
class Sender:
    """Makes requests of what a probe asks for, and sends them by the client."""

    client: Client
    allow_writes: bool = False
    asks: Callable[[str, str], bool] = lambda *_: True
    """Whether to send requests with this method to this path below the base."""
    _rounds: Rounds[Ask, Answered] = field(init=False)

    def __post_init__(self) -> None:
        self._rounds = Rounds(self.client.ask_all)

    @property
    def target(self) -> Target:
        """The server that is asked."""
        return self.client.target

    @property
    def budget(self) -> Budget:
        """What may be spent."""
        return self.client.budget

    @property
    def may_write(self) -> bool:
        """Whether methods other than GET, HEAD and OPTIONS may leave."""
        return self.allow_writes or self.target.loopback

    def send(
        self,
        suffix: str = "",
        query: Mapping[str, object] | str = "",
        *,
        method: str = "GET",
        intent: Intent = Intent(),  # noqa: B008 - frozen
        path: str | None = None,
        form: int = 0,
    ) -> Answered:
        """The answer to one request to the connector's events plus `suffix`, or to `path` below the base.

        A query that is a mapping leaves out what is None; `form` is the way of authentication (`Target.forms`). Raises as
        `Client.ask` does, and PermissionError for a method that may not leave. Of a path that is not to be asked for, the
        answer shows nothing.
        """
        if method not in SAFE_METHODS and not self.may_write:
            raise PermissionError(f"{method} is not sent to {self.target.base_url} without --allow-writes")
        below = path if path is not None else self._connector_path(intent.connector) + suffix
        if not self.asks(method, below):
            return UNASKED
        if not isinstance(query, str):
            query = urlencode({name: value for name, value in query.items() if value is not None}, quote_via=quote)
        ask = Ask(method, self.target.base_url + below + (f"?{query}" if query else ""), intent, form)
        return self._rounds.ask(ask) if self._rounds.running else self.client.ask(ask)

    def each(self, task: Callable[[Item], object], items: Iterable[Item], requests: int = 1) -> None:
        """Do the same for each of the items, whose order does not matter: what they ask for may be under way side by side.

        What one task asks comes one after the other; `requests` is how many that may be. Where some fail, those that had
        begun go on, and then the first error is raised that ends the run, or else the probe.
        """
        tasks = [partial(task, item) for item in items]
        if self._rounds.running:
            for one in tasks:
                one()
            return
        # Where little may be asked, a few tasks that come to their ends show more than many that do not.
        lanes = max(1, min(LANES, self.budget.affordable // requests))
        failures = self._rounds.run(tasks, lanes)
        for failure in sorted(failures, key=lambda error: isinstance(error, BudgetSpentError))[:1]:
            raise failure

    def _connector_path(self, connector: Connector) -> str:
        match connector:
            case Connector.OWN:
                return self.target.events_path()
            case Connector.UNKNOWN:
                return self.target.events_path(connector_id=UNKNOWN_CONNECTOR)
            case Connector.FOREIGN:
                return self.target.events_path(account_id=FOREIGN_ACCOUNT)
