"""The generators, each with its commands: the rows of the matrix."""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

SHOWN = ("16 kinds typed", "round trip", "unknown kind", "undeclared field", "three calls", "paging")
"""The columns that a program shows."""

HERE = Path(__file__).parent
SPEC = HERE.parents[1] / "spec" / "generated"
BUILD = HERE / ".build"
"""Heavy and never committed: what compilers leave behind."""

Command = tuple[str, ...]
PYTHON = sys.executable


@dataclass(frozen=True)
class Target:
    """One generator with one set of options. Commands run in `folder`; generated code goes to its `generated/`."""

    name: str
    language: str
    folder: str
    document: str
    generate: tuple[Command, ...]
    compile: tuple[Command, ...]
    run: Command
    version: str
    flags: str = ""
    """What a user has to set, for the page."""
    known: Mapping[str, str] = field(default_factory=dict)
    """Why a column fails, where it does: a pass is then an error."""
    environment: Mapping[str, str] = field(default_factory=dict)

    @property
    def path(self) -> Path:
        """Where its project is."""
        return HERE / self.folder

    @property
    def project(self) -> str:
        """The folder of its project, which may have several targets."""
        return self.folder.partition("/")[0]

    @property
    def slug(self) -> str:
        """Its name as a file's name."""
        return re.sub(r"\W+", "-", self.name).strip("-")

    @property
    def source(self) -> Path:
        """The document that it reads."""
        return SPEC / f"{self.document}.yaml"


@dataclass(frozen=True)
class Project:
    """What the targets below one folder have in common: the tools that must be there, and what is done once."""

    tools: tuple[str, ...]
    prepare: tuple[Command, ...] = ()


PROJECTS = {
    "python": Project(()),
    "typescript": Project(("node", "npm"), (("npm", "ci", "--no-audit", "--no-fund", "--loglevel=error"),)),
    "go": Project(("go",), (("go", "mod", "download"),)),
    "java": Project(("java", "javac", "mvn")),
    "rust": Project(("cargo",)),
}


def _python_version(package: str) -> str:
    return _search(HERE / "python" / "requirements.txt", rf"(?m)^{package}==(\S+)")


def _npm_version(package: str) -> str:
    lock = json.loads((HERE / "typescript" / "package-lock.json").read_text(encoding="utf-8"))
    return str(lock["packages"][f"node_modules/{package}"]["version"])


def _go_version(module: str) -> str:
    return _search(HERE / "go" / "go.mod", rf"(?m)^\s*{re.escape(module)} v(\S+)")


def _crate_version(crate: str) -> str:
    return _search(HERE / "rust" / "progenitor" / "Cargo.lock", rf'name = "{crate}"\nversion = "(\S+)"')


def _search(path: Path, pattern: str) -> str:
    found = re.search(pattern, path.read_text(encoding="utf-8"))
    if found is None:
        raise LookupError(f"{path} does not lock {pattern}")
    return found[1]


def _openapi_generator(generator: str, document: str, options: Mapping[str, str], *more: str) -> tuple[Command, ...]:
    properties = ",".join(f"{name}={value}" for name, value in options.items())
    words = ("generate", "-g", generator, "-i", str(SPEC / f"{document}.yaml"), "-o", "generated", "--skip-validate-spec")
    return ((_OPENAPI_GENERATOR, *words, f"--additional-properties={properties}", "--global-property", _QUIET, *more),)


_QUIET = "apiDocs=false,modelDocs=false,apiTests=false,modelTests=false"
# It has no `-m` form.
_OPENAPI_GENERATOR = str(Path(PYTHON).with_name("openapi-generator-cli"))


def _python(name: str, folder: str, document: str, version: str, flags: str, compiled: str, *generate: Command) -> Target:
    path = os.pathsep.join(str(HERE / "python" / each) for each in (f"{folder}/generated", ""))
    return Target(
        name=name,
        language="Python",
        folder=f"python/{folder}",
        document=document,
        generate=generate,
        compile=(
            (PYTHON, "-W", "error", "-m", "compileall", "-q", "-f", compiled),
            (PYTHON, "-m", "mypy", "--strict", "--follow-imports=silent", "--cache-dir", str(BUILD / "mypy" / folder), "main.py"),
        ),
        run=(PYTHON, "-W", "error", "main.py"),
        version=version,
        flags=flags,
        environment={"PYTHONPATH": path, "MYPYPATH": path},
    )


def _go(name: str, folder: str, document: str, version: str, flags: str, *generate: Command) -> Target:
    program = str(BUILD / "go" / folder)
    return Target(
        name=name,
        language="Go",
        folder=f"go/{folder}",
        document=document,
        generate=generate,
        compile=(("go", "build", "-o", program, "."), ("go", "vet", ".", "./generated")),
        run=(program,),
        version=version,
        flags=flags,
    )


