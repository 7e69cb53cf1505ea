"""The pytest plugin: fixtures `contract` and `mconn_server`, the markers `mconn_fault`, `mconn_faults` and `mconn_styles`, and
`--mconn-url`.

It is loaded with every pytest run, so that it imports nothing of the package but where that is used.
"""

from __future__ import annotations

import pickle
from collections.abc import Iterator
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from mconn_contracts.clients.observing import Observing
    from mconn_contracts.clients.scenario import Scenario
    from mconn_contracts.model.tally import Tally
    from mconn_contracts.model.verdict import Verdict
    from mconn_contracts.testing.contract import Contract
    from mconn_contracts.testing.server import SwitchableServer

FAULT = "mconn_fault"
SERVER = "mconn_server"
SCENARIOS = {"mconn_styles": "styles", "mconn_faults": "faults"}
"""The markers that have a test run under scenarios of `mconn client`, each with the group."""
_WORKER_INPUT, _WORKER_OUTPUT = "mconn_live_run", "mconn_tally"
_tally: pytest.StashKey[Tally] = pytest.StashKey()
_ended: pytest.StashKey[int] = pytest.StashKey()
_live: pytest.StashKey[Verdict] = pytest.StashKey()
_clean: pytest.StashKey[dict[str, str | None]] = pytest.StashKey()
_complaint: pytest.StashKey[str | None] = pytest.StashKey()
_observed: pytest.StashKey[tuple[Scenario, Observing]] = pytest.StashKey()


def pytest_addoption(parser: pytest.Parser) -> None:
    """The options of a live suite."""
    group = parser.getgroup("mconn", "contract of the connector telemetry events API")
    group.addoption("--mconn-url", metavar="URL", help="Contract-test the server at URL: an item for each statement.")
    group.addoption(
        "--mconn-profile",
        choices=("quick", "standard", "thorough"),
        help="How many requests to send to the server at --mconn-url.",
    )
    group.addoption("--mconn-seed", type=int, metavar="N", help="The seed of the random requests to --mconn-url.")


