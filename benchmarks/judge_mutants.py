"""Whether the vectors and the rule tests notice a changed point of the judge: mutants of `judge/rules` and `judge/reading`.

`python -m benchmarks.judge_mutants` judges the vectors by each mutant, in a process of its own, up to the first difference.
What they do not notice is given the recorded runs of all styles, of which nothing may be accused and the observed behavior is
known, and then the rule tests. A mutant that none of these notices is named in `equivalents.json` with the reason why no
exchange shows it, or lacks a vector. Exits 1 where less than `--least` percent of the mutants are noticed or named.
`--one-in N` tries a sample: the same one, until the code changes.
"""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import io
import json
import os
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.isolation import TIMED_OUT, in_processes, replace_module
from benchmarks.mutation import Mutant, mutants

from mconn_contracts.contract.document import load

ROOT = Path(__file__).resolve().parents[1]
JUDGE = ROOT / "contracts" / "mconn_contracts" / "judge"
EQUIVALENTS = ROOT / "benchmarks" / "equivalents.json"
DOCUMENT = load()
ABOVE = tuple(f"mconn_contracts.{room}" for room in ("cli", "testing", "live", "archives", "policy", "reports", "judge"))
"""The judge, and all that may hold something of it."""
RULE_TESTS = ("tests/judge/rules", "tests/judge/reading", "tests/judge/test_check.py", "tests/test_statements.py")
SURVIVES = "survives"


@dataclass(frozen=True)
class Trial:
    """One mutant of one module of the judge."""

    module: str
    mutant: Mutant


def trials(only: Iterable[str], one_in: int) -> Iterator[Trial]:
    """The mutants whose names have one of the words, where there are any; of those, one in so many."""
    words = tuple(only)
    for path in sorted([*(JUDGE / "rules").glob("*.py"), *(JUDGE / "reading").glob("*.py")]):
        module = f"mconn_contracts.judge.{path.parent.name}.{path.stem}"
        for mutant in mutants(path.read_text("utf-8"), path.stem):
            drawn = int.from_bytes(hashlib.sha256(mutant.id.encode()).digest()[:4]) % one_in == 0
            if drawn and (not words or any(word in mutant.id for word in words)):
                yield Trial(module, mutant)


def by_vectors(trial: Trial) -> str:
    """What notices a mutant: the description of the first case that is judged otherwise, or SURVIVES."""
    replace_module(trial.module, trial.mutant.source, (*ABOVE, "tests.vectors"))
    try:
        from tests import vectors

        from mconn_contracts.judge.check import Plan

        plan = Plan(DOCUMENT)
        for case in vectors.load():
            outcome = vectors.judge(case, plan)
            if case.expected != (outcome.alone, outcome.together):
                return f"the case: {case.description}"
    except Exception as error:
        return f"{type(error).__name__}"
    return SURVIVES


def by_rule_tests(trial: Trial) -> str:
    """What notices a mutant: the rule tests, or SURVIVES."""
    replace_module(trial.module, trial.mutant.source, (*ABOVE, "tests"))
    import pytest

    os.chdir(ROOT)
    options = ["-x", "-q", "-p", "no:cacheprovider", "-p", "no:randomly", "--no-header", *RULE_TESTS]
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        code = pytest.main(options)
    return SURVIVES if code == 0 else "a rule test"


class Results:
    """What noticed each mutant, kept in a file by name; where the code is another, the file starts anew."""

    def __init__(self, path: Path) -> None:
        self._path = path
        kept = json.loads(path.read_text("utf-8")) if path.exists() else {}
        self._code = _digest()
        self.noticed: dict[str, dict[str, str]] = kept["noticed"] if kept.get("code") == self._code else {}

    def by(self, step: str) -> dict[str, str]:
        """What one step noticed."""
        return self.noticed.setdefault(step, {})

    def keep(self) -> None:
        """Write the file."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        self._path.write_text(json.dumps({"code": self._code, "noticed": self.noticed}, indent=1), encoding="utf-8")


def _digest() -> str:
    digest = hashlib.sha256()
    files = [*(ROOT / "contracts").rglob("*.py"), *(ROOT / "spec").rglob("*.json"), *(ROOT / "tests" / "judge").rglob("*.py")]
    for path in sorted([*files, ROOT / "spec" / "openapi.yaml", *(ROOT / "benchmarks").glob("*.py")]):
        digest.update(path.read_bytes())
    return digest.hexdigest()


def measure(results: Results, every: list[Trial], workers: int) -> None:
    """Try every mutant without a result on the vectors, and what survives them on the rule tests."""
    named = equivalents()
    steps: tuple[tuple[str, Any, float], ...] = (("vectors", by_vectors, 120.0), ("rule tests", by_rule_tests, 600.0))
    for step, work, timeout in steps:
        known = results.by(step)
        due = [each for each in every if each.mutant.id not in known and each.mutant.id not in named]
        if step != "vectors":
            due = [each for each in due if results.by("vectors")[each.mutant.id] == SURVIVES]
        for number, (trial, noticed) in enumerate(in_processes(due, work, workers=workers, timeout=timeout), start=1):
            known[trial.mutant.id] = noticed
            if noticed == SURVIVES:
                print(f"survives the {step}: {trial.mutant.id}", flush=True)
            if number % 50 == 0:
                print(f"{step}: {number} of {len(due)}", flush=True)
                results.keep()
        results.keep()


def equivalents() -> dict[str, str]:
    """Why nothing can notice a mutant, by its name."""
    return {name: each["reason"] for each in json.loads(EQUIVALENTS.read_text("utf-8")) for name in each["mutants"]}


def main() -> None:
    """Try what is missing, and print the shares."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--results", type=Path, default=ROOT / "build" / "judge-mutants.json", help="where results are kept")
    parser.add_argument("--only", action="append", default=[], help="try the mutants whose name has this text only")
    parser.add_argument("--one-in", type=int, default=1, metavar="N", help="try a sample of one mutant in N")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--least", type=float, default=95.0, help="percent that must be noticed or named")
    options = parser.parse_args()
    sys.path.insert(0, str(ROOT))
    results = Results(options.results)
    every = list(trials(options.only, options.one_in))
    measure(results, every, options.workers)
    named = equivalents()
    survivors = [
        each.mutant.id
        for each in every
        if each.mutant.id not in named
        and results.by("vectors")[each.mutant.id] == SURVIVES
        and results.by("rule tests")[each.mutant.id] == SURVIVES
    ]
    by_vectors_alone = sum(results.by("vectors").get(each.mutant.id, SURVIVES) != SURVIVES for each in every)
    timed_out = sum(TIMED_OUT in (results.by(step).get(each.mutant.id) for step in ("vectors", "rule tests")) for each in every)
    of_these = sum(each.mutant.id in named for each in every)
    share = 100 * (len(every) - len(survivors)) / max(1, len(every))
    by_tests = len(every) - by_vectors_alone - of_these - len(survivors)
    print(
        f"{len(every)} mutants: {by_vectors_alone} noticed by the vectors, {by_tests} by the rule tests, {of_these} named, "
        f"{timed_out} timed out, {len(survivors)} not noticed; {share:.1f} % noticed or named"
    )
    for name in survivors:
        print(f"not noticed: {name}")
    sys.exit(0 if share >= options.least else 1)


if __name__ == "__main__":
    main()