def _typescript(name: str, folder: str, document: str, version: str, flags: str, *generate: Command) -> Target:
    return Target(
        name=name,
        language="TypeScript",
        folder=f"typescript/{folder}",
        document=document,
        generate=generate,
        compile=(("../node_modules/.bin/tsc", "--project", "."),),
        run=("../node_modules/.bin/tsx", "main.ts"),
        version=version,
        flags=flags,
    )


def _java(name: str, folder: str, document: str, flags: str, options: Mapping[str, str]) -> Target:
    packages = {"apiPackage": "events.api", "modelPackage": "events.model", "invokerPackage": "events"}
    return Target(
        name=name,
        language="Java",
        folder=f"java/{folder}",
        document=document,
        generate=_openapi_generator(
            "java", document, packages | {"openApiNullable": "false", "containerDefaultToNull": "true"} | options
        ),
        compile=(("mvn", "--quiet", "--batch-mode", "--file", "..", "--projects", folder, "--also-make", "process-classes"),),
        # Maven has written the class path.
        run=("sh", "-c", 'exec java -cp "target/classes:$(cat target/classpath)" Main'),
        version=_python_version("openapi-generator-cli"),
        flags=flags,
    )


def _kotlin(name: str, folder: str, document: str, flags: str, options: Mapping[str, str]) -> Target:
    java = _java(name, folder, document, flags, {})
    generate = _openapi_generator("kotlin", document, {"packageName": "events"} | options)
    run = tuple(word.replace(" Main", " MainKt") for word in java.run)
    return replace(java, language="Kotlin", generate=generate, run=run)


def _rust(
    name: str,
    folder: str,
    document: str,
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
        document=document,
        generate=generate,
        compile=(("cargo", "build", "--quiet", "--locked", "--bin", program),),
        run=(str(BUILD / "cargo" / "debug" / program),),
        version=version,
        flags=flags,
        environment={"CARGO_TARGET_DIR": str(BUILD / "cargo"), "CARGO_PROFILE_DEV_DEBUG": "false"},
    )


