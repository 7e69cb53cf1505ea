"""`mconn validate`, on real files."""

from __future__ import annotations

import contextlib
import gzip
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from tests.corruptions import Body, bodies, corruptions

from mconn_contracts.cli.validate import command
from mconn_contracts.contract.document import load
from mconn_contracts.errors import UsageError

EVENT = {"e": {"k": "Init"}, "n": 1, "t": 1700000000}
SUMMARY = {"a": 1700000001, "k": "Init", "n": 1, "t": 1700000000}
PAGE = {"success": True, "errors": [], "messages": [], "result": {"count": 1, "items": [SUMMARY]}}
FAILURE = {"success": False, "errors": [{"code": 1003, "message": "Connector not found"}], "messages": []}
COMMAND = (sys.executable, "-m", "mconn_contracts.cli.main", "validate")


def validate(*words: object, stdin: bytes | None = None) -> Result:
    """`mconn validate`, in this process."""
    return CliRunner().invoke(command, [str(word) for word in words], input=stdin, catch_exceptions=False)


def report(*words: object, stdin: bytes | None = None) -> dict[str, Any]:
    """Its JSON report."""
    report: dict[str, Any] = json.loads(validate(*words, "--report", "json=-", stdin=stdin).stdout)
    return report


def found(*words: object, stdin: bytes | None = None) -> list[tuple[int | None, str, str]]:
    """Its findings: line, code and pointer."""
    return [(each["line"], each["code"], each["pointer"]) for each in report(*words, stdin=stdin)["findings"]]


def write(path: Path, *documents: object) -> Path:
    """A file of documents, one a line."""
    path.write_text("".join(f"{json.dumps(document)}\n" for document in documents), encoding="utf-8")
    return path


# Every single corruption of the document's examples.

DOCUMENT = load()
EVERY_BODY = pytest.mark.parametrize("body", list(bodies(DOCUMENT)), ids=lambda body: body.name)


@EVERY_BODY
def test_a_valid_body_has_no_finding(tmp_path: Path, body: Body) -> None:
    """Every example of the document, and every model within, passes without being told what it is."""
    result = validate(write(tmp_path / "body.json", body.value))

    assert (0, "") == (result.exit_code, result.stderr)


@EVERY_BODY
def test_every_single_corruption_is_found_at_its_place(tmp_path: Path, body: Body) -> None:
    """Another type, a missing property and a kind in another case are one finding each, at the right pointer."""
    # A value that is of another type altogether is of no known shape.
    corrupt = [each for each in corruptions(DOCUMENT, body.value, body.schema) if each.pointer or each.code != "MC101"]
    archive = write(tmp_path / "corrupt.ndjson", *(each.value for each in corrupt))

    expected = [(line, each.code, each.pointer) for line, each in enumerate(corrupt, 1)]
    assert expected == found(archive, "--max-per-code", 10_000)


@pytest.mark.parametrize("body", ["", "[]", "5", '"text"'])
def test_what_has_no_object_is_no_capture(tmp_path: Path, body: str) -> None:
    """It accuses nobody: one line that says what it looks like, and exit code 3."""
    (tmp_path / "body.json").write_text(body, encoding="utf-8")
    result = validate(tmp_path / "body.json")

    assert (3, 1, True) == (result.exit_code, len(result.stderr.splitlines()), "not a capture of this API" in result.stderr)


@pytest.mark.parametrize("body", ["null", "{}"])
def test_a_body_of_no_known_shape_is_mc902(tmp_path: Path, body: str) -> None:
    """What has the shape of no envelope and no model is said to be unrecognized; no name of --as would fit it."""
    (tmp_path / "body.json").write_text(body, encoding="utf-8")

    (finding,) = report(tmp_path / "body.json")["findings"]

    assert ("MC902", "", False) == (finding["code"], finding["pointer"], "--as" in finding["message"])


@pytest.mark.parametrize("name", ["listEvents", "getLatestEvents", "getEvent", "EventListResponse", "EventGetResponse"])
@pytest.mark.parametrize("body", ["null", "[]", "5", '"text"'])
def test_a_declared_body_of_another_type_is_mc101(tmp_path: Path, name: str, body: str) -> None:
    """With --as, a body that is no object at all is a schema mismatch at its root."""
    (tmp_path / "body.json").write_text(body, encoding="utf-8")

    assert [(1, "MC101", "")] == found(tmp_path / "body.json", "--as", name)


