"""What actions make of documents: the cases of `actions.yaml`, and what no case can have."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from mconn_contracts.contract.actions import apply
from mconn_contracts.contract.overlay_format import Overlay, read_overlay
from mconn_contracts.errors import DocumentError

CASES = yaml.safe_load((Path(__file__).parent / "actions.yaml").read_text(encoding="utf-8"))


def overlay(folder: Path, version: str, actions: list[Any]) -> Overlay:
    """The overlay of these actions, by way of a file."""
    path = folder / "overlay.json"
    path.write_text(
        json.dumps({"overlay": version, "info": {"title": "t", "version": "1"}, "actions": actions}), encoding="utf-8"
    )
    return read_overlay(path, "mine")


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["case"])
def test_actions_do_what_the_specification_says(tmp_path: Path, case: dict[str, Any]) -> None:
    """Each case comes to its document and its warnings, or is refused; the document before stays as it was."""
    before, told = copy.deepcopy(case["before"]), list[str]()
    mine = overlay(tmp_path, case["version"], case["actions"])
    if "refused" in case:
        with pytest.raises(DocumentError) as caught:
            apply(before, mine, told.append)
        assert case["refused"] == str(caught.value)[-len(case["refused"]) :]
        assert str(caught.value).startswith("overlay mine: action ")
    else:
        assert case["after"] == apply(before, mine, told.append)
    assert case["before"] == before
    assert [True] * len(case.get("told", [])) == [end in line for end, line in zip(case.get("told", []), told, strict=True)]


def test_copies_are_among_what_is_added(tmp_path: Path) -> None:
    """A document that is copied into itself over and over is cut off."""
    actions = [{"target": "$.a", "update": list(range(100))}] + [{"target": "$.a", "copy": "$.a", "x-n": n} for n in range(10)]
    with pytest.raises(DocumentError, match=r"action 8 .* makes the overlay add more than 20000 values"):
        apply({"a": []}, overlay(tmp_path, "1.1.0", actions), list[str]().append)
