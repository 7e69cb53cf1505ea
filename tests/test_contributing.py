"""What CONTRIBUTING.md says of adding things, done in a copy of the repository with no more edits than it names."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
CODE = "MC399"
RUN = ("-m", "mconn_contracts.cli.main")

STATEMENT = f"""\
        - code: {CODE}
          name: count-of-424242
          severity: error
          basis: derived
          needs: response
          statement: "`count` is never 424242."
          why: It stands for any rule.
"""
PREDICATE = f'''

@rule("{CODE}", on=ListPage)
def count_of_424242(page: ListPage) -> Iterator[Ruling]:
    """`count` is never 424242."""
    yield DECIDED
    if page.count == 424_242:
        yield Hit(f"{{page.root}}/count", f"count is {{page.count}}, which no count is")


RULES ='''
FAULT = f'''\
FAULTS = (
    Fault(
        name="counts-424242",
        code="{CODE}",
        summary="`count` of a list is 424242.",
        when=on(OperationId.LIST),
        result=lambda result, _: {{**result, "count": 424_242}},
    ),
'''
FORMAT = '''\
"""Words: a file of one body between two words, to stand for any format."""

from __future__ import annotations

from collections.abc import Iterator

from mconn_contracts.captures.format import Capture, CaptureFormat
from mconn_contracts.captures.records import ReadOptions, Record
from mconn_contracts.model.exchange import Exchange, Origin, Response


def _read(capture: Capture, reading: ReadOptions) -> Iterator[Record]:
    body = capture.stream.read(reading.max_document).removeprefix(b"BEGIN").rstrip().removesuffix(b"END")
    yield Exchange(Response(reading.status, (), body), origin=Origin(capture.label, 1), declared=reading.declared)


FORMAT = CaptureFormat("words", "one body between two words", _read, endings=(".words",), told_by="`BEGIN`", magic=b"BEGIN")
'''
REPORT = '''\
"""The report of one line, to stand for any report."""

from __future__ import annotations

from collections.abc import Iterator

from mconn_contracts.model.verdict import Verdict
from mconn_contracts.reports.report import Report
from mconn_contracts.reports.sections import Findings, in_words, sections


def pieces(verdict: Verdict) -> Iterator[str]:
    """One line for each finding, and those of the other sections."""
    for section in sections(verdict):
        if isinstance(section, Findings):
            yield from (f"{each.code} {each.message}\\n" for each in verdict.tally.findings())
        else:
            yield from (f"{line}\\n" for line in in_words(section))


REPORT = Report("lines", pieces)
'''
PROBE = '''

def latest_twice(context: ProbeContext) -> None:
    """The latest events, asked for twice."""
    context.ask_latest()
    context.ask_latest()
'''

Edit = Callable[[str, str, str], None]
Mconn = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A copy of what the recipes are about."""
    for folder in ("benchmarks", "contracts", "spec", "tests", "tools", "docs"):
        leave = shutil.ignore_patterns("__pycache__", "node_modules", ".build", "generated", "codegen", "interop")
        shutil.copytree(ROOT / folder, tmp_path / folder, ignore=leave if folder != "spec" else None)
    for name in ("README.md", "pyproject.toml"):
        shutil.copy(ROOT / name, tmp_path)
    return tmp_path


@pytest.fixture
def edit(copy: Path) -> Edit:
    """Replaces the first of a text in a file of the copy."""

    def change(name: str, old: str, new: str) -> None:
        text = (copy / name).read_text(encoding="utf-8")
        assert old in text, f"{name} has no {old!r}"
        (copy / name).write_text(text.replace(old, new, 1), encoding="utf-8")

    return change


@pytest.fixture
def python(copy: Path) -> Mconn:
    """Runs Python in the copy, on the package in it."""

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        environment = os.environ | {"PYTHONPATH": f"{copy / 'contracts'}{os.pathsep}{copy}"}
        return subprocess.run(
            [sys.executable, *arguments], cwd=copy, env=environment, capture_output=True, text=True, check=False
        )

    return run


