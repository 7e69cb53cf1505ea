"""`--overlay`, of every command that has it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click
import pytest
import yaml
from click.testing import CliRunner, Result

from mconn_contracts.cli import export, rules, test, validate
from mconn_contracts.contract.document import load
from mconn_contracts.contract.export import openapi_30, openapi_31
from mconn_contracts.contract.overlays import overlaid, shipped
from mconn_contracts.errors import DocumentError, UsageError

NEW = {"e": {"k": "HaError", "reason": "x"}, "n": 0, "t": 1_700_000_000}


def run(command: click.Command, *words: object) -> Result:
    """A command in this process; exceptions come through."""
    return CliRunner().invoke(command, [str(word) for word in words], catch_exceptions=False)


@pytest.fixture
def events(tmp_path: Path) -> Path:
    """A file with an event of a kind that came on 2026-08-12."""
    path = tmp_path / "events.json"
    path.write_text(json.dumps(NEW), encoding="utf-8")
    return path


@pytest.mark.parametrize("names, codes", [((), {"MC102": 1}), (("2026-08-12",), {}), (("2026-07-13",), {"MC102": 1})])
def test_validate_judges_by_the_revision(events: Path, names: tuple[str, ...], codes: dict[str, int]) -> None:
    """A new kind is unknown without its overlay and known with it; the report names the overlays."""
    options = [word for name in names for word in ("--overlay", name)]
    result = run(validate.command, events, *options, "--report", "json=-")
    report: dict[str, Any] = json.loads(result.stdout)

    assert (1 if codes else 0, codes, list(names)) == (
        result.exit_code,
        report["counts"]["by_code"],
        report["contract"]["overlays"],
    )
    assert set(overlaid(load(), names).kinds) <= set(report["coverage"]["kinds"])


@pytest.mark.parametrize("engine", ["serial", "processes"])
def test_every_engine_judges_by_the_revision(tmp_path: Path, engine: str) -> None:
    """The document goes to other processes as the overlay has made it."""
    path = tmp_path / "events.ndjson"
    path.write_text(f"{json.dumps(NEW)}\n" * 100, encoding="utf-8")
    result = run(validate.command, path, "--overlay", "2026-08-14", "--engine", engine, "--report", "json=-")

    assert (0, 100) == (result.exit_code, json.loads(result.stdout)["coverage"]["kinds"]["HaError"])


def test_the_text_report_names_overlays(events: Path, tmp_path: Path) -> None:
    """Those that were applied, in order, as they were given."""
    mine = tmp_path / "mine.yaml"
    mine.write_text("overlay: 1.0.0\ninfo: {title: t, version: '1'}\nactions: [{target: $.info, update: {x-a: 1}}]\n", "utf-8")

    assert (
        f"\nOverlays: 2026-08-14, {mine}\n" in run(validate.command, events, "--overlay", "2026-08-14", "--overlay", mine).stdout
    )


@pytest.mark.parametrize("name", shipped())
@pytest.mark.parametrize("form, derive", [("openapi-3.1", openapi_31), ("openapi-3.0", openapi_30)])
def test_export_writes_the_revision(form: str, derive: object, name: str) -> None:
    """Each revision goes out in both versions of OpenAPI."""
    assert callable(derive)
    result = run(export.command, form, "--overlay", name)

    assert (0, derive(overlaid(load(), [name]))) == (result.exit_code, yaml.safe_load(result.stdout))


def test_export_writes_the_schemas_of_the_revision(tmp_path: Path) -> None:
    """The schema of an event that is open allows further fields."""
    run(export.command, "json-schema", "--overlay", "2026-08-14", "--output", tmp_path)
    schema = json.loads((tmp_path / "Event.json").read_text("utf-8"))

    assert (29, True) == (len(schema["properties"]["k"]["enum"]), schema["additionalProperties"])
    assert not (tmp_path / "InitEvent.json").exists()


def test_export_to_3_0_refuses_what_an_overlay_adds_that_3_0_cannot_say(tmp_path: Path) -> None:
    """The message names the place in the document that the overlay made."""
    mine = tmp_path / "mine.yaml"
    action = "{target: $.components.schemas.Event, update: {unevaluatedProperties: false}}"
    mine.write_text(f"overlay: 1.0.0\ninfo: {{title: t, version: '1'}}\nactions: [{action}]\n", "utf-8")

    with pytest.raises(
        DocumentError, match=r"/components/schemas/Event/unevaluatedProperties cannot be written in OpenAPI 3\.0\.3"
    ):
        run(export.command, "openapi-3.0", "--overlay", mine)


def test_rules_are_those_of_the_revision() -> None:
    """A promise that a revision does not make is not listed."""
    every, early = (run(rules.command, *words).stdout.splitlines() for words in ((), ("--overlay", "2025-05-14")))

    assert ["MC308", "MC510"] == sorted({line[:5] for line in every} - {line[:5] for line in early})


def test_a_live_run_judges_by_the_revision(tmp_path: Path) -> None:
    """The embedded server keeps a later revision, whose kinds the run asks for."""
    path = tmp_path / "report.json"
    result = run(test.command, "--profile", "quick", "--overlay", "2026-08-14", "--report", f"json={path}")
    report = json.loads(path.read_text("utf-8"))

    assert (0, ["2026-08-14"], 29) == (result.exit_code, report["contract"]["overlays"], len(report["coverage"]["kinds"]))


def test_a_live_run_does_not_filter_where_no_filter_is_declared(tmp_path: Path) -> None:
    """With a revision that has no `k`, the only requests with one are those that look for a server's failure."""
    har = tmp_path / "run.har"
    result = run(test.command, "--profile", "quick", "--overlay", "2025-05-14", "--record", har)
    entries = json.loads(har.read_text("utf-8"))["log"]["entries"]
    asked = {each["value"] for entry in entries for each in entry["request"]["queryString"] if each["name"] == "k"}

    assert result.exit_code == 0
    assert entries
    assert set() == asked & set(load().kinds)