# What is judged, and where it is found.


def test_each_line_is_judged_by_itself(tmp_path: Path) -> None:
    """A line that cannot be read is a finding at its line, and the next line is judged."""
    archive = tmp_path / "events.ndjson"
    lines = [json.dumps(EVENT), '{"e": {"k": "Init"', "", json.dumps({**EVENT, "e": {"k": "init"}}), json.dumps(EVENT)]
    archive.write_text("\n".join(lines), encoding="utf-8")

    counts = report(archive)["counts"]

    assert [(2, "MC001", ""), (4, "MC102", "/e/k")] == found(archive)
    assert (4, 3) == (counts["exchanges"], counts["events"])


@pytest.mark.parametrize(
    "body, code",
    [
        (b"<html></html>", "MC002"),
        (b'{"e": {"k": "Init"}, "n": 1', "MC001"),
        (b'{"e": {"k": "Init"}, "n": 1, "t": 1, "v": "\xff"}', "MC004"),
        (b'{"e": {"k": "Init"}, "n": NaN, "t": 1}', "MC005"),
        (b'{"e": {"k": "Init"}, "n": 1, "t": 1, "n": 1}', "MC006"),
        (b'\xef\xbb\xbf{"e": {"k": "Init"}, "n": 1, "t": 1}', "MC008"),
        (b'{"e": ' * 200 + b"1" + b"}" * 200, "MC904"),
    ],
)
def test_encoding_faults_have_their_own_codes(tmp_path: Path, body: bytes, code: str) -> None:
    """A file that is not JSON as it should be is a finding, under the code of its fault, and exit code 1."""
    (tmp_path / "body.json").write_bytes(body)

    assert [code] == [each[1] for each in found(tmp_path / "body.json")]
    assert 1 == validate(tmp_path / "body.json").exit_code


def test_a_bare_model_is_what_as_says(tmp_path: Path) -> None:
    """--as takes the name of any schema of the document, such as one that no shape gives away."""
    path = write(tmp_path / "kind.json", {"k": "Init"})

    assert [(1, "MC902", "")] == found(path)
    assert 0 == validate(path, "--as", "Event").exit_code


def test_a_findings_pointer_into_a_bare_model_has_no_envelope(tmp_path: Path) -> None:
    """What is wrong with a page is said in terms of the file, enveloped or not."""
    page = {"count": 2, "items": [SUMMARY, SUMMARY]}

    assert [(1, "MC303", "/items/1")] == found(write(tmp_path / "bare.json", page))
    assert [(1, "MC303", "/result/items/1")] == found(write(tmp_path / "whole.json", {**PAGE, "result": page}))


def test_status_applies_to_bare_payloads(tmp_path: Path) -> None:
    """--status says what bare bodies came with, so that they are judged against it."""
    path = write(tmp_path / "body.json", PAGE)

    assert 0 == validate(path, "--status", 200).exit_code
    assert {"MC201", "MC202", "MC205"} == {each[1] for each in found(path, "--status", 404)}
    assert [] == found(write(tmp_path / "failure.json", FAILURE), "--status", 404)


def test_an_empty_page_is_of_either_operation(tmp_path: Path) -> None:
    """A page without items passes, whatever its count, and covers no operation."""
    empty = report(write(tmp_path / "body.json", {**PAGE, "result": {"count": 7, "items": []}}))

    assert ([], {}) == (empty["findings"], empty["coverage"]["operations"])


def test_every_format_may_be_packed_and_come_by_standard_input(tmp_path: Path) -> None:
    """Gzip is unpacked wherever it comes from, and standard input is told by its content."""
    lines = f"{json.dumps(EVENT)}\n{json.dumps({**EVENT, 'n': None})}\n".encode()
    (tmp_path / "events.jsonl.gz").write_bytes(gzip.compress(lines))
    expected = [(2, "MC101", "/n")]

    assert expected == found(tmp_path / "events.jsonl.gz")
    assert expected == found("-", stdin=lines)
    assert expected == found("-", stdin=gzip.compress(lines))
    assert "<stdin>" == report("-", stdin=lines)["findings"][0]["source"]


