"""datamodel-code-generator, pydantic v2, on a document whose event is one object: `generated/models.py`, over httpx."""

from __future__ import annotations

import models
from datamodel_pydantic.main import Generated
from program import read_task, run


class Flat(Generated):
    """Puts the task to the generated models."""

    def union(self, event: models.EventGetResponse) -> object:
        return event.e.k


run(Flat(task := read_task()), task)
