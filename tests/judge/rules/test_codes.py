"""Where codes of statements are written: beside predicates, in the table of defects, and beside the server's faults."""

from __future__ import annotations

import re
from pathlib import Path

import mconn_contracts

PACKAGE = Path(mconn_contracts.__file__).parent
CODE = re.compile(r'"MC[0-9]{3}"')
KNOWING = ("judge/rules/", "server/faults/", "evolution/catalog.py")
"""The rooms that know codes, and the catalog of changes between documents, which has codes of its own."""
CRASHED = "judge/check.py"
"""Where the code is that no predicate can have: a predicate crashed."""


def test_other_rooms_know_no_codes() -> None:
    """What decodes, reads, compares with schemas, reports or decides for a user takes codes from the document and the table."""
    found = {
        path.relative_to(PACKAGE).as_posix(): CODE.findall(path.read_text(encoding="utf-8")) for path in PACKAGE.rglob("*.py")
    }
    elsewhere = {name: codes for name, codes in found.items() if codes and not name.startswith(KNOWING)}

    assert {CRASHED: ['"MC901"']} == elsewhere
    assert sum(map(len, found.values())) > 100