def test_a_document_beyond_the_limit_is_passed_over(tmp_path: Path) -> None:
    """A line of more than --max-document is MC903 at its line; the next one is judged, and so is one of just the limit."""
    long, wrong = json.dumps({**EVENT, "v": "x" * 100}), json.dumps({**EVENT, "n": None})
    archive = tmp_path / "events.ndjson"
    archive.write_text(f"{long}\n{wrong}\n{long} \n", encoding="utf-8")

    assert [(2, "MC101", "/n"), (3, "MC903", "")] == found(archive, "--max-document", len(long))
    assert [(1, "MC903", ""), (2, "MC101", "/n"), (3, "MC903", "")] == found(archive, "--max-document", f"{len(wrong)}b")


def test_a_packed_document_is_bounded_unpacked(tmp_path: Path) -> None:
    """A few bytes of gzip that unpack beyond the limit are MC903, and with nothing else judged exit code 3."""
    (tmp_path / "bomb.json.gz").write_bytes(gzip.compress(b"[" + b" " * 5_000_000 + b"]"))

    assert [(1, "MC903", "")] == found(tmp_path / "bomb.json.gz", "--max-document", "1MiB")
    assert 3 == validate(tmp_path / "bomb.json.gz", "--max-document", "1MiB").exit_code


# The command contract.


def test_exit_code_is_that_of_the_worst(tmp_path: Path) -> None:
    """0 without findings, 1 with errors, 3 where an input is unreadable, which outranks 1."""
    good, bad = write(tmp_path / "good.json", EVENT), write(tmp_path / "bad.json", {**EVENT, "n": None})

    assert [0, 1, 1, 3, 3] == [
        validate(*paths).exit_code
        for paths in ((good,), (bad,), (good, bad), (good, tmp_path / "none.json"), (bad, tmp_path / "none.json"))
    ]


def test_what_is_unreadable_is_one_line_each_and_the_rest_is_judged(tmp_path: Path) -> None:
    """A missing file, a folder without captures, a cut gzip and one that is none: a line each, and the others are judged."""
    (tmp_path / "empty").mkdir()
    lines = b"".join(json.dumps({**EVENT, "n": n}).encode() + b"\n" for n in range(20_000))
    (tmp_path / "cut.ndjson.gz").write_bytes(gzip.compress(lines)[:-20_000])
    (tmp_path / "not.json.gz").write_bytes(b"{}")
    bad = write(tmp_path / "bad.json", {**EVENT, "n": None})
    names = ("none.json", "empty", "cut.ndjson.gz", "not.json.gz")

    result = validate(*(tmp_path / name for name in names), bad)
    outcome = report(*(tmp_path / name for name in names), bad)

    assert 3 == result.exit_code
    assert [True] * 4 == [f"mconn: {tmp_path / name}: " in result.stderr for name in names]
    assert 4 == len(result.stderr.splitlines())
    assert ("undecided", {"MC101": 1}) == (outcome["outcome"], outcome["counts"]["by_code"])
    assert 1 < outcome["counts"]["exchanges"] < 20_000


@pytest.mark.skipif(not Path("/proc/self/mem").exists(), reason="needs a file that opens and cannot be read")
def test_a_file_that_fails_while_read_is_a_problem_of_its_own(tmp_path: Path) -> None:
    """An error of the system in the middle of a run is one line, and the next input is judged."""
    good = write(tmp_path / "good.json", EVENT)

    result = validate("/proc/self/mem", good)

    assert (3, ["mconn: /proc/self/mem: cannot be read: input/output error"]) == (result.exit_code, result.stderr.splitlines())
    assert 1 == report("/proc/self/mem", good)["counts"]["exchanges"]


@pytest.mark.parametrize(
    "words, expected",
    [
        ((), ("serial", None)),
        (("--workers", 1), ("serial", 1)),
        (("--workers", 3), ("processes", 3)),
        (("--engine", "processes"), ("processes", None)),
        (("--engine", "processes", "--workers", 1), ("processes", 1)),
        (("--engine", "dask", "--workers", 3), ("dask", 3)),
    ],
)
def test_several_workers_are_processes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: tuple[object, ...], expected: tuple[str, int | None]
) -> None:
    """Without an engine, more than one worker means processes, and one is serial."""
    asked: list[tuple[str, int | None]] = []

    @contextlib.contextmanager
    def pool(engine: str, workers: int | None, scheduler: str | None) -> Iterator[None]:
        asked.append((engine, workers))
        yield

    monkeypatch.setattr("mconn_contracts.cli.validate.pool", pool)

    assert 0 == validate(write(tmp_path / "event.json", EVENT), *words).exit_code
    assert [expected] == asked


