"""The report of a client for build servers: JUnit XML, a suite for each group and a case for each scenario."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape

from mconn_contracts.model.trial import Group, Result, Trial, TrialVerdict
from mconn_contracts.reports.clients.wording import opinion, wrong
from mconn_contracts.reports.wording import number
from mconn_contracts.reports.xml import NO_TIME, attributes, one_line

_TAGS = {
    Result.BROKEN: "failure",
    Result.SURVIVED: "failure",
    Result.UNSTABLE: "error",
    Result.NEVER_MET: "skipped",
}


def pieces(verdict: TrialVerdict) -> Iterator[str]:
    """A scenario in which the client does badly is a failure, and one that it never met, or that is known, is skipped.

    What is wrong with requests is a failure of the suite `requests`, where it fails the run. Scores that are too low, and
    entries of the baseline that are stale, are failures of the suite `run`.
    """
    suites: dict[str, list[str]] = {}
    for group in (Group.CLEAN, *verdict.scores):
        suites[group.value] = [_case(trial) for trial in verdict.trials if trial.group is group]
    for each in wrong(verdict):
        finding = each.first
        title = f"{finding.code} {finding.name} {finding.operation or ''}".rstrip()
        tag = "failure" if finding.severity >= verdict.fail_on else "system-out"
        lines = [finding.message, f"in {number(len(each.scenarios), 'scenario')}: {', '.join(each.scenarios)}"]
        suites.setdefault("requests", []).append(_element("requests", title, tag, finding.message, finding.name, lines))
    gates = [_element("run", gap.partition(":")[0], "failure", gap, "score-too-low", []) for gap in verdict.gaps]
    gates += [_element("run", name, "failure", f"{name} is well now", "stale-baseline", []) for name in verdict.stale]
    if gates:
        suites["run"] = gates
    yield '<?xml version="1.0" encoding="UTF-8"?>\n'
    every = [case for cases in suites.values() for case in cases]
    yield f'<testsuites name="mconn client"{attributes(**_counts(every, "failure", "error"))}>\n'
    for name, cases in suites.items():
        counts = _counts(cases, "failure", "error", "skipped")
        yield f"  <testsuite{attributes(name=f'mconn.client.{name}', **counts, time=NO_TIME)}>\n"
        yield from cases
        yield "  </testsuite>\n"
    yield "</testsuites>\n"


def _case(trial: Trial) -> str:
    tag = "skipped" if trial.known else _TAGS.get(trial.result, "")
    told = trial.summary if trial.result in (Result.SURVIVED, Result.NEVER_MET) else trial.words
    message = f"{'known: ' if trial.known else ''}{trial.result}: {told}"
    lines = [] if tag == "skipped" else [f"{opinion(trial)}, {number(trial.requests, 'request')}", trial.summary]
    return _element(
        trial.group.value, trial.name, tag, message, trial.result.value.replace(" ", "-"), [*lines, *trial.said.splitlines()]
    )


def _element(suite: str, name: str, tag: str, message: str, kind: str, lines: Sequence[str]) -> str:
    head = f"    <testcase{attributes(name=name, classname=f'mconn.client.{suite}', time=NO_TIME)}"
    if not tag:
        return f"{head} />\n"
    said = "".join(f"{escape(one_line(line), quote=False)}\n" for line in lines) if tag != "skipped" else ""
    about = {"failure": {"message": message, "type": kind}, "error": {"message": message, "type": kind}}
    shown = attributes(**about.get(tag, {"message": message} if tag == "skipped" else {}))
    return f"{head}>\n      <{tag}{shown}>\n{said}</{tag}>\n    </testcase>\n"


def _counts(cases: Sequence[str], *tags: str) -> dict[str, int]:
    found = {f"{tag}s".replace("skippeds", "skipped"): sum(f"\n      <{tag}" in case for case in cases) for tag in tags}
    return {"tests": len(cases), **found}
