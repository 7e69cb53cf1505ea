"""The parts of a page that benchmarks write, each between two comments that bear its name."""

from __future__ import annotations

import re
from pathlib import Path


def write(page: Path, name: str, text: str) -> None:
    """Replace the part of a page that stands between its two comments. ValueError where the page has no such part."""
    before = page.read_text("utf-8")
    start, end = f"<!-- {name}: made by a benchmark -->", f"<!-- end of {name} -->"
    found = re.search(f"(?s){re.escape(start)}.*?{re.escape(end)}", before)
    if found is None:
        raise ValueError(f"{page} has no part between {start!r} and {end!r}")
    after = f"{before[: found.start()]}{start}\n{text.strip()}\n{end}{before[found.end() :]}"
    page.write_text(after, encoding="utf-8")
