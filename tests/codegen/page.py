"""Render docs/codegen.md."""
from pathlib import Path

PATH = Path(__file__).parents[2] / "docs" / "codegen.md"


def render(rows: list[object]) -> str:
    return ""
