"""The generators for PHP."""

from __future__ import annotations

from tests.codegen.target import OPENAPI_GENERATOR, OVERLAYS, Project, Target, on, openapi_generator

PROJECT = Project(("php",))

_FLAT = Target(
    name="openapi-generator php",
    language="PHP",
    folder="php/openapi_generator",
    document="openapi-3.0-flat",
    generate=openapi_generator("php", "openapi-3.0-flat", {"invokerPackage": "Events"}),
    compile=(("sh", "-c", "find generated/lib *.php -name '*.php' -print0 | xargs -0 -n 1 php -l > /dev/null"),),
    run=("php", "main.php"),
    version=OPENAPI_GENERATOR,
    flags="",
)
TARGETS = (_FLAT, *(on(_FLAT, f"openapi-3.0-{name}", {}) for name in OVERLAYS))
