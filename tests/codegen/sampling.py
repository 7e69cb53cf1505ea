"""Which targets a run takes: all of them, those of a name, or one a language."""

from __future__ import annotations

import subprocess
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest
from tests.codegen.target import Target
from tests.codegen.targets import TARGETS

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Choice:
    """The targets of a run, and why it is these, in one line."""

    targets: tuple[Target, ...]
    why: str


_CHOICE = pytest.StashKey[Choice]()


def choice(config: pytest.Config) -> Choice:
    """The targets of this run, decided once by its options."""
    if _CHOICE not in config.stash:
        # Where the folder is collected among others, its options are not known.
        part, some = config.getoption("--targets", ""), config.getoption("--sample", False)
        config.stash[_CHOICE] = sample(TARGETS) if some else by_name(TARGETS, part)
    return config.stash[_CHOICE]


def by_name(targets: Sequence[Target], part: str) -> Choice:
    """The targets whose name contains the text; all of them for an empty one."""
    chosen = tuple(target for target in targets if part in target.name)
    return Choice(chosen, f"{len(chosen)} of {len(targets)} targets" + (f", named by --targets {part}" if part else ""))


def sample(targets: Sequence[Target], root: Path = ROOT) -> Choice:
    """One target a language, others with each commit; the first of each where there is no repository."""
    done = subprocess.run(["git", "-C", str(root), "rev-parse", "HEAD"], capture_output=True, text=True, check=False)
    chosen = tuple(drawn(targets, int(done.stdout[:8], 16) if done.returncode == 0 else 0))
    names = "; ".join(target.name for target in chosen)
    return Choice(chosen, f"a sample of {len(chosen)} of {len(targets)} targets: {names}. All: tox run -e codegen")


def drawn(targets: Iterable[Target], number: int) -> list[Target]:
    """One target of each language, by a number: of those that fail in no column and are not too slow for it."""
    languages: dict[str, list[Target]] = {}
    for target in targets:
        if target.sampled and not target.known:
            languages.setdefault(target.language, []).append(target)
    return [found[number % len(found)] for found in languages.values()]
