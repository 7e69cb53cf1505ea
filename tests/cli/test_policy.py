"""Policy: choices by operation, configuration files, baselines, and coverage as a gate; on recordings."""

from __future__ import annotations

import datetime
import json
import os
import tomllib
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from mconn_contracts.cli.config import command as config
from mconn_contracts.cli.validate import command as validate
from mconn_contracts.errors import UsageError
from mconn_contracts.policy import baseline
from mconn_contracts.policy.configuration import schema

INIT = {"e": {"k": "Init"}, "n": 1, "t": 1_700_000_000}
LISTED = {"a": 1_700_000_001, "k": "Init", "n": 1, "t": 1_700_000_000}


def enveloped(result: object) -> dict[str, object]:
    """A successful body."""
    return {"success": True, "result": result, "errors": [], "messages": []}


MISCOUNTED = enveloped({"count": 0, "items": [LISTED]})
UNKNOWN = {**INIT, "e": {"k": "Surprise"}}
UNDECLARED = {**INIT, "extra": 1}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working folder, the root of a repository."""
    (tmp_path / ".git").mkdir()
    monkeypatch.chdir(tmp_path)
    return tmp_path


def judge(folder: Path, body: object, *words: str, **values: str) -> tuple[Result, dict[str, Any]]:
    """`mconn validate` of one body, and its JSON report."""
    (folder / "body.json").write_text(json.dumps(body), encoding="utf-8")
    result = CliRunner().invoke(
        validate, ["body.json", "--report", "json=report.out", *words], env=values, catch_exceptions=False
    )
    return result, json.loads((folder / "report.out").read_bytes())


# Choices for one operation.


@pytest.mark.parametrize(
    "words, severity",
    [
        ((), "error"),
        (("--severity", "mc301@listEvents=warning"), "warning"),
        (("--severity", "MC301@getLatestEvents=warning"), "error"),
        (("--severity", "MC3@listEvents=info", "--severity", "MC301=warning"), "info"),
        (("--severity", "MC3@listEvents=info", "--severity", "MC301@listEvents=warning"), "warning"),
        (("--ignore", "MC301@listEvents"), None),
        (("--ignore", "MC301@getLatestEvents"), "error"),
        (("--select", "MC3@listEvents"), "error"),
        (("--select", "MC3@getLatestEvents"), None),
    ],
)
def test_a_choice_may_be_for_one_operation(folder: Path, words: tuple[str, ...], severity: str | None) -> None:
    """What follows @ is the operation that a choice is for; for severities, it outranks a choice for all."""
    _, report = judge(folder, MISCOUNTED, *words)

    assert ([] if severity is None else [severity]) == [
        each["severity"] for each in report["findings"] if each["code"] == "MC301"
    ]


def test_a_choice_for_no_operation_is_wrong_use(folder: Path) -> None:
    """An operation that the document does not have is refused, with the nearest that it has."""
    with pytest.raises(UsageError, match="no operation is named 'listEvent'; did you mean 'listEvents'"):
        judge(folder, MISCOUNTED, "--ignore", "MC3@listEvent")


@pytest.mark.parametrize("severities", ["MC102@getEvent=info", "MC102@listEvents=info"])
def test_bulk_counts_by_operation_as_one_by_one(folder: Path, severities: str) -> None:
    """Of many payloads that are alike, those past the kept ones have the severity of the operation as well."""
    lines = "\n".join(json.dumps(enveloped({**UNKNOWN, "n": number})) for number in range(300))
    (folder / "events.ndjson").write_text(lines, encoding="utf-8")
    words = ["events.ndjson", "--as", "getEvent", "--severity", severities, "--report", "json=r.out", "--max-per-code", "2"]
    CliRunner().invoke(validate, words, catch_exceptions=False)
    level = "info" if "getEvent" in severities else "error"

    assert 300 == json.loads(Path("r.out").read_bytes())["counts"]["findings"][level]


# Kinds and properties that nobody declares.


@pytest.mark.parametrize(
    "body, words, expected",
    [
        (UNKNOWN, (), {"error": 1}),
        (UNKNOWN, ("--unknown-kinds", "warning"), {"warning": 1}),
        (UNKNOWN, ("--unknown-kinds", "ignore"), {}),
        (UNKNOWN, ("--unknown-kinds", "warning", "--severity", "MC1=error"), {"warning": 1}),
        (UNKNOWN, ("--unknown-kinds", "warning", "--severity", "MC102=info"), {"info": 1}),
        (UNDECLARED, (), {"warning": 1}),
        (UNDECLARED, ("--undeclared-properties", "error"), {"error": 1}),
        (UNDECLARED, ("--undeclared-properties", "ignore"), {}),
    ],
)
def test_what_is_undeclared_has_policies(folder: Path, body: object, words: tuple[str, ...], expected: dict[str, int]) -> None:
    """Unknown kinds and undeclared properties are errors, warnings or nothing, as the user says."""
    _, report = judge(folder, body, *words)

    assert {"error": 0, "warning": 0, "info": 0, **expected} == report["counts"]["findings"]


# Configuration files.


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize("value, expected", [("1", "true"), ("0", "false")])
def test_a_flag_that_can_be_turned_off_has_one_variable(value: str, expected: str) -> None:
    """`--power` and `--no-power` are MCONN_POWER."""
    output = CliRunner().invoke(config, [], env={"MCONN_POWER": value}).stdout

    assert f"power = {expected}  # environment MCONN_POWER" in output.splitlines()


def test_a_flag_outranks_the_environment_and_that_a_file(folder: Path) -> None:
    """A severity to fail on is taken from the flag, then the environment, then the file, and `mconn config` says which."""
    (folder / "mconn.toml").write_text('fail-on = "warning"\n', encoding="utf-8")
    (folder / "inner").mkdir()

    def shown(*words: str, **values: str) -> str:
        output = CliRunner().invoke(config, list(words), env=values, catch_exceptions=False).stdout
        return next(line for line in output.splitlines() if line.startswith("fail-on"))

    environment = {"MCONN_FAIL_ON": "info"}
    assert f'fail-on = "warning"  # {folder / "mconn.toml"}' == shown()
    assert 'fail-on = "info"  # environment MCONN_FAIL_ON' == shown(**environment)
    assert 'fail-on = "error"  # flag --fail-on' == shown("--fail-on", "error", **environment)
    assert [1, 1, 0] == [
        judge(folder, UNDECLARED, *words, **values)[0].exit_code
        for words, values in (((), {}), ((), environment), (("--fail-on", "error"), environment))
    ]


EVERY_SETTING = """\
select = ["MC3", "MC1@getEvent"]
ignore = ["MC309"]
severity = { MC301 = "warning", "MC3@listEvents" = "info" }
fail-on = "warning"
unknown-kinds = "ignore"
basis = ["documented", "derived"]
undeclared-properties = "error"
baseline = "known.json"
fail-under = { kinds = 3, statements = "50%" }
report = { json = "out.json" }
max-per-code = 5

