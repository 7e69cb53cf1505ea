"""Honest behaviors combined at random: whatever a server chooses where nobody documents it, nothing is to be accused.

`python -m benchmarks.combinations --number 300` probes so many combinations of the styles' choices over pure handlers, one
choice for each member of `Behavior`, and names those that are accused. Exits 1 where there are any. The seed is the day's,
unless `--seed` says otherwise, and printed.
"""

from __future__ import annotations

import argparse
import random
import sys
from collections.abc import Iterator
from contextlib import closing
from dataclasses import fields, replace

from benchmarks.pure import ORIGIN, accusations, probed

from benchmarks import seed
from mconn_contracts.contract.document import load
from mconn_contracts.judge.check import Plan
from mconn_contracts.live.profiles import PROFILES
from mconn_contracts.live.target import Target
from mconn_contracts.server.api.access import MAIN_ACCOUNT
from mconn_contracts.server.behavior import DEFAULT
from mconn_contracts.server.data.lifecycle import ACCOUNT_ID, CONNECTOR_ID
from mconn_contracts.server.reference import build_handler, open_store
from mconn_contracts.server.styles import STYLES, Style

PLAN = Plan(load())
TARGET = Target(f"{ORIGIN}/client/v4", ACCOUNT_ID, CONNECTOR_ID, {"Authorization": f"Bearer {MAIN_ACCOUNT.token}"})
ON_THE_WIRE = {"delay", "chunked"}
"""Members that a pure handler cannot show."""
CHOICES = {
    field.name: list(dict.fromkeys(getattr(style.behavior, field.name) for style in STYLES.values()))
    for field in fields(DEFAULT)
    if field.name not in ON_THE_WIRE
}
"""What the styles choose, for each member of a behavior."""
MAINS = list(dict.fromkeys(style.main for style in STYLES.values()))


def combinations(drawn_by: int, number: int) -> Iterator[Style]:
    """So many conformant servers: each makes about every second choice as some style does, and records what one does."""
    rng = random.Random(drawn_by)
    for index in range(number):
        chosen = {name: rng.choice(values) for name, values in CHOICES.items() if rng.random() < 0.5}
        behavior = replace(DEFAULT, **chosen)
        # A server takes its own default; the latest say the total where the lists do.
        behavior = replace(behavior, default_limit=min(behavior.default_limit, behavior.max_limit))
        if behavior.count != "total":
            behavior = replace(behavior, latest_count=DEFAULT.latest_count)
        main = rng.choice(MAINS) if rng.random() < 0.3 else None
        records = "the routine" if main is None else f"events of another style ({MAINS.index(main)})"
        summary = ", ".join(
            f"{name}={getattr(behavior, name)!r}" for name in CHOICES if getattr(behavior, name) != getattr(DEFAULT, name)
        )
        yield Style(f"combination {index} of seed {drawn_by}", f"{records}; {summary}", behavior, main)


def accused_of(style: Style, profile: str = "quick") -> list[str]:
    """The codes of the errors that a run finds on a style's handler, and `undecided` where it cannot judge."""
    with closing(open_store(main=style.main)) as store:
        return accusations(probed(build_handler(store, style=style), TARGET, PLAN, profile))


def main() -> None:
    """Probe the combinations, and name what is accused."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--number", type=int, default=300, help="how many combinations")
    parser.add_argument("--seed", type=int, default=seed.of_today(), help="what they are drawn by; the day by default")
    parser.add_argument("--profile", choices=list(PROFILES), default="quick")
    options = parser.parse_args()
    print(f"seed {options.seed}, {options.number} combinations, profile {options.profile}", flush=True)
    accused = 0
    for style in combinations(options.seed, options.number):
        found = accused_of(style, options.profile)
        if found:
            accused += 1
            print(f"{style.name}: {', '.join(found)}\n  {style.summary}", flush=True)
    print(f"{accused} of {options.number} accused")
    sys.exit(1 if accused else 0)


if __name__ == "__main__":
    main()
