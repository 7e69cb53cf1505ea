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


BROKEN = """
import pytest
from test_list import page

@pytest.fixture(params=["one", "two"])
def server(mconn_server, request, tmp_path):
    (tmp_path / "once").touch(exist_ok=False)
    if request.param == "two" and request.node.name.startswith("test_setup"):
        raise OSError("no such thing")
    return mconn_server

@pytest.mark.mconn_faults("count-off-by-one")
def test_name(mconn_server):
    page(mconn_server)
    raise NameError("broken on any server")

@pytest.mark.mconn_faults("string-count", "count-off-by-one")
def test_right(server, mconn_server):
    assert page(server)["count"] == 100

@pytest.mark.mconn_faults("string-count")
def test_setup(server, mconn_server):
    assert page(server)["count"] == 100

@pytest.mark.mconn_faults("string-count")
def test_skips(mconn_server):
    if page(mconn_server)["count"] == 100:
        pytest.skip("not today")
    assert False
"""


def test_a_test_must_pass_on_the_server_without_a_fault_first(project: pytest.Pytester) -> None:
    """A test that is broken, or does not get there, has noticed no fault; it is told why, whichever cases are run."""
    project.makepyfile(test_list=TESTS, test_broken=BROKEN)
    result = project.runpytest("test_broken.py", "-rfE")
    one = project.runpytest("test_broken.py::test_name[faults/count-off-by-one]", "-rf")
    text = result.stdout.str()

    assert {"passed": 5, "failed": 2, "errors": 1} == {**result.parseoutcomes()}
    assert {"failed": 1} == {**one.parseoutcomes()}
    assert "the test fails on the server without a fault, so it says nothing about faults; it must pass there first: " in text
    assert "first: NameError: broken on any server" in text
    assert "the test is skipped on the server without a fault" in text
    assert "Skipped: not today" in text


@pytest.mark.parametrize(
    "test, words",
    [
        ('mark.mconn_styles("decending")\ndef test_x(mconn_server): ...', "did you mean 'styles/descending'?"),
        ('mark.mconn_fault("count")\ndef test_x(mconn_server): ...', "@pytest.mark.mconn_fault: no fault is named 'count'"),
        ("mark.mconn_faults\ndef test_x(): ...", "@pytest.mark.mconn_faults is for tests that use mconn_server"),
    ],
)
def test_a_marker_that_means_nothing_is_wrong_use(test: str, words: str, project: pytest.Pytester) -> None:
    """A name that is none, and a test without the server, are told in one sentence, without a traceback."""
    project.makepyfile(f"import pytest\n\n@pytest.{test}\n")
    result = project.runpytest()

    assert words in result.stdout.str() + result.stderr.str()
    assert "plugin.py" not in result.stdout.str()
    assert 0 != result.ret
