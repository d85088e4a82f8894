"""What the look cells show with the reference solutions: kept beside the source notebook, for the students' pages.

A code cell with the tag "compare" in the source notebook is shown in the feedback beside its reference run. Only
outputs are kept, no solution and no check; and the file itself does not go to students.
"""

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat
from nbformat import NotebookNode

from grading.course import Assignment
from grading.files import write_atomically

TAG = "compare"
SVG = "image/svg+xml"
FILE = "reference_run.json"  # nbgrader_config.py keeps nbgrader from copying it into the release
NO_OUTPUTS: Mapping[str, Any] = {}


@dataclass(frozen=True)
class ReferenceRun:
    """The outputs of the compared cells, by cell id, and the state of the source that they belong to."""

    source: str
    outputs: Mapping[str, Any]


def compared_cells(assignment: Assignment) -> list[NotebookNode]:
    """Return the cells of the source notebook that are shown beside their reference run."""
    code = (cell for cell in assignment.notebook.cells if cell.cell_type == "code")
    return [cell for cell in code if TAG in cell.metadata.get("tags", []) and "nbgrader" not in cell.metadata]


def state_of(assignment: Assignment, released: Mapping[str, bytes]) -> str:
    """Return a digest of all that a reference run depends on: the notebook's code, less the checks, and its modules.

    Args:
        assignment: whose source notebook holds the code.
        released: the files beside the released notebook, by relative path; what is Python among them counts.
    """
    cells = (cell for cell in assignment.notebook.cells if cell.cell_type == "code")
    code = [cell.source for cell in cells if not cell.metadata.get("nbgrader", {}).get("grade")]
    names = [cell.id for cell in compared_cells(assignment)]
    modules = {name: hashlib.sha256(data).hexdigest() for name, data in released.items() if name.endswith(".py")}
    return hashlib.sha256(json.dumps([code, names, modules], sort_keys=True).encode()).hexdigest()


def _take(assignment: Assignment, released: Mapping[str, bytes], executed: NotebookNode) -> ReferenceRun:
    """Return what a notebook with the reference solutions, once executed, shows in the compared cells."""
    wanted = {cell.id for cell in compared_cells(assignment)}
    outputs = {cell.id: [_bare(output) for output in cell.outputs] for cell in executed.cells if cell.id in wanted}
    return ReferenceRun(state_of(assignment, released), outputs)


def _bare(output: NotebookNode) -> dict[str, Any]:
    """Drop what a page does not need; the metadata of a figure hold the time at which it was drawn."""
    bare = {name: value for name, value in output.items() if name not in ("execution_count", "metadata")}
    if svg := bare.get("data", {}).get(SVG):
        bare["data"] = {SVG: re.sub(r"<metadata>.*?</metadata>\s*", "", svg, flags=re.DOTALL)}
    return bare


def renew_reference_run(assignment: Assignment, released: Mapping[str, bytes], executed: str) -> bool:
    """Keep what the executed reference solutions show, beside the source notebook; return whether the file has changed.

    The parts of a figure have new names in each run, so a file that belongs to this source stays as it is. So does any
    file if a compared cell has failed: on this machine, a text may be missing (`data`).
    """
    path = _path(assignment)
    run = _take(assignment, released, nbformat.reads(executed, as_version=4))
    if any(output["output_type"] == "error" for outputs in run.outputs.values() for output in outputs):
        return False
    if not run.outputs:
        path.unlink(missing_ok=True)
        return False
    if load_reference_run(assignment).source == run.source:
        return False
    content = {"source": run.source, "outputs": run.outputs}
    write_atomically(path, (json.dumps(content, indent=1, ensure_ascii=False) + "\n").encode())
    return True


def load_reference_run(assignment: Assignment) -> ReferenceRun:
    """Read the run; it is empty where there is no file, or none that can be read."""
    try:
        data = json.loads(_path(assignment).read_text(encoding="utf-8"))
        return ReferenceRun(data["source"], data["outputs"])
    except (OSError, ValueError, TypeError, KeyError):
        return ReferenceRun("", NO_OUTPUTS)


def _path(assignment: Assignment) -> Path:
    return assignment.source.with_name(FILE)
