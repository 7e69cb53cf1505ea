"""The server of one scenario, observed, beside the clean one."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager

from mconn_contracts.clients.observing import Observing
from mconn_contracts.clients.scenario import Scenario
from mconn_contracts.clients.weather import Weathering
from mconn_contracts.contract.document import Document
from mconn_contracts.server.api.fault import Fault
from mconn_contracts.server.api.handler import Responder
from mconn_contracts.server.reference import build_handler, open_store
from mconn_contracts.server.revision import revision_of


@contextmanager
def observed(scenario: Scenario, document: Document | None = None, number: int = 1) -> Iterator[Observing]:
    """A responder of the scenario, with events of its own.

    `document` is that of the scenario's revision, where it has one. Weather comes with the `number`th request.
    """
    faults: tuple[Fault, ...] = () if scenario.fault is None else (scenario.fault,)
    revision = None if document is None else revision_of(document)
    hooks = () if revision is None else (revision.hooks(),)
    with (
        closing(open_store(main=scenario.style.main, faults=faults, revision=revision)) as store,
        closing(open_store()) as clean,
    ):
        handler = build_handler(store, style=scenario.style, faults=faults, hooks=hooks)
        weather = scenario.weather
        responder: Responder = handler if weather is None else Weathering(handler, weather, number)
        yield Observing(responder, build_handler(clean))
