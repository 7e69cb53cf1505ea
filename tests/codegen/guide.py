"""The first part of the page: which language, which generator; its file, its command and a program, all three from the tests."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass

from tests.codegen.languages.typescript import npm_version
from tests.codegen.target import DOCUMENTS, EXPORTED, HERE, PYTHON, SPEC, Target
from tests.codegen.targets import TARGETS


@dataclass(frozen=True)
class Answer:
    """What a user of a language is told: a target, a program that is compiled with it, and what is to be known."""

    target: str
    install: str
    """The command that brings the generator, and what its client needs; `{version}` is the locked one."""
    program: str
    known: str


_OPENAPI_GENERATOR = "python -m pip install openapi-generator-cli=={version}  # needs Java 11 or later"
_OAPI_CODEGEN = "github.com/oapi-codegen/oapi-codegen/v2"

ANSWERS = (
    Answer(
        "quicktype, C++",
        "npm install quicktype@{version}",
        "typescript/quicktype_cpp/example.cpp",
        "It makes the structures, to be used with any HTTP client. An event is one structure; an unknown kind is refused.",
    ),
    Answer(
        "oapi-codegen",
        "go mod init codegen/oapi_codegen",
        "go/oapi_codegen/example/main.go",
        "A page with an event of an unknown kind is read; only asking for that event's kind is an error. "
        "Save the program as `main.go`; `go mod tidy && go run .` runs it.",
    ),
    Answer(
        "openapi-generator java, okhttp-gson on openapi-3.1-open",
        _OPENAPI_GENERATOR,
        "java/okhttp_gson/src/main/java/Example.java",
        "An event of an unknown kind is an `UnknownEvent`.",
    ),
    Answer(
        "openapi-generator kotlin, moshi",
        _OPENAPI_GENERATOR,
        "java/kotlin_moshi/src/main/kotlin/Example.kt",
        "An event is one class; an unknown kind is refused. With `serializationLibrary=gson`, below, each kind has a class.",
    ),
    Answer(
        "openapi-generator php",
        _OPENAPI_GENERATOR,
        "php/openapi_generator/example.php",
        "An event is one class; an unknown kind is refused.",
    ),
    Answer(
        "openapi-python-client on openapi-3.1-open",
        "python -m pip install openapi-python-client=={version}",
        "python/openapi_python_client/example.py",
        "An event of an unknown kind is an `Unknown`. "
        "Save the program as `latest.py`; `PYTHONPATH=generated python latest.py` runs it.",
    ),
    Answer(
        "openapi-generator ruby",
        _OPENAPI_GENERATOR,
        "ruby/openapi_generator/example.rb",
        "An unknown kind is refused.",
    ),
    Answer(
        "openapi-generator rust",
        _OPENAPI_GENERATOR,
        "rust/openapi_generator/src/bin/example.rs",
        "An unknown kind is refused; match the union's members for the kinds.",
    ),
    Answer(
        "openapi-generator scala-http4s",
        _OPENAPI_GENERATOR,
        "java/scala_http4s/src/main/scala/Example.scala",
        "An event is one class; an unknown kind is refused.",
    ),
    Answer(
        "openapi-typescript, openapi-fetch",
        f"npm install openapi-typescript@{{version}} openapi-fetch@{npm_version('openapi-fetch')} tsx",
        "typescript/openapi_fetch/example.ts",
        "Types alone refuse nothing: an event of an unknown kind is handed on. "
        "Save the program as `latest.mts`; `npx tsx latest.mts` runs it.",
    ),
)


def guide() -> Iterator[str]:
    """The lines of the part: a section for each language."""
    targets = {target.name: target for target in TARGETS}
    for answer in ANSWERS:
        target = targets[answer.target]
        path = HERE / answer.program
        folder = f"tests/codegen/{target.folder}"
        yield from (f"### {target.language}: {target.generator} {target.version}", "")
        yield from (f"{answer.known} Its project: [`{folder}`](../{folder}).", "", "```bash")
        yield answer.install.format(version=target.version)
        yield from commands(target)
        yield from ("```", "", f"```{path.suffix[1:]}", path.read_text(encoding="utf-8").rstrip(), "```", "")


def commands(target: Target) -> Iterator[str]:
    """The commands of a target as a user types them at the root of the repository; the tests run the same."""
    if target.document in EXPORTED:
        yield shlex.join(["mconn", "export", *EXPORTED[target.document], "--output", target.source.name])
    yield "mkdir -p generated"
    for command in target.generate:
        line = " ".join(shlex.quote(_shown(word, target)) for word in command)
        line = line.replace("go tool oapi-codegen", f"go run {_OAPI_CODEGEN}/cmd/oapi-codegen@v{target.version}")
        yield f"npx {line}" if command[0].startswith("../node_modules/.bin/") else line


def _shown(word: str, target: Target) -> str:
    if "/" not in word and (target.path / word).is_file():
        return f"tests/codegen/{target.folder}/{word}"
    word = re.sub(rf"^{re.escape(PYTHON)}$", "python", word)
    word = re.sub(r"^(\.\./node_modules/\.bin/|.*/(?=openapi-generator-cli$))", "", word)
    return word.replace(f"{DOCUMENTS}/", "").replace(str(SPEC), "spec/generated")
