"""openapi-python-client: the client that it generates, in `generated/events_client`."""

from __future__ import annotations

import json
from typing import Any, TypeVar

from events_client import AuthenticatedClient, models
from events_client.api.events import get_event, get_latest_events, list_events
from events_client.types import UNSET, Response
from program import Failure, read_task, run


class Generated:
    """Puts the task to the generated functions."""

    def __init__(self, task: Any) -> None:
        self._client = AuthenticatedClient(base_url=task["url"], token=task["token"])
        self._place = (task["account_id"], task["connector_id"])
        self._task = task

    def decode(self, model: str, text: str) -> Any:
        return getattr(models, model).from_dict(json.loads(text))

    def encode(self, value: Any) -> str:
        return json.dumps(value.to_dict())

    def union(self, event: models.EventGetResponse) -> object:
        if isinstance(event.e, models.StartUpgrade):
            assert isinstance(event.e.url, str)
        return event.e

    def list(self, cursor: str | None) -> models.EventListResponse:
        start, end, limit = self._task["from"], self._task["to"], self._task["limit"]
        response = list_events.sync_detailed(
            *self._place, client=self._client, from_=start, to=end, limit=limit, cursor=cursor or UNSET
        )
        return _result(response, models.EventListEnvelope).result

    def latest(self) -> models.LatestListResponse:
        response = get_latest_events.sync_detailed(*self._place, client=self._client)
        return _result(response, models.LatestListEnvelope).result

    def get(self, t: int, n: int) -> models.EventGetResponse:
        return _result(get_event.sync_detailed(*self._place, t, n, client=self._client), models.EventGetEnvelope).result


T = TypeVar("T")


def _result(response: Response[Any], envelope: type[T]) -> T:
    if not isinstance(response.parsed, envelope):
        assert isinstance(response.parsed, models.ApiErrorResponse)
        raise Failure(response.status_code, response.parsed)
    return response.parsed


run(Generated(task := read_task()), task)
