"""What kinds, fields and parameters mean, compared."""

from __future__ import annotations

from mconn_contracts.contract.comparison import words
from mconn_contracts.contract.comparison.fact import Fact, Place


def same_words(before: str, after: str) -> bool:
    """Whether two descriptions say the same, or one of them is left out, which says nothing."""
    return not before.strip() or not after.strip() or before.split() == after.split()


def described_anew(subject: str, before: str, after: str, place: Place, spec: tuple[str, str], kind: str = "") -> Fact:
    """What something means is said in other words."""
    old, new = words.quoted(before), words.quoted(after)
    message = f"{named(subject)} was described as {old}; it is now {new}"
    return Fact("description-changed", subject, old, new, message, (place,), spec, kind)


def named(subject: str) -> str:
    """A subject at the start of a sentence: what is no phrase stands as code."""
    return f"{subject[:1].upper()}{subject[1:]}" if " " in subject else f"`{subject}`"
