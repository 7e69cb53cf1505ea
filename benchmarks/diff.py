"""What `mconn diff`, oasdiff and Redocly tell of the vendor's documents, beside what truly changed.

python -m benchmarks.diff FOLDER [--write-page]

FOLDER has the vendor's documents by their dates, as JSON. oasdiff and redocly are taken from PATH:
`go install github.com/oasdiff/oasdiff@v1.37.0`, `npm install --global @redocly/cli`.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.section import write

from mconn_contracts.contract.comparison.operations import compare
from mconn_contracts.contract.document import find
from mconn_contracts.contract.export import to_json
from mconn_contracts.evolution.sides import contract, side

BY_HAND = Path(__file__).with_name("diff_facts.json")
"""What truly changed, counted by hand: for each pair of documents, changes with their subjects."""
PAGE = Path(__file__).resolve().parents[1] / "docs" / "diff.md"
CONTRACT = "contract"


@dataclass(frozen=True, slots=True)
class Item:
    """One thing that a tool tells: where, in words, and what was there before and after, as far as it says so."""

    place: str
    text: str
    before: str = ""
    after: str = ""

    def names(self, fact: str) -> bool:
        """Whether it names a change that was counted by hand; in doubt, it does."""
        change, _, subject = fact.partition(" ")
        everything = f"{self.text} {self.before} {self.after}"
        match change:
            case "kind-added":
                new = subject not in self.before and (subject in self.after or subject in self.text)
                return new and "removed" not in self.text and "description" not in self.text
            case "payload-undeclared":
                return all(word in everything for word in subject.split("."))
            case "union-opened":
                return "additionalProperties" in everything or "any-of-removed" in self.text
            case "operation-id-changed":
                path = subject.removeprefix("GET …").replace("{}", "")
                said = "operation id" in self.text or "operationId" in self.text
                return said and _without_names(self.place).endswith(path)
        raise ValueError(f"{BY_HAND}: nothing is known of {change}")


Tool = Callable[[Path, Path], Iterator[Item]]


def mconn(before: Path, after: Path) -> Iterator[Item]:
    """Each change that `mconn diff` tells, and what is only written differently as one."""
    sides = [contract() if path == find() else side(str(path)) for path in (before, after)]
    for fact in compare(sides[0].form, sides[1].form):
        yield Item(fact.places[0].operation if fact.places else "", f"{fact.name} {fact.subject}")


def oasdiff(before: Path, after: Path) -> Iterator[Item]:
    """Each change of oasdiff's changelog."""
    said = _run("oasdiff", "changelog", "--format", "json", str(before), str(after))
    for each in json.loads(said) or []:
        yield Item(each.get("path", ""), f"{each['id']}: {each['text']}".replace("api-operation-id", "operation id"))


def redocly(before: Path, after: Path) -> Iterator[Item]:
    """Each change of Redocly."""
    said = _run("redocly", "diff", str(before), str(after), "--format", "json", "--fail-on", "none")
    for each in json.loads(said[said.index("{") :])["changes"]:
        values = [to_json(each.get(name, {}).get("value")) for name in ("base", "revision")]
        place = each["path"].replace("~1", "/").removesuffix("/get")
        yield Item(place, f"{each['kind']} {each['typeName']} {each.get('property', '')}", *values)


def _run(*words: str) -> str:
    done = subprocess.run(words, capture_output=True, text=True, check=False, timeout=120)
    if done.returncode and not done.stdout:
        sys.exit(f"{' '.join(words)}: {done.stderr.strip()}")
    return done.stdout


def _without_names(path: str) -> str:
    return "".join(part.partition("}")[2] if "}" in part else part for part in path.split("{"))


TOOLS: Mapping[str, Tool] = {"mconn diff": mconn, "oasdiff": oasdiff, "redocly diff": redocly}


def row(pair: Mapping[str, Any], folder: Path, tool: Tool) -> tuple[int, int, int, int, int]:
    """Of a pair of documents and a tool: changes named, by items of their own, repeatedly; items, and those that name none."""
    before, after = (find() if name == CONTRACT else folder / f"{name}.json" for name in (pair["before"], pair["after"]))
    items = list(tool(before, after))
    named = [[fact for fact in pair["facts"] if _is(item, fact, tool)] for item in items]
    times = Counter(fact for facts in named for fact in facts)
    alone = {facts[0] for facts in named if len(facts) == 1}
    return len(times), len(alone), sum(count > 1 for count in times.values()), len(items), named.count([])


def _is(item: Item, fact: str, tool: Tool) -> bool:
    # Ours are held to the very words of the count; others to what comes near.
    return item.text == fact if tool is mconn else item.names(fact)


def table(folder: Path) -> Iterator[str]:
    """The lines of the table in the docs."""
    pairs = json.loads(BY_HAND.read_text("utf-8"))["pairs"]
    yield (
        "| from → to | true changes | tool | named | named alone in an item | named by several items | items "
        "| items that name no true change |"
    )
    yield "| --- | ---: | --- | ---: | ---: | ---: | ---: | ---: |"
    for pair in pairs:
        for name, tool in TOOLS.items():
            start = f"{pair['before']} → {pair['after']} | {len(pair['facts'])}" if tool is mconn else " | "
            yield f"| {start} | {name} | {' | '.join(map(str, row(pair, folder, tool)))} |"


def main() -> None:
    """Print the table, and write it into the page where that is asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--write-page", action="store_true", help=f"write it into {PAGE.name}")
    asked = parser.parse_args()
    for name in ("oasdiff", "redocly"):
        if shutil.which(name) is None:
            sys.exit(f"{name} is not on PATH; see --help")
    lines = list(table(asked.folder))
    print("\n".join(lines))
    if asked.write_page:
        write(PAGE, "other tools", "\n".join(lines))


if __name__ == "__main__":
    main()
