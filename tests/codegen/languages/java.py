"""The generators for Java and Kotlin."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from tests.codegen.target import OPENAPI_GENERATOR, Project, Target, on, openapi_generator

PROJECT = Project(("java", "javac", "mvn"))


def _java(name: str, folder: str, read: str, flags: str, options: Mapping[str, str]) -> Target:
    packages = {"apiPackage": "events.api", "modelPackage": "events.model", "invokerPackage": "events"}
    return Target(
        name=name,
        language="Java",
        folder=f"java/{folder}",
        document=read,
        generate=openapi_generator(
            "java", read, packages | {"openApiNullable": "false", "containerDefaultToNull": "true"} | options
        ),
        compile=(("mvn", "--quiet", "--batch-mode", "--file", "..", "--projects", folder, "--also-make", "process-classes"),),
        # Maven has written the class path.
        run=("sh", "-c", 'exec java -cp "target/classes:$(cat target/classpath)" Main'),
        version=OPENAPI_GENERATOR,
        flags=flags,
    )


def _kotlin(name: str, folder: str, read: str, flags: str, options: Mapping[str, str]) -> Target:
    java = _java(name, folder, read, flags, {})
    generate = openapi_generator("kotlin", read, {"packageName": "events"} | options)
    run = tuple(word.replace(" Main", " MainKt") for word in java.run)
    return replace(java, language="Kotlin", generate=generate, run=run)


_TARGETS = (
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
)

TARGETS = (
    *_TARGETS,
    *(on(target, "openapi-3.1-open", {}) for target in _TARGETS if "okhttp" in target.name),
)
