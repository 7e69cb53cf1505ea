"""The official documents of Overlay 1.0 and 1.1: what passes is applied, what fails is refused, and each set has its outcome.

They are read where they are present (CONTRIBUTING.md says how); `actions.yaml` and `test_overlay_format.py` cover the same
always.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.contract.official import FOLDER

from mconn_contracts.contract.actions import apply
from mconn_contracts.contract.overlay_format import read_overlay
from mconn_contracts.contract.yaml_texts import parse_yaml
from mconn_contracts.errors import DocumentError

DOCUMENT = {
    "openapi": "3.1.0",
    "info": {"title": "A", "version": "1"},
    "paths": {
        "/foo": {"get": {"description": "old", "parameters": [{"name": "dummy", "in": "query"}], "responses": {}}},
        "/bar": {"get": {"x-oai-traits": {"paged": True}, "parameters": [{"name": "filter", "in": "query"}]}},
    },
}
PASS, FAIL = (
    sorted(path for v in ("v1.0", "v1.1") for path in (FOLDER / "tests" / v / way).glob("*")) for way in ("pass", "fail")
)
SETS = sorted(path for path in (FOLDER / "compliant-sets").iterdir() if path.is_dir())


def name(path: Path) -> str:
    """Version and name of a document."""
    return f"{path.parents[1].name}-{path.stem}"


def test_there_are_as_many_as_were_known() -> None:
    """12 and 13 documents pass, 20 and 22 fail, and 8 are sets; a folder without them is no specification."""
    assert len(PASS) >= 25
    assert len(FAIL) >= 42
    assert len(SETS) >= 8


@pytest.mark.parametrize("path", PASS, ids=name)
def test_what_passes_is_applied(path: Path) -> None:
    """Each valid overlay can be applied to a document that its actions fit."""
    assert DOCUMENT["info"]["title"] == apply(DOCUMENT, read_overlay(path, path.name), list[str]().append)["info"]["title"]


@pytest.mark.parametrize("path", FAIL, ids=name)
def test_what_fails_is_refused(path: Path) -> None:
    """Each invalid overlay is refused when it is read, in one line that names it."""
    with pytest.raises(DocumentError) as caught:
        read_overlay(path, path.name)

    assert str(caught.value).startswith(f"overlay {path.name}: ")
    assert 1 == len(str(caught.value).splitlines())


@pytest.mark.parametrize("folder", SETS, ids=lambda folder: folder.name)
def test_a_set_comes_to_its_output(folder: Path) -> None:
    """The overlay makes the output of the document before, and each of its actions changes something."""
    before, after = (parse_yaml((folder / f"{each}.yaml").read_text("utf-8"), each) for each in ("openapi", "output"))
    told = list[str]()

    assert after == apply(before, read_overlay(folder / "overlay.yaml", folder.name), told.append)
    assert [] == told
