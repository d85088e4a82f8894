"""The plan of a run: which cell runs in which process, and which of the student's names a check needs.

It is made from the instructor's notebook alone, so nothing that a submission holds can change it:

- a check runs in the referee;
- a locked cell that uses no name of the student's (imports, data, helpers) runs in both processes;
- every other cell runs in the student's process, and so does every cell that a student has added.

A name belongs to the process in which it was bound last before it is used.
"""

import ast
import copy
import symtable
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from nbformat import NotebookNode

from grading.course import Assignment
from grading.imports import follow_imports, without_magics


@dataclass(frozen=True)
class Plan:
    """How the cells of one assignment are divided."""

    shared: frozenset[str]  # grade_ids of the locked cells that run in both processes
    needs: Mapping[str, tuple[str, ...]]  # by grade_id of a check: the student's names that it uses
    modules: tuple[str, ...]  # what the notebook and the files beside it import: worth importing once for all
    faults: tuple[str, ...]  # sentences for the author: checks that cannot run in the referee
    uses: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # by check: earlier checks whose names it uses
    wanted: frozenset[str] | None = None  # the checks to be graded, where not all are: see `end_of`

    def end_of(self, cells: Sequence[NotebookNode]) -> int:
        """Return how many of these cells need to run: nothing behind the last wanted check."""
        if self.wanted is None:
            return len(cells)
        ids = [cell.metadata.get("nbgrader", {}).get("grade_id") for cell in cells]
        return max((position + 1 for position, grade_id in enumerate(ids) if grade_id in self.wanted), default=0)


def make_plan(assignment: Assignment, files: Mapping[str, bytes]) -> Plan:
    """Return the plan for an assignment whose notebook stands beside these released files."""
    owners: dict[str, str] = {}  # who has bound a name last: "student" or "referee"
    imported: dict[str, str] = {}  # modules that a cell of the student's imports, with the cell's id
    binders: dict[str, str] = {}  # names that a check has bound last, with its grade_id
    shared: set[str] = set()
    needs: dict[str, tuple[str, ...]] = {}
    uses: dict[str, tuple[str, ...]] = {}
    faults: list[str] = []
    for cell in assignment.notebook.cells:
        if cell.cell_type != "code":
            continue
        settings = cell.metadata.get("nbgrader", {})
        names = _names(cell.source)
        foreign = sorted(name for name in names.used - names.bound if owners.get(name) == "student")
        checks = settings.get("grade") and not settings.get("solution")
        if checks:
            needs[settings.grade_id] = tuple(foreign)
            found = {binders[name] for name in names.used - names.bound if name in binders}
            uses[settings.grade_id] = tuple(sorted(found))
            if not names.readable:
                faults.append(f"The check {settings.grade_id!r} is not Python, so it cannot run in the referee.")
            faults += [_fault(settings.grade_id, name, imported[name]) for name in foreign if name in imported]
        elif settings.get("locked") and names.readable and not foreign:
            shared.add(settings.grade_id)
        trusted = checks or settings.get("grade_id") in shared
        owners |= dict.fromkeys(names.bound, "referee" if trusted else "student")
        binders = {name: binder for name, binder in binders.items() if name not in names.bound}
        binders |= dict.fromkeys(names.bound, settings.grade_id) if checks else {}
        if not trusted:
            imported |= dict.fromkeys(names.imported, str(settings.get("grade_id") or cell.get("id", "")))
    return Plan(frozenset(shared), needs, _modules(assignment, files), tuple(faults), uses)


def needed_cells(cells: Sequence[NotebookNode], plan: Plan, checks: Iterable[str]) -> list[NotebookNode]:
    """Return copies of the cells that must run before these checks can: locked ones, solutions, and what they use.

    A cell that only shows something is left out, such as one that trains a network for a look at it.
    """
    wanted = {name for check in checks for name in plan.needs[check]}
    kept = []
    for cell in reversed(cells):
        settings = cell.metadata.get("nbgrader", {})
        if cell.cell_type != "code" or settings.get("grade_id") in plan.needs:
            continue
        names = _names(cell.source)
        if settings.get("locked") or settings.get("solution") or names.bound & wanted:
            wanted |= names.used
            kept.append(copy.deepcopy(cell))
    return kept[::-1]


def _fault(grade_id: str, name: str, cell: str) -> str:
    return (
        f"The check {grade_id!r} uses {name!r}, which the cell {cell!r} imports. That cell runs in the student's "
        "process, and a module cannot be handed over. Import it in the check or in a locked cell above."
    )


@dataclass(frozen=True)
class _Names:
    """The global names of one cell."""

    bound: frozenset[str] = frozenset()
    used: frozenset[str] = frozenset()
    imported: frozenset[str] = frozenset()
    readable: bool = True  # it is Python


def _names(source: str) -> _Names:
    """Return the names that a cell binds, uses and imports at the level of the notebook."""
    text = without_magics(source)
    try:
        top = symtable.symtable(text, "cell", "exec")
        tree = ast.parse(text)
    except SyntaxError:
        return _Names(readable=False)
    bound = {symbol.get_name() for symbol in top.get_symbols() if symbol.is_assigned() or symbol.is_imported()}
    used = {symbol.get_name() for symbol in top.get_symbols() if symbol.is_referenced()}
    for table in _inner(top):
        symbols = [symbol for symbol in table.get_symbols() if symbol.is_global()]
        used |= {symbol.get_name() for symbol in symbols if symbol.is_referenced()}
        bound |= {symbol.get_name() for symbol in symbols if symbol.is_assigned()}
    imports = [node for node in tree.body if isinstance(node, ast.Import)]
    imported = {(alias.asname or alias.name).split(".")[0] for node in imports for alias in node.names}
    return _Names(frozenset(bound), frozenset(used), frozenset(imported))


def _inner(table: symtable.SymbolTable) -> Iterable[symtable.SymbolTable]:
    for child in table.get_children():
        yield child
        yield from _inner(child)


def _modules(assignment: Assignment, files: Mapping[str, bytes]) -> tuple[str, ...]:
    """Return the modules from elsewhere that the notebook and the files beside it import."""
    code = (cell.source for cell in assignment.notebook.cells if cell.cell_type == "code")
    return follow_imports(code, files).modules
