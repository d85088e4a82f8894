"""Merge what a submission got for changed checks with what it had for all others; `regrade` calls this."""

from collections import deque
from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import replace
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from grading.job import Graded
from grading.report import load_graded
from grading.scoring import CheckResult


def merge(graded: Graded, folder: Path, changed: AbstractSet[str]) -> Graded | None:
    """Return the new results of the changed checks among the old ones of all others.

    Args:
        graded: what came out now, in the order of the assignment as it is now.
        folder: with the record and the notebook from before.
        changed: the `grade_id`s of the checks that are new, different or gone.

    Returns:
        The record and the notebook as they are to be written; None if what lies in the folder does not come from the
        same submission.
    """
    before, notebook = load_graded(folder), _read(folder / f"{folder.name}.ipynb")
    if before is None or notebook is None:
        return None
    known = {check.grade_id: check for check in before.checks}
    now = nbformat.v4.reads(graded.notebook)  # not nbformat.reads: a worker of ours has validated it
    checks = _merged_checks(graded.record.checks, known, changed)
    gone = changed - {check.grade_id for check in graded.record.checks}
    if checks is None or not _take_outputs(now, notebook, changed, len(gone)):
        return None
    sandbox = "none" if before.sandbox == "none" else graded.record.sandbox  # for what stays, too, this must be said
    record = replace(graded.record, checks=checks, sandbox=sandbox)
    return replace(graded, record=record, notebook=nbformat.writes(now))


def _read(path: Path) -> NotebookNode | None:
    try:
        notebook: NotebookNode = nbformat.v4.reads(path.read_text(encoding="utf-8"))
    except Exception:  # nbformat raises nearly anything; whatever it is, the notebook is made anew
        return None
    return notebook


def _merged_checks(
    new: Iterable[CheckResult], known: Mapping[str, CheckResult], changed: AbstractSet[str]
) -> tuple[CheckResult, ...] | None:
    found = [check if check.grade_id in changed else known.get(check.grade_id) for check in new]
    return None if None in found else tuple(check for check in found if check is not None)


def _take_outputs(now: NotebookNode, before: NotebookNode, changed: AbstractSet[str], gone: int) -> bool:
    """Give all cells but the changed checks the outputs that they had; say whether both have the same cells.

    A check that is gone stands in the student's notebook as a cell of their own, which was none before.
    """
    by_id = {_grade_id(cell): cell for cell in before.cells if _grade_id(cell)}
    own = deque(cell for cell in before.cells if not _grade_id(cell))
    strangers = 0
    for cell in now.cells:
        grade_id = _grade_id(cell)
        if grade_id in changed:
            continue
        old = by_id.get(grade_id) if grade_id else own[0] if own and own[0].source == cell.source else None
        if old is None and not grade_id:
            strangers += 1
            continue
        if old is None or old.source != cell.source:
            return False
        if not grade_id:
            own.popleft()
        if cell.cell_type == "code":
            cell.outputs = old.get("outputs", [])
    _count(now)
    return not own and strangers <= gone


def _grade_id(cell: NotebookNode) -> str:
    return str(cell.metadata.get("nbgrader", {}).get("grade_id", ""))


def _count(notebook: NotebookNode) -> None:
    """Number the cells as a run of all of them does; in place."""
    count = 0
    for cell in notebook.cells:
        if cell.cell_type == "code" and cell.source.strip():
            count += 1
            cell.execution_count = count
            for output in cell.outputs:
                if output.output_type == "execute_result":
                    output.execution_count = count
