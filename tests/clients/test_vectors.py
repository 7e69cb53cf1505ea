"""`mconn vectors` with real decoders: the example, and small ones that do one thing wrong."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner
from tests.clients.decoders import EXAMPLES, held

from mconn_contracts.cli.main import root
from mconn_contracts.clients.vectors import vectors
from mconn_contracts.contract.document import load
from mconn_contracts.errors import UsageError

PYTHON = (sys.executable, "-S", "-E", "-c")
EACH = "import sys, json, base64\nfor line in sys.stdin:\n    asked = json.loads(line)\n    "
KINDS = sum(each.id.startswith("kinds/") for each in vectors(load()))
READ = EACH + "text = base64.b64decode(asked['body']).decode(); value = json.loads(text); "


def test_the_example_decodes_every_vector(tmp_path: Path) -> None:
    """The decoder in Python is right about all bodies, the broken ones too."""
    result, report = held(tmp_path, ["--stream", "--strict"], sys.executable, str(EXAMPLES / "decoder.py"))

    total = len(list(vectors(load())))
    assert (0, "passed", None) == (result.exit_code, report["outcome"], report["reason"]), result.output
    assert total == report["counts"]["right"] == len(report["vectors"]) > 900
    assert {"accept", "either", "refuse"} == {each["expected"] for each in report["vectors"]}


def test_one_process_a_body_gets_it_as_it_is(tmp_path: Path) -> None:
    """Without `--stream`, the body is standard input, and the environment says what it is."""
    result, report = held(tmp_path, ["--select", "windows/windows filter by*"], sys.executable, str(EXAMPLES / "decoder.py"))

    assert (0, "passed") == (result.exit_code, report["outcome"]), result.output
    assert len(report["vectors"]) == report["counts"]["right"] > 3


@pytest.mark.parametrize(
    "topic, answer, made",
    [
        ("kinds", "{'refused': 'always'}", {"right", "refused"}),
        ("kinds", "{'kinds': ['Init'], 'value': value}", {"right", "other kind", "lenient"}),
        ("kinds", "{'kinds': [], 'value': value}", {"right", "other kind", "lenient"}),
        ("refusals", "{'kinds': [], 'value': {}}", {"right", "other kind", "changed", "lenient"}),
        ("kinds", "{'kinds': []}", {"failed"}),
    ],
)
def test_what_a_decoder_does_wrong_is_told(tmp_path: Path, topic: str, answer: str, made: set[str]) -> None:
    """Refusing all, taking all for one kind, dropping all, and an answer that is none are told apart; each is exit code 1."""
    code = f"{READ}print(json.dumps({{'id': asked['id'], **{answer}}}))"
    result, report = held(tmp_path, ["--stream", "--select", topic], *PYTHON, code)

    found = {each["made"] for each in report["vectors"]}
    assert (1, "failed") == (result.exit_code, report["outcome"]), result.output
    assert found <= made
    assert (found - {"right", "lenient"}) == made - {"right", "lenient"}


@pytest.mark.parametrize("strict, code", [((), 0), (("--strict",), 1)])
def test_leniency_fails_only_where_it_is_asked(tmp_path: Path, strict: tuple[str, ...], code: int) -> None:
    """A decoder that accepts what breaks the contract passes without `--strict`, and is told."""
    name = "encoding/a name twice, with two values"
    program = f"{READ}print(json.dumps({{'id': asked['id'], 'kinds': ['Init'], 'value': value}}))"
    result, report = held(tmp_path, ["--stream", "--select", name, *strict], *PYTHON, program)

    assert (code, ["lenient"]) == (result.exit_code, [each["made"] for each in report["vectors"]])
    assert f"lenient: {name}: accepts" in result.output


@pytest.mark.parametrize(
    "program, words",
    [
        (
            "import sys; sys.exit(7)",
            f"0 of {KINDS} bodies were answered, and then it ended with 7; the first without an answer is",
        ),
        ("import os; os.kill(os.getpid(), 9)", "it was ended by signal 9"),
        ("print('hello')", "line 1 of what the decoder printed is not a JSON object, but 'hello'"),
        ("print('{\"id\": 3}')", "line 1 of what the decoder printed has no `id` that was asked for"),
        ("import os; os.close(0)", f"0 of {KINDS} bodies were answered, and then it ended with 0"),
        (EACH + "print(json.dumps({'id': asked['id'], 'refused': ''})); break", f"1 of {KINDS} bodies were answered"),
        ("import json; print((json.dumps({'id': 'kinds/' + 'x'}) + '\\n') * 2)", "has no `id` that was asked for"),
    ],
)
def test_a_decoder_that_does_not_come_to_the_end_is_told_in_words(tmp_path: Path, program: str, words: str) -> None:
    """It dies, prints something else, closes its input or stops early: exit code 3, and a line says what was seen."""
    result, report = held(tmp_path, ["--stream", "--select", "kinds"], *PYTHON, program)

    assert (3, "undecided") == (result.exit_code, report["outcome"]), result.output
    assert words in report["reason"]
    assert f"Could not judge: {report['reason'][:60]}" in result.output


def test_a_decoder_that_hangs_is_ended(tmp_path: Path) -> None:
    """After `--timeout`, in words; what it had answered is kept."""
    program = f"{EACH}print(json.dumps({{'id': asked['id'], 'refused': ''}}), flush=True); break\nimport signal; signal.pause()"
    result, report = held(tmp_path, ["--stream", "--select", "kinds", "--timeout", "0.3"], *PYTHON, program)

    assert 3 == result.exit_code, result.output
    assert "it was ended after 0.3 s; see --timeout" in report["reason"]
    assert KINDS - 1 == report["counts"]["unanswered"]


@pytest.mark.parametrize(
    "end, words, timeout",
    [
        ("exit 7", "but it ended with 7;", "30"),
        ("kill -11 $$", "but it was ended by signal 11;", "30"),
        ("exec sleep 60", "but it was ended after 0.5 s; see --timeout;", "0.5"),
    ],
)
def test_a_decoder_that_answers_all_must_end_in_order_too(tmp_path: Path, end: str, words: str, timeout: str) -> None:
    """Answers of a process that ends with another code than 0, by a signal, or not at all are not enough: exit code 3."""
    name = "kinds/Leave is a kind"
    program = f"""echo '{json.dumps({"id": name, "refused": ""})}'; {end}"""
    result, report = held(tmp_path, ["--stream", "--select", name, "--timeout", timeout], "sh", "-c", program)

    assert (3, "undecided") == (result.exit_code, report["outcome"]), result.output
    assert words in report["reason"]
    assert report["reason"].endswith("a decoder must end by itself, and with 0")


@pytest.mark.parametrize(
    "answer, made, words",
    [
        ("{'refused': None, 'kinds': ['Init'], 'value': value}", "right", ""),
        ("{'refused': 'no', 'kinds': None, 'value': None}", "refused", "refuses a body that keeps the contract: no"),
        ("{'refused': 'no', 'kinds': ['Init'], 'value': value}", "failed", "which contradict each other"),
        ("{'refused': False, 'kinds': ['Init'], 'value': value}", "failed", "writes false as `refused`: give the reason as text"),
        ("{'refused': None, 'kinds': None, 'value': None}", "failed", "answers neither with `refused` nor with `kinds`"),
        ("{'kinds': None, 'value': value}", "failed", "writes null as `kinds`: give an array of the kinds"),
        ("{'kinds': 'Init', 'value': value}", "failed", "writes Init as `kinds`: give an array of the kinds"),
        ("{'kinds': ['Init']}", "failed", "leaves out `value`"),
    ],
)
def test_an_answer_is_a_refusal_or_a_value(tmp_path: Path, answer: str, made: str, words: str) -> None:
    """A member that is null counts as left out; an answer of both, and a member of another type, are none."""
    program = f"{READ}print(json.dumps({{'id': asked['id'], **{answer}}}))"
    _, report = held(tmp_path, ["--stream", "--select", "kinds/Init is recorded with a version"], *PYTHON, program)
    (found,) = report["vectors"]

    assert made == found["made"]
    assert words in found["words"]


@pytest.mark.parametrize("stream", [(), ("--stream",)])
def test_what_a_decoder_has_left_running_is_ended(tmp_path: Path, stream: tuple[str, ...]) -> None:
    """A daemon in a session of its own gets a SIGTERM when the decoder has ended."""
    daemon = "echo $$ > pid; trap 'echo ended > end; exit' TERM; echo; sleep 60 & wait"
    program = (
        "import json, subprocess, sys\n"
        f"subprocess.Popen(['sh', '-c', {daemon!r}], cwd={str(tmp_path)!r}, start_new_session=True, "
        "stdin=subprocess.DEVNULL, stdout=subprocess.PIPE).stdout.readline()\n"
        "text = sys.stdin.read(); print(json.dumps({'refused': '', 'id': json.loads(text).get('id')}))"
    )
    held(tmp_path, [*stream, "--select", "kinds/Init is recorded with a version"], *PYTHON, program)

    assert "ended\n" == (tmp_path / "end").read_text()


def test_selections_add_up(tmp_path: Path) -> None:
    """Several, with commas or as options of their own; an id with a comma in it is taken as it is."""
    whole = "encoding/a name twice, with two values"
    program = f"{EACH}print(json.dumps({{'id': asked['id'], 'refused': ''}}))"
    options = ["--stream", "--select", "kinds/Init is recorded with a version, kinds/Leave is a kind", "--select", whole]
    _, report = held(tmp_path, options, *PYTHON, program)

    assert {whole, "kinds/Init is recorded with a version", "kinds/Leave is a kind"} == {each["id"] for each in report["vectors"]}


def test_hanging_three_times_ends_the_run(tmp_path: Path) -> None:
    """A decoder of one body that hangs is not waited for a thousand times."""
    result, report = held(tmp_path, ["--select", "kinds", "--timeout", "0.05"], *PYTHON, "import signal; signal.pause()")

    assert (3, 3) == (result.exit_code, report["counts"]["failed"]), result.output
    assert "3 bodies were not answered in time" in report["reason"]


def test_failures_from_the_start_end_the_run(tmp_path: Path) -> None:
    """Ten processes that answer nothing are enough."""
    result, report = held(tmp_path, ["--select", "kinds"], "sh", "-c", "exit 5")

    assert (3, 10) == (result.exit_code, report["counts"]["failed"]), result.output
    assert "answered none of the first 10 bodies; the last: it ended with 5, and printed nothing" in report["reason"]


@pytest.mark.parametrize(
    "words, message",
    [
        (["--select", "nothing", "--", "cat"], "no vector matches 'nothing'; the files are agreement, choices"),
        (["--select", "kinds", "--select", "nothing", "--", "cat"], "no vector matches 'nothing'; the files are agreement"),
        (["--select", "kinds,nothing", "--", "cat"], "no vector matches 'nothing'; the files are agreement"),
        (["--select", ",", "--", "cat"], "no vector matches ','; the files are agreement"),
        (["--select", "kinds", "--", "/no/such/decoder"], "the command '/no/such/decoder' cannot be run: no such file"),
    ],
)
def test_wrong_use_is_one_line(words: list[str], message: str) -> None:
    """A selection of nothing, and a decoder that is not there: exit code 2."""
    error = CliRunner().invoke(root, ["vectors", *words]).exception

    assert isinstance(error, UsageError)
    assert message in str(error)
