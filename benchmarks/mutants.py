"""What `mconn test` finds on servers with one point changed: mutants of the reference server and of another one.

`python -m benchmarks.mutants` tries every mutant of both that answers some request of a fixed corpus otherwise than its
original, over its pure handler. A survivor either has a reason in `survivors.json` why a server may be so, or is a fault that
nobody finds, and the exit code is 1. Results are kept as they come, so an interrupted run goes on; those of other code are
discarded. `--write` puts the table into docs/detection.md.
"""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import importlib
import json
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks.isolation import in_processes, replace_module
from benchmarks.mutation import Mutant, is_drawn, mutants
from benchmarks.pure import ORIGIN, accusations, probed

from benchmarks import corpus, section
from mconn_contracts.contract.document import find, load
from mconn_contracts.judge.check import Plan
from mconn_contracts.live.profiles import PROFILES
from mconn_contracts.live.target import Target
from mconn_contracts.model.exchange import Request, Response
from mconn_contracts.server.behavior import DEFAULT, Behavior

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "detection.md"
REASONS = ROOT / "benchmarks" / "survivors.json"
API = ROOT / "contracts" / "mconn_contracts" / "server" / "api"
PLAN = Plan(load())
TIMEOUT = 20.0
"""CPU seconds that a mutant may take: about ten times as long as the servers themselves."""
CONTRARY = Behavior(
    order="descending",
    time="a",
    start="exclusive",
    end="exclusive",
    count="total",
    default_limit=30,
    max_limit=60,
    over_limit="refuse",
    paging="offset",
    last_page="leads-to-empty-page",
    latest="newest-of-each-kind",
    latest_order="oldest-first",
    unknown_kind="refuse",
    unknown_connector="404",
    foreign_account="404",
    reversed_window="refuse",
    missing_credential=403,
    malformed_credential=401,
    wrong_credential=403,
    envelope="lean",
    result_of_errors="null",
    numbers="integral-float",
    members="reversed",
    strings="escaped",
    indent=2,
    gzip=True,
    rate_headers=False,
)
"""Another choice than the reference's wherever there is one, so that the code of the other choices is tried as well."""


@dataclass(frozen=True)
class Subject:
    """A server whose modules are mutated. `build` imports it anew, and says how to ask it, and what it is asked for.

    Where it is another `choice` of a subject's server, it is given the mutants only that the subject leaves out.
    """

    name: str
    modules: Mapping[str, Path]
    forget: str
    build: Callable[[], tuple[corpus.Handle, corpus.Facts]]
    without: frozenset[str] = frozenset()
    choice: str | None = None


def reference(behavior: Behavior) -> tuple[corpus.Handle, corpus.Facts]:
    """The reference server's handler, which answers 500 where it fails, as its ASGI shell does."""
    server = importlib.import_module("mconn_contracts.server.reference")
    access = importlib.import_module("mconn_contracts.server.api.access")
    life = importlib.import_module("mconn_contracts.server.data.lifecycle")
    styles = importlib.import_module("mconn_contracts.server.styles")
    handler = server.build_handler(server.open_store(), style=styles.Style("tried", "", behavior))
    account = access.MAIN_ACCOUNT

    def handle(request: Request) -> Response:
        for answer in (handler.answer, handler.malfunction):
            with contextlib.suppress(Exception):
                response: Response = answer(request).response
                # A mutant may make a response that no shell can send.
                if isinstance(response.status, int) and 200 <= response.status < 600:
                    return response
        return Response(500, (), b"")

    facts = corpus.Facts(
        "/client/v4",
        life.ACCOUNT_ID,
        life.CONNECTOR_ID,
        (("Authorization", f"Bearer {account.token}"),),
        (("X-Auth-Email", account.email), ("X-Auth-Key", account.key)),
        ((life.ACCOUNT_ID, life.EMPTY_CONNECTOR_ID), (life.FOREIGN_ACCOUNT_ID, life.FOREIGN_CONNECTOR_ID)),
    )
    return handle, facts


def other() -> tuple[corpus.Handle, corpus.Facts]:
    """The other server's handler, which answers 500 where it fails, as a gateway before it would."""
    server = importlib.import_module("benchmarks.other_server")

    def handle(request: Request) -> Response:
        fields = {name.lower(): value for name, value in request.headers}
        try:
            answer = server.handle(server.Request(request.method, request.url, fields))
            headers = (*answer.headers, ("Content-Length", str(len(answer.body))))
            return Response(answer.status, headers, b"" if request.method == "HEAD" else answer.body)
        except Exception:
            return Response(500, (), b"")

    facts = corpus.Facts(
        server.BASE,
        server.ACCOUNT,
        server.CONNECTOR,
        (("Authorization", f"Bearer {server.TOKEN}"),),
        (("X-Auth-Email", server.EMAIL), ("X-Auth-Key", server.KEY)),
        ((server.ACCOUNT, "5b0d9c34-77e2-4f19-8c6a-e1a4d3f28b07"),),
    )
    return handle, facts


