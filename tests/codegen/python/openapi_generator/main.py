"""openapi-generator python: the client that it generates, in `generated/events_client`."""

from __future__ import annotations

from typing import Any

import events_client
from events_client.exceptions import ApiException
from program import Failure, read_task, run


class Generated:
    """Puts the task to the generated client."""

    def __init__(self, task: Any) -> None:
        configuration = events_client.Configuration(host=task["url"], access_token=task["token"])
        self._api = events_client.EventsApi(events_client.ApiClient(configuration))
        self._place = {"account_id": task["account_id"], "connector_id": task["connector_id"]}
        self._task = task

    def decode(self, model: str, text: str) -> Any:
        return getattr(events_client, model).from_json(text)

    def encode(self, value: Any) -> str:
        return str(value.to_json())

    def union(self, event: events_client.EventGetResponse) -> object:
        if isinstance(event.e.actual_instance, events_client.StartUpgradeEvent):
            assert isinstance(event.e.actual_instance.url, str)
        return event.e.actual_instance

    def list(self, cursor: str | None) -> events_client.EventListResponse:
        start, end, limit = self._task["from"], self._task["to"], self._task["limit"]
        return self._api.list_events(**self._place, var_from=start, to=end, limit=limit, cursor=cursor).result

    def latest(self) -> events_client.LatestListResponse:
        return self._api.get_latest_events(**self._place).result

    def get(self, t: int, n: int) -> events_client.EventGetResponse:
        try:
            return self._api.get_event(**self._place, event_t=t, event_n=n).result
        except ApiException as error:
            assert isinstance(error.data, events_client.ApiErrorResponse)
            assert error.status is not None
            raise Failure(error.status, error.data) from error


run(Generated(task := read_task()), task)
