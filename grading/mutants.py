"""Mutants of the reference solutions: one small mistake each, made by a machine.

Variants are the mistakes that someone has thought of. Mutants are those that nobody has: each operator below looks at
every place of a solution's syntax tree and makes each change that it knows there. Only what stands between
``### BEGIN SOLUTION`` and ``### END SOLUTION`` is changed: what students write.
"""

import ast
import copy
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from grading.course import Assignment, graded_function
from grading.hidden import without_markers

Change = tuple[str, ast.AST]  # what is changed, and what stands there instead
Operator = Callable[[ast.AST], Iterator[Change]]


@dataclass(frozen=True)
class Mutant:
    """A solution of one graded function with one mistake."""

    name: str  # "sample:19:compare < to <=": function, line of its cell, change; "#2" for the second one in that line
    function: str
    source: str
    line: str  # the changed statement as it was written


def make_mutants(assignment: Assignment) -> tuple[Mutant, ...]:
    """Return all mutants of the reference solutions, no two of them alike, in the order of the notebook."""
    cells = [cell for cell in assignment.cells.values() if cell.metadata.nbgrader.solution]
    return tuple(mutant for cell in cells for mutant in mutate(graded_function(cell.source), cell.source))


def mutate(function: str, source: str) -> Iterator[Mutant]:
    """Yield the mutants of a solution cell, its markers included."""
    text, lines = without_markers(source), solution_lines(source)
    tree = ast.parse(text)
    seen, names = {ast.unparse(tree)}, Counter[str]()
    for place, node in enumerate(ast.walk(tree)):
        number = getattr(node, "lineno", 0)
        if number not in lines:
            continue
        for change, other in _changes(node):
            mutated = _unparse(tree, place, other)
            if mutated in seen:
                continue
            seen.add(mutated)
            name = f"{function}:{number}:{change}"
            names[name] += 1
            suffix = f" #{names[name]}" if names[name] > 1 else ""
            header = f"# GRADED FUNCTION: {function}\n"
            yield Mutant(name + suffix, function, header + mutated, text.splitlines()[number - 1].strip())


def solution_lines(source: str) -> set[int]:
    """Return the numbers of the lines, counted without the markers, that stand between markers."""
    found, number, inside = set(), 0, False
    for line in source.splitlines():
        if "### BEGIN SOLUTION" in line or "### END SOLUTION" in line:
            inside = "BEGIN" in line
            continue
        number += 1
        if inside:
            found.add(number)
    return found


def _changes(node: ast.AST) -> Iterator[Change]:
    for operator in OPERATORS:
        yield from operator(node)


def _unparse(tree: ast.AST, place: int, other: ast.AST) -> str:
    """Return the code of a copy of the tree in which another node stands at a place of `ast.walk`."""
    mutated = copy.deepcopy(tree)
    target = next(node for number, node in enumerate(ast.walk(mutated)) if number == place)
    return ast.unparse(ast.fix_missing_locations(_Replace(target, copy.deepcopy(other)).visit(mutated)))


class _Replace(ast.NodeTransformer):
    """Puts a node in the place of another one."""

    def __init__(self, target: ast.AST, other: ast.AST) -> None:
        self.target, self.other = target, other

    def visit(self, node: ast.AST) -> ast.AST:
        """Replace the target, go on below all others."""
        result: ast.AST = self.other if node is self.target else self.generic_visit(node)
        return result


def _with(node: ast.AST, **fields: object) -> ast.AST:
    """Return a copy of a node with other fields."""
    return type(node)(**{**dict(ast.iter_fields(node)), **fields})