_API = {
    f"mconn_contracts.server.api.{name}": API / f"{name}.py"
    for name in ("access", "bodies", "cursors", "encoding", "handler", "queries", "routing", "selection")
}
SUBJECTS = (
    Subject("reference server", _API, "mconn_contracts.server", lambda: reference(DEFAULT)),
    Subject(
        "reference server, other choices",
        _API,
        "mconn_contracts.server",
        lambda: reference(CONTRARY),
        choice="reference server",
    ),
    Subject(
        "other server",
        {"benchmarks.other_server": ROOT / "benchmarks" / "other_server.py"},
        "benchmarks.other_server",
        other,
        frozenset({"record", "Shell", "main", "BASE", "ACCOUNT", "CONNECTOR", "TOKEN", "EMAIL", "KEY", "NEWEST", "EVENTS"}),
    ),
)

Originals = Mapping[str, tuple[list[corpus.Answer], list[Mapping[str, int | str]]]]


@dataclass(frozen=True)
class Trial:
    """One mutant of one subject, to be probed in one profile."""

    subject: Subject
    module: str
    mutant: Mutant
    profile: str

    @property
    def id(self) -> str:
        """The mutant's name, with that of the server where it is tried with other choices."""
        return f"{self.mutant.id} [{self.subject.name}]"


def originals() -> Originals:
    """What each subject answers to the corpus, unchanged, and the events that it lists."""
    every = {}
    for subject in SUBJECTS:
        events = corpus.listed(*subject.build())
        every[subject.name] = (list(corpus.answers(*subject.build(), events)), events)
    return every


def tried(trial: Trial, known: Originals) -> Any:
    """What the probes find on a mutant, asked with the token, then by email and key.

    None where it answers as its original; a text where it does not even start.
    """
    replace_module(trial.module, trial.mutant.source, (trial.subject.forget,))
    expected, events = known[trial.subject.name]
    try:
        handle, facts = trial.subject.build()
    except Exception as error:
        return f"does not start: {type(error).__name__}"
    if _answers_alike(corpus.answers(handle, facts, events), expected):
        return None
    found: list[str] = []
    for credential in (facts.credential, facts.by_key):
        if not found:
            handle, facts = trial.subject.build()
            target = Target(ORIGIN + facts.base, facts.account, facts.connector, dict(credential))
            found = accusations(probed(handle, target, PLAN, trial.profile, most=1))
    return found


def _answers_alike(answers: Iterator[corpus.Answer], expected: Iterable[corpus.Answer]) -> bool:
    for answer in expected:
        if next(answers, None) != answer:
            return False
    return next(answers, None) is None


def trials(subject: Subject, only: Iterable[str], profile: str, one_in: int = 1) -> Iterator[Trial]:
    """The mutants of a subject whose names have one of the words, where there are any; of those, one in so many."""
    words = tuple(only)
    for module, path in subject.modules.items():
        for mutant in mutants(path.read_text("utf-8"), path.stem, subject.without, lambda name: is_drawn(name, one_in)):
            trial = Trial(subject, module, mutant, profile)
            if not words or any(word in trial.id for word in words):
                yield trial


class Results:
    """What is known of the mutants, kept in a file: by profile and name, what was found."""

    def __init__(self, path: Path) -> None:
        self._path = path
        kept = json.loads(path.read_text("utf-8")) if path.exists() else {}
        code = _digest()
        self.found: dict[str, dict[str, Any]] = kept["found"] if kept.get("code") == code else {}
        self._code = code

    def of(self, profile: str) -> dict[str, Any]:
        """What was found in a profile, by name."""
        return self.found.setdefault(profile, {})

    def keep(self) -> None:
        """Write the file."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        self._path.write_text(json.dumps({"code": self._code, "found": self.found}, indent=1), encoding="utf-8")

    def survivors(self, profile: str) -> list[str]:
        """The mutants that were tried in a profile, and of which nothing was found."""
        return [name for name, found in self.of(profile).items() if found == []]


def _digest() -> str:
    digest = hashlib.sha256(find().read_bytes())
    for path in sorted([*(ROOT / "contracts").rglob("*.py"), *(ROOT / "benchmarks").glob("*.py")]):
        digest.update(path.read_bytes())
    return digest.hexdigest()


def measure(results: Results, profile: str, only: Iterable[str], one_in: int, workers: int) -> None:
    """Try every mutant without a result: all in the profile `quick`, and its survivors in another one."""
    known = originals()
    for subject in SUBJECTS:
        due = list(_due(results, subject, profile, only, one_in))
        for number, (trial, found) in enumerate(
            in_processes(due, partial(tried, known=known), workers=workers, timeout=TIMEOUT), start=1
        ):
            results.of(profile)[trial.id] = found
            if found == []:
                print(f"survives {profile}: {trial.id}", flush=True)
            if number % 50 == 0:
                print(f"{subject.name}: {number} of {len(due)}", flush=True)
                results.keep()
        results.keep()


def _due(results: Results, subject: Subject, profile: str, only: Iterable[str], one_in: int) -> Iterator[Trial]:
    """The mutants of a subject that have no result, and are to have one."""
    quick = results.of("quick")
    for trial in trials(subject, only, profile, one_in):
        first = subject.choice and f"{trial.mutant.id} [{subject.choice}]"
        is_due = trial.id not in results.of(profile) and (profile == "quick" or quick.get(trial.id) == [])
        if is_due and (first is None or quick.get(first, ()) is None):
            yield trial


def reasons() -> dict[str, str]:
    """Why a server may be as a mutant is, by the mutant's name."""
    return {name: each["reason"] for each in json.loads(REASONS.read_text("utf-8")) for name in each["mutants"]}


