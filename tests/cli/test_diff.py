"""`mconn diff`."""

from __future__ import annotations

import copy
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from click.testing import CliRunner
from tests.contract.authors import rewritten
from tests.reports.test_json import SCHEMA

from mconn_contracts.cli.diff import command
from mconn_contracts.contract.document import find, load
from mconn_contracts.contract.export import to_json, to_yaml
from mconn_contracts.contract.overlays import overlaid
from mconn_contracts.errors import DocumentError, UsageError
from mconn_contracts.evolution.catalog import AUDIENCES

REVISION = "2026-08-14"
KINDS = 13


def diff(*words: object) -> tuple[int, dict[str, Any]]:
    """The exit code of `mconn diff`, and its JSON report."""
    result = CliRunner().invoke(command, [*map(str, words), "--report", "json=-"], catch_exceptions=False)
    report: dict[str, Any] = json.loads(result.stdout)
    jsonschema.validate(report, SCHEMA)
    return result.exit_code, report


def counted(*words: object) -> Mapping[str, int]:
    """How many changes of each code it tells."""
    counts: Mapping[str, int] = diff(*words)[1]["counts"]["by_code"]
    return counts


def test_a_date_is_compared_with_the_contract() -> None:
    """With one document, the base is the contract; changes that fail make exit code 1."""
    code, report = diff(REVISION)

    assert (1, "failed") == (code, report["outcome"])
    assert {"MC801": KINDS, "MC805": 1, "MC806": 1, "MC832": 1} == report["counts"]["by_code"]
    assert f"2026-03-26 → {REVISION}" in report["subject"]["name"]


def test_a_document_is_the_same_as_itself() -> None:
    """Of a date and itself there is nothing to tell, and the contract's own date is the contract."""
    assert [(0, {}), (0, {})] == [
        (code, report["counts"]["by_code"]) for code, report in (diff(REVISION, REVISION), diff("2026-03-26"))
    ]


def written(tmp_path: Path) -> list[Path]:
    """The newest revision as files: 3.0 as JSON and YAML, 3.1 as YAML, the overlay."""
    document = overlaid(load(), [REVISION])
    paths = [tmp_path / name for name in ("vendor.json", "vendor.yaml", "ours.yaml", "overlay.yaml")]
    for path, text in zip(
        paths,
        (
            to_json(rewritten(document)),
            to_yaml(rewritten(document)),
            to_yaml(document.raw),
            (find().parent / "overlays" / f"{REVISION}.yaml").read_text("utf-8").replace("../openapi.yaml", "openapi.yaml"),
        ),
        strict=True,
    ):
        path.write_text(text, encoding="utf-8")
    return paths


def test_a_revision_is_the_same_in_every_form(tmp_path: Path) -> None:
    """Files in 3.0 and 3.1, as JSON and YAML, and an overlay tell what the date tells; of each other, only authoring."""
    first, *others = written(tmp_path)

    assert [{"MC801": KINDS, "MC805": 1, "MC806": 1, "MC832": 1}] * 4 == [counted(path) for path in (first, *others)]
    assert {"MC832"} == set(counted(others[1], others[0]))


def test_the_way_back_is_the_other_change() -> None:
    """From the newest revision back to the contract, kinds are removed and events closed."""
    assert {"MC802": KINDS, "MC804": 1, "MC807": 1, "MC832": 1} == counted(REVISION, "2026-03-26")


@pytest.mark.parametrize("audience", AUDIENCES)
def test_an_audience_has_its_own_severities(audience: str) -> None:
    """Who reads fails at new kinds, who generates at undeclared fields, and who serves at nothing of it."""
    expected = {
        "consumer": {"error": KINDS + 1, "warning": 1, "info": 1},
        "producer": {"error": 0, "warning": 0, "info": KINDS + 3},
        "codegen": {"error": 2, "warning": KINDS + 1, "info": 0},
    }
    code, report = diff(REVISION, "--for", audience)

    assert (0 if audience == "producer" else 1, expected[audience]) == (code, report["counts"]["findings"])


def test_an_optional_field_weighs_less(tmp_path: Path) -> None:
    """A field that a server may leave out is an info for who serves; one that it must send, an error."""
    raw = copy.deepcopy(dict(load().raw))
    summary = raw["components"]["schemas"]["EventSummary"]
    summary["properties"]["v"] = {"type": "string"}
    path = tmp_path / "changed.yaml"
    severities = []
    for required in (["a", "k", "n", "t"], ["a", "k", "n", "t", "v"]):
        summary["required"] = required
        path.write_text(to_yaml(raw), encoding="utf-8")
        severities += [each["severity"] for each in diff(path, "--for", "producer")[1]["findings"]]

    assert ["info", "error"] == severities


def test_changes_are_chosen_and_weighed_by_their_codes() -> None:
    """--select, --ignore, --severity and --fail-on are those of the other commands."""
    assert {"MC805": 1, "MC806": 1} == counted(REVISION, "--select", "MC80", "--ignore", "MC801")
    assert (0, 1, 1) == (
        diff(REVISION, "--severity", "MC80=info")[0],
        diff(REVISION, "--severity", "MC80=info", "--fail-on", "info")[0],
        diff(REVISION, "--severity", "MC806=error", "--select", "MC806")[0],
    )


def test_a_rule_of_traffic_is_no_change() -> None:
    """A code that no change has is refused."""
    with pytest.raises(UsageError, match="no rule has a code that starts with 'MC301'"):
        diff(REVISION, "--select", "MC301")


