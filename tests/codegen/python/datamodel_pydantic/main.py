"""datamodel-code-generator, pydantic v2: the models that it generates, `generated/models.py`, over httpx."""

from __future__ import annotations

from typing import Any, TypeVar

import httpx
import models
from program import Failure, read_task, run
from pydantic import BaseModel

T = TypeVar("T", bound=BaseModel)


class Generated:
    """Puts the task to the generated models."""

    def __init__(self, task: Any) -> None:
        place = f"{task['url']}/accounts/{task['account_id']}/magic/connectors/{task['connector_id']}/telemetry/events"
        self._http = httpx.Client(headers={"Authorization": f"Bearer {task['token']}"})
        self._place = place
        self._window = {name: task[name] for name in ("from", "to", "limit")}

    def decode(self, model: str, text: str) -> Any:
        return getattr(models, model).model_validate_json(text)

    def encode(self, value: BaseModel) -> str:
        return value.model_dump_json(exclude_unset=True)

    def union(self, event: models.EventGetResponse) -> object:
        if isinstance(event.e.root, models.StartUpgradeEvent):
            assert isinstance(event.e.root.url, str)
        return event.e.root

    def list(self, cursor: str | None) -> models.EventListResponse:
        more = {} if cursor is None else {"cursor": cursor}
        return self._ask("", models.EventListEnvelope, **self._window, **more).result

    def latest(self) -> models.LatestListResponse:
        return self._ask("/latest", models.LatestListEnvelope).result

    def get(self, t: int, n: int) -> models.EventGetResponse:
        return self._ask(f"/{t}.{n}", models.EventGetEnvelope).result

    def _ask(self, path: str, envelope: type[T], **query: Any) -> T:
        response = self._http.get(self._place + path, params=query)
        if response.status_code != 200:
            raise Failure(response.status_code, models.ApiErrorResponse.model_validate_json(response.content))
        return envelope.model_validate_json(response.content)


if __name__ == "__main__":
    run(Generated(task := read_task()), task)
