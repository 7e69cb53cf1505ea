"""Properties: requests that schemathesis draws from the document, and the answers to them, for us to judge."""

from __future__ import annotations

import contextlib
import tempfile
import threading
import time
import warnings
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from unittest import mock

from mconn_contracts.errors import CouldNotJudgeError
from mconn_contracts.live.budget import BudgetSpentError
from mconn_contracts.live.client import Ask, Client
from mconn_contracts.live.drawable import drawable
from mconn_contracts.live.target import Target
from mconn_contracts.model.exchange import Headers, Intent, Response
from mconn_contracts.process.signals import interruptible
from mconn_contracts.wire.hiding import SCRUBBED

if TYPE_CHECKING:
    from schemathesis import BaseSchema, Case, HookContext
    from schemathesis import Response as DrawnResponse
    from schemathesis.engine.core import Engine

PHASES = ("examples", "coverage", "fuzzing", "stateful")
# Shares of the requests; what a phase leaves goes to those after it.
_WEIGHTS = {"examples": 2, "coverage": 6, "fuzzing": 4, "stateful": 3}
# Fewer would try the boundaries of one operation only.
_LEAST_COVERAGE = 30
SIDE_BY_SIDE = 64
"""Requests that are handed over at once; they are judged in their order."""
_MOST_CURSORS = 1_000
"""Cursors whose page is remembered, the newest."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PropertySettings:
    """What to draw, and how much of it.

    `window` is a closed window of the past that has events, in epoch seconds: times are drawn from it. `examples` bounds
    the fuzzing of each operation, and the scenarios of the stateful phase. Where there are `operations`, no others are drawn.
    """

    seed: int = 0
    requests: int = 300
    examples: int = 20
    window: tuple[int, int] | None = None
    operations: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PropertyOutcome:
    """What a run sent, by phase; `errors` says what schemathesis could not draw."""

    sent: Mapping[str, int]
    errors: tuple[str, ...]


class Outlet:
    """Sends what is drawn by the client: GET only, for one connector, until something ends the phase or the run.

    Schemathesis would take an exception for a fault of the server, and try to find its cause. So what the client raises is
    kept in `failure`, and what may not be sent, or is not answered, comes back as no response.
    """

    def __init__(self, client: Client) -> None:
        import requests

        self.client = client
        self._events = client.target.base_url + client.target.events_path()
        # As schemathesis gets it from requests, so that it can be compared.
        self._prepared = str(requests.Request("GET", self._events).prepare().url)
        self._stop = threading.Event()
        self._drawn: list[Ask] | None = None
        self._share = 0
        self.halted = False
        self.failure: BaseException | None = None

    def begin(self, share: int, stop: threading.Event, *, at_once: bool) -> None:
        """Send at most `share` requests from now on, and set `stop` when it is to end.

        What is drawn without looking at answers need not be sent `at_once`: `finish` sends it, side by side.
        """
        self.client.budget.allow(share, 0)
        self._share = share
        self._drawn = None if at_once else []
        self._stop = stop
        self.halted = False

    def finish(self) -> None:
        """Send what was drawn and not sent at once."""
        drawn, self._drawn = self._drawn or [], None
        for first in range(0, len(drawn), SIDE_BY_SIDE):
            for outcome in self.client.ask_all(drawn[first : first + SIDE_BY_SIDE]):
                if isinstance(outcome, CouldNotJudgeError):
                    raise outcome

    def send(self, method: str, url: str) -> Response | None:
        """The answer to a request; None if there is none, or it may not be sent."""
        # Dot segments are gone from a prepared URL: what is compared is what is sent.
        below = url[len(self._prepared) :]
        admitted = method == "GET" and url.startswith(self._prepared) and below[:1] in {"", "/", "?"}
        if not admitted or self._stop.is_set():
            return None
        ask = Ask(method, self._events + below, Intent())
        if self._drawn is not None:
            if len(self._drawn) >= self._share or self.client.budget.time_is_over:
                self._halt()
            else:
                self._drawn.append(ask)
            return None
        try:
            answered = self.client.ask(ask)
        except BudgetSpentError:
            self._halt()
            return None
        except BaseException as error:
            self.failure = error
            self._halt()
            return None
        response = answered.exchange.response
        return None if response.status is None else response

    def _halt(self) -> None:
        self.halted = True
        self._stop.set()


def run_properties(document: Mapping[str, Any], settings: PropertySettings, client: Client) -> PropertyOutcome:
    """Draw requests from a plain OpenAPI document, and send them by the client, from threads, one at a time.

    What the client and its `judge` raise ends the run and is raised from here, as is a KeyboardInterrupt. Only one run at a
    time in a process: Hypothesis has one storage directory, and schemathesis one registry of checks.
    """
    budget = client.budget
    outlet = Outlet(client)
    sent: dict[str, int] = {}
    errors: list[str] = []
    end = budget.spent + min(settings.requests, budget.left)
    with _without_traces(), _no_check() as check:
        for position, phase in enumerate(PHASES):
            weight = sum(_WEIGHTS[later] for later in PHASES[position:])
            share = (end - budget.spent) * _WEIGHTS[phase] // weight
            if budget.spent >= end or (phase == "coverage" and share < _LEAST_COVERAGE):
                continue
            before = budget.spent
            schema = _schema(document, settings, phase, max(1, share), outlet, client.target)
            schema.config.checks.update(included_check_names=[check])
            errors += _run_phase(schema, phase, max(1, share), outlet, client)
            sent[phase] = budget.spent - before
    budget.allowance = None
    for secret in client.target.secrets:
        errors = [error.replace(secret, SCRUBBED) for error in errors]
    return PropertyOutcome(sent=sent, errors=tuple(dict.fromkeys(errors)))


def _run_phase(schema: BaseSchema, phase: str, share: int, outlet: Outlet, client: Client) -> list[str]:
    """Run the one phase that the schema's configuration enables; return what could not be drawn."""
    from schemathesis.engine import events

    errors = []
    interrupted = False
    stream = _engine(schema).execute()
    outlet.begin(share, stream.stop_event, at_once=phase == "stateful")
    try:
        with interruptible():
            for event in stream:
                if isinstance(event, events.NonFatalError):
                    errors.append(f"{event.label}: {event.info.title}: {event.info.message}"[:300])
                elif isinstance(event, events.Interrupted) and not outlet.halted:
                    interrupted = True
                    # The thread that sends is waited for, and it for its answer.
                    client.abandon()
    except BaseException:
        client.abandon()
        raise
    finally:
        stream.generator.close()
    if outlet.failure is not None:
        raise outlet.failure
    outlet.finish()
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
def _no_check() -> Iterator[str]:
    """Register a check that finds nothing, as long as the run lasts, and give its name: without one, schemathesis checks."""
    import schemathesis
    from schemathesis.checks import CHECKS

    @schemathesis.check
    class TelemetryEventsContract:
        def after_response(self, *_: object, **__: object) -> None:
            """Nothing: the client has judged the answer."""

    try:
        yield TelemetryEventsContract.__name__
    finally:
        CHECKS.unregister(TelemetryEventsContract.__name__)