@pytest.mark.parametrize("form", ["text", "markdown", "html", "sarif", "github", "junit", "ndjson"])
def test_every_report_names_each_code(form: str, tmp_path: Path) -> None:
    """Whatever the report, it has every code that was found, and which documents were compared."""
    path = tmp_path / "report"
    CliRunner().invoke(command, [REVISION, "--report", f"{form}={path}"], catch_exceptions=False)
    text = path.read_text("utf-8")

    assert [] == [code for code in ("MC801", "MC805", "MC806", "MC832") if code not in text]
    assert form in ("sarif", "ndjson", "junit") or f"2026-03-26 → {REVISION}" in text


def test_a_recording_is_of_no_comparison(tmp_path: Path) -> None:
    """A report of what was sent is refused, and so are three documents."""
    asked = (["--report", f"har={tmp_path / 'run.har'}", REVISION], [REVISION, REVISION, REVISION])
    results = [CliRunner().invoke(command, each) for each in asked]

    assert [2, 2] == [each.exit_code for each in results]
    assert "mconn diff has no exchanges" in results[0].stderr
    assert "Give one or two documents" in results[1].stderr


@pytest.mark.parametrize(
    "name, text, expected",
    [
        ("2026-01-01", None, "'2026-01-01' is neither the date of a revision nor a file; dates are 2025-02-18, "),
        ("gone.json", None, "gone.json: cannot be read: no such file or directory"),
        ("list.json", "[]", "list.json: neither an OpenAPI document nor an overlay: it has no `openapi`"),
        ("old.yaml", "swagger: '2.0'", "old.yaml: neither an OpenAPI document nor an overlay: OpenAPI 2.0 is not read"),
        ("new.json", '{"openapi": "3.2.0"}', "new.json: the version of OpenAPI is '3.2.0'; it must be 3.0 or 3.1"),
        ("cut.json", '{"openapi":\n "3.1', "cut.json: not JSON: line 2, column 2: Unterminated string starting at"),
        ("cut.yaml", "openapi: [", "cut.yaml: not YAML that can be read: line "),
        ("bare.json", '{"openapi": "3.1.0"}', "bare.json: has no `info`; an OpenAPI document must have one"),
        ("other.json", '{"openapi": "3.0.3", "info": {}, "paths": {}}', "other.json: has none of the paths of this API; one of"),
        ("deep.json", '{"a":' * 5000 + "1" + "}" * 5000, "deep.json: not JSON that can be read: "),
    ],
)
def test_what_is_no_document_is_named_in_one_line(name: str, text: str | None, expected: str, tmp_path: Path) -> None:
    """A document that cannot be read is exit code 2, with its place and what to do."""
    path = tmp_path / name
    if text is not None:
        path.write_text(text, encoding="utf-8")
    given = str(path) if path.suffix in (".json", ".yaml") else name
    with pytest.raises(DocumentError) as refused:
        diff(given)

    assert (2, True, 1) == (refused.value.exit_code, expected in str(refused.value), len(str(refused.value).splitlines()))


def test_a_finding_comes_with_its_witness() -> None:
    """In the JSON report, a change has the smallest payload and both verdicts; one that no payload shows has none."""
    found = {each["name"]: each["witness"] for each in diff("2026-08-14", "--ignore", "MC801")[1]["findings"]}

    assert found["payload-undeclared"] == {
        "payload": '{"result":{"e":{"k":"StartUpgrade"},"n":0,"t":0},"success":true}',
        "base": "MC104 missing-property (error) at /result/e",
        "revision": "accepted",
    }
    assert found["authoring-differs"] is None


def test_the_overlay_is_a_new_revision(tmp_path: Path) -> None:
    """The overlay from the contract to another's document, taken for the base, leaves nothing but authoring; its date is said."""
    vendor, *_ = written(tmp_path)
    vendor = vendor.rename(tmp_path / "2026-09-01.json")
    overlay = tmp_path / "made.yaml"
    diff(vendor, "--overlay-out", overlay)
    code, report = diff(overlay, vendor)
    document = overlaid(load(), [str(overlay)])

    assert (0, {"MC832": 1}) == (code, report["counts"]["by_code"])
    assert ("2026-09-01", 29) == (document.at("/info/x-vendor-revision"), len(document.kinds))
    assert "revision of 2026-09-01, with 29 kinds" in document.at("/info/summary")


def test_no_overlay_is_written_of_nothing(tmp_path: Path) -> None:
    """Where both promise the same, that is said, and no file is there; where nothing could be judged under it, that is said."""
    same, broken = tmp_path / "same.yaml", tmp_path / "broken.yaml"
    raw = copy.deepcopy(dict(load().raw))
    raw["components"]["schemas"]["EventSummary"]["required"] = ["a", "k", "t"]
    (tmp_path / "changed.yaml").write_text(to_yaml(raw), encoding="utf-8")
    results = [
        CliRunner().invoke(command, each, catch_exceptions=False)
        for each in (["2026-03-26", "--overlay-out", str(same)], [str(tmp_path / "changed.yaml"), "--overlay-out", str(broken)])
    ]

    assert (False, True) == (same.exists(), broken.exists())
    assert "same.yaml is not written: 2026-03-26 and 2026-03-26 promise the same" in results[0].stderr
    assert "broken.yaml: nothing can be judged with this overlay: " in results[1].stderr


def test_examples_are_written_as_vectors(tmp_path: Path) -> None:
    """--examples writes a file for each document into a folder that is made; what is no folder is named."""
    folder = tmp_path / "new" / "examples"
    code, _ = diff(REVISION, "--examples", folder)
    cases = [len(json.loads(path.read_text("utf-8"))["cases"]) for path in sorted(folder.iterdir())]
    (tmp_path / "file").touch()
    refused = CliRunner().invoke(command, [REVISION, "--examples", str(tmp_path / "file" / "in")])

    assert (1, [KINDS + 2] * 2) == (code, cases)
    assert (2, True) == (refused.exit_code, "cannot be made" in refused.stderr)
