"""Whether the vectors and the judge's tests notice a changed point of the judge: every single-point mutant of `judge/`.

`python -m benchmarks.judge_mutants` tries each mutant in a process of its own on the vectors, then on the recorded runs of all
styles, of which nothing may be accused and the observed behavior is known, and then on `tests/judge`, up to the first
difference. What does not run the changed line cannot notice it, and is left out. A mutant that none of these notices is named
in `equivalents.json` with the reason why nothing can, or lacks a vector. Exits 1 where less than `--least` percent of the
mutants are noticed or named. `--one-in N` tries a sample, drawn by `--seed`.
"""

from __future__ import annotations

import argparse
import hashlib
import importlib
import json
import sys
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from benchmarks.isolation import in_processes, replace_module
from benchmarks.mutation import Mutant, is_drawn, mutants
from benchmarks.noticing import (
    JUDGE,
    LEAST_SECONDS,
    ROOT,
    TESTS,
    TIMES_AS_LONG,
    Cases,
    Line,
    Noticer,
    Ran,
    of_histories,
    of_runs,
    recordings,
    spans,
    timed,
    traced,
    with_tests,
)
from benchmarks.replacement import Replacing, forget, running

from mconn_contracts.judge.plan import Plan

EQUIVALENTS = ROOT / "benchmarks" / "equivalents.json"
ROOM = "mconn_contracts.judge"
ABOVE = tuple(f"mconn_contracts.{room}" for room in ("cli", "testing", "live", "archives", "policy", "reports", "judge"))
"""The judge, and all that may hold something of it."""
SURVIVES = "survives"
RUNS = 6
"""Styles whose exchanges are judged one by one; of all, the histories are."""
RELATING = frozenset(
    [f"{ROOM}.rules.{name}" for name in ("agreement", "observations", "page", "refusals", "walks", "windows")]
    + [f"{ROOM}.reading.{name}" for name in ("events", "history", "listed", "order", "sightings", "survival", "walk")]
)
"""Modules that the history of a session runs: there is no need to read its exchanges again."""
EVERY = 20
"""One case in so many is enough to have all cached that cases share."""
TIMEOUT = 200.0
"""CPU seconds that all that may notice a mutant may take."""


@dataclass(frozen=True)
class Trial:
    """One mutant of one module of the judge."""

    module: str
    path: Path
    mutant: Mutant


def trials(only: Iterable[str], one_in: int, seed: int) -> Iterator[Trial]:
    """The mutants whose names have one of the words, where there are any; of those, one in so many."""
    words = tuple(only)

    def wanted(name: str) -> bool:
        return is_drawn(name, one_in, seed) and (not words or any(word in name for word in words))

    for path in sorted(JUDGE.rglob("*.py")):
        place = path.relative_to(JUDGE).with_suffix("")
        name = ".".join(place.parts)
        for mutant in mutants(path.read_text("utf-8"), name, wanted=wanted):
            yield Trial(f"{ROOM}.{name}", path, mutant)


