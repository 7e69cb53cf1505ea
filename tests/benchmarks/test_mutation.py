"""Mutants differ from their original in one point, and are told from those that answer as it does."""

from __future__ import annotations

import ast
import difflib
import sys
import threading
from pathlib import Path

import pytest
from benchmarks.isolation import DIED, TIMED_OUT, in_processes, replace_module
from benchmarks.mutants import API, PLAN, SUBJECTS, Trial, originals, reference, trials, tried
from benchmarks.mutation import Mutant, mutants
from benchmarks.pure import ORIGIN, accusations, probed

from benchmarks import corpus, isolation, section
from mconn_contracts.live.target import Target
from mconn_contracts.model.exchange import Request
from mconn_contracts.server.behavior import DEFAULT

OPERATORS = {
    "comparison": ("x = a < b", ["x = a <= b", "x = a >= b"]),
    "comparison of equality": ("x = a == b", ["x = a != b"]),
    "comparison of a chain": ("x = a < b is c", ["x = a <= b is c", "x = a >= b is c", "x = a < b is not c"]),
    "constant": ("x = f(3)", ["x = f(4)", "x = f(2)"]),
    "constant text": ("x = 'cursor'", ["x = 'cursor_'"]),
    "constant truth": ("x = True", ["x = False"]),
    "condition": ("x = a and b", ["x = a or b", "x = b", "x = a"]),
    "condition of a branch": ("if a:\n    f()", ["if not a:\n    f()", "if a:\n    pass"]),
    "condition of a value": ("x = a if b else c", ["x = a", "x = c", "x = a if not b else c"]),
    "condition that is negated": ("x = not a", ["x = a"]),
    "condition of a comprehension": ("x = [a for a in b if c]", ["x = [a for a in b if True]"]),
    "boundary": ("x = a[b:c]", ["x = a[:c]", "x = a[b:]"]),
    "boundary of two": ("x = min(a, b)", ["x = max(a, b)"]),
    "boundary that is added": ("x = a + b", ["x = a - b"]),
    "statement": ("def g():\n    f()\n    raise E", ["def g():\n    pass\n    raise E", "def g():\n    f()\n    pass"]),
    "member": ("x = {'a': b}", ["x = {}", "x = {'a_': b}"]),
}
"""What each operator makes of a point: all mutants of a text, in order."""


@pytest.mark.parametrize("name", OPERATORS)
def test_operator_changes_its_point(name: str) -> None:
    """Every operator gives the changes that it is for, and no others."""
    source, expected = OPERATORS[name]

    assert sorted(expected) == sorted(mutant.source for mutant in mutants(source, "m"))


def test_early_return_goes() -> None:
    """A return in a branch is left out, so that what it guards against is gone on with; the last one is not."""
    source = "def g(a):\n    if a:\n        return 'x'\n    return a"

    assert ["m.g: return 'x' → pass"] == [each.id for each in mutants(source, "m") if each.operator == "statement"]


def test_name_that_would_be_unbound_is_not_left_unassigned() -> None:
    """An assignment goes only where its names are bound before: any call would find the rest."""
    source = "def g(a):\n    b = f(a)\n    a = f(b)\n    c.d = a"

    assert ["m.g: a = f(b) → pass", "m.g: c.d = a → pass"] == [each.id for each in mutants(source, "m")]


def test_prose_and_declarations_are_left_alone() -> None:
    """Docstrings, prose, annotations, decorators, imports and the start of a program have no mutants; nor has what is named."""
    doc, call, start = '"""Doc."""', 'f(f"not a {b}", "no way")', 'if __name__ == "__main__":\n    g(1)'
    source = f'{doc}\nfrom a import b\nNAME = 3\n@d(1)\ndef g(a: int = None) -> "str":\n    {doc}\n    {call}\n{start}'

    assert ["m.g: f(f'not a {b}', 'no way') → pass"] == [each.id for each in mutants(source, "m", ["NAME"])]


@pytest.mark.parametrize("path", sorted(API.glob("*.py")), ids=lambda path: path.stem)
def test_mutant_differs_in_one_place(path: Path) -> None:
    """Each mutant of the handler is Python, has a name of its own, and differs from the original in one run of lines."""
    source = path.read_text("utf-8")
    original = ast.unparse(ast.parse(source))
    every = list(mutants(source, path.stem))

    assert len(every) == len({each.id for each in every})
    for mutant in every:
        ast.parse(mutant.source)
        steps = difflib.SequenceMatcher(a=original.split("\n"), b=mutant.source.split("\n"), autojunk=False).get_opcodes()
        assert 1 == sum(tag != "equal" for tag, *_ in steps), mutant.id


