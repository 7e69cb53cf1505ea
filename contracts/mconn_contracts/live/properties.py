"""Properties: requests that schemathesis draws from the document, and the answers to them, for us to judge."""

from __future__ import annotations

import contextlib
import tempfile
import warnings
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from unittest import mock

from mconn_contracts.live.drawable import drawable
from mconn_contracts.live.target import Target
from mconn_contracts.live.wire import Bounds, Limit, Wire
from mconn_contracts.model.exchange import Exchange
from mconn_contracts.wire.redaction import SCRUBBED

if TYPE_CHECKING:
    from schemathesis import BaseSchema, Case, HookContext, Response
    from schemathesis.engine.core import Engine

PHASES = ("examples", "coverage", "fuzzing", "stateful")
# Shares of the requests; what a phase leaves goes to those after it.
_WEIGHTS = {"examples": 2, "coverage": 6, "fuzzing": 3, "stateful": 4}
# Fewer would try the boundaries of one operation only.
_LEAST_COVERAGE = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class PropertySettings:
    """What to draw, for which connector, and how much of it.

    `headers` are the credentials; schemathesis never sees them. `window` is a closed window of the past that has
    events, in epoch seconds: times are drawn from it. `negative` adds the coverage phase's wrong values, one fault to a
    request. `max_examples` bounds the fuzzing of each operation, and the scenarios of the stateful phase.
    """

    base_url: str
    account_id: str
    connector_id: str
    headers: Mapping[str, str] = field(repr=False)
    seed: int = 0
    max_requests: int = 300
    max_examples: int = 20
    max_time: float | None = None
    timeout: float = 30.0
    max_wait: float = 60.0
    phases: tuple[str, ...] = PHASES
    negative: bool = True
    window: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PropertyOutcome:
    """What a run sent. `limit` says what ended it early; `cut` names the phases that had more to send than their share.

    `unanswered` are the requests that got no answer, and `passed_over` those that were sent again after a reset
    connection; none of them was observed. `waits` counts the 429s that were waited out. `errors` says what schemathesis
    could not draw.
    """

    requests: int
    by_phase: Mapping[str, int]
    waits: int
    cut: tuple[str, ...]
    unanswered: tuple[Exchange, ...] = field(repr=False)
    passed_over: tuple[Exchange, ...] = field(repr=False)
    errors: tuple[str, ...]
    limit: Limit | None


