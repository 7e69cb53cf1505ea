"""The server as other revisions of the document have it."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from tests.live.runs import ALL, NOWHERE, target
from tests.server.conftest import Client

from mconn_contracts.contract.api import LATEST
from mconn_contracts.contract.document import load
from mconn_contracts.contract.overlays import overlaid, shipped
from mconn_contracts.judge.plan import Plan
from mconn_contracts.live.in_memory import HandlerTransport
from mconn_contracts.live.profiles import PROFILES
from mconn_contracts.live.run import Run, RunSettings
from mconn_contracts.server.data.lifecycle import generate
from mconn_contracts.server.development.assembly import Development, Settings
from mconn_contracts.server.revision import revision_of
from mconn_contracts.server.styles import STYLES

OURS = """
overlay: 1.0.0
info: {title: Ours, version: 1.0.0}
actions:
  - target: $.components.schemas.EventGetResponse
    update: {properties: {site: {type: string, minLength: 3}}, required: [site]}
  - target: $.components.schemas.EventSummary
    update: {properties: {site: {enum: [here]}}, required: [site]}
  - target: $.components.schemas.EventListResponse
    update: {properties: {pages: {type: array, items: {type: boolean}, minItems: 1}}, required: [pages]}
  - target: $.components.schemas
    update: {PauseEvent: {type: object, required: [k, why], properties: {k: {const: Pause}, why: {anyOf: [{type: string}]}}}}
  - target: $.components.schemas.Event.oneOf
    update: {$ref: '#/components/schemas/PauseEvent'}
  - target: $.components.schemas.Event.discriminator.mapping
    update: {Pause: '#/components/schemas/PauseEvent'}
"""


def run(*overlays: str, style: str = "reference") -> tuple[set[str], set[str], str | None]:
    """The codes that the probes find at a server of a revision, the kinds that they saw, and why they could not judge."""
    document = overlaid(load(), overlays)
    settings = RunSettings(profile=replace(PROFILES["quick"], drawn=0), cap=ALL)
    with closing(Development(Settings(style=STYLES[style]), document)) as server:
        verdict = Run(target(NOWHERE), Plan(document), settings, transport=HandlerTransport(server.responder)).execute()
    return set(verdict.tally.by_code), set(verdict.tally.coverage.kinds), verdict.could_not_judge


@pytest.mark.parametrize("name", [shipped()[0], shipped()[-1]])
def test_server_keeps_the_first_and_the_last_revision(name: str) -> None:
    """No rule of the revision finds anything at a server of it."""
    codes, kinds, could_not = run(name)
    assert (set(), None) == (codes, could_not)
    assert kinds <= {*overlaid(load(), [name]).kinds}


def test_server_keeps_an_overlay_of_the_users(tmp_path: Path) -> None:
    """Required members and kinds without an example are sent as their schemas have them."""
    path = tmp_path / "ours.yaml"
    path.write_text(OURS, encoding="utf-8")
    codes, kinds, could_not = run(str(path), style="strict")
    assert (set(), None, True) == (codes, could_not, "Pause" in kinds)


@pytest.mark.parametrize("name", shipped())
def test_each_kind_is_recorded(name: str) -> None:
    """The synthetic events of a revision have just its kinds."""
    document = overlaid(load(), [name])
    assert {*document.kinds} == {event.kind for event in revision_of(document).recorded(generate())}


def test_filter_of_a_revision_without_it_does_nothing() -> None:
    """Where `k` is not a parameter it is ignored, as other unknown ones are, even by a server that refuses unknown kinds."""
    with closing(Development(Settings(style=STYLES["strict"]), overlaid(load(), ["2025-02-18"]))) as server:
        client = Client(server.responder)  # type: ignore[arg-type] (any responder can be asked)
        assert client.page()["items"] == client.page(k="Nonsense")["items"]


def test_required_parameter_is_asked_for(tmp_path: Path) -> None:
    """An operation that requires another parameter is refused without it."""
    path = tmp_path / "site.yaml"
    path.write_text(
        "overlay: 1.0.0\ninfo: {title: Site, version: 1.0.0}\nactions:\n"
        f"  - target: $.paths['{LATEST.path}'].get\n"
        "    update: {parameters: [{name: site, in: query, required: true, schema: {type: string}}]}\n",
        encoding="utf-8",
    )
    with closing(Development(Settings(), overlaid(load(), [str(path)]))) as server:
        client = Client(server.responder)  # type: ignore[arg-type] (any responder can be asked)
        assert [400, 200] == [client.get("/latest").status, client.get("/latest", site="x").status]