[test]
account-id = "a"
connector-id = "c"
profile = "quick"
max-time = 4.5
seed = 3
rate-limit = 2.0
workers = 3
user-agent = "tester"
ca-file = "ca.pem"
client-cert = "client.pem"
wait = 2.5
max-findings = 7
behavior = "behavior.json"

[validate]
max-document = 1000
engine = "processes"
workers = 2
scheduler = "tcp://host:1"

[client]
select = ["styles", "faults/count-*"]
timeout = 60.5
jobs = 2
fail-under = { faults = "80%", weather = 5 }
fail-on = "warning"
baseline = "clients.json"
report = { junit = "clients.xml" }

[vectors]
stream = true
select = ["kinds"]
timeout = 9.0
strict = true
report = { html = "decoder.html" }
"""


def test_what_is_shown_is_a_configuration_again(folder: Path) -> None:
    """`mconn config` prints TOML, with every setting of the schema, as the file that it read has them."""
    (folder / "mconn.toml").write_text(EVERY_SETTING, encoding="utf-8")
    expected = tomllib.loads(EVERY_SETTING)
    of_test = [(expected["test"], key) for key in ("behavior", "ca-file", "client-cert")]
    own = [(expected["client"], "baseline"), (expected["client"]["report"], "junit"), (expected["vectors"]["report"], "html")]
    for table, key in ((expected, "baseline"), (expected["report"], "json"), *of_test, *own):
        table[key] = str(folder / table[key])
    cleared = dict.fromkeys(("CLOUDFLARE_ACCOUNT_ID", "MCONN_CONNECTOR_ID"))

    assert expected == tomllib.loads(CliRunner().invoke(config, [], env=cleared, catch_exceptions=False).stdout)
    assert set(schema("configuration")["properties"]) == set(expected)


# Baselines.


def entries(folder: Path, *known: dict[str, object]) -> str:
    """A baseline file with these entries."""
    (folder / "known.json").write_text(json.dumps({"version": 1, "known": list(known)}), encoding="utf-8")
    return "known.json"


def outcome(folder: Path, body: object, *words: str) -> tuple[int, str, list[str]]:
    """The exit code, the outcome, and the states of the baseline's entries."""
    result, report = judge(folder, body, "--baseline", "known.json", *words)
    return result.exit_code, report["outcome"], [each["state"] for each in report["baseline"]]


