"""The generators for Go."""

from __future__ import annotations

import re

from tests.codegen.target import (
    BUILD,
    HERE,
    OPENAPI_GENERATOR,
    SHOWN,
    Command,
    Project,
    Target,
    document,
    on,
    openapi_generator,
    search,
    with_option,
)

PROJECT = Project(("go",), (("go", "mod", "download"),))


def _go_version(module: str) -> str:
    return search(HERE / "go" / "go.mod", rf"(?m)^\s*{re.escape(module)} v(\S+)")


def _go(name: str, folder: str, read: str, version: str, flags: str, *generate: Command) -> Target:
    program = str(BUILD / "go" / folder)
    return Target(
        name=name,
        language="Go",
        folder=f"go/{folder}",
        document=read,
        generate=generate,
        compile=(("go", "build", "-o", program, "."), ("go", "vet", "./...")),
        run=(program,),
        version=version,
        flags=flags,
    )


_TARGETS = (
    _go(
        "oapi-codegen",
        "oapi_codegen",
        "openapi-3.0",
        _go_version("github.com/oapi-codegen/oapi-codegen/v2"),
        "`generate: {models: true, client: true}`",
        ("go", "tool", "oapi-codegen", "-config", "oapi-codegen.yaml", str(document("openapi-3.0"))),
    ),
    _go(
        "ogen",
        "ogen",
        "openapi-3.0",
        _go_version("github.com/ogen-go/ogen"),
        "",
        (
            *("go", "tool", "ogen", "--target", "generated", "--package", "events", "--clean"),
            *("--config", "ogen.yml", str(document("openapi-3.0"))),
        ),
    ),
    _go(
        "openapi-generator go",
        "openapi_generator",
        "openapi-3.0",
        OPENAPI_GENERATOR,
        "`disallowAdditionalPropertiesIfNotPresent=false`",
        *openapi_generator(
            "go",
            "openapi-3.0",
            {"packageName": "events", "withGoMod": "false", "disallowAdditionalPropertiesIfNotPresent": "false"},
        ),
    ),
)

_BY_NAME = {target.name: target for target in _TARGETS}
TARGETS = (
    *_TARGETS,
    with_option(
        _BY_NAME["openapi-generator go"],
        "useOneOfDiscriminatorLookup=true",
        {"unknown kind": "An event of an unknown kind becomes an empty union, without an error."},
    ),
    on(
        _BY_NAME["openapi-generator go"],
        "openapi-3.1",
        dict.fromkeys(
            SHOWN,
            "It drops `const` (openapi-generator#10445), and without the pattern that 3.0 has instead, an event fits every kind.",
        ),
    ),
)
