"""What two documents write differently and mean alike, counted."""

from __future__ import annotations

from collections import Counter

from mconn_contracts.contract.comparison.fact import Fact

INTEGERS, COMPONENTS, UNIONS, WORDS, NAMES = (
    "`integer` for `number`",
    "names of components",
    "how the union is written",
    "words of operations",
    "names of path parameters",
)
"""What may be written differently."""


class Authoring:
    """Counts places where two documents only write differently."""

    def __init__(self) -> None:
        self._places: Counter[str] = Counter()

    def differs(self, what: str) -> None:
        """One place more where they do."""
        self._places[what] += 1

    def fact(self) -> list[Fact]:
        """All of it as one fact; none where nothing differs."""
        if not self._places:
            return []
        said = ", ".join(f"{what} × {count}" for what, count in sorted(self._places.items()))
        return [Fact("authoring-differs", "authoring", message=f"Only written differently: {said}.")]