def test_what_was_written_is_known_and_then_stale(folder: Path) -> None:
    """Known findings do not fail; once they are gone the run is stale; an update takes them out, and it passes."""
    good = enveloped({"count": 1, "items": [LISTED]})
    update = ("--update-baseline", "--reason", "ticket 7")

    assert (0, "known", ["known"]) == outcome(folder, MISCOUNTED, *update)
    (entry,) = json.loads(Path("known.json").read_bytes())["known"]
    assert {
        "code": "MC301",
        "operation": "listEvents",
        "source": "body.json",
        "pointer": "/result/count",
        "reason": "ticket 7",
    } == entry
    assert (0, "known", ["known"]) == outcome(folder, MISCOUNTED)
    assert (1, "stale", ["stale"]) == outcome(folder, good)
    assert (0, "passed", []) == outcome(folder, good, "--update-baseline")
    assert (1, "failed", []) == outcome(folder, MISCOUNTED)


def test_a_new_finding_fails_beside_known_ones(folder: Path) -> None:
    """A finding that no entry has fails, and an update keeps the reasons of the others."""
    entries(folder, {"code": "MC301", "reason": "old"})
    both = enveloped({"count": 0, "items": [{**LISTED, "t": "x"}, {**LISTED, "t": "y"}]})
    page = {**MISCOUNTED, "success": "yes"}

    assert (1, "failed") == outcome(folder, both)[:2]
    result, report = judge(folder, page, "--baseline", "known.json", "--update-baseline")
    assert (0, 1) == (result.exit_code, result.stderr.count("have no reason"))
    reasons = {each["code"]: each["reason"] for each in report["baseline"]}
    assert baseline.NO_REASON in reasons.values()
    assert "old" == reasons["MC301"]


def test_an_entry_expires(folder: Path) -> None:
    """Up to its last day an entry holds; after it, its findings fail again, and it is stale once they are gone."""
    today = datetime.datetime.now(datetime.UTC).date()
    for day, expected in ((today, (0, "known", ["known"])), (today - datetime.timedelta(2), (1, "failed", ["expired"]))):
        entries(folder, {"code": "MC301", "reason": "soon mended", "expires": day.isoformat()})
        assert expected == outcome(folder, MISCOUNTED)
    entries(folder, {"code": "MC301", "source": "body.json", "reason": "soon mended", "expires": "2020-02-02"})
    assert (1, "stale", ["stale"]) == outcome(folder, enveloped({"count": 1, "items": [LISTED]}))


@pytest.mark.parametrize(
    "words, entry",
    [
        (("--ignore", "MC301"), {}),
        ((), {"operation": "getLatestEvents"}),
        ((), {"source": "other.json"}),
    ],
)
def test_what_a_run_cannot_tell_is_not_stale(folder: Path, words: tuple[str, ...], entry: dict[str, object]) -> None:
    """An entry of a rule, an operation or a file that a run does not judge is neither known nor stale."""
    entries(folder, {"code": "MC301", "reason": "elsewhere", **entry})

    assert (0, "passed", ["unseen"]) == outcome(folder, enveloped({"count": 1, "items": [LISTED]}), *words)


@pytest.mark.parametrize("pointer, source", [("/result/items/*/t", "*.json"), (None, "body.json"), ("/result/items/1/t", None)])
def test_a_star_stands_for_any_index_and_any_text(folder: Path, pointer: str | None, source: str | None) -> None:
    """A pointer may leave the index open, and a source any part of the name."""
    given = {name: value for name, value in (("pointer", pointer), ("source", source)) if value is not None}
    entries(folder, {"code": "MC101", "reason": "text", **given})
    body = enveloped({"count": 2, "items": [LISTED, {**LISTED, "t": "x"}]})

    assert (0, "known") == outcome(folder, body)[:2]


def test_known_findings_are_counted_whatever_is_kept(folder: Path) -> None:
    """Of many payloads that are alike, every finding is told by the baseline, in one process and in several."""
    entries(folder, {"code": "MC102", "reason": "new kinds", "pointer": "/e/k"})
    lines = "\n".join(json.dumps({**UNKNOWN, "n": number}) for number in range(300))
    (folder / "events.ndjson").write_text(lines, encoding="utf-8")
    for engine in ("serial", "processes"):
        words = ["events.ndjson", "--baseline", "known.json", "--engine", engine, "--report", "json=r.out"]
        assert 0 == CliRunner().invoke(validate, words, catch_exceptions=False).exit_code
        report = json.loads(Path("r.out").read_bytes())
        assert (300, 0) == (report["baseline"][0]["findings"], report["counts"]["findings"]["error"])


def test_what_could_not_be_judged_leaves_the_baseline(folder: Path) -> None:
    """An update of a run that could not judge everything writes nothing, and exits 3."""
    result, _ = judge(folder, MISCOUNTED, "none.json", "--baseline", "known.json", "--update-baseline")

    assert (3, False) == (result.exit_code, Path("known.json").exists())


