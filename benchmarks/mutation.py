"""Single-point mutants of Python source: one comparison, constant, condition, bound, statement or member is changed in each."""

from __future__ import annotations

import ast
import hashlib
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

LONGEST = 110
"""Characters of a mutant's name that show the changed code; what is longer is shown as the changed point alone."""
OTHER_COMPARISONS: dict[type[ast.cmpop], tuple[type[ast.cmpop], ...]] = {
    ast.Lt: (ast.LtE, ast.GtE),
    ast.LtE: (ast.Lt, ast.Gt),
    ast.Gt: (ast.GtE, ast.LtE),
    ast.GtE: (ast.Gt, ast.Lt),
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
}
OTHER_OPERATIONS: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.FloorDiv,
    ast.FloorDiv: ast.Mult,
    ast.Div: ast.Mult,
    ast.Mod: ast.FloorDiv,
    ast.BitAnd: ast.BitOr,
    ast.BitOr: ast.BitAnd,
}
OTHER_FUNCTIONS = {"min": "max", "max": "min", "any": "all", "all": "any"}
_PROSE = re.compile(r"\w\W* \w")
_NOT_CODE = {"annotation", "returns", "decorator_list", "type_params"}
"""Fields of the syntax tree that hold no behavior, or none that a mutant of one point would change alone."""


@dataclass(frozen=True, slots=True)
class Mutant:
    """One change to one module: the class of change, the line, and the module's whole changed source.

    `id` names the place and the change by their text, so that it stays while other lines change.
    """

    id: str
    operator: str
    line: int
    source: str


@dataclass(frozen=True, slots=True)
class _Edit:
    """One node of the tree to be replaced: where it hangs, what comes instead, and the node whose text shows the change."""

    operator: str
    owner: ast.AST
    field: str
    index: int | None
    new: ast.AST
    shown: ast.AST


@dataclass(frozen=True, slots=True)
class _Place:
    """A node of the tree, and where it hangs."""

    node: Any
    owner: ast.AST
    field: str
    index: int | None
    scope: str
    bound: frozenset[str]
    """The names that the function had bound before."""
    nested: bool
    """Whether it stands in a block within a function: what follows may be reached without it."""


def mutants(
    source: str, module: str, without: Iterable[str] = (), wanted: Callable[[str], bool] = lambda _: True
) -> Iterator[Mutant]:
    """The mutants of a module's source, in the order of the code; `without` names what to leave alone.

    Only those whose names are `wanted` are made: writing a module out takes most of the time. Prose is left alone: it is
    nobody's promise. So are docstrings, annotations, decorators and imports, and what runs a module as a program.
    """
    tree = ast.parse(source)
    seen: Counter[str] = Counter()
    original = ast.unparse(tree)
    for place in list(_places(tree, frozenset(without))):
        for edit in _edits(place):
            before = _text(edit)
            old = _replace(edit, edit.new)
            try:
                after = _text(edit)
                if isinstance(old, ast.AST) and ast.dump(old) == ast.dump(edit.new):
                    continue
                name = f"{module}.{place.scope}".rstrip(".") + f": {before} → {after}"
                seen[name] += 1
                number = f" #{seen[name]}" if seen[name] > 1 else ""
                if not wanted(name + number):
                    continue
                changed = ast.unparse(tree)
            finally:
                _replace(edit, old)
            if changed != original:
                yield Mutant(name + number, edit.operator, place.node.lineno, changed)


def is_drawn(name: str, one_in: int, seed: int = 0) -> bool:
    """Whether a mutant of a name belongs to the sample of one in so many: the same one, until its place or its text changes."""
    return int.from_bytes(hashlib.sha256(f"{seed} {name}".encode()).digest()[:4]) % one_in == 0


def _replace(edit: _Edit, new: Any) -> Any:
    """Put a node in the place of an edit; what was there."""
    if edit.index is None:
        old = getattr(edit.owner, edit.field)
        setattr(edit.owner, edit.field, new)
        return old
    values = getattr(edit.owner, edit.field)
    old = values[edit.index]
    values[edit.index] = new
    return old


