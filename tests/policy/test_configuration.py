"""Configuration files: where they are found, and how wrong ones are refused."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from mconn_contracts.errors import UsageError
from mconn_contracts.policy import configuration
from mconn_contracts.policy.configuration import schema


def refused(path: Path) -> str:
    """Why the file is not a configuration."""
    with pytest.raises(UsageError) as error:
        configuration.read(path)
    return str(error.value)


@pytest.mark.parametrize(
    "text, said",
    [
        ('selct = ["MC3"]', "there is no key 'selct'; did you mean 'select'?"),
        ("[test]\nprofil = 'quick'", "there is no key 'test.profil'; did you mean 'profile'?"),
        ("fail-on = 'fatal'", 'fail-on: "fatal" is not one of error, warning, info'),
        ("unknown-kinds = 'info'", 'unknown-kinds: "info" is not one of error, warning, ignore'),
        ("select = ['X1']", 'select.0: "X1" is not written like MC3 or MC301@listEvents'),
        ("max-per-code = 'many'", 'max-per-code: "many" is not of type integer'),
        ("[fail-under]\nkinds = '101%'", 'fail-under.kinds: "101%" is neither a number nor a share such as "90%"'),
        ("[test]\nmax-time = nan", "test.max-time is not a finite number"),
        ("[test]\nwait = inf", "test.wait is not a finite number"),
        ("select = [", "not TOML"),
    ],
)
def test_a_wrong_configuration_is_refused_with_its_place(tmp_path: Path, text: str, said: str) -> None:
    """What the schema does not have is wrong use; the error names the file, the place, and what is right."""
    path = tmp_path / "mconn.toml"
    path.write_text(text, encoding="utf-8")
    message = refused(path)

    assert (True, True) == (message.startswith(str(path)), said in message), message


def test_a_named_configuration_has_to_be_there(tmp_path: Path) -> None:
    """A file that is not there is wrong use, as is a pyproject.toml without the table."""
    (tmp_path / "pyproject.toml").write_text("[project]\n", encoding="utf-8")

    assert "no such file" in refused(tmp_path / "none.toml")
    assert "has no table [tool.mconn]" in refused(tmp_path / "pyproject.toml")


def test_a_pyproject_is_found_upwards(tmp_path: Path) -> None:
    """The table of a pyproject.toml in a folder above counts, unless it lies outside the repository."""
    (tmp_path / "pyproject.toml").write_text("[tool.mconn]\nmax-per-code = 7\n", encoding="utf-8")
    for name in ("inside", "other"):
        (tmp_path / name).mkdir()
    for name in (".", "other"):
        (tmp_path / name / ".git").mkdir()

    found = configuration.find(tmp_path / "inside")
    assert (tmp_path / "pyproject.toml", None) == (found, configuration.find(tmp_path / "other"))
    assert found is not None
    assert {"max-per-code": 7} == configuration.read(found).values


def test_its_own_file_comes_before_a_pyproject(tmp_path: Path) -> None:
    """Of two in one folder, mconn.toml counts; a pyproject.toml without the table is passed by."""
    for folder in (tmp_path, tmp_path / "inner"):
        folder.mkdir(exist_ok=True)
        (folder / "pyproject.toml").write_text("[tool.other]\n", encoding="utf-8")
    (tmp_path / "pyproject.toml").write_text("[tool.mconn]\n", encoding="utf-8")
    (tmp_path / "mconn.toml").write_text("", encoding="utf-8")

    assert tmp_path / "mconn.toml" == configuration.find(tmp_path / "inner")


def test_paths_are_relative_to_the_file(tmp_path: Path) -> None:
    """Paths of a file count from its folder; the dash of standard output, names and addresses stay as they are."""
    path = tmp_path / "mconn.toml"
    path.write_text(
        """
baseline = "known.json"
report = { json = "out.json", html = "/tmp/out.html", text = "-" }
select = ["MC3"]
fail-under = { kinds = 3 }
test = { behavior = "-", account-id = "a", seed = 3 }
validate = { scheduler = "tcp://host:1" }
""",
        encoding="utf-8",
    )

    assert {
        "baseline": str(tmp_path / "known.json"),
        "report": {"json": str(tmp_path / "out.json"), "html": "/tmp/out.html", "text": "-"},
        "select": ["MC3"],
        "fail-under": {"kinds": 3},
        "test": {"behavior": str(tmp_path / "-"), "account-id": "a", "seed": 3},
        "validate": {"scheduler": "tcp://host:1"},
    } == configuration.read(path).values


@pytest.mark.parametrize("name", ["configuration", "baseline"])
def test_every_form_is_said_in_words(name: str) -> None:
    """Each part of a schema that has a pattern, or a choice of schemas, says what is wrong with another value."""

    def silent(value: Any) -> Iterator[Any]:
        if isinstance(value, Mapping):
            if {"pattern", "oneOf"} & value.keys() and not isinstance(value.get("otherwise"), str):
                yield value
            value = list(value.values())
        if isinstance(value, list):
            for each in value:
                yield from silent(each)

    assert [] == list(silent(schema(name)))
