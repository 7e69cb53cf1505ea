"""What a machine must have for the matrix."""

from __future__ import annotations

import pytest
from tests.codegen import matrix
from tests.codegen.guide import ANSWERS, guide
from tests.codegen.page import PATH
from tests.codegen.target import EXPORTED, HERE, NO_ISSUE
from tests.codegen.targets import TARGETS


def test_missing_tools_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every compiler and package manager that is not there is named, once."""
    monkeypatch.setenv("PATH", "")

    assert ["cargo", "g++", "go", "java", "javac", "mvn", "node", "npm", "php", "ruby"] == matrix.missing_tools(TARGETS)


@pytest.mark.parametrize("attribute", ["name", "slug"])
def test_targets_have_names_of_their_own(attribute: str) -> None:
    """No two targets have the same name, or write the same result."""
    names = [getattr(target, attribute) for target in TARGETS]

    assert len(names) == len(set(names))


def test_targets_read_what_is_there() -> None:
    """Each target has its project, and its document is committed or exported for the run."""
    assert [] == [target.name for target in TARGETS if not target.path.is_dir()]
    assert [] == [target.name for target in TARGETS if target.document not in EXPORTED and not target.source.exists()]


def test_every_language_has_an_answer() -> None:
    """The page answers for each language once, with a target that fails in no column, and a program that is there."""
    targets = {target.name: target for target in TARGETS}

    assert sorted({target.language for target in TARGETS}) == [targets[answer.target].language for answer in ANSWERS]
    assert [] == [answer.target for answer in ANSWERS if targets[answer.target].known]
    assert [] == [answer.program for answer in ANSWERS if not (HERE / answer.program).is_file()]


def test_page_has_the_answers() -> None:
    """The first part of docs/codegen.md is what the targets and programs say, without a run."""
    assert "\n".join(guide()) in PATH.read_text(encoding="utf-8")


def test_known_failures_name_their_issue() -> None:
    """What a generator does wrong is said with a link to its issue upstream, or with when none was found."""
    reasons = {reason for target in TARGETS for reason in target.known.values()}

    assert [] == [reason for reason in reasons if "](https://github.com/" not in reason and NO_ISSUE not in reason]