@pytest.mark.parametrize(
    "command, words",
    [(validate.command, ("EVENTS",)), (rules.command, ()), (export.command, ("openapi-3.1",)), (test.command, ())],
)
def test_what_changes_nothing_is_said_or_refused(
    events: Path, tmp_path: Path, command: click.Command, words: tuple[str, ...]
) -> None:
    """Each command says on standard error which action matches nothing; with `--strict-overlays`, it refuses it."""
    mine = tmp_path / "mine.yaml"
    mine.write_text("overlay: 1.1.0\ninfo: {title: t, version: '1'}\nactions: [{target: $.nothing, remove: true}]\n", "utf-8")
    arguments = [events if word == "EVENTS" else word for word in words]
    with pytest.raises(DocumentError, match=r"action 0 \(target '\$\.nothing'\) matches nothing; compare it"):
        run(command, *arguments, "--overlay", mine, "--strict-overlays")

    if command is not test.command:
        assert (
            f"mconn: overlay {mine}: action 0 (target '$.nothing') matches nothing"
            in run(command, *arguments, "--overlay", mine).stderr
        )


@pytest.mark.parametrize("command, words", [(validate.command, ("x",)), (test.command, ()), (export.command, ("openapi-3.1",))])
def test_an_unknown_overlay_is_told(command: click.Command, words: tuple[str, ...]) -> None:
    """The message names those that there are."""
    with pytest.raises(DocumentError, match="no overlay is named 'tomorrow'; there are 2025-02-18, "):
        run(command, *words, "--overlay", "tomorrow")


@pytest.mark.parametrize(
    "kind, more, overlays, said",
    [
        ("HaError", {}, ["2026-08-12"], "2026-08-12 (chosen: no revision before 2026-08-12 has all that was seen)"),
        ("Init", {"v": "1"}, [], "none (chosen: no revision before 2026-03-26 has all that was seen)"),
        ("Init", {}, ["2025-02-18"], "2025-02-18 (chosen: no revision before 2025-02-18 has all that was seen)"),
    ],
)
@pytest.mark.parametrize("engine", [("serial",), ("processes", "--workers", "2")], ids=lambda engine: engine[0])
def test_auto_is_the_oldest_revision_that_has_all_that_was_seen(
    tmp_path: Path, kind: str, more: dict[str, Any], overlays: list[str], said: str, engine: tuple[str, ...]
) -> None:
    """It is said in the text, and named in JSON as if it had been given."""
    path, out = tmp_path / "events.json", tmp_path / "report.json"
    path.write_text(json.dumps({"e": {"k": kind}, "n": 0, "t": 1_700_000_000, **more}), encoding="utf-8")
    result = run(validate.command, path, "--overlay", "auto", "--engine", *engine, "--report", f"json={out}")
    report = json.loads(out.read_text("utf-8"))

    assert (0, overlays, {}) == (result.exit_code, report["contract"]["overlays"], report["counts"]["by_code"])
    assert f"\nOverlays: {said}\n" in result.stdout


def test_auto_goes_with_standard_input_and_other_overlays(tmp_path: Path) -> None:
    """What comes in is kept to be read twice; a file stands on top of what is chosen."""
    mine = tmp_path / "mine.yaml"
    action = "{target: $.components.schemas.EventGetResponse.properties, update: {site: {type: string}}}"
    mine.write_text(f"overlay: 1.1.0\ninfo: {{title: t, version: '1'}}\nactions: [{action}]\n", "utf-8")
    words = ["-", "--overlay", "auto", "--overlay", str(mine), "--report", "json=-"]
    result = CliRunner().invoke(validate.command, words, input=json.dumps({**NEW, "site": "s"}), catch_exceptions=False)
    report = json.loads(result.stdout)

    assert (0, ["2026-08-12", str(mine)], {}) == (result.exit_code, report["contract"]["overlays"], report["counts"]["by_code"])
    assert "1 file: <stdin>" == report["subject"]["name"]


@pytest.mark.parametrize("command, words", [(test.command, ()), (rules.command, ()), (export.command, ("openapi-3.1",))])
def test_auto_needs_recordings(command: click.Command, words: tuple[str, ...]) -> None:
    """Where there are none, the message says what to do instead."""
    with pytest.raises(
        UsageError, match="works only with mconn validate, because it chooses the revision by the recordings; name"
    ):
        run(command, *words, "--overlay", "auto")


def test_auto_is_given_once(events: Path) -> None:
    """It stands for one revision, and reads standard input that no checkpoint can go on with."""
    for other in ("auto", "2026-08-14"):
        assert (
            "--overlay auto stands for one revision; give it once, and no dated revision with it."
            in run(validate.command, events, "--overlay", "auto", "--overlay", other).stderr
        )
    with pytest.raises(
        UsageError,
        match="--checkpoint reads its inputs again after an interrupt, and standard input can be read only once; give a file",
    ):
        run(validate.command, "-", "--overlay", "auto", "--checkpoint", "c")