def _schema(
    document: Mapping[str, Any], settings: PropertySettings, phase: str, share: int, outlet: Outlet, target: Target
) -> BaseSchema:
    """The document as schemathesis loads it, its requests going out through the outlet."""
    import requests
    from schemathesis.config import SchemathesisConfig
    from schemathesis.core.transport import Response as DrawnResponse
    from schemathesis.specs.openapi.schemas import OpenApiSchema
    from schemathesis.transport.requests import RequestsTransport

    class OutletTransport(RequestsTransport):
        """Sends a cursor only with the parameters of the page that gave it: all else is undocumented."""

        def __init__(self) -> None:
            super().__init__()
            self.pages: dict[str, dict[str, Any]] = {}

        def send(self, case: Case[Any], **kwargs: Any) -> DrawnResponse:
            asked = dict(case.query or {})
            cursor = asked.pop("cursor", None)
            if isinstance(cursor, str) and cursor in self.pages:
                asked = self.pages[cursor]
                case.query = {**asked, "cursor": cursor}
            elif cursor is not None:
                case.query = asked
            data = self.serialize_case(case, base_url=kwargs.get("base_url"))
            request = requests.Request(data["method"], data["url"], params=data["params"]).prepare()
            started = time.monotonic()
            response = outlet.send(str(request.method), str(request.url))
            # To schemathesis, no answer is one more answer: it neither stops nor tries to find the cause.
            answer = DrawnResponse(
                response.status or 503 if response else 503,
                _by_name(response.headers) if response else {},
                response.body or b"" if response else b"",
                request,
                time.monotonic() - started,
                verify=True,
                encoding="utf-8",
            )
            following = _next_cursor(answer)
            if following is not None:
                if len(self.pages) >= _MOST_CURSORS:
                    self.pages.pop(next(iter(self.pages)))
                self.pages[following] = asked
            return answer

    class OutletSchema(OpenApiSchema):
        @property
        def transport(self) -> OutletTransport:
            return transport

    transport = OutletTransport()
    fixed = {"account_id": target.account_id, "connector_id": target.connector_id}
    raw = drawable(document, fixed, settings.window, phase, settings.operations)
    # An operation for which none were left would never be fuzzed; a scenario more or less does not matter.
    examples = min(settings.examples, max(1, share // len(raw["paths"]))) if phase == "fuzzing" else settings.examples
    phases: dict[str, dict[str, Any]] = {
        "examples": {},
        "coverage": {"unexpected-methods": [], "operation-ordering": "none"},
        "fuzzing": {"error-feedback": {"enabled": False}},
        "stateful": {"inference": {"algorithms": []}},
    }
    config = SchemathesisConfig.from_dict(
        {
            "seed": settings.seed,
            "base-url": target.base_url,
            "workers": 1,
            "cache": {"enabled": False},
            "suppress-health-check": ["all"],  # some of them measure time
            "generation": {
                "mode": "all" if phase == "coverage" else "positive",
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
    schema = OutletSchema(raw_schema=raw, config=config.projects.get(raw))
    schema.hook("map_query")(_in_order)
    schema.hook("filter_case")(_one_fault_each())
    return schema


def _by_name(headers: Headers) -> dict[str, list[str]]:
    """The values of each field, by its name."""
    values: dict[str, list[str]] = {}
    for name, value in headers:
        values.setdefault(name.lower(), []).append(value)
    return values


def _next_cursor(response: DrawnResponse) -> str | None:
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
    """A filter that keeps each wrong value of a parameter once, with any other values, and no wrong header."""
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