SYMBOLS: dict[type[ast.AST], str] = {
    ast.Lt: "<",
    ast.LtE: "<=",
    ast.Gt: ">",
    ast.GtE: ">=",
    ast.Eq: "==",
    ast.NotEq: "!=",
    ast.In: "in",
    ast.NotIn: "not in",
    ast.Is: "is",
    ast.IsNot: "is not",
    ast.Add: "+",
    ast.Sub: "-",
    ast.Mult: "*",
    ast.Div: "/",
    ast.FloorDiv: "//",
    ast.Mod: "%",
    ast.Pow: "**",
    ast.MatMult: "@",
    ast.And: "and",
    ast.Or: "or",
}
COMPARISONS: dict[type[ast.AST], tuple[type[ast.AST], ...]] = {
    ast.Lt: (ast.LtE, ast.GtE, ast.NotEq),
    ast.LtE: (ast.Lt, ast.Gt),
    ast.Gt: (ast.GtE, ast.LtE, ast.NotEq),
    ast.GtE: (ast.Gt, ast.Lt),
    ast.Eq: (ast.NotEq, ast.GtE, ast.LtE),
    ast.NotEq: (ast.Eq,),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
}
ARITHMETIC: dict[type[ast.AST], tuple[type[ast.AST], ...]] = {
    ast.Add: (ast.Sub, ast.Mult),
    ast.Sub: (ast.Add,),
    ast.Mult: (ast.Div, ast.Add),
    ast.Div: (ast.Mult,),
    ast.FloorDiv: (ast.Div,),
    ast.Mod: (ast.FloorDiv, ast.Mult),
    ast.Pow: (ast.Mult,),
    ast.MatMult: (ast.Mult,),
}


def _compare(node: ast.AST) -> Iterator[Change]:
    if isinstance(node, ast.Compare):
        for place, operator in enumerate(node.ops):
            for other in COMPARISONS[type(operator)]:
                ops = [*node.ops[:place], other(), *node.ops[place + 1 :]]
                yield f"compare {SYMBOLS[type(operator)]} to {SYMBOLS[other]}", _with(node, ops=ops)


_LISTS = ast.List | ast.ListComp  # of these, the order of a sum matters


def _arithmetic(node: ast.AST) -> Iterator[Change]:
    if isinstance(node, ast.BinOp):
        symbol = SYMBOLS[type(node.op)]
        for other in ARITHMETIC[type(node.op)]:
            yield f"arithmetic {symbol} to {SYMBOLS[other]}", _with(node, op=other())
        yield f"left of {symbol} only", node.left
        yield f"right of {symbol} only", node.right
        if (
            not isinstance(node.op, ast.Add | ast.Mult)
            or isinstance(node.left, _LISTS)
            or isinstance(node.right, _LISTS)
        ):
            yield f"operands of {symbol} swapped", _with(node, left=node.right, right=node.left)
    if isinstance(node, ast.AugAssign):
        for other in ARITHMETIC[type(node.op)]:
            yield f"arithmetic {SYMBOLS[type(node.op)]}= to {SYMBOLS[other]}=", _with(node, op=other())
        yield f"{SYMBOLS[type(node.op)]}= to =", ast.Assign([node.target], node.value)
    if isinstance(node, ast.UnaryOp):
        yield "sign or not removed", node.operand


def _logic(node: ast.AST) -> Iterator[Change]:
    if isinstance(node, ast.BoolOp):
        swapped = ast.Or() if isinstance(node.op, ast.And) else ast.And()
        yield f"{SYMBOLS[type(node.op)]} to {SYMBOLS[type(swapped)]}", _with(node, op=swapped)
        for place in range(len(node.values)):
            rest = [*node.values[:place], *node.values[place + 1 :]]
            yield f"condition {place + 1} removed", rest[0] if len(rest) == 1 else _with(node, values=rest)
    if isinstance(node, ast.If | ast.While | ast.IfExp):
        yield "condition negated", _with(node, test=ast.UnaryOp(ast.Not(), node.test))
    if isinstance(node, ast.IfExp):
        yield "always the first", node.body
        yield "always the second", node.orelse


def _constant(node: ast.AST) -> Iterator[Change]:
    if not isinstance(node, ast.Constant):
        return
    value = node.value
    if isinstance(value, bool):
        yield f"{value} to {not value}", ast.Constant(not value)
    elif isinstance(value, int | float):
        others = (value + 1, value - 1, 0, 2 * value) if isinstance(value, float) else (value + 1, value - 1, -value)
        for other in others:
            yield f"constant {value} to {other}", ast.Constant(other)
    elif isinstance(value, str):
        yield f"constant {value!r} to {value + '_'!r}", ast.Constant(value + "_")
    elif value is None:
        yield "None to 0", ast.Constant(0)


