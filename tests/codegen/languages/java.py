"""The generators for Java, Kotlin and Scala, which Maven compiles."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from tests.codegen.target import OPENAPI_GENERATOR, OVERLAYS, Project, Target, issue, on, openapi_generator

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


def _scala(name: str, folder: str, read: str) -> Target:
    java = _java(name, folder, read, "", {})
    packages = {"mainPackage": "events", "apiPackage": "events.apis", "modelPackage": "events.models"}
    return replace(java, language="Scala", generate=openapi_generator("scala-http4s", read, packages), sampled=False)


def _kotlin(name: str, folder: str, read: str, flags: str, options: Mapping[str, str]) -> Target:
    java = _java(name, folder, read, flags, {})
    generate = openapi_generator("kotlin", read, {"packageName": "events"} | options)
    run = tuple(word.replace(" Main", " MainKt") for word in java.run)
    return replace(java, language="Kotlin", generate=generate, run=run)


_TRIMMED = f"Jackson trims the value of an enumeration: `Init ` becomes an Init ({issue('FasterXML/jackson-databind', 3012)})."
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
    *(
        replace(
            _kotlin(
                f"openapi-generator kotlin, {library}",
                f"kotlin_{library.partition('_')[0]}",
                "openapi-3.0-flat",
                f"`serializationLibrary={library}`{' (the default)' if library == 'moshi' else ''}",
                {"serializationLibrary": library},
            ),
            known=known,
        )
        for library, known in {
            "moshi": {},
            "jackson": {"unknown kind": _TRIMMED},
            "kotlinx_serialization": {},
        }.items()
    ),
)

_SCALA = _scala("openapi-generator scala-http4s", "scala_http4s", "openapi-3.0-flat")
TARGETS = (
    *_TARGETS,
    _SCALA,
    *(on(_SCALA, f"openapi-3.0-{name}", {}) for name in OVERLAYS),
    *(on(target, "openapi-3.1-open", {}) for target in _TARGETS if target.language == "Java"),
    *(on(target, f"openapi-3.0-{name}", {}) for target in _TARGETS if "moshi" in target.name for name in OVERLAYS),
    *(
        on(target, f"openapi-3.1-{name}", {}, "-Devent=flat")
        for target in _TARGETS
        if "native" in target.name
        for name in OVERLAYS
    ),
)