def pytest_configure(config: pytest.Config) -> None:
    """Make the marker known."""
    for line in (
        f"{FAULT}(name, ...): the promises that the server of `{SERVER}` breaks in this test.",
        f"mconn_styles(name, ...): run the test under these honest styles of `{SERVER}`, or all; it must pass under each.",
        f"mconn_faults(name, ...): run the test under these faults of `{SERVER}`, or all; it must fail under each.",
    ):
        config.addinivalue_line("markers", line)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """An item for each scenario that the markers of a test ask for. One of markers that mean nothing fails in its setup."""
    markers = _scenario_markers(metafunc.definition)
    if markers and SERVER in metafunc.fixturenames:
        from mconn_contracts.errors import UsageError

        with suppress(UsageError):
            found = _ids(markers)
            metafunc.parametrize(SERVER, found, ids=found, indirect=True)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Say in a sentence what is wrong with markers. A collection that fails is told with the tracebacks of other plugins."""
    markers = _scenario_markers(item)
    if not markers or SERVER in getattr(getattr(item, "callspec", None), "params", ()):
        return
    if SERVER not in getattr(item, "fixturenames", ()):
        pytest.fail(f"@pytest.mark.{markers[0].name} is for tests that use {SERVER}", pytrace=False)
    from mconn_contracts.errors import UsageError

    try:
        _ids(markers)
    except UsageError as error:
        pytest.fail(f"@pytest.mark.{markers[0].name}: {error}", pytrace=False)


def _scenario_markers(node: pytest.Item) -> list[pytest.Mark]:
    return [each for each in node.iter_markers() if each.name in SCENARIOS]


def _ids(markers: list[pytest.Mark]) -> list[str]:
    """The scenarios that markers ask for. UsageError if there is no such scenario."""
    from mconn_contracts.clients.scenario import chosen

    return [each.id for each in chosen([f"{SCENARIOS[one.name]}/{name}" for one in markers for name in one.args or ("*",)])]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item, nextitem: pytest.Item | None) -> Iterator[None]:  # noqa: ARG001 - pytest's
    """Before the first fault of a test, run that test on the server without one, with fixtures of its own."""
    callspec = getattr(item, "callspec", None)
    if isinstance(item, pytest.Function) and callspec is not None:
        name = str(callspec.params.get(SERVER, ""))
        if name.startswith(f"{SCENARIOS['mconn_faults']}/"):
            from mconn_contracts.testing.clean_run import complaint

            kept = item.session.stash.setdefault(_clean, {})
            key = f"{item.parent and item.parent.nodeid}::{item.name.replace(name, '')}"
            if key not in kept:
                kept[key] = complaint(item, SERVER)
            item.stash[_complaint] = kept[key]
    return (yield)


@pytest.hookimpl(wrapper=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> Iterator[None]:
    """Under a fault, a test that fails has noticed it, and passes; one that passes though it met the fault fails.

    A test that does not pass on the server without a fault says nothing about one, and fails.
    """
    scenario, observing = pyfuncitem.stash.get(_observed, (None, None))
    if scenario is None or observing is None or scenario.fault is None:
        return (yield)
    complaint = pyfuncitem.stash.get(_complaint, None)
    if complaint is not None:
        pytest.fail(complaint, pytrace=False)
    try:
        yield
    except (Exception, pytest.fail.Exception):
        if not observing.met:
            raise
        return True  # type: ignore[return-value] # pytest takes it for: it was called
    if observing.met:
        pytest.fail(f"the test passes, although the server broke a promise: {scenario.summary}", pytrace=False)
    pytest.skip(f"not met: {scenario.id} changed no answer")


@pytest.fixture
def contract(request: pytest.FixtureRequest) -> Iterator[Contract]:
    """Holds responses to the contract: `contract.check(response)`. What passed through it counts for coverage."""
    from mconn_contracts.testing.contract import Contract

    held = Contract(_plan(request.config), request.node.nodeid)
    yield held
    _merge(request.config, held.session.tally)


@pytest.fixture(scope="session")
def _mconn_server() -> Iterator[SwitchableServer]:
    from mconn_contracts.testing.server import serve

    with serve() as server:
        yield server


@pytest.fixture
def mconn_server(_mconn_server: SwitchableServer, request: pytest.FixtureRequest) -> Iterator[SwitchableServer]:
    """A running reference server: `.url`, `.token`, `.account_id`, `.connector_id`; `.faults("NAME")` breaks a promise.

    Faults last until the end of the test; `@pytest.mark.mconn_fault("NAME")` breaks promises from its start on.
    """
    if hasattr(request, "param"):
        from mconn_contracts.clients.scenario import CLEAN, chosen

        (scenario,) = (CLEAN,) if request.param == CLEAN.id else chosen([request.param])
        with _mconn_server.scenario(scenario) as observing:
            request.node.stash[_observed] = scenario, observing
            yield _mconn_server
        return
    names = [name for marker in request.node.iter_markers(FAULT) for name in marker.args]
    from mconn_contracts.errors import UsageError

    try:
        _mconn_server.faults(*names)
    except UsageError as error:
        pytest.fail(f"@pytest.mark.{FAULT}: {error}", pytrace=False)
    yield _mconn_server
    _mconn_server.faults()


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(session: pytest.Session, config: pytest.Config, items: list[pytest.Item]) -> None:
    """Add an item for each statement that a live run can judge."""
    if config.getoption("--mconn-url") is None:
        return
    from mconn_contracts.errors import MconnError
    from mconn_contracts.testing.live_suite import statement_items

    try:
        options = _configuration(config).get("test", {})
        items += statement_items(session, _plan(config), lambda: _run_live(config), options)
    except MconnError as error:
        raise pytest.UsageError(str(error)) from None


@pytest.hookimpl(tryfirst=True)
def pytest_runtestloop(session: pytest.Session) -> None:
    """Ask the server before the first test: a run that comes to nothing is one usage error, not a failure of each statement."""
    if session.config.getoption("--mconn-url") is None or session.config.option.collectonly:
        return
    from mconn_contracts.testing.live_suite import StatementItem

    if any(isinstance(item, StatementItem) for item in session.items):
        _run_live(session.config)


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    """What the checked responses and the live suite covered."""
    verdicts: list[tuple[str, Verdict]] = []
    if _tally in config.stash:
        from mconn_contracts.testing.contract import verdict_of

        verdicts.append(("contract coverage of checked responses", verdict_of(_plan(config), config.stash[_tally])))
    if _live in config.stash:
        verdict = config.stash[_live]
        verdicts.append((f"contract coverage of {config.getoption('--mconn-url')}, seed {verdict.seed}", verdict))
    if verdicts:
        from mconn_contracts.testing.contract import coverage_lines
    for title, verdict in verdicts:
        terminalreporter.section(title)
        for line in coverage_lines(verdict):
            terminalreporter.write_line(line)


# With xdist: the controller runs the live suite for all workers, and takes their tallies.


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Give a worker the live run, so that the server is asked only once for any number of workers."""
    if node.config.getoption("--mconn-url") is not None:
        node.workerinput[_WORKER_INPUT] = pickle.dumps(_run_live(node.config))


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any, error: object) -> None:  # noqa: ARG001 - pytest's signature
    """Take what a worker checked."""
    kept = getattr(node, "workeroutput", {}).get(_WORKER_OUTPUT)
    if kept is not None:
        _merge(node.config, pickle.loads(kept))  # noqa: S301 - from a process that this one started


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Give the controller what this worker checked; exit by the signal that ended the live run."""
    if _ended in session.config.stash:
        # Not before: pytest writes its summary for its own exit codes only.
        session.exitstatus = session.config.stash[_ended]
    output = getattr(session.config, "workeroutput", None)
    if output is not None and _tally in session.config.stash:
        output[_WORKER_OUTPUT] = pickle.dumps(session.config.stash[_tally])


def _run_live(config: pytest.Config) -> Verdict:
    """The live run of this pytest run: once, or as the controller gave it. pytest.UsageError if it comes to nothing."""
    if _live not in config.stash:
        given = getattr(config, "workerinput", {}).get(_WORKER_INPUT)
        if given is not None:
            config.stash[_live] = pickle.loads(given)  # noqa: S301 - from the process that started this one
        else:
            from mconn_contracts.errors import MconnError
            from mconn_contracts.testing.live_suite import run

            try:
                live = run(
                    config.getoption("--mconn-url"),
                    _plan(config),
                    _configuration(config).get("test", {}),
                    config.getoption("--mconn-profile"),
                    config.getoption("--mconn-seed"),
                )
            except MconnError as error:
                raise pytest.UsageError(f"--mconn-url: {error}") from None
            config.stash[_live] = live.verdict
            if live.exit_code is not None:
                config.stash[_ended] = live.exit_code
                pytest.exit("a signal ended the live run")
    return config.stash[_live]


def _merge(config: pytest.Config, tally: Tally) -> None:
    from mconn_contracts.model.tally import Tally

    if tally.exchanges:
        config.stash.setdefault(_tally, Tally()).merge(tally)


_configured: pytest.StashKey[Any] = pytest.StashKey()
_planned: pytest.StashKey[Any] = pytest.StashKey()


def _configuration(config: pytest.Config) -> Any:
    """What the nearest configuration file above the rootdir says."""
    if _configured not in config.stash:
        from mconn_contracts.policy import configuration

        path = configuration.find(config.rootpath)
        config.stash[_configured] = {} if path is None else configuration.read(path).values
    return config.stash[_configured]


def _plan(config: pytest.Config) -> Any:
    if _planned not in config.stash:
        from mconn_contracts.policy.planned import plan_of

        config.stash[_planned] = plan_of(_configuration(config))
    return config.stash[_planned]
