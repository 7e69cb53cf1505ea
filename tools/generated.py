"""Write the files that are made from the document, `spec/generated/`; with `--check`, only compare.

python tools/generated.py [--check]
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path

from mconn_contracts.document import load
from mconn_contracts.export import json_schemas, openapi_30, openapi_31, to_json, to_yaml

ROOT = Path(__file__).resolve().parents[1]
FOLDER = ROOT / "spec" / "generated"


def expected() -> dict[str, bytes]:
    """The bytes of each generated file, by its path below the folder."""
    document = load(ROOT / "spec" / "openapi.yaml")
    texts = {
        "openapi-3.1.yaml": to_yaml(openapi_31(document)),
        "openapi-3.0.yaml": to_yaml(openapi_30(document)),
        "openapi-3.0-without-discriminator.yaml": to_yaml(openapi_30(document, discriminator=False)),
    }
    texts |= {f"json-schema/{name}.json": to_json(schema) for name, schema in json_schemas(document).items()}
    return {name: text.encode() for name, text in texts.items()}


def present(folder: Path) -> dict[str, bytes]:
    """The bytes of each file below a folder, by its path there."""
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def differences(wanted: Mapping[str, bytes], found: Mapping[str, bytes]) -> list[str]:
    """What is missing, of other bytes, or there without being generated: one line each, sorted by path."""
    lines = [f"{name}: missing" for name in wanted.keys() - found.keys()]
    lines += [f"{name}: is not generated" for name in found.keys() - wanted.keys()]
    lines += [f"{name}: differs" for name in wanted.keys() & found.keys() if wanted[name] != found[name]]
    return sorted(lines)


def write(wanted: Mapping[str, bytes], folder: Path) -> None:
    """Make a folder hold exactly these files."""
    for name in present(folder).keys() - wanted.keys():
        (folder / name).unlink()
    for name, content in wanted.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


def main(arguments: list[str]) -> int:
    """0 when written or equal, 1 when `--check` finds a difference, 2 for wrong use."""
    if arguments not in ([], ["--check"]):
        print(__doc__, file=sys.stderr)
        return 2
    if not arguments:
        write(expected(), FOLDER)
        return 0
    lines = differences(expected(), present(FOLDER))
    for line in lines:
        print(f"spec/generated/{line}")
    if lines:
        print("Run `python tools/generated.py`, and commit what it writes.")
    return bool(lines)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
