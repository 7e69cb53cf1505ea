"""Which targets a run takes: all of them, those of a name, or one a language where nothing changed that they depend on."""

from __future__ import annotations

import subprocess
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest
from tests.codegen.target import Target
from tests.codegen.targets import TARGETS

ROOT = Path(__file__).resolve().parents[2]
DEPENDS_ON = ("spec", "tests/codegen")
"""What decides what becomes of a generated client, but for the generators, whose versions are locked in the second."""
HOURS = 24
"""How far back a change is looked for, from the date of the last commit: longer than any submission is worked on."""


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
    """One target a language, others with each commit; all of them where what they depend on has changed, or that is not known."""
    every = tuple(targets)
    head = _git(root, "rev-parse", "HEAD")
    base = _git(root, "rev-list", "-1", f"--before={_before(root)}", "HEAD") if head else ""
    if not base:
        return Choice(every, f"all {len(every)} targets, for git has no commit from {HOURS} hours before the last")
    changed = _git(root, "diff", "--name-only", base, "--", *DEPENDS_ON).splitlines()
    if changed:
        return Choice(every, f"all {len(every)} targets, for {changed[0]} differs from {base[:10]}")
    chosen = tuple(drawn(every, int(head[:8], 16)))
    names = "; ".join(target.name for target in chosen)
    same = f"nothing below {' or '.join(DEPENDS_ON)} differs from {base[:10]}"
    return Choice(chosen, f"a sample of {len(chosen)} of {len(every)} targets, for {same}: {names}. All: tox run -e codegen")


def drawn(targets: Iterable[Target], number: int) -> list[Target]:
    """One target of each language that fails in no column, by a number."""
    languages: dict[str, list[Target]] = {}
    for target in targets:
        if not target.known:
            languages.setdefault(target.language, []).append(target)
    return [found[number % len(found)] for found in languages.values()]


def _before(root: Path) -> int:
    return int(_git(root, "log", "-1", "--format=%ct")) - HOURS * 3600


def _git(root: Path, *arguments: str) -> str:
    """What git prints; nothing where there is no repository."""
    done = subprocess.run(["git", "-C", str(root), *arguments], capture_output=True, text=True, check=False)
    return done.stdout.strip() if done.returncode == 0 else ""