# Coverage as a gate.


@pytest.mark.parametrize(
    "least, code, said",
    [
        ("kinds=1,operations=1", 0, ""),
        ("kinds=10%", 1, "kinds: 1 of 16, but 10% are required; not exercised: Leave,"),
        ("operations=2", 1, "operations: 1 of 3, but 2 are required; not exercised: listEvents (GET /accounts/"),
        ("statements=100%", 1, "MC104"),
    ],
)
def test_too_little_coverage_fails_and_says_what_is_missing(folder: Path, least: str, code: int, said: str) -> None:
    """Exit code 1 where less was exercised than asked for, with what would close the gap."""
    result, report = judge(folder, enveloped(INIT), "--fail-under", least)

    if said == "MC104":
        assert (code, True) == (result.exit_code, report["gaps"][0].startswith("statements: "))
    else:
        assert (code, bool(said)) == (result.exit_code, bool(report["gaps"]))
        assert said in "".join(report["gaps"])
    assert all(gap in result.stderr and gap in result.stdout for gap in report["gaps"])


def test_a_gate_that_says_nothing_is_wrong_use(folder: Path) -> None:
    """What is no measure or no amount is refused before anything is judged."""
    result = CliRunner().invoke(validate, ["-", "--fail-under", "kind=3"], input="{}")

    assert (2, True) == (result.exit_code, "--fail-under" in result.stderr)


def test_a_wrong_file_is_wrong_use(folder: Path) -> None:
    """The commands end with what is wrong with a configuration or a baseline."""
    (folder / "mconn.toml").write_text("fail-on = 'fatal'", encoding="utf-8")
    with pytest.raises(UsageError, match='"fatal" is not one of error, warning, info'):
        CliRunner().invoke(config, [], catch_exceptions=False)
    (folder / "mconn.toml").unlink()
    with pytest.raises(UsageError, match="no such file"):
        CliRunner().invoke(config, ["--config", "none.toml"], catch_exceptions=False)
    with pytest.raises(UsageError, match="not a baseline"):
        judge(folder, MISCOUNTED, "--baseline", entries(folder, {"code": "MC301"}))


@pytest.mark.parametrize("spelled", ["body.json", "./body.json", "{folder}/body.json", "{folder}/sub/../body.json"])
@pytest.mark.parametrize("known", ["known.json", "kept/known.json"])
def test_a_baseline_holds_however_a_path_is_spelled(folder: Path, known: str, spelled: str) -> None:
    """An entry is for a file, whether its path is relative to the baseline, absolute, or seen from another folder."""
    (folder / "kept").mkdir()
    (folder / "sub").mkdir()
    judge(folder, MISCOUNTED, "--baseline", known, "--update-baseline", "--reason", "ticket")
    words = ["--baseline", str(folder / known), "--report", "json=-"]
    outcomes = []
    for place in ("here", "sub"):
        if place == "sub":
            os.chdir(folder / "sub")
        path = spelled.format(folder=folder) if spelled.startswith("{") or place == "here" else f"../{spelled}"
        outcomes.append(json.loads(CliRunner().invoke(validate, [path, *words], catch_exceptions=False).stdout)["outcome"])

    assert ["known", "known"] == outcomes


@pytest.mark.parametrize(
    "words, severity, code",
    [((), "error", 1), (("--basis", "derived"), "error", 1), (("--basis", "documented,published"), "warning", 0)],
)
def test_only_what_rests_on_a_basis_fails(folder: Path, words: tuple[str, ...], severity: str, code: int) -> None:
    """What rests on none that was chosen is a warning, by a flag as by the configuration."""
    result, report = judge(folder, MISCOUNTED, *words)
    if words:
        (folder / "mconn.toml").write_text(f"basis = {json.dumps(words[1].split(','))}\n", encoding="utf-8")
    again, configured = judge(folder, MISCOUNTED)

    (found,) = [each for each in report["findings"] if each["code"] == "MC301"]
    assert (severity, "derived", code) == (found["severity"], found["basis"], result.exit_code)
    assert (report, result.exit_code) == (configured, again.exit_code)


def test_what_is_no_basis_is_wrong_use(folder: Path) -> None:
    """The nearest one is named."""
    result = CliRunner().invoke(validate, ["body.json", "--basis", "document"])

    assert (2, True) == (result.exit_code, "did you mean 'documented'?" in result.stderr)


def test_what_was_left_out_is_counted(folder: Path) -> None:
    """The text says how many statements were left out by choice, and the JSON report which."""
    result, report = judge(folder, MISCOUNTED, "--ignore", "MC301,MC305")

    assert "Left out by choice: 2 statements: MC301, MC305" in result.stdout.splitlines()
    assert ["MC301", "MC305"] == report["ignored"]