class Judging:
    """The judge as it runs here, what may notice that it is another, and which lines each of that runs."""

    def __init__(self, tests: Iterable[Noticer]) -> None:
        self.cases = Cases()
        recorded = recordings()
        every = [
            *self.cases.noticers(),
            *of_histories(recorded, self.cases.plan),
            *of_runs(recorded[:: max(1, len(recorded) // RUNS)], self.cases.plan),
            *tests,
        ]
        self.ran = list(self._run(every))
        self.kept = self.cases.kept()
        # What is cached is cached by now: what fills the caches is traced by itself.
        alone = [ran for ran in self.ran if ran.noticer.sort in ("vectors", "tests")]
        said, lines = traced([ran.noticer.run for ran in alone])
        _no_difference(said)
        self.by_line = {line: [alone[number] for number in numbers] for line, numbers in lines.items()}
        _, first = traced([self._run_anew])
        self.first = first.keys()
        modules = {f"{ROOM}.{'.'.join(each.relative_to(JUDGE).with_suffix('').parts)}": each for each in JUDGE.rglob("*.py")}
        functions = running(modules)
        self.replacing = {name: Replacing(path.read_text("utf-8"), functions[name]) for name, path in modules.items()}
        self.spans = {path: spans(path.read_text("utf-8")) for path in modules.values()}

    @staticmethod
    def _run(every: Iterable[Noticer]) -> Iterator[Ran]:
        for noticer in every:
            before = time.process_time()
            _no_difference([noticer.run()])
            yield Ran(noticer, max(LEAST_SECONDS, TIMES_AS_LONG * (time.process_time() - before)))

    def _run_anew(self) -> None:
        """Everything that a plan caches comes about."""
        forget(Plan, ROOM)
        for noticer in list(self.cases.noticers())[::EVERY]:
            noticer.run()

    def noticed(self, trial: Trial) -> str:
        """What notices a mutant, or SURVIVES; for a process of its own."""
        lines: list[Line] = [(str(trial.path), line) for line in self.spans[trial.path].get(trial.mutant.line, ())]
        due = {id(ran): ran for line in lines for ran in self.by_line.get(line, ())}
        if not self.replacing[trial.module].put(trial.mutant.source):
            return self._imported_anew(trial)
        if not any(ran.noticer.sort == "vectors" for ran in due.values()) and any(line in self.first for line in lines):
            forget(Plan, ROOM)
            due |= {id(ran): ran for ran in self.ran if ran.noticer.sort == "vectors"}
        sort = "histories" if trial.module in RELATING else "runs"
        return self._first_difference([ran for ran in self.ran if id(ran) in due or ran.noticer.sort == sort])

    def _first_difference(self, every: Iterable[Ran]) -> str:
        for ran in every:
            said = timed(ran)
            if said is not None:
                return said
            if ran.noticer.sort != "vectors" and self.kept - self.cases.kept():
                break
        lost = self.kept - self.cases.kept()
        return f"no case keeps {min(lost)}" if lost else SURVIVES

    def _imported_anew(self, trial: Trial) -> str:
        """What notices a mutant that changes more than functions: the modules are imported anew, and the tests as well."""
        replace_module(trial.module, trial.mutant.source, (*ABOVE, "tests", "benchmarks.noticing", "benchmarks.combinations"))
        try:
            anew = importlib.import_module("benchmarks.noticing")
            cases = anew.Cases()
            for noticer in cases.noticers():
                said = noticer.run()
                if said is not None:
                    return str(said)
            if self.kept - cases.kept():
                return f"no case keeps {min(self.kept - cases.kept())}"
        except Exception as error:
            return type(error).__name__
        return SURVIVES if anew.tests_pass() else "a test"


def _no_difference(said: Iterable[object]) -> None:
    for each in said:
        if each is not None:
            sys.exit(f"without a mutant there is a difference: {each}")


class Results:
    """What noticed each mutant, kept in a file by name; where the code is another, the file starts anew."""

    def __init__(self, path: Path) -> None:
        self._path = path
        kept = json.loads(path.read_text("utf-8")) if path.exists() else {}
        self._code = _digest()
        self.noticed: dict[str, str] = kept["noticed"] if kept.get("code") == self._code else {}

    def keep(self) -> None:
        """Write the file."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        self._path.write_text(json.dumps({"code": self._code, "noticed": self.noticed}, indent=1), encoding="utf-8")


def _digest() -> str:
    digest = hashlib.sha256()
    files = [*(ROOT / "contracts").rglob("*.py"), *(ROOT / "spec").rglob("*.json"), ROOT / "spec" / "openapi.yaml"]
    files += [*(ROOT / "benchmarks").glob("*.py"), ROOT / "tests" / "vectors.py"]
    for path in sorted([*files, *(path for name in TESTS for path in (ROOT / name).rglob("*.py"))]):
        digest.update(path.read_bytes())
    return digest.hexdigest()


def measure(results: Results, every: Iterable[Trial], workers: int) -> None:
    """Try every mutant without a result that has no reason."""
    named = equivalents()
    due = [each for each in every if each.mutant.id not in named and each.mutant.id not in results.noticed]

    def tried(tests: list[Noticer]) -> None:
        judging = Judging(tests)
        print(f"{len(judging.ran)} vectors, runs and tests may notice a mutant; {len(due)} mutants", flush=True)
        for number, (trial, noticed) in enumerate(in_processes(due, judging.noticed, workers=workers, timeout=TIMEOUT), start=1):
            results.noticed[trial.mutant.id] = noticed
            if noticed == SURVIVES:
                print(f"survives: {trial.mutant.id}", flush=True)
            if number % 50 == 0:
                print(f"{number} of {len(due)}", flush=True)
                results.keep()
        results.keep()

    if due:
        with_tests(tried)


def equivalents() -> dict[str, str]:
    """Why nothing can notice a mutant, by its name."""
    return {name: each["reason"] for each in json.loads(EQUIVALENTS.read_text("utf-8")) for name in each["mutants"]}


def shares(names: Iterable[str], noticed: Mapping[str, str], named: Mapping[str, str]) -> Iterator[tuple[str, int, int]]:
    """Of each module, the number of mutants and of those that are noticed or named."""
    every, well = Counter[str](), Counter[str]()
    for name in names:
        module = name.partition(":")[0]
        module = ".".join(part for part in module.split(".")[:2] if part.islower() and not part.startswith("_"))
        every[module] += 1
        well[module] += name in named or noticed[name] != SURVIVES
    for module, number in sorted(every.items()):
        yield module, number, well[module]


def main() -> None:
    """Try what is missing, and print the shares."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--results", type=Path, default=ROOT / "build" / "judge-mutants.json", help="where results are kept")
    parser.add_argument("--only", action="append", default=[], help="try the mutants whose name has this text only")
    parser.add_argument("--one-in", type=int, default=1, metavar="N", help="try a sample of one mutant in N")
    parser.add_argument("--seed", type=int, default=0, help="what the sample is drawn by")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--least", type=float, default=95.0, help="percent that must be noticed or named")
    options = parser.parse_args()
    results = Results(options.results)
    every = list(trials(options.only, options.one_in, options.seed))
    measure(results, every, options.workers)
    named = equivalents()
    names = [each.mutant.id for each in every]
    survivors = [name for name in names if name not in named and results.noticed[name] == SURVIVES]
    for module, number, well in shares(names, results.noticed, named):
        print(f"{module}: {well} of {number}")
    for name in survivors:
        print(f"not noticed: {name}")
    share = 100 * (len(names) - len(survivors)) / max(1, len(names))
    print(f"{len(names)} mutants, {sum(name in named for name in names)} named, {len(survivors)} not noticed")
    print(f"{share:.1f} % noticed or named")
    sys.exit(0 if share >= options.least else 1)


if __name__ == "__main__":
    main()
