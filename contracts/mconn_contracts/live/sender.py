"""What probes ask by: requests for the target's connector, put together from what is meant by them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import quote, urlencode

from mconn_contracts.live.budget import Budget
from mconn_contracts.live.client import Answered, Ask, Client
from mconn_contracts.live.target import FOREIGN_ACCOUNT, UNKNOWN_CONNECTOR, Target
from mconn_contracts.model.exchange import Connector, Intent

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


@dataclass
class Sender:
    """Makes requests of what a probe asks for, and sends them by the client."""

    client: Client
    allow_writes: bool = False

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
        `Client.ask` does.
        """
        return self.client.ask(self.request(suffix, query, method=method, intent=intent, path=path, form=form))

    def request(
        self,
        suffix: str = "",
        query: Mapping[str, object] | str = "",
        *,
        method: str = "GET",
        intent: Intent = Intent(),  # noqa: B008 - frozen
        path: str | None = None,
        form: int = 0,
    ) -> Ask:
        """The request that `send` sends; PermissionError for a method that may not leave."""
        if method not in SAFE_METHODS and not self.may_write:
            raise PermissionError(f"{method} does not leave for {self.target.base_url} without --allow-writes")
        below = path if path is not None else self._connector_path(intent.connector) + suffix
        if not isinstance(query, str):
            query = urlencode({name: value for name, value in query.items() if value is not None}, quote_via=quote)
        url = self.target.base_url + below + (f"?{query}" if query else "")
        return Ask(method, url, intent, form)

    def _connector_path(self, connector: Connector) -> str:
        match connector:
            case Connector.OWN:
                return self.target.events_path()
            case Connector.UNKNOWN:
                return self.target.events_path(connector_id=UNKNOWN_CONNECTOR)
            case Connector.FOREIGN:
                return self.target.events_path(account_id=FOREIGN_ACCOUNT)
