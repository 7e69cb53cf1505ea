"""The generators for Python."""

from __future__ import annotations

import os

from tests.codegen.target import (
    BUILD,
    HERE,
    OPENAPI_GENERATOR,
    OVERLAYS,
    PYTHON,
    Command,
    Project,
    Target,
    document,
    on,
    openapi_generator,
    python_version,
)

PROJECT = Project(())


def _python(name: str, folder: str, read: str, version: str, flags: str, compiled: str, *generate: Command) -> Target:
    programs = sorted(each.name for each in (HERE / "python" / folder).glob("*.py"))
    path = os.pathsep.join(str(HERE / "python" / each) for each in (f"{folder}/generated", ""))
    return Target(
        name=name,
        language="Python",
        folder=f"python/{folder}",
        document=read,
        generate=generate,
        compile=(
            (PYTHON, "-W", "error", "-m", "compileall", "-q", "-f", compiled),
            (PYTHON, "-m", "mypy", "--strict", "--follow-imports=silent", "--cache-dir", str(BUILD / "mypy" / folder), *programs),
        ),
        run=(PYTHON, "-W", "error", "main.py"),
        version=version,
        flags=flags,
        environment={"PYTHONPATH": path, "MYPYPATH": path},
    )


def _datamodel(title: str, folder: str, model: str, *options: str, read: str = "openapi-3.1", of: str = "") -> Target:
    return _python(
        f"datamodel-code-generator, {title}{of}",
        folder,
        read,
        python_version("datamodel-code-generator"),
        f"`{' '.join(('--output-model-type', model, *options))}`",
        "generated",
        (
            *(PYTHON, "-W", "error", "-m", "datamodel_code_generator", "--input", str(document(read))),
            *("--input-file-type", "openapi", "--output", "generated/models.py", "--output-model-type", model),
            *("--target-python-version", "3.11", "--formatters", "builtin", "--disable-timestamp", *options),
        ),
    )


_TARGETS = (
    _python(
        "openapi-python-client",
        "openapi_python_client",
        "openapi-3.1",
        python_version("openapi-python-client"),
        "",
        "generated",
        (
            *(PYTHON, "-m", "openapi_python_client", "generate", "--path", str(document("openapi-3.1"))),
            *("--output-path", "generated/events_client", "--meta", "none", "--overwrite", "--fail-on-warning"),
            *("--config", "openapi-python-client.yaml"),
        ),
    ),
    _datamodel("pydantic v2", "datamodel_pydantic", "pydantic_v2.BaseModel", "--use-annotated"),
    _datamodel("msgspec", "datamodel_msgspec", "msgspec.Struct"),
    _python(
        "openapi-generator python",
        "openapi_generator",
        "openapi-3.1",
        OPENAPI_GENERATOR,
        "",
        "generated/events_client",
        *openapi_generator("python", "openapi-3.1", {"packageName": "events_client"}),
    ),
)

TARGETS = (
    *_TARGETS,
    *(on(target, "openapi-3.1-open", {}) for target in _TARGETS if "msgspec" not in target.name),
    *(
        _datamodel(
            "pydantic v2",
            "datamodel_pydantic_flat",
            "pydantic_v2.BaseModel",
            "--use-annotated",
            read=f"openapi-3.0-{name}",
            of=f" on openapi-3.0-{name}",
        )
        for name in OVERLAYS
    ),
)
