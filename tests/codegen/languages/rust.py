"""The generators for Rust."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from tests.codegen.target import (
    HERE,
    MODELS,
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
)

PROJECT = Project(("cargo",))
_COMPILED = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "mconn-contracts" / "cargo"
"""Outlives a clone, for to compile the libraries takes longer than all else here. Cargo tells what is still good."""


def _crate_version(crate: str) -> str:
    return search(HERE / "rust" / crate / "Cargo.lock", rf'name = "{crate}"\nversion = "(\S+)"')


def _rust(
    name: str,
    folder: str,
    read: str,
    version: str,
    flags: str,
    program: str,
    *generate: Command,
    known: Mapping[str, str] | None = None,
) -> Target:
    return Target(
        known=known or {},
        name=name,
        language="Rust",
        folder=f"rust/{folder}",
        document=read,
        generate=generate,
        compile=(("cargo", "build", "--quiet", "--locked", "--bins"),),
        run=(str(_COMPILED / "debug" / program),),
        version=version,
        flags=flags,
        environment={"CARGO_TARGET_DIR": str(_COMPILED), "CARGO_PROFILE_DEV_DEBUG": "false"},
    )


_EMPTY = (
    "An empty `errors` or `messages` is not written back: an optional list is one thing, empty or absent. Closed upstream "
    f"({issue('oxidecomputer/typify', 464)})."
)
_TARGETS = (
    _rust(
        "typify",
        "typify",
        "json-schema-flat",
        _crate_version("typify"),
        "",
        "codegen-typify",
        (
            *("cargo", "run", "--quiet", "--locked", "--bin", "generate", "--"),
            *(str(document("json-schema-flat") / f"{model}.json") for model in MODELS),
            "generated",
        ),
        known={"round trip": _EMPTY},
    ),
    _rust(
        "progenitor",
        "progenitor",
        "openapi-3.0",
        _crate_version("progenitor"),
        "",
        "codegen-progenitor",
        (
            *("cargo", "run", "--quiet", "--locked", "--bin", "generate", "--"),
            *(str(document("openapi-3.0")), "generated/client.rs"),
        ),
        known={"round trip": _EMPTY},
    ),
    _rust(
        "openapi-generator rust",
        "openapi_generator",
        "openapi-3.0-without-discriminator",
        OPENAPI_GENERATOR,
        "`reqwestDefaultFeatures=` for a client without TLS",
        "codegen-openapi-generator",
        *openapi_generator(
            "rust",
            "openapi-3.0-without-discriminator",
            {"packageName": "events_client", "packageVersion": "0.1.0", "reqwestDefaultFeatures": ""},
        ),
    ),
)

TARGETS = (
    *_TARGETS,
    *(on(_TARGETS[-1], f"openapi-3.0-{name}", {}, "--features", "flat") for name in OVERLAYS),
    on(
        _TARGETS[-1],
        "openapi-3.0",
        dict.fromkeys(
            SHOWN,
            "serde takes the discriminator's field away before it reads the member, which requires it "
            f"({issue('OpenAPITools/openapi-generator', 22344)}).",
        ),
        *("--features", "tagged"),
    ),
)