def _text(edit: _Edit) -> str:
    """The code around an edit as it is now, on one line."""
    value = getattr(edit.owner, edit.field)
    point = value if edit.index is None else value[edit.index]
    shown = edit.shown if edit.shown is edit.owner else point
    text = " ".join(ast.unparse(shown).split())
    if len(text) > LONGEST:
        text = " ".join(ast.unparse(point).split())
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"


def _places(tree: ast.Module, without: frozenset[str]) -> Iterator[_Place]:
    yield from _within(tree, "", without, set(), nested=False)


def _within(owner: ast.AST, scope: str, without: frozenset[str], bound: set[str], *, nested: bool) -> Iterator[_Place]:
    for field, value in ast.iter_fields(owner):
        if field in _NOT_CODE:
            continue
        for index, node in enumerate(value) if isinstance(value, list) else ((None, value),):
            if not isinstance(node, ast.AST) or _is_left_alone(owner, field, index, node):
                continue
            if not scope and isinstance(node, ast.Assign) and _names(node.targets[0]) & without:
                continue
            yield _Place(node, owner, field, index, scope, frozenset(bound), nested)
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                inner = f"{scope}.{node.name}".lstrip(".")
                if inner not in without:
                    yield from _within(node, inner, without, _arguments(node), nested=False)
            else:
                block = isinstance(node, ast.stmt | ast.excepthandler | ast.match_case)
                yield from _within(node, scope, without, bound, nested=nested or (block and bool(scope)))
            bound |= _bound_by(node)


def _is_left_alone(owner: ast.AST, field: str, index: int | None, node: ast.AST) -> bool:
    if isinstance(node, ast.Import | ast.ImportFrom | ast.expr_context):
        return True
    # Docstrings, of attributes as well.
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
        return True
    if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name) and node.targets[0].id == "__all__":
        return True
    if isinstance(node, ast.If) and ast.unparse(node.test) == "__name__ == '__main__'":
        return True
    if isinstance(node, ast.Constant | ast.JoinedStr) and _is_prose(node):
        return True
    # A format specification, and the type variables and casts that only type checkers read.
    if isinstance(owner, ast.FormattedValue) and field == "format_spec":
        return True
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "TypeVar":
        return True
    return isinstance(owner, ast.Call) and isinstance(owner.func, ast.Name) and owner.func.id == "cast" and index == 0


def _is_prose(node: ast.Constant | ast.JoinedStr) -> bool:
    parts = [node] if isinstance(node, ast.Constant) else [each for each in node.values if isinstance(each, ast.Constant)]
    return any(isinstance(each.value, str) and _PROSE.search(each.value) is not None for each in parts)


def _arguments(node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) -> set[str]:
    if isinstance(node, ast.ClassDef):
        return set()
    every = node.args
    return {each.arg for each in (*every.posonlyargs, *every.args, *every.kwonlyargs)}


def _bound_by(node: ast.AST) -> set[str]:
    if isinstance(node, ast.Assign | ast.AnnAssign | ast.For):
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        return {each.id for target in targets for each in ast.walk(target) if isinstance(each, ast.Name)}
    return set()


def _edits(place: _Place) -> Iterator[_Edit]:
    """Every change of one node; a node inside another is a place of its own."""
    for operator, new in _changes(place):
        is_expression = isinstance(place.node, ast.expr)
        around = isinstance(place.owner, ast.expr | ast.keyword | ast.comprehension | ast.Return)
        shown = place.owner if is_expression and around else place.node
        yield _Edit(operator, place.owner, place.field, place.index, ast.copy_location(new, place.node), shown)