def test_a_rule_is_an_entry_a_predicate_cases_and_a_fault(copy: Path, edit: Edit, python: Mconn) -> None:
    """With these four, and the command that writes the rest, every test of statements and vectors passes."""
    package = "contracts/mconn_contracts"
    edit("spec/openapi.yaml", "        - code: MC401\n", f"{STATEMENT}        - code: MC401\n")
    edit(f"{package}/judge/rules/page.py", "\n\nRULES =", PREDICATE)
    edit(f"{package}/judge/rules/page.py", "RULES = (", "RULES = (count_of_424242, ")
    edit(f"{package}/server/faults/page.py", "FAULTS = (\n", FAULT)
    vectors = json.loads((copy / "spec/vectors/pages.json").read_text(encoding="utf-8"))
    breaking = json.loads(json.dumps(vectors["cases"][0]))
    breaking["description"] = "count is 424242"
    breaking["request"]["url"] += "&cursor=abc"
    breaking["body"]["result"]["count"] = 424_242
    breaking["findings"] = [{"code": CODE, "pointer": "/result/count"}]
    vectors["cases"].append(breaking)
    (copy / "spec/vectors/pages.json").write_text(json.dumps(vectors, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    assert "" == python("-m", "tests.vectors").stderr
    written = python("tools/generated.py")
    tested = python("-m", "pytest", "-q", "-p", "no:cacheprovider", "tests/test_statements.py", "tests/test_vectors.py")

    assert 0 == written.returncode, written.stderr
    assert 0 == python("tools/generated.py", "--check").returncode
    assert 0 == tested.returncode, tested.stdout[-3000:]
    assert f"{CODE} count-of-424242" in python(*RUN, "rules", CODE).stdout
    assert "counts-424242" in python(*RUN, "serve", "--list-faults").stdout


def test_a_format_is_a_module_and_a_line(copy: Path, edit: Edit, python: Mconn) -> None:
    """The command takes its name, tells a file by its start, and judges what is in it."""
    (copy / "contracts/mconn_contracts/captures/words.py").write_text(FORMAT, encoding="utf-8")
    edit("contracts/mconn_contracts/captures/registry.py", "    wiremock,\n", "    wiremock,\n    words,\n")
    edit("contracts/mconn_contracts/captures/registry.py", "    csv.FORMAT,\n", "    csv.FORMAT,\n    words.FORMAT,\n")
    (copy / "capture").write_text('BEGIN{"e": {"k": "Init"}, "n": "0", "t": 1700000000}END\n', encoding="utf-8")
    done = python(*RUN, "validate", "capture")

    assert "words" in python(*RUN, "validate", "--help").stdout
    assert ("/n" in done.stdout, "1 exchange" in done.stdout, done.returncode) == (True, True, 1)


def test_a_report_is_a_module_and_a_line(copy: Path, edit: Edit, python: Mconn) -> None:
    """The command takes its name, and writes what it renders."""
    (copy / "contracts/mconn_contracts/reports/lines.py").write_text(REPORT, encoding="utf-8")
    edit("contracts/mconn_contracts/reports/catalog.py", "junit, markdown", "junit, lines, markdown")
    edit("contracts/mconn_contracts/reports/catalog.py", "        html,\n", "        html,\n        lines,\n")
    (copy / "event.json").write_text('{"e": {"k": "Init"}, "n": 0, "t": 1700000000}', encoding="utf-8")
    done = python(*RUN, "validate", "--report", "lines=lines.txt", "event.json")

    assert 0 == done.returncode, done.stderr
    assert "Kinds of events seen in full: 1 of 16" in (copy / "lines.txt").read_text(encoding="utf-8")


def test_a_probe_is_a_function_and_a_line(copy: Path, edit: Edit, python: Mconn) -> None:
    """The tests of probes take it up: it sends what it needs, accuses nobody, and fits into every profile."""
    probes = copy / "contracts/mconn_contracts/live/probes"
    (probes / "repetitions.py").write_text((probes / "repetitions.py").read_text(encoding="utf-8") + PROBE, encoding="utf-8")
    line = '    Probe("latest twice", repetitions.latest_twice, 0.01, 2),\n'
    edit("contracts/mconn_contracts/live/probes/catalog.py", '    Probe("asked again"', f'{line}    Probe("asked again"')
    chosen = ("-k", "twice or finds_what_it_needs", "tests/live/test_probes.py")
    done = python("-m", "pytest", "-q", "-p", "no:cacheprovider", *chosen)

    assert 0 == done.returncode, done.stdout[-3000:]
    assert "7 passed" in done.stdout
