"""The generators for Go."""

from __future__ import annotations

import re
from dataclasses import replace

from tests.codegen.target import (
    BUILD,
    HERE,
    NO_ISSUE,
    OPENAPI_GENERATOR,
    OVERLAYS,
    SHOWN,
    Command,
    Project,
    Target,
    document,
    issue,
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


def _flat(target: Target, name: str) -> Target:
    """The target, fed with a document whose event is one object; its example is for the union."""
    fed = on(target, name, {})
    return replace(fed, compile=fed.compile[:1], environment={"GOFLAGS": "-tags=flat"})


TARGETS = (
    *_TARGETS,
    *(_flat(_BY_NAME["oapi-codegen"], f"openapi-3.0-{name}") for name in OVERLAYS),
    with_option(
        _BY_NAME["openapi-generator go"],
        "useOneOfDiscriminatorLookup=true",
        {"unknown kind": f"An event of an unknown kind becomes an empty union, without an error. {NO_ISSUE}"},
    ),
    on(
        _BY_NAME["openapi-generator go"],
        "openapi-3.1",
        dict.fromkeys(
            SHOWN,
            f"It drops `const` ({issue('OpenAPITools/openapi-generator', 10445)}), and without the pattern that 3.0 has "
            "instead, an event fits every kind.",
        ),
    ),
)