_TARGETS = (
    _python(
        "openapi-python-client",
        "openapi_python_client",
        "openapi-3.1",
        _python_version("openapi-python-client"),
        "",
        "generated",
        (
            *(PYTHON, "-m", "openapi_python_client", "generate", "--path", str(SPEC / "openapi-3.1.yaml")),
            *("--output-path", "generated/events_client", "--meta", "none", "--overwrite", "--fail-on-warning"),
            *("--config", "openapi-python-client.yaml"),
        ),
    ),
    *(
        _python(
            f"datamodel-code-generator, {title}",
            f"datamodel_{title.split()[0]}",
            "openapi-3.1",
            _python_version("datamodel-code-generator"),
            f"`{' '.join(('--output-model-type', model, *options))}`",
            "generated",
            (
                *(PYTHON, "-W", "error", "-m", "datamodel_code_generator", "--input", str(SPEC / "openapi-3.1.yaml")),
                *("--input-file-type", "openapi", "--output", "generated/models.py", "--output-model-type", model),
                *("--target-python-version", "3.11", "--formatters", "builtin", "--disable-timestamp", *options),
            ),
        )
        for title, model, options in (
            ("pydantic v2", "pydantic_v2.BaseModel", ("--use-annotated",)),
            ("msgspec", "msgspec.Struct", ()),
        )
    ),
    _python(
        "openapi-generator python",
        "openapi_generator",
        "openapi-3.1",
        _python_version("openapi-generator-cli"),
        "",
        "generated/events_client",
        *_openapi_generator("python", "openapi-3.1", {"packageName": "events_client"}),
    ),
    _go(
        "oapi-codegen",
        "oapi_codegen",
        "openapi-3.0",
        _go_version("github.com/oapi-codegen/oapi-codegen/v2"),
        "`generate: {models: true, client: true}`",
        ("go", "tool", "oapi-codegen", "-config", "oapi-codegen.yaml", str(SPEC / "openapi-3.0.yaml")),
    ),
    _go(
        "ogen",
        "ogen",
        "openapi-3.0",
        _go_version("github.com/ogen-go/ogen"),
        "",
        (
            *("go", "tool", "ogen", "--target", "generated", "--package", "events", "--clean"),
            *("--config", "ogen.yml", str(SPEC / "openapi-3.0.yaml")),
        ),
    ),
    _go(
        "openapi-generator go",
        "openapi_generator",
        "openapi-3.0",
        _python_version("openapi-generator-cli"),
        "`disallowAdditionalPropertiesIfNotPresent=false`",
        *_openapi_generator(
            "go",
            "openapi-3.0",
            {"packageName": "events", "withGoMod": "false", "disallowAdditionalPropertiesIfNotPresent": "false"},
        ),
    ),
    _typescript(
        "openapi-typescript, openapi-fetch",
        "openapi_fetch",
        "openapi-3.1",
        _npm_version("openapi-typescript"),
        "",
        ("../node_modules/.bin/openapi-typescript", str(SPEC / "openapi-3.1.yaml"), "--output", "generated/schema.ts"),
    ),
    _typescript(
        "@hey-api/openapi-ts, zod",
        "hey_api",
        "openapi-3.1",
        _npm_version("@hey-api/openapi-ts"),
        "plugins `@hey-api/sdk` with `validator: true`, and `zod`",
        ("../node_modules/.bin/openapi-ts",),
    ),
    _typescript(
        "openapi-generator typescript-fetch",
        "openapi_generator",
        "openapi-3.1",
        _python_version("openapi-generator-cli"),
        "",
        *_openapi_generator("typescript-fetch", "openapi-3.1", {}),
    ),
    _java(
        "openapi-generator java, native",
        "native",
        "openapi-3.1",
        "`library=native`, `containerDefaultToNull=true`",
        {"library": "native"},
    ),
    _java(
        "openapi-generator java, okhttp-gson",
        "okhttp_gson",
        "openapi-3.1",
        "`library=okhttp-gson`, `containerDefaultToNull=true`, `disallowAdditionalPropertiesIfNotPresent=false`",
        {"library": "okhttp-gson", "disallowAdditionalPropertiesIfNotPresent": "false"},
    ),
    _kotlin(
        "openapi-generator kotlin, gson",
        "kotlin_gson",
        "openapi-3.0",
        "`serializationLibrary=gson`, `generateOneOfAnyOfWrappers=true`",
        {"serializationLibrary": "gson", "generateOneOfAnyOfWrappers": "true"},
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
            *(str(SPEC / "openapi-3.0.yaml"), "generated/client.rs"),
        ),
        known={"round trip": "An empty `errors` or `messages` is not written back: its list is one thing, empty or absent."},
    ),
    _rust(
        "openapi-generator rust",
        "openapi_generator",
        "openapi-3.0-without-discriminator",
        _python_version("openapi-generator-cli"),
        "`reqwestDefaultFeatures=` for a client without TLS",
        "codegen-openapi-generator",
        *_openapi_generator(
            "rust",
            "openapi-3.0-without-discriminator",
            {"packageName": "events_client", "packageVersion": "0.1.0", "reqwestDefaultFeatures": ""},
        ),
    ),
)

_NAMED = {target.name: target for target in _TARGETS}


def _on_another_document(name: str, document: str, known: Mapping[str, str], *compile_options: str) -> Target:
    """The target of that name, but fed with a document that is not for it."""
    target = _NAMED[name]
    generate = tuple(
        tuple(word.replace(str(target.source), str(SPEC / f"{document}.yaml")) for word in command) for command in target.generate
    )
    compiled = tuple((*command, *compile_options) for command in target.compile)
    name = f"{name} on {document}"
    return replace(target, name=name, document=document, generate=generate, compile=compiled, known=known)


def _with_option(name: str, option: str, known: Mapping[str, str]) -> Target:
    """The target of that name, which is openapi-generator's, with one option more."""
    target = _NAMED[name]
    prefix = "--additional-properties="
    generate = tuple(tuple(word.replace(prefix, f"{prefix}{option},") for word in command) for command in target.generate)
    return replace(target, name=f"{name} with {option}", flags=f"{target.flags}, `{option}`", generate=generate, known=known)


TARGETS = (
    *_TARGETS,
    _with_option(
        "openapi-generator go",
        "useOneOfDiscriminatorLookup=true",
        {"unknown kind": "An event of an unknown kind becomes an empty union, without an error."},
    ),
    _on_another_document(
        "openapi-generator go",
        "openapi-3.1",
        dict.fromkeys(SHOWN, "It drops `const`, and without the pattern that 3.0 has instead, an event fits every kind."),
    ),
    _on_another_document(
        "openapi-generator typescript-fetch",
        "openapi-3.0-without-discriminator",
        {"unknown kind": "An event of an unknown kind becomes an empty object."},
    ),
    _on_another_document(
        "openapi-generator rust",
        "openapi-3.0",
        dict.fromkeys(SHOWN, "serde takes the discriminator's field away before it reads the member, which requires it."),
        *("--features", "tagged"),
    ),
)
