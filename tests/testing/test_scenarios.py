"""The markers `mconn_styles` and `mconn_faults`, in pytest runs of their own."""

from __future__ import annotations

import re

import pytest

pytest_plugins = ["pytester"]

TESTS = """
import json, urllib.request
import pytest

def page(server, rest="?from=0&to=2000000000&limit=100"):
    request = urllib.request.Request(server.events_url + rest, headers=server.headers)
    return json.load(urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request))["result"]

@pytest.mark.mconn_styles("descending", "count-total")
@pytest.mark.mconn_faults("string-count", "count-off-by-one", "length-too-long")
def test_list(mconn_server):
    found = page(mconn_server)
    assert isinstance(found["count"], int)
    assert found["items"] == sorted(found["items"], key=lambda item: (item["t"], item["n"]))

def test_afterwards_the_server_is_clean(mconn_server):
    assert page(mconn_server)["count"] == 100
"""


@pytest.fixture
def project(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> pytest.Pytester:
    """An empty project that loads no plugin but this."""
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    pytester.makeini(
        "[pytest]\naddopts = -p mconn -p no:schemathesis -p no:cacheprovider --strict-markers\nfilterwarnings = error\n"
    )
    return pytester


def test_a_test_runs_under_each_scenario_and_is_told_what_it_overlooks(project: pytest.Pytester) -> None:
    """It must pass under styles, and fail under the faults that it meets; JUnit names the scenarios."""
    project.makepyfile(TESTS)
    result = project.runpytest("-rfs", "--junitxml=junit.xml")
    junit = (project.path / "junit.xml").read_text("utf-8")

    assert {"passed": 3, "failed": 2, "skipped": 1} == {**result.parseoutcomes()}
    assert ["test_list[styles/descending]", "test_list[faults/count-off-by-one]"] == re.findall(
        r"FAILED \S+::(\S+)", result.stdout.str()
    )
    assert "the test passes, although the server broke a promise: `count` of a list is one too small. (MC301)" in junit
    assert "not met: faults/length-too-long changed no answer" in junit
    assert 'name="test_list[faults/string-count]"' in junit


@pytest.mark.parametrize(
    "test, words",
    [
        ('mark.mconn_styles("decending")\ndef test_x(mconn_server): ...', "did you mean 'styles/descending'?"),
        ("mark.mconn_faults\ndef test_x(): ...", "@pytest.mark.mconn_faults is for tests that use mconn_server"),
    ],
)
def test_a_marker_that_means_nothing_is_wrong_use(test: str, words: str, project: pytest.Pytester) -> None:
    """A name that is none, and a test without the server, end the run with what to do."""
    project.makepyfile(f"import pytest\n\n@pytest.{test}\n")
    result = project.runpytest()

    assert words in result.stdout.str() + result.stderr.str()
    assert 0 != result.ret
