"""The generators for C++. quicktype makes TypeScript too, and lies in that project."""

from __future__ import annotations

from dataclasses import replace

from tests.codegen.languages.typescript import npm_version
from tests.codegen.target import MODELS, OPENAPI_GENERATOR, OVERLAYS, Project, Target, document, on, openapi_generator

PROJECT = Project(("g++",))
_STRICT = ("g++", "-std=c++20", "-Wall", "-Wextra", "-Werror")
_GPP = (*_STRICT, "-isystem", "generated")
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
_RESTSDK = Target(
    name="openapi-generator cpp-restsdk",
    language="C++",
    folder="cpp/cpp_restsdk",
    document="openapi-3.0-flat",
    generate=openapi_generator("cpp-restsdk", "openapi-3.0-flat", {}),
    compile=(
        (*_STRICT, "-isystem", "generated/include", "-c", "-o", "generated/main.o", "main.cpp"),
        (
            *("sh", "-c"),
            "g++ -std=c++20 -w -I generated/include -o generated/program generated/main.o $(find generated/src -name '*.cpp') "
            "-lcpprest -lssl -lcrypto -lpthread",
        ),
    ),
    run=("generated/program",),
    version=OPENAPI_GENERATOR,
    flags="",
    sampled=False,
)
TARGETS = (
    _FLAT,
    _RESTSDK,
    # The example asks for the `url` that the first revision declares.
    *(replace(on(_FLAT, f"json-schema-{name}", {}), compile=_FLAT.compile[:1]) for name in OVERLAYS),
)