def _changes(place: _Place) -> Iterator[tuple[str, ast.AST]]:
    node = place.node
    if isinstance(node, ast.Compare):
        yield from (("comparison", each) for each in _compared_otherwise(node))
    elif isinstance(node, ast.Constant):
        yield from (("constant", ast.Constant(each)) for each in _other_values(node.value))
    elif isinstance(node, ast.BoolOp):
        yield from (("condition", each) for each in _joined_otherwise(node))
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        yield "condition", node.operand
    elif isinstance(node, ast.IfExp):
        yield from (("condition", each) for each in (node.body, node.orelse))
    elif isinstance(node, ast.BinOp) and type(node.op) in OTHER_OPERATIONS:
        yield "boundary", ast.BinOp(node.left, OTHER_OPERATIONS[type(node.op)](), node.right)
    elif isinstance(node, ast.Slice):
        yield from (("boundary", each) for each in _wider(node))
    elif isinstance(node, ast.Name) and place.field == "func" and node.id in OTHER_FUNCTIONS:
        yield "boundary", ast.Name(OTHER_FUNCTIONS[node.id], ast.Load())
    elif isinstance(node, ast.Dict):
        yield from (("member", each) for each in _without_one(node))
    elif isinstance(node, ast.stmt) and _may_go(place):
        yield "statement", ast.Pass()
    if _is_condition(place) and not isinstance(node, ast.Compare | ast.Constant) and not _is_negation(node):
        yield "condition", ast.UnaryOp(ast.Not(), node)
    if isinstance(place.owner, ast.comprehension) and place.field == "ifs":
        yield "condition", ast.Constant(value=True)


def _compared_otherwise(node: ast.Compare) -> Iterator[ast.AST]:
    for index, op in enumerate(node.ops):
        for other in OTHER_COMPARISONS[type(op)]:
            yield ast.Compare(node.left, [*node.ops[:index], other(), *node.ops[index + 1 :]], node.comparators)


def _other_values(value: object) -> tuple[Any, ...]:
    if isinstance(value, bool):
        return (not value,)
    if isinstance(value, int):
        return (value + 1, value - 1)
    if isinstance(value, float):
        return (value + 1,)
    if isinstance(value, str):
        return (f"{value}_",)
    if isinstance(value, bytes):
        return (value + b"_",)
    return ()


def _joined_otherwise(node: ast.BoolOp) -> Iterator[ast.AST]:
    yield ast.BoolOp(ast.Or() if isinstance(node.op, ast.And) else ast.And(), node.values)
    for index in range(len(node.values)):
        rest = [*node.values[:index], *node.values[index + 1 :]]
        yield rest[0] if len(rest) == 1 else ast.BoolOp(node.op, rest)


def _wider(node: ast.Slice) -> Iterator[ast.AST]:
    if node.lower is not None:
        yield ast.Slice(None, node.upper, node.step)
    if node.upper is not None:
        yield ast.Slice(node.lower, None, node.step)


def _without_one(node: ast.Dict) -> Iterator[ast.AST]:
    for index in range(len(node.keys)):
        keys: Sequence[ast.expr | None] = [*node.keys[:index], *node.keys[index + 1 :]]
        yield ast.Dict(list(keys), [*node.values[:index], *node.values[index + 1 :]])


def _is_condition(place: _Place) -> bool:
    return place.field == "test" or (isinstance(place.owner, ast.match_case) and place.field == "guard")


def _is_negation(node: ast.AST) -> bool:
    return isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not)


def _may_go(place: _Place) -> bool:
    """Whether a statement can be left out without leaving a name unbound, which would be found by any call."""
    node = place.node
    if isinstance(node, ast.Assign):
        return all(isinstance(each, ast.Attribute | ast.Subscript) or _names(each) <= place.bound for each in node.targets)
    if isinstance(node, ast.Return):
        return place.nested
    return isinstance(node, ast.Expr | ast.AugAssign | ast.Raise | ast.Continue | ast.Break | ast.Delete)


def _names(node: ast.AST) -> set[str]:
    return {each.id for each in ast.walk(node) if isinstance(each, ast.Name)}