def page(results: Results, one_in: int) -> str:
    """The section of the page: the shares that are found, by subject and profile, and the survivors by reason."""
    known = reasons()
    profiles = [name for name in PROFILES if results.of(name)]
    titles = " | ".join(f"found by `{name}`" for name in profiles)
    lines = [
        "Made by `python -m benchmarks.mutants --write`: every single-point mutant of the reference server's handler and of a",
        "small server that shares no code with it. The probes call the handler in memory. Mutants that do not start, or that",
        "answer a fixed corpus of requests as the original does, are left out. Found means: an error, or no verdict (exit 1",
        "or 3). Each profile after the first is given the survivors of the first."
        + (f" This is a sample of one mutant in {one_in}." if one_in > 1 else ""),
        "",
        f"| server | mutants | left out | {titles} | survivors | with a reason |",
        f"| --- | ---: | ---: | {' | '.join('---:' for _ in profiles)} | ---: | ---: |",
    ]
    remaining: list[str] = []
    for subject in SUBJECTS:
        first = {name: found for name, found in results.of("quick").items() if name.endswith(f"[{subject.name}]")}
        tested = {name: found for name, found in first.items() if isinstance(found, list) or found in ("timed out", "died")}
        survivors = {name for name, found in tested.items() if found == []}
        shares = []
        for profile in profiles:
            survivors &= {name for name in survivors if results.of(profile).get(name, []) == []}
            shares.append(f"{100 * (len(tested) - len(survivors)) / max(1, len(tested)):.1f} %")
        left_out = len(first) - len(tested)
        explained = sum(name in known for name in survivors)
        lines.append(f"| {subject.name} | {len(tested)} | {left_out} | {' | '.join(shares)} | {len(survivors)} | {explained} |")
        remaining += sorted(survivors)
    by_reason = Counter(known.get(name, "**No reason: a fault that nobody finds.**") for name in remaining)
    lines += ["", "| why a server may be so | survivors |", "| --- | ---: |"]
    lines += [f"| {reason} | {number} |" for reason, number in by_reason.most_common()]
    lines += ["", "The survivors by name: `benchmarks/survivors.json`.", ""]
    return "\n".join(lines)


def main() -> None:
    """Try what is missing, and print or write the section."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--results", type=Path, default=ROOT / "build" / "mutants.json", help="where results are kept")
    parser.add_argument("--profile", choices=list(PROFILES), default="quick", help="another than quick: for its survivors only")
    parser.add_argument("--only", action="append", default=[], help="try the mutants whose name has this text only")
    parser.add_argument("--one-in", type=int, default=1, metavar="N", help="try a sample of one mutant in N")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--write", action="store_true", help=f"write the section of {PAGE.relative_to(ROOT)}")
    options = parser.parse_args()
    results = Results(options.results)
    if options.profile != "quick":
        measure(results, "quick", options.only, options.one_in, options.workers)
    measure(results, options.profile, options.only, options.one_in, options.workers)
    known = reasons()
    for name in sorted(known.keys() - set(results.survivors("quick"))):
        print(f"a reason for what does not survive `quick`: {name}")
    unexplained = [name for name in results.survivors(options.profile) if name not in known]
    text = page(results, options.one_in)
    if options.write:
        section.write(PAGE, "mutants", text)
    else:
        print(text)
    for name in unexplained:
        print(f"no reason: {name}")
    sys.exit(1 if unexplained else 0)


if __name__ == "__main__":
    main()