def _statement(node: ast.AST) -> Iterator[Change]:
    if isinstance(node, ast.stmt) and not isinstance(node, ast.FunctionDef | ast.Pass):
        yield "statement removed", ast.Pass()
    if isinstance(node, ast.Return) and node.value is not None:
        yield "None returned", ast.Return(ast.Constant(None))
    if isinstance(node, ast.Return) and isinstance(node.value, ast.Tuple):
        for place, element in enumerate(node.value.elts, start=1):
            elts = [ast.Constant(None) if other is element else other for other in node.value.elts]
            yield f"result {place} to None", ast.Return(ast.Tuple(elts, ast.Load()))
    if isinstance(node, ast.Break):
        yield "break to continue", ast.Continue()
    if isinstance(node, ast.Continue):
        yield "continue to break", ast.Break()
    if isinstance(node, ast.While):
        yield "while to if", ast.If(node.test, node.body, [])
    if isinstance(node, ast.For):
        for name, iterable in _shortened(node.iter):
            yield f"loop without the {name}", _with(node, iter=iterable)
        yield "loop ends after its first pass", _with(node, body=[*node.body, ast.Break()])


def _loop(node: ast.AST) -> Iterator[Change]:
    if isinstance(node, ast.ListComp | ast.GeneratorExp):
        first, *others = node.generators
        for name, iterable in _shortened(first.iter):
            yield f"loop without the {name}", _with(node, generators=[_with(first, iter=iterable), *others])
        for condition in first.ifs:
            ifs = [other for other in first.ifs if other is not condition]
            yield "condition removed", _with(node, generators=[_with(first, ifs=ifs), *others])


def _shortened(iterable: ast.expr) -> Iterator[tuple[str, ast.expr]]:
    everything = ast.Call(ast.Name("list", ast.Load()), [iterable], [])
    bounds = {"first": ast.Slice(lower=ast.Constant(1)), "last": ast.Slice(upper=ast.Constant(-1))}
    for name, bound in bounds.items():
        yield name, ast.Subscript(everything, bound, ast.Load())


def _call(node: ast.AST) -> Iterator[Change]:
    if not isinstance(node, ast.Call):
        return
    called = ast.unparse(node.func)
    for place, argument in enumerate(node.args):
        rest = [other for other in node.args if other is not argument]
        yield f"argument {place + 1} of {called} removed", _with(node, args=rest)
    for keyword in node.keywords:
        rest_of = [other for other in node.keywords if other is not keyword]
        yield f"argument {keyword.arg} of {called} removed", _with(node, keywords=rest_of)
    for place, args in _swapped(node.args):
        yield f"arguments {place} and {place + 1} of {called} swapped", _with(node, args=args)
    if node.args and not isinstance(node.args[0], ast.Starred | ast.GeneratorExp):
        yield f"argument in place of {called}", node.args[0]
    if isinstance(node.func, ast.Attribute):
        yield f"object in place of {called}", node.func.value


def _slice(node: ast.AST) -> Iterator[Change]:
    if isinstance(node, ast.Slice):
        for bound in ("lower", "upper"):
            if getattr(node, bound) is not None:
                yield f"{bound} bound removed", _with(node, **{bound: None})
    if isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Load):
        yield "index removed", node.value


def _elements(node: ast.AST) -> Iterator[Change]:
    """Change tuples and lists; the order of names in quotes is left alone, since a loop over them has none."""
    if not isinstance(node, ast.Tuple | ast.List):
        return
    if isinstance(node.ctx, ast.Load):
        for place, element in enumerate(node.elts, start=1):
            yield f"element {place} removed", _with(node, elts=[other for other in node.elts if other is not element])
        if all(isinstance(element, ast.Constant) for element in node.elts):
            return
    for place, elts in _swapped(node.elts):
        yield f"elements {place} and {place + 1} swapped", _with(node, elts=elts)


def _swapped(items: Sequence[ast.expr]) -> Iterator[tuple[int, list[ast.expr]]]:
    """Yield the items with two neighbours swapped, and the place of the first of the two, from 1 on."""
    for place in range(1, len(items)):
        yield place, [*items[: place - 1], items[place], items[place - 1], *items[place + 1 :]]


OPERATORS: tuple[Operator, ...] = (
    *(_compare, _arithmetic, _logic, _constant, _statement),
    *(_loop, _call, _slice, _elements),
)
