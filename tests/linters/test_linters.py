"""The document's linters, pinned in package.json. Run by the tox environment `linters`, after `npm ci`."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest
import yaml
from openapi_spec_validator import OpenAPIV31SpecValidator

HERE = Path(__file__).parent
SPEC = HERE.parents[1] / "spec"
DOCUMENT = SPEC / "openapi.yaml"
DERIVED = sorted((SPEC / "generated").glob("*.yaml"))
EVERY_DOCUMENT = pytest.mark.parametrize("document", [DOCUMENT, *DERIVED], ids=lambda path: path.stem)
QUIET = {"REDOCLY_TELEMETRY": "off", "REDOCLY_SUPPRESS_UPDATE_NOTICE": "true"}


def run(tool: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a tool that `npm ci` has installed beside this file."""
    return subprocess.run(
        [HERE / "node_modules" / ".bin" / tool, *arguments],
        cwd=HERE,
        env=os.environ | QUIET,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )


def test_derived_documents_are_all_there() -> None:
    """The tests below see each derived document."""
    derived = {"3.0": ["", "-flat", "-without-discriminator", "-without-pattern"], "3.1": ["", "-open"]}

    assert {f"openapi-{version}{form}" for version, forms in derived.items() for form in forms} == {path.stem for path in DERIVED}


@EVERY_DOCUMENT
def test_redocly_strict_has_nothing_to_say(document: Path) -> None:
    """Redocly's `recommended-strict` finds no error and no warning, and ignores none."""
    done = run("redocly", "lint", str(document), "--config", "redocly.yaml", "--format", "json")

    report = json.loads(done.stdout)

    assert [] == report["problems"]
    assert {"errors": 0, "warnings": 0, "ignored": 0} == report["totals"]
    assert 0 == done.returncode


@EVERY_DOCUMENT
def test_spectral_has_nothing_to_say(document: Path) -> None:
    """Spectral's `spectral:oas` finds nothing, at any severity."""
    done = run("spectral", "lint", str(document), "--ruleset", ".spectral.yaml", "--fail-severity", "hint", "-f", "json")

    # Spectral writes a line of its own after an empty list, with no option against it.
    problems, _ = json.JSONDecoder().raw_decode(done.stdout)

    assert [] == problems
    assert 0 == done.returncode


def test_openapi_spec_validator_accepts_the_document() -> None:
    """The document is valid under the OpenAPI 3.1 schema, with its references."""
    validator = OpenAPIV31SpecValidator(yaml.safe_load(DOCUMENT.read_text(encoding="utf-8")))

    assert [] == [error.message for error in validator.iter_errors()]


def test_linters_see_a_fault(tmp_path: Path) -> None:
    """Both linters report an example that its schema refuses: their silence above is a verdict."""
    faulty = tmp_path / "openapi.yaml"
    text = DOCUMENT.read_text(encoding="utf-8")
    faulty.write_text(text.replace("count: 3\n", "count: three\n", 1), encoding="utf-8")

    redocly = run("redocly", "lint", str(faulty), "--config", "redocly.yaml")
    spectral = run("spectral", "lint", str(faulty), "--ruleset", ".spectral.yaml", "--fail-severity", "hint")

    assert (1, 1) == (redocly.returncode, spectral.returncode)
