"""The rows of the matrix: the targets of all languages."""

from __future__ import annotations

from tests.codegen.languages import cpp, go, java, php, python, ruby, rust, typescript

PROJECTS = {
    "python": python.PROJECT,
    "typescript": typescript.PROJECT,
    "go": go.PROJECT,
    "cpp": cpp.PROJECT,
    "java": java.PROJECT,
    "rust": rust.PROJECT,
    "ruby": ruby.PROJECT,
    "php": php.PROJECT,
}
"""By the folder of the project."""
TARGETS = (
    *python.TARGETS,
    *go.TARGETS,
    *typescript.TARGETS,
    *cpp.TARGETS,
    *java.TARGETS,
    *rust.TARGETS,
    *ruby.TARGETS,
    *php.TARGETS,
)
