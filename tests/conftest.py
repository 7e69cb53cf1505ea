"""What holds for every test."""

from __future__ import annotations

import pytest
from hypothesis import Phase, settings
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling

from benchmarks import seed

# No time limit and the same examples each time: machines differ, and a test that fails now and then is a bug.
# `--hypothesis-profile explore` looks further, `brief` at the first few only, and for no smaller example where one fails.
settings.register_profile("steady", deadline=None, derandomize=True)
settings.register_profile("brief", deadline=None, derandomize=True, max_examples=30, phases=(Phase.explicit, Phase.generate))
settings.register_profile("explore", deadline=None, max_examples=2_000)
settings.load_profile("steady")


def pytest_addoption(parser: pytest.Parser) -> None:
    """Golden files are rewritten only where that is asked for; what changed is then for the diff to show."""
    parser.addoption("--update-golden", action="store_true", help="rewrite the golden files with what the tests get")


def pytest_report_header() -> str:
    """What is drawn otherwise each day, and can be had again by its seed."""
    return f"combinations of honest behaviors: seed {seed.of_today()}"


SHARED_BY_PARAMETER = ("tests/live/test_detection.py", "tests/live/test_behavior.py")
"""Modules in which all tests of one parameter, such as a fault, look at one run."""


class OneWorkerForEachRun(LoadScopeScheduling):
    """Tests go to the worker that has time; those that share a run, to one worker, so that it is run once."""

    def _split_scope(self, nodeid: str) -> str:
        module, _, test = nodeid.partition("::")
        _, bracket, parameter = test.partition("[")
        return module + bracket + parameter if bracket and module in SHARED_BY_PARAMETER else nodeid


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> LoadScopeScheduling:
    """Instead of `--dist loadgroup`, whose groups xdist 3.8 does not see under pytest 9.2."""
    return OneWorkerForEachRun(config, log)
