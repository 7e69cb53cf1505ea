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
import importlib
import io
import json
import os
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.combinations import TARGET
from benchmarks.isolation import TIMED_OUT, in_processes, replace_module
from benchmarks.mutation import Mutant, is_drawn, mutants
from benchmarks.pure import probed
from tests import vectors

from mconn_contracts.contract.document import load
from mconn_contracts.judge import check
from mconn_contracts.model.exchange import Exchange
from mconn_contracts.server.reference import build_handler, open_store
from mconn_contracts.server.styles import STYLES

ROOT = Path(__file__).resolve().parents[1]
JUDGE = ROOT / "contracts" / "mconn_contracts" / "judge"
EQUIVALENTS = ROOT / "benchmarks" / "equivalents.json"
DOCUMENT = load()
ABOVE = tuple(f"mconn_contracts.{room}" for room in ("cli", "testing", "live", "archives", "policy", "reports", "judge"))
"""The judge, and all that may hold something of it."""
RULE_TESTS = ("tests/judge/rules", "tests/judge/reading", "tests/judge/test_check.py", "tests/test_statements.py")
"""Without those that draw examples: they take too long, and find by chance."""
SURVIVES = "survives"
TIMEOUT = 300.0
"""Seconds that one step may take with one mutant: a machine may be busy with others."""


Shown = tuple[dict[str, int], dict[str, str]]
"""What a run came to: how many findings there are of each code, and what was observed."""


@dataclass(frozen=True)
class Recording:
    """A run of the probes over the handler of a style, and what the unchanged judge makes of it."""

    style: str
    exchanges: list[Exchange]
    shown: Shown


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
            if is_drawn(mutant, one_in) and (not words or any(word in mutant.id for word in words)):
                yield Trial(module, mutant)


def unchanged() -> Trial:
    """The judge as it is: what notices this notices anything."""
    path = JUDGE / "rules" / "page.py"
    return Trial("mconn_contracts.judge.rules.page", Mutant("unchanged", "", 0, path.read_text("utf-8")))


def by_vectors(trial: Trial, kept: frozenset[str]) -> str:
    """What notices a mutant: the first case that is judged otherwise, the first statement that no case keeps, or SURVIVES."""
    replace_module(trial.module, trial.mutant.source, (*ABOVE, "tests.vectors"))
    try:
        anew = importlib.import_module("tests.vectors")
        plan = anew.Plan(DOCUMENT)
        keeps: set[str] = set()
        for case in anew.load():
            outcome = anew.judge(case, plan)
            if case.expected != (outcome.alone, outcome.together):
                return f"the case: {case.description}"
            keeps |= outcome.decided - outcome.codes
        if kept - keeps:
            return f"no case keeps {min(kept - keeps)}"
    except Exception as error:
        return type(error).__name__
    return SURVIVES


def statements_kept() -> frozenset[str]:
    """The statements that some case keeps."""
    plan = check.Plan(DOCUMENT)
    outcomes = [vectors.judge(case, plan) for case in vectors.load()]
    return frozenset(code for outcome in outcomes for code in outcome.decided - outcome.codes)


def recordings() -> list[Recording]:
    """The runs of all styles."""
    every = []
    for style in STYLES.values():
        exchanges: list[Exchange] = []
        with contextlib.closing(open_store(main=style.main)) as store:
            probed(build_handler(store, style=style), TARGET, check.Plan(DOCUMENT), record=exchanges.append)
        every.append(Recording(style.name, exchanges, judged(check, exchanges)))
    return every


def judged(judge: Any, exchanges: list[Exchange]) -> Shown:
    """What a judge, changed or not, makes of a run."""
    session = judge.Session(judge.Plan(DOCUMENT))
    for exchange in exchanges:
        session.observe(exchange)
    choices = session.observe_behavior()
    session.conclude()
    return session.tally.by_code, {choice.name: choice.value for choice in choices}


def by_styles(trial: Trial, recorded: list[Recording]) -> str:
    """What notices a mutant: the first style that is accused, or seen to choose otherwise, or SURVIVES."""
    replace_module(trial.module, trial.mutant.source, ABOVE)
    try:
        judge = importlib.import_module("mconn_contracts.judge.check")
        for each in recorded:
            if judged(judge, each.exchanges) != each.shown:
                return f"the style: {each.style}"
    except Exception as error:
        return type(error).__name__
    return SURVIVES


def by_rule_tests(trial: Trial) -> str:
    """What notices a mutant: the rule tests, or SURVIVES."""
    replace_module(trial.module, trial.mutant.source, (*ABOVE, "tests"))
    import pytest

    os.chdir(ROOT)
    options = ["-x", "--assert=plain", "-q", "-p", "no:cacheprovider", "-m", "not hypothesis", *RULE_TESTS]
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
    recorded, kept = recordings(), statements_kept()
    steps: tuple[tuple[str, Any], ...] = (
        ("vectors", lambda trial: by_vectors(trial, kept)),
        ("styles", lambda trial: by_styles(trial, recorded)),
        ("rule tests", by_rule_tests),
    )
    left = [each for each in every if each.mutant.id not in named]
    for step, work in steps:
        (_, noticed), *_ = in_processes([unchanged()], work, timeout=TIMEOUT)
        if noticed != SURVIVES:
            sys.exit(f"the {step} fail without a mutant: {noticed}")
    for step, work in steps:
        known = results.by(step)
        due = [each for each in left if each.mutant.id not in known]
        for number, (trial, noticed) in enumerate(in_processes(due, work, workers=workers, timeout=TIMEOUT), start=1):
            known[trial.mutant.id] = noticed
            if noticed == SURVIVES:
                print(f"survives the {step}: {trial.mutant.id}", flush=True)
            if number % 50 == 0:
                print(f"{step}: {number} of {len(due)}", flush=True)
                results.keep()
        results.keep()
        left = [each for each in left if known[each.mutant.id] == SURVIVES]


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
    results = Results(options.results)
    every = list(trials(options.only, options.one_in))
    measure(results, every, options.workers)
    named = equivalents()
    names = [each.mutant.id for each in every]
    noticed = {step: [name for name in names if results.by(step).get(name, SURVIVES) != SURVIVES] for step in results.noticed}
    timed_out = sum(TIMED_OUT in (known.get(name) for known in results.noticed.values()) for name in names)
    survivors = [name for name in names if name not in named and not any(name in each for each in noticed.values())]
    share = 100 * (len(names) - len(survivors)) / max(1, len(names))
    print(f"{len(names)} mutants: " + ", ".join(f"{len(each)} noticed by the {step}" for step, each in noticed.items()))
    print(f"{sum(name in named for name in names)} named, {timed_out} timed out, {len(survivors)} not noticed")
    print(f"{share:.1f} % noticed or named")
    for name in survivors:
        print(f"not noticed: {name}")
    sys.exit(0 if share >= options.least else 1)


if __name__ == "__main__":
    main()
