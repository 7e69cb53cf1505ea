"""The generators for C++, which is one for TypeScript too and lies in that project."""

from __future__ import annotations

from tests.codegen.languages.typescript import MODELS, npm_version
from tests.codegen.target import Target, document

_GPP = ("g++", "-std=c++20", "-Wall", "-Wextra", "-Werror", "-isystem", "generated")
_FLAT = Target(
    name="quicktype, C++",
    language="C++",
    folder="typescript/quicktype_cpp",
    document="json-schema-flat",
    generate=(
        (
            *("../node_modules/.bin/quicktype", "--src-lang", "schema", "--lang", "cpp", "--namespace", "events"),
            *("--code-format", "with-struct", "--include-location", "global-include", "--no-boost", "--hide-null-optional"),
            *("--out", "generated/models.hpp"),
            *(str(document("json-schema-flat") / f"{model}.json") for model in MODELS),
        ),
    ),
    compile=((*_GPP, "-o", "generated/program", "main.cpp", "-lcurl"), (*_GPP, "-fsyntax-only", "example.cpp")),
    run=("generated/program",),
    version=npm_version("quicktype"),
    flags="`--code-format with-struct --hide-null-optional --no-boost`",
)
TARGETS = (_FLAT,)
