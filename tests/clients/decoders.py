"""Runs `mconn vectors` in this process with a decoder, and reads its report."""

from __future__ import annotations

import json
from collections.abc import Sequence
from importlib import resources
from pathlib import Path
from typing import Any

from click.testing import CliRunner, Result
from jsonschema import Draft202012Validator

from mconn_contracts.cli.main import root

EXAMPLES = Path(__file__).parents[2] / "examples" / "decoders"
SCHEMA = json.loads((resources.files("mconn_contracts.reports.clients") / "decoder.schema.json").read_text(encoding="utf-8"))


def held(folder: Path, options: Sequence[str], *decoder: str) -> tuple[Result, Any]:
    """How the command ended, and its JSON report, which its schema allows."""
    path = folder / "report.json"
    result = CliRunner().invoke(root, ["vectors", "--report", f"json={path}", *options, "--", *decoder])
    report = json.loads(path.read_bytes())
    Draft202012Validator(SCHEMA).validate(report)
    return result, report
