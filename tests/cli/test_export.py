"""`mconn export`."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner

from mconn_contracts.cli.export import command
from mconn_contracts.contract.document import Document, load
from mconn_contracts.contract.export import json_schemas, openapi_30, openapi_31
from mconn_contracts.contract.overlays import overlaid
from mconn_contracts.contract.unions import flat, opened
from mconn_contracts.errors import UsageError


def run(*arguments: str) -> str:
    """What the command prints; it must not fail."""
    done = CliRunner().invoke(command, arguments, catch_exceptions=False)
    assert 0 == done.exit_code, done.output
    return done.output


@pytest.mark.parametrize("form, derive", [("openapi-3.1", openapi_31), ("openapi-3.0", openapi_30)])
def test_prints_yaml(form: str, derive: object) -> None:
    """Without --output, the document goes to standard output as YAML."""
    assert callable(derive)
    assert derive(load()) == yaml.safe_load(run(form))


@pytest.mark.parametrize("suffix, read", [(".yaml", yaml.safe_load), (".yml", yaml.safe_load), (".JSON", json.loads)])
def test_suffix_decides(tmp_path: Path, suffix: str, read: object) -> None:
    """The suffix of --output decides between YAML and JSON, whatever its case."""
    path = tmp_path / f"out{suffix}"
    assert callable(read)

    assert "" == run("openapi-3.0", "--without-discriminator", "--output", str(path))
    assert openapi_30(load(), discriminator=False) == read(path.read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    "options, expected",
    [
        (("--flat",), openapi_30(flat(load()))),
        (("--open",), openapi_30(opened(load()))),
        (("--open", "--flat"), openapi_30(opened(flat(load())))),
        (("--without-pattern",), openapi_30(load(), pattern=False)),
        (
            ("--flat", "--open", "--overlay", "2026-08-14"),
            openapi_30(opened(overlaid(load(), ["2026-08-14"]))),
        ),
    ],
)
def test_options_change_the_union(options: tuple[str, ...], expected: object) -> None:
    """Each option, and several together, give the document that the library derives; an overlay comes first."""
    assert expected == yaml.safe_load(run("openapi-3.0", *options))


@pytest.mark.parametrize("options, change", [((), lambda each: each), (("--flat",), flat), (("--open",), opened)])
def test_options_change_the_schemas(tmp_path: Path, options: tuple[str, ...], change: Callable[[Document], Document]) -> None:
    """json-schema takes the same options."""
    run("json-schema", *options, "--output", str(tmp_path))

    assert json_schemas(change(load())) == {path.stem: json.loads(path.read_text("utf-8")) for path in tmp_path.iterdir()}


def test_refused_options_change_nothing() -> None:
    """What is refused beside --flat and --open has nothing to leave out there."""
    one, union = flat(load()), opened(load())

    assert openapi_30(one) == openapi_30(one, discriminator=False, pattern=False)
    assert openapi_30(union) == openapi_30(union, discriminator=False)


def test_json_schemas_go_to_a_directory(tmp_path: Path) -> None:
    """json-schema writes a file for each response and model, into a directory that it makes."""
    folder = tmp_path / "deep" / "schemas"

    run("json-schema", "--output", str(folder))

    assert json_schemas(load()) == {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in folder.iterdir()}


@pytest.mark.parametrize(
    "arguments, words",
    [
        (("openapi-3.1", "--output", "x.txt"), "end the name in .yaml, .yml, .json"),
        (
            ("openapi-3.1", "--output", "missing/x.yaml"),
            "missing/x.yaml: the document cannot be written: no such file or directory",
        ),
        (("json-schema",), "give --output DIRECTORY"),
        (("json-schema", "--without-discriminator", "--output", "x"), "JSON Schema has no discriminator"),
        (("json-schema", "--without-pattern", "--output", "x"), "--without-pattern is for openapi-3.0"),
        (("openapi-3.1", "--without-pattern"), "in openapi-3.1, a kind is a `const` without a pattern"),
        (("openapi-3.0", "--without-pattern", "--flat"), "changes nothing with --flat: `k` is one enumeration there"),
        (("openapi-3.0", "--without-discriminator", "--flat"), "changes nothing with --flat: an event is one object there"),
        (("openapi-3.1", "--without-discriminator", "--open"), "changes nothing with --open: an open union has no discriminator"),
        (("openapi-3.0", "--overlay", "2026-08-14", "--overlay", "2026-06-02"), "2026-08-14 and 2026-06-02: each makes a whole"),
        (("json-schema", "--output", "file/x"), "file/x: cannot be made"),
    ],
)
def test_wrong_use_says_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...], words: str
) -> None:
    """What cannot be written is refused, and the message says why."""
    monkeypatch.chdir(tmp_path)
    Path("file").touch()

    with pytest.raises(UsageError) as caught:
        run(*arguments)

    assert words in str(caught.value)


def test_unknown_format_is_refused() -> None:
    """A format that there is not exits 2 and names those that there are."""
    done = CliRunner().invoke(command, ["openapi-2.0"])

    assert 2 == done.exit_code
    assert "openapi-3.1" in done.output