def test_nothing_judged_is_exit_code_three(tmp_path: Path) -> None:
    """An archive without documents is not a pass."""
    (tmp_path / "empty.ndjson").write_bytes(b"\n\n")

    result = validate(tmp_path / "empty.ndjson")

    assert (3, 1, True) == (result.exit_code, len(result.stderr.splitlines()), "an empty file" in result.stderr)


@pytest.mark.parametrize(
    "words",
    [
        (),
        ("--format", "xml", "-"),
        ("--status", "99", "-"),
        ("--max-document", "much", "-"),
        ("--max-document", "0", "-"),
        ("--severity", "MC101", "-"),
        ("--severity", "MC101=fatal", "-"),
        ("--select", ",", "-"),
        ("--report", "pdf=x", "-"),
        ("--report", "json=-", "--report", "text=-", "-"),
        ("--report", "json=/nowhere/at/all.json", "-"),
        ("--max-per-code", "0", "-"),
        ("--workers", "0", "-"),
        ("--engine", "serial", "--workers", "2", "-"),
        ("--scheduler", "tcp://127.0.0.1:1", "-"),
    ],
)
def test_wrong_use_is_exit_code_two(words: tuple[str, ...]) -> None:
    """An option that cannot be meant is said to be wrong before anything is read."""
    result = validate(*words, stdin=b"")

    assert (2, "") == (result.exit_code, result.stdout)


@pytest.mark.parametrize("words", [("--as", "NoSuchThing"), ("--select", "MC999"), ("--severity", "XX=error")])
def test_a_name_that_the_document_does_not_know_is_wrong_use(words: tuple[str, ...]) -> None:
    """--as and the codes are checked against the document, before anything is read."""
    with pytest.raises(UsageError):
        validate(*words, "none.json")


def test_codes_can_be_selected_ignored_and_weighed(tmp_path: Path) -> None:
    """--select and --ignore take codes or their beginnings, repeated or with commas; --severity and --fail-on the level."""
    path = write(tmp_path / "event.json", {**EVENT, "n": None, "extra": 1})

    assert ["MC101", "MC103"] == sorted(each[1] for each in found(path))
    assert ["MC103"] == [each[1] for each in found(path, "--select", "mc2,MC103")]
    assert [] == found(path, "--ignore", "MC1")
    assert [] == found(path, "--ignore", "MC101", "--ignore", "MC103")
    assert [0, 1, 1, 0] == [
        validate(path, *words).exit_code
        for words in (
            ("--ignore", "MC101"),
            ("--ignore", "MC101", "--fail-on", "warning"),
            ("--ignore", "MC101", "--severity", "MC103=error"),
            ("--severity", "MC1=info"),
        )
    ]


def test_broken_files_are_each_named(tmp_path: Path) -> None:
    """Four files that are broken in four ways are four places and messages, by default and if --verbose."""
    for name, text in (("a", ""), ("b", "{oops\n"), ("c", '{"n":0}}'), ("d", "hello")):
        (tmp_path / f"{name}.json").write_text(text, encoding="utf-8")
    brief = validate(tmp_path)

    assert [f"{tmp_path / name}.json:1" for name in "abcd"] == [
        line.strip() for line in brief.stdout.splitlines() if line.startswith(f"  {tmp_path}")
    ]
    assert "like it" not in brief.stdout
    shown, verbose = (
        [line for line in each.stdout.splitlines() if not line.startswith("Undecided: ")]
        for each in (brief, validate(tmp_path, "--verbose"))
    )
    assert shown == verbose


def test_verbose_shows_every_finding_that_was_kept(tmp_path: Path) -> None:
    """What is folded by default is shown with --verbose, as far as --max-per-code keeps it; JSON stays as it is."""
    archive = write(tmp_path / "archive.ndjson", *[{**EVENT, "t": "soon"}] * 9)
    words = (archive, "--max-per-code", "7")
    assert "    … and 6 more like it\n" in validate(*words).stdout

    verbose = validate(*words, "--verbose").stdout
    assert (7, True) == (verbose.count(f"{archive}:"), "\n  … and 2 more\n" in verbose)
    assert report(*words) == report(*words, "--verbose")


