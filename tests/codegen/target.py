"""A generator with its commands, and what the targets of a language share."""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

SHOWN = ("kinds typed", "round trip", "unknown kind", "undeclared field", "three calls", "paging")
"""The columns that a program shows."""

HERE = Path(__file__).parent
SPEC = HERE.parents[1] / "spec" / "generated"
BUILD = HERE / ".build"
"""Heavy and never committed: what compilers leave behind."""
MODELS = (
    *("EventListEnvelope", "LatestListEnvelope", "EventGetEnvelope", "EventListResponse", "LatestListResponse"),
    *("EventGetResponse", "ApiErrorResponse"),
)
"""The models that a program decodes."""
DOCUMENTS = BUILD / "documents"
"""What is exported for a run, beside what is committed."""

Command = tuple[str, ...]
PYTHON = sys.executable

OVERLAYS = ("2026-08-14",)
"""The revisions that clients are generated for besides the one that ships."""
EXPORTED = {
    "json-schema-flat": ("json-schema", "--flat"),
    "openapi-3.0-open": ("openapi-3.0", "--open"),
    **{f"{form}-{name}": (form, "--overlay", name) for form in ("openapi-3.1", "openapi-3.0") for name in OVERLAYS},
    **{f"json-schema-{name}": ("json-schema", "--overlay", name) for name in OVERLAYS},
}
"""The documents that are exported for a run, with the arguments of `mconn export`."""


def document(name: str) -> Path:
    """Where a document is, committed or exported for the run."""
    suffix = "" if name.startswith("json-schema") else ".yaml"
    return (DOCUMENTS if name in EXPORTED else SPEC) / f"{name}{suffix}"


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
    sampled: bool = True
    """Whether a sample may draw it: not where it takes much longer than what CI has for one."""

    @property
    def generator(self) -> str:
        """Its name without the document and the option that another row of the generator has not."""
        return re.split(" on | with ", self.name)[0]

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
        """The document that it reads: a file, or the folder of the JSON Schemas."""
        return document(self.document)

    @property
    def survives(self) -> bool:
        """Whether an event of an unknown kind must not be refused, for the document is open."""
        return "open" in self.document.split("-")

    @property
    def overlay(self) -> str:
        """The overlay that its document was made with, if any."""
        return next((name for name in OVERLAYS if self.document.endswith(name)), "")


@dataclass(frozen=True)
class Project:
    """What the targets below one folder have in common: the tools that must be there, and what is done once."""

    tools: tuple[str, ...]
    prepare: tuple[Command, ...] = ()


def search(path: Path, pattern: str) -> str:
    """What the pattern's group finds in a file that locks versions."""
    found = re.search(pattern, path.read_text(encoding="utf-8"))
    if found is None:
        raise LookupError(f"{path} does not lock {pattern}")
    return found[1]


def openapi_generator(generator: str, name: str, options: Mapping[str, str], *more: str) -> tuple[Command, ...]:
    """The command that generates with openapi-generator."""
    properties = ",".join(f"{name}={value}" for name, value in options.items())
    words = ("generate", "-g", generator, "-i", str(document(name)), "-o", "generated", "--skip-validate-spec")
    return ((_OPENAPI_GENERATOR, *words, f"--additional-properties={properties}", "--global-property", _QUIET, *more),)


_QUIET = "apiDocs=false,modelDocs=false,apiTests=false,modelTests=false"
# It has no `-m` form.
_OPENAPI_GENERATOR = str(Path(PYTHON).with_name("openapi-generator-cli"))


def python_version(package: str) -> str:
    """The locked version of a Python package."""
    return search(HERE / "python" / "requirements.txt", rf"(?m)^{package}==(\S+)")


OPENAPI_GENERATOR = python_version("openapi-generator-cli")

NO_ISSUE = "No issue found upstream (searched 2026-11-26)."


def issue(repository: str, number: int) -> str:
    """A link to an issue of a generator, for the page."""
    name = repository.partition("/")[2]
    return f"[{name}#{number}](https://github.com/{repository}/issues/{number})"


def on(target: Target, name: str, known: Mapping[str, str], *compile_options: str, title: str = "") -> Target:
    """The target, but fed with another document."""
    generate = tuple(
        tuple(word.replace(str(target.source), str(document(name))) for word in command) for command in target.generate
    )
    compiled = tuple((*command, *compile_options) for command in target.compile)
    title = title or f"{target.name} on {name}"
    return replace(target, name=title, document=name, generate=generate, compile=compiled, known=known)


def with_option(target: Target, option: str, known: Mapping[str, str]) -> Target:
    """The target, which is openapi-generator's, with one option more."""
    prefix = "--additional-properties="
    generate = tuple(tuple(word.replace(prefix, f"{prefix}{option},") for word in command) for command in target.generate)
    name, flags = f"{target.name} with {option}", f"{target.flags}, `{option}`"
    return replace(target, name=name, flags=flags, generate=generate, known=known)
