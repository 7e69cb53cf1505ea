"""The generators for Ruby."""

from __future__ import annotations

from tests.codegen.target import NO_ISSUE, OPENAPI_GENERATOR, OVERLAYS, Project, Target, on, openapi_generator

PROJECT = Project(("ruby",))

_NATIVE = Target(
    name="openapi-generator ruby",
    language="Ruby",
    folder="ruby/openapi_generator",
    document="openapi-3.0",
    generate=openapi_generator(
        "ruby", "openapi-3.0", {"gemName": "events_client", "moduleName": "EventsClient", "library": "typhoeus"}
    ),
    compile=(("sh", "-c", "find generated/lib *.rb -name '*.rb' -print0 | xargs -0 -n 1 ruby -wc > /dev/null"),),
    run=("ruby", "-I", "generated/lib", "-I", "..", "main.rb"),
    version=OPENAPI_GENERATOR,
    flags="`library=typhoeus` (the default)",
)
_STRICT = (
    f"In an `anyOf`, it reads no object with an undeclared field: the event becomes nil, and the body is refused. {NO_ISSUE}"
)
TARGETS = (
    _NATIVE,
    on(_NATIVE, "openapi-3.0-open", dict.fromkeys(("unknown kind", "undeclared field"), _STRICT)),
    *(on(_NATIVE, f"openapi-3.0-{name}", {}) for name in OVERLAYS),
)