def test_findings_are_capped_per_code_and_counted_in_full(tmp_path: Path) -> None:
    """--max-per-code keeps the first of each code; the totals stay exact."""
    archive = write(tmp_path / "events.ndjson", *({**EVENT, "n": None} for _ in range(30)))

    outcome = report(archive, "--max-per-code", 3)

    assert ([1, 2, 3], {"MC101": 30}) == ([each["line"] for each in outcome["findings"]], outcome["counts"]["by_code"])


def test_reports_are_written_beside_the_text(tmp_path: Path) -> None:
    """--report writes files, and the text still goes to standard output; the same input gives the same bytes."""
    path = write(tmp_path / "event.json", {**EVENT, "n": None})
    for name in ("a", "b"):
        result = validate(path, "--report", f"json={tmp_path / name}.json", "--report", f"text={tmp_path / name}.txt")
        assert result.stdout == (tmp_path / f"{name}.txt").read_text(encoding="utf-8")

    assert (tmp_path / "a.json").read_bytes() == (tmp_path / "b.json").read_bytes()
    assert "failed" == json.loads((tmp_path / "a.json").read_bytes())["outcome"]


# The real command, in a process of its own.


def environment() -> dict[str, str]:
    """The environment of a process that finds the package under test."""
    return {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), "PYTHONWARNINGS": "error"}


def test_the_command_runs_as_a_process(tmp_path: Path) -> None:
    """The findings are on standard output, what went wrong on standard error, and the code is the process's own."""
    bad = write(tmp_path / "bad.json", {**EVENT, "e": {"k": "init"}})

    done = subprocess.run(
        [*COMMAND, "--report", "json=-", str(bad), "none.json"], capture_output=True, env=environment(), check=False
    )

    assert (3, b"mconn: none.json: cannot be read: no such file or directory\n") == (done.returncode, done.stderr)
    assert ["MC102"] == [each["code"] for each in json.loads(done.stdout)["findings"]]


def test_a_name_that_nobody_knows_is_one_line(tmp_path: Path) -> None:
    """Wrong use that only the document can tell ends in one line and exit code 2."""
    done = subprocess.run(
        [*COMMAND, "--as", "Nothing", "-"], capture_output=True, env=environment(), stdin=subprocess.DEVNULL, check=False
    )

    assert (2, b"", 1) == (done.returncode, done.stdout, len(done.stderr.splitlines()))


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
def test_an_interrupt_writes_what_there_is(tmp_path: Path) -> None:
    """Interrupted as a terminal does it, the command reports what was judged, and exits 130."""
    pipes = [tmp_path / f"{number}.ndjson" for number in range(3)]
    for pipe in pipes:
        os.mkfifo(pipe)
    words = [*COMMAND, "--report", "json=-", *map(str, pipes)]
    # Without warnings: an interrupt may come between a file's opening and its first use.
    quiet = environment() | {"PYTHONWARNINGS": "ignore"}
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=quiet, start_new_session=True) as process:
        pipes[0].write_text(json.dumps({**EVENT, "n": None}), encoding="utf-8")
        pipes[1].write_text(json.dumps(EVENT), encoding="utf-8")
        # The third is opened once the others are merged.
        with pipes[2].open("wb"):
            os.killpg(process.pid, signal.SIGINT)
        output, errors = process.communicate(timeout=60)

    outcome = json.loads(output)
    assert (130, b"") == (process.returncode, errors)
    assert ("undecided", {"MC101": 1}) == (outcome["outcome"], outcome["counts"]["by_code"])


# Captures related to each other.


def test_inputs_are_related_where_the_user_says_so(tmp_path: Path) -> None:
    """An event that changes from one file to another is found with --relate, and that bare ones are of one connector is said."""
    write(tmp_path / "a.ndjson", EVENT, EVENT)
    write(tmp_path / "b.ndjson", {**EVENT, "e": {"k": "Leave"}})
    changed = [(1, "MC508", "")]

    assert ([], [], changed) == (found(tmp_path), found(tmp_path, "--relate"), found(tmp_path, "--relate", "--same-connector"))


@pytest.mark.parametrize(
    "words, problem",
    [(["--same-connector", "x"], "needs --relate"), (["--relate", "-"], "--relate reads every input twice")],
)
def test_relations_that_cannot_be_are_refused(words: list[str], problem: str) -> None:
    """--same-connector alone says nothing, and standard input cannot be read twice."""
    result = validate(*words)

    assert (2, True) == (result.exit_code, problem in result.output)