def test_names_stay_where_other_lines_change() -> None:
    """A mutant is named by its place and its text, so that a reason given for it holds while the code around it changes."""
    before = "def g(a):\n    return a < 3"
    after = f"import os\n\n\ndef h():\n    return 7\n\n\n{before}"

    assert {each.id for each in mutants(before, "m")} <= {each.id for each in mutants(after, "m")}


def test_processes_report_or_are_ended() -> None:
    """A job is done in a process of its own; one that ends without a report has died, one that takes too long is ended."""

    def work(job: str) -> str:
        if job == "ends":
            sys.exit(3)
        while job == "loops":
            pass
        return job * 2

    found = dict(in_processes(["a", "ends", "loops"], work, timeout=1.0))

    assert {"a": "aa", "ends": DIED, "loops": TIMED_OUT} == found


def test_process_that_waits_for_ever_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    """A process that uses no CPU time, such as a server that was started, takes too long as well."""
    monkeypatch.setattr(isolation, "STILL", 0.1)

    assert [("waits", TIMED_OUT)] == list(in_processes(["waits"], lambda _: threading.Event().wait()))


def test_original_is_unchanged() -> None:
    """A module is replaced in the process of the mutant only."""

    def work(source: str) -> object:
        replace_module("benchmarks.other_server", source, ["benchmarks.other_server"])
        from benchmarks import other_server

        return other_server.BASE  # type: ignore[attr-defined]

    from benchmarks import other_server

    assert [("BASE = 1", 1), ("BASE = 2", 2)] == sorted(in_processes(["BASE = 1", "BASE = 2"], work))
    assert "/api" == other_server.BASE


SUBJECT = SUBJECTS[0]


def mutant_of(module: str, before: str, after: str) -> Trial:
    """A mutant of the reference server by hand."""
    source = (API / f"{module}.py").read_text("utf-8")
    assert before in source
    mutant = Mutant("by hand", "constant", 1, source.replace(before, after))
    return Trial(SUBJECT, f"mconn_contracts.server.api.{module}", mutant, "quick")


def test_mutants_that_answer_alike_are_left_out() -> None:
    """Of the same code nothing is said; a broken promise is found; what does not start is named; a choice survives."""
    known = originals()
    jobs = [
        mutant_of("selection", "_NO_CONNECTOR = ", "_NOTHING = _NO_CONNECTOR = "),
        mutant_of("bodies", '"count": selection.total', '"count": selection.total + 1'),
        mutant_of("bodies", "from typing import Any", "from typing import Nobody"),
        mutant_of("selection", 'behavior.end == "inclusive"', "False"),
    ]
    found = {job.module + job.mutant.source: outcome for job, outcome in in_processes(jobs, lambda each: tried(each, known))}

    assert [None, ["MC301"], "does not start: ImportError", []] == [found[job.module + job.mutant.source] for job in jobs]


def test_corpus_meets_every_operation_and_refusal() -> None:
    """The corpus is answered with events, with their lack, and with every refusal that the reference server has."""
    handle, facts = reference(DEFAULT)
    statuses = {status for status, _, _ in corpus.answers(handle, facts, corpus.listed(handle, facts))}

    assert {200, 400, 401, 403, 404, 405} == statuses


def test_other_server_answers_as_its_own() -> None:
    """The other server lists, shows the latest and fetches; it refuses what it does not know."""
    handle, facts = SUBJECTS[2].build()
    paths = ("?from=0&to=2000000000", "/latest", "/1.1", "/abc", "?from=0")
    answers = [handle(Request("GET", facts.events + path, facts.credential)).status for path in paths]

    assert [200, 200, 404, 400, 400] == answers


def test_only_chooses_by_name() -> None:
    """`--only` tries the mutants whose name has the text."""
    names = {trial.mutant.id.split(":")[0] for trial in trials(SUBJECT, ["cursors._spell"], "quick")}

    assert {"cursors._spell"} == names


def test_section_of_a_page_is_replaced(tmp_path: Path) -> None:
    """What a benchmark writes replaces its own part of the page; a page without such a part is refused."""
    page = tmp_path / "page.md"
    page.write_text("A\n<!-- x: made by a benchmark -->\nold\n<!-- end of x -->\nB\n", encoding="utf-8")
    section.write(page, "x", "new")

    assert "A\n<!-- x: made by a benchmark -->\nnew\n<!-- end of x -->\nB\n" == page.read_text("utf-8")
    with pytest.raises(ValueError, match="has no part"):
        section.write(page, "y", "new")


def test_servers_are_accused_of_nothing_without_a_mutant() -> None:
    """What is found of a mutant is the mutant's: of the servers as they are, nothing is found, by either credential."""
    for subject in SUBJECTS:
        for of_token in (True, False):
            handle, facts = subject.build()
            credential = facts.credential if of_token else facts.by_key
            target = Target(ORIGIN + facts.base, facts.account, facts.connector, dict(credential))

            assert [] == accusations(probed(handle, target, PLAN)), subject.name