def run_properties(
    document: Mapping[str, Any],
    settings: PropertySettings,
    observe: Callable[[Exchange], None],
    *,
    pace: Callable[[], None] | None = None,
) -> PropertyOutcome:
    """Draw requests from a plain OpenAPI document, send them, and call `observe` once per answer, in order.

    An exchange is as sent, credential and all. `observe` is called in other threads, never in two at once; what it
    raises ends the run and is raised from here, as is a KeyboardInterrupt. `pace` is called before each request. Only
    one run at a time in a process: Hypothesis has one storage directory, and schemathesis one registry of checks.
    """
    bounds = Bounds(requests=settings.max_requests, time=settings.max_time, timeout=settings.timeout, wait=settings.max_wait)
    target = Target(settings.base_url, settings.account_id, settings.connector_id, settings.headers)
    phases = [phase for phase in PHASES if phase in settings.phases]
    errors: list[str] = []
    with Wire(target, bounds, observe, pace) as wire, _without_traces(), _contract_check(wire) as check:
        for position, phase in enumerate(phases):
            weight = sum(_WEIGHTS[later] for later in phases[position:])
            share = max(1, (settings.max_requests - wire.total) * _WEIGHTS[phase] // weight)
            if phase == "coverage" and share < _LEAST_COVERAGE:
                wire.cut.append(phase)
                continue
            schema = _schema(document, settings, phase, share, wire)
            schema.config.checks.update(included_check_names=[check])
            errors += _run_phase(schema, phase, share, wire)
            if wire.limit is not None:
                break
    for secret in target.secrets:
        errors = [error.replace(secret, SCRUBBED) for error in errors]
    return PropertyOutcome(
        requests=wire.total,
        by_phase=dict(wire.sent),
        waits=wire.waits,
        cut=tuple(wire.cut),
        unanswered=tuple(wire.unanswered),
        passed_over=tuple(wire.passed_over),
        errors=tuple(dict.fromkeys(errors)),
        limit=wire.limit,
    )


def _run_phase(schema: BaseSchema, phase: str, share: int, wire: Wire) -> list[str]:
    """Run the one phase that the schema's configuration enables; return what could not be drawn."""
    from schemathesis.engine import events

    errors = []
    interrupted = False
    stream = _engine(schema).execute()
    wire.begin(phase, share, stream.stop_event)
    try:
        for event in stream:
            if isinstance(event, events.NonFatalError):
                errors.append(f"{event.label}: {event.info.title}: {event.info.message}"[:300])
            elif isinstance(event, events.Interrupted):
                interrupted = interrupted or not wire.halted
                wire.abandon()
    finally:
        # The thread that sends is waited for, and it for its answer.
        wire.abandon()
        stream.generator.close()
    wire.deliver()
    if wire.crash is not None:
        raise wire.crash
    if interrupted:
        raise KeyboardInterrupt
    return errors


def _engine(schema: BaseSchema) -> Engine:
    """An engine that sends nothing but test cases: no requests to find out what the server can do, no sign-up."""
    from schemathesis.engine.core import Engine
    from schemathesis.engine.run import Phase, PhaseName, PhaseSkipReason

    class TestingEngine(Engine):
        def get_phase_config(self, phase_name: PhaseName, *, is_supported: bool, requires_transitions: bool) -> Phase:
            if phase_name.value not in PHASES:
                return Phase(phase_name, is_enabled=False, skip_reason=PhaseSkipReason.DISABLED)
            return Engine.get_phase_config(self, phase_name, is_supported=is_supported, requires_transitions=requires_transitions)

    return TestingEngine(schema=schema)


@contextlib.contextmanager
def _contract_check(wire: Wire) -> Iterator[str]:
    """Register the check that hands every response on, as long as the run lasts; give its name."""
    import schemathesis
    from schemathesis.checks import CHECKS

    @schemathesis.check
    class TelemetryEventsContract:
        def after_response(self, *_: object, **__: object) -> None:
            wire.deliver()

    try:
        yield TelemetryEventsContract.__name__
    finally:
        CHECKS.unregister(TelemetryEventsContract.__name__)


def _schema(document: Mapping[str, Any], settings: PropertySettings, phase: str, share: int, wire: Wire) -> BaseSchema:
    """The document as schemathesis loads it, its requests going out through the wire."""
    from schemathesis.config import SchemathesisConfig
    from schemathesis.specs.openapi.schemas import OpenApiSchema
    from schemathesis.transport.requests import RequestsTransport

    class WireTransport(RequestsTransport):
        """Sends a cursor only with the parameters of the page that gave it: all else is undocumented."""

        def __init__(self) -> None:
            super().__init__()
            self.pages: dict[str, dict[str, Any]] = {}

        def send(self, case: Case[Any], **kwargs: Any) -> Response:
            kwargs["session"] = wire
            asked = dict(case.query or {})
            cursor = asked.pop("cursor", None)
            if isinstance(cursor, str) and cursor in self.pages:
                asked = self.pages[cursor]
                case.query = {**asked, "cursor": cursor}
            elif cursor is not None:
                case.query = asked
            response = super().send(case, **kwargs)
            following = _next_cursor(response)
            if following is not None:
                self.pages[following] = asked
            return response

    class WireSchema(OpenApiSchema):
        @property
        def transport(self) -> WireTransport:
            return transport

    transport = WireTransport()
    fixed = {"account_id": settings.account_id, "connector_id": settings.connector_id}
    raw = drawable(document, fixed, settings.window, phase)
    # An operation for which none were left would never be fuzzed; a scenario more or less does not matter.
    examples = min(settings.max_examples, max(1, share // len(raw["paths"]))) if phase == "fuzzing" else settings.max_examples
    phases: dict[str, dict[str, Any]] = {
        "examples": {},
        "coverage": {"unexpected-methods": [], "operation-ordering": "none"},
        "fuzzing": {"error-feedback": {"enabled": False}},
        "stateful": {"inference": {"algorithms": []}},
    }
    config = SchemathesisConfig.from_dict(
        {
            "seed": settings.seed,
            "base-url": settings.base_url,
            "workers": 1,
            "cache": {"enabled": False},
            "suppress-health-check": ["all"],  # some of them measure time
            "generation": {
                "mode": "all" if settings.negative and phase == "coverage" else "positive",
                "max-examples": examples,
                "database": "none",
                "no-shrink": True,
                "unique-inputs": True,
                "allow-x00": False,
                "allow-extra-parameters": False,
            },
            "phases": {name: {**options, "enabled": name == phase} for name, options in phases.items()},
        }
    )
    schema = WireSchema(raw_schema=raw, config=config.projects.get(raw))
    schema.hook("map_query")(_in_order)
    schema.hook("filter_case")(_one_fault_each())
    return schema


def _next_cursor(response: Response) -> str | None:
    try:
        cursor = response.json()["result"]["cursor"]
    except (ValueError, TypeError, LookupError, RecursionError):
        return None
    return cursor if isinstance(cursor, str) else None


def _in_order(_: HookContext, query: dict[str, Any] | None) -> dict[str, Any] | None:
    """A window whose end is not before its start; what a reversed one gets is undocumented."""
    if query is None or not {"from", "to"} <= query.keys():
        return query
    start, end = sorted((query["from"], query["to"]))
    return {**query, "from": start, "to": end}


def _one_fault_each() -> Callable[[HookContext, Case[Any]], bool]:
    """A filter that keeps each wrong value of a parameter once, whatever the others are, and no wrong header."""
    seen = set()

    def is_new(_: HookContext, case: Case[Any]) -> bool:
        meta = case.meta
        if meta is None or not meta.generation.mode.is_negative:
            return True
        fault = meta.phase.data
        values = {"query": case.query, "path": case.path_parameters}.get(
            fault.parameter_location.value if fault.parameter_location else ""
        )
        if values is None or fault.parameter is None:
            return False
        key = (case.operation.label, fault.parameter, str(values.get(fault.parameter)))
        if key in seen:
            return False
        seen.add(key)
        return True

    return is_new


@contextlib.contextmanager
def _without_traces() -> Iterator[None]:
    """Keep Hypothesis from writing beside the user's files, and from drawing constants that it finds in our modules.

    Such constants come from modules that are not installed in site-packages, as many as are loaded by then, and would
    make the requests depend on both.
    """
    from hypothesis import configuration
    from hypothesis.internal.conjecture import providers
    from hypothesis.internal.constants_ast import Constants

    home = configuration.storage_directory(intent_to_write=False).home_directory
    with (
        tempfile.TemporaryDirectory() as directory,
        warnings.catch_warnings(),
        mock.patch.object(providers, "_get_local_constants", Constants),
    ):
        configuration.set_hypothesis_home_dir(directory)
        try:
            yield
        finally:
            configuration.set_hypothesis_home_dir(home)
