"""Attacks in the file that is handed in: forged and lost cells, tags, outputs, languages, and what lies beside it."""

import copy
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_output

from grading.job import Graded, Task, grade_one
from grading.submission import Submission, Unreadable, collect_submission, pack_submission

GradeTiny = Callable[..., Any]
Solutions = dict[str, str]
NOTHING = {
    "scale_solution": "# GRADED FUNCTION: scale\ndef scale(values, factor):\n    return values",
    "roll_solution": "# GRADED FUNCTION: roll\ndef roll(count):\n    return []",
}
CHECKS = ("scale_multiplies", "scale_works_in_place", "roll_counts", "roll_shows_a_die")


@pytest.fixture
def notebook(tiny: Task) -> NotebookNode:
    """The small assignment as an attacker gets it, with solutions that do nothing."""
    copied = copy.deepcopy(tiny.assignment.notebook)
    for cell in copied.cells:
        cell.source = NOTHING.get(grade_id(cell), cell.source)
    return copied


def grade_id(cell: NotebookNode) -> str:
    """Return what nbgrader calls a cell."""
    return str(cell.metadata.get("nbgrader", {}).get("grade_id", ""))


def forge_metadata(name: str, **changes: Any) -> NotebookNode:
    """Return a cell that claims to be a check."""
    settings = {"grade": True, "grade_id": name, "locked": True, "schema_version": 3, "solution": False, "task": False}
    cell = new_code_cell("assert True\n5.0")
    cell.metadata["nbgrader"] = {**settings, "points": 100, **changes}
    return cell


def own_check(notebook: NotebookNode) -> None:
    notebook.cells.append(forge_metadata("my_own_check"))


def doubled_checks(notebook: NotebookNode) -> None:
    notebook.cells += [forge_metadata(name) for name in CHECKS]


def doubled_checks_in_front(notebook: NotebookNode) -> None:
    notebook.cells[:0] = [forge_metadata(name) for name in CHECKS]


def edited_checks(notebook: NotebookNode) -> None:
    for cell in notebook.cells:
        if grade_id(cell) in CHECKS:
            cell.source = "assert True\n5.0"


def edited_setup(notebook: NotebookNode) -> None:
    for cell in notebook.cells:
        if grade_id(cell) == "setup":
            cell.source = "import numpy as np\nSIDES = 6\nnp.array_equal = lambda *_: True\nimport builtins\n"
            cell.source += "builtins.len = lambda value, count=iter([3, 17] * 9): next(count)"


def unlocked_setup(notebook: NotebookNode) -> None:
    edited_setup(notebook)
    for cell in notebook.cells:
        if grade_id(cell) == "setup":
            cell.metadata.nbgrader.update(locked=False, solution=True)


def checks_as_solutions(notebook: NotebookNode) -> None:
    for cell in notebook.cells:
        if grade_id(cell) in CHECKS:
            cell.metadata.nbgrader.update(solution=True, locked=False, grade=False)
            cell.source = "assert True"


def checks_for_sale(notebook: NotebookNode) -> None:
    for cell in notebook.cells:
        if grade_id(cell) in CHECKS:
            cell.metadata.nbgrader.update(points=1000, grade=True)
            cell.source = "1000"


def manual_points(notebook: NotebookNode) -> None:
    for cell in notebook.cells:
        cell.metadata["nbgrader"] = {
            **cell.metadata.get("nbgrader", {}),
            "score": 5,
            "manual_score": 5,
            "checksum": "x",
        }


def swapped_ids(notebook: NotebookNode) -> None:
    for cell in notebook.cells:
        if grade_id(cell) == "scale_solution":
            cell.metadata.nbgrader.grade_id = "scale_multiplies"
        elif grade_id(cell) == "scale_multiplies":
            cell.metadata.nbgrader.grade_id = "scale_solution"
            cell.source = NOTHING["scale_solution"]


def ids_of_checks(notebook: NotebookNode) -> None:
    own = [new_code_cell("5.0", id=cell.id) for cell in notebook.cells if grade_id(cell) in CHECKS]
    notebook.cells[:0] = own


def lost_checks(notebook: NotebookNode) -> None:
    notebook.cells = [cell for cell in notebook.cells if grade_id(cell) not in CHECKS]


def lost_everything(notebook: NotebookNode) -> None:
    notebook.cells = []


def checks_as_text(notebook: NotebookNode) -> None:
    for position, cell in enumerate(notebook.cells):
        if grade_id(cell) in CHECKS:
            notebook.cells[position] = new_markdown_cell("passed", metadata=cell.metadata)


def checks_before_the_setup(notebook: NotebookNode) -> None:
    notebook.cells.sort(key=lambda cell: grade_id(cell) not in CHECKS)


def faked_outputs(notebook: NotebookNode) -> None:
    for cell in notebook.cells:
        if cell.cell_type == "code":
            result = {"text/plain": "5.0"}
            cell.outputs = [new_output("execute_result", data=result, execution_count=1, metadata={"points": 5})]
            cell.execution_count = 1


def forgiving_tags(notebook: NotebookNode) -> None:
    for cell in notebook.cells:
        cell.metadata["tags"] = ["raises-exception", "skip-execution", "nbval-skip", "remove-cell", "parameters"]


def forgiving_settings(notebook: NotebookNode) -> None:
    notebook.metadata.update(
        execution={"allow_errors": True, "timeout": None}, nbgrader={"points": 5}, celltoolbar="Create Assignment"
    )
    notebook.metadata["kernelspec"] = {"name": "evil", "display_name": "Python 3", "language": "python"}


def magics(notebook: NotebookNode) -> None:
    sources = ["%%bash\nexit 0", "%%script false", "!touch /tmp/x", "%run -i other.py", "%load_ext evil", "%reset -f"]
    sources += [
        "%%writefile numpy.py\narray_equal = None",
        "%%javascript\nalert(1)",
        "%pdb on",
        "%debug",
        "%autocall 2",
    ]
    sources += ["%config InteractiveShell.ast_node_interactivity = 'none'", "%xmode Minimal", "%rerun 1", "%macro m 1"]
    notebook.cells[2:2] = [new_code_cell(source) for source in sources]


def input_is_asked_for(notebook: NotebookNode) -> None:
    notebook.cells[2:2] = [
        new_code_cell("input()"),
        new_code_cell("import sys\nsys.stdin.read()"),
        new_code_cell("breakpoint()"),
    ]


TRICKS = [
    own_check,
    doubled_checks,
    doubled_checks_in_front,
    edited_checks,
    edited_setup,
    unlocked_setup,
    checks_as_solutions,
    checks_for_sale,
    manual_points,
    swapped_ids,
    ids_of_checks,
    lost_checks,
    lost_everything,
    checks_as_text,
    checks_before_the_setup,
    faked_outputs,
    forgiving_tags,
    forgiving_settings,
    magics,
    input_is_asked_for,
]


@pytest.mark.parametrize("trick", TRICKS)
def test_a_forged_notebook_has_the_marks_of_its_solutions(
    tiny: Task, notebook: NotebookNode, trick: Callable[[NotebookNode], None]
) -> None:
    trick(notebook)
    record = grade_one(tiny, pack_submission(Submission("s01", notebook))).record
    assert record.status == "graded"
    assert [(check.grade_id, check.points) for check in record.checks] == [(name, 0) for name in CHECKS]
    assert record.max_points == 5


@pytest.mark.parametrize(
    "trick", [own_check, doubled_checks, edited_checks, forgiving_tags, faked_outputs, lost_checks]
)
def test_what_is_forged_costs_no_marks_either(
    tiny: Task, notebook: NotebookNode, trick: Callable[[NotebookNode], None]
) -> None:
    for cell, original in zip(notebook.cells, tiny.assignment.notebook.cells, strict=True):
        cell.source = original.source
    trick(notebook)
    assert grade_one(tiny, pack_submission(Submission("s01", notebook))).record.points == 5


def hand_in(folder: Path, notebook: NotebookNode) -> Path:
    """Write a submission to the disk and return its folder."""
    folder.mkdir()
    (folder / "tiny.ipynb").write_text(json.dumps(notebook))
    return folder


def grade_folder(tiny: Task, folder: Path) -> Graded:
    """Grade a folder, read as the command reads it."""
    handed_in = collect_submission(folder, "s01", "tiny")
    assert not isinstance(handed_in, Unreadable), handed_in
    return grade_one(tiny, handed_in)


EVIL_MODULE = (
    "import sys\n"
    "def array_equal(*_, **__):\n    return True\n"
    "array = ones = full = zeros = allclose = testing = random = lambda *_, **__: 1\n"
    "open('/tmp/imported', 'a').write(__name__)\n"
)


@pytest.mark.parametrize(
    "name",
    [
        "numpy.py",
        "utils.py",
        "utils/__init__.py",
        "sitecustomize.py",
        "usercustomize.py",
        "ipython_config.py",
        "grading/referee.py",
        "re.py",
        "numpy/__init__.pyc",
        "numpy.so",
        "x.pth",
        "numpy.zip",
        ".ipython/profile_default/startup/00.py",
        "__pycache__/numpy.cpython-311.pyc",
        "NUMPY.PY",
    ],
)
def test_modules_beside_the_notebook_are_never_imported(
    tiny: Task, notebook: NotebookNode, tmp_path: Path, name: str
) -> None:
    look = "import importlib, os, sys\nimport numpy, re\nprint(os.path.exists('/tmp/imported'), "
    look += f"os.path.exists({name!r}), 'site-packages' in numpy.__file__ or numpy.__file__)"
    notebook.cells[2:2] = [new_code_cell(look, id="look")]
    folder = hand_in(tmp_path / "s01", notebook)
    (folder / name).parent.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text(EVIL_MODULE)
    graded = grade_folder(tiny, folder)
    assert graded.record.points == 0
    (cell,) = [cell for cell in json.loads(graded.notebook)["cells"] if cell["id"] == "look"]
    assert "".join(cell["outputs"][0]["text"]) == "False False True\n"


def test_links_beside_the_notebook_lead_nowhere(tiny: Task, notebook: NotebookNode, tmp_path: Path) -> None:
    secrets = tmp_path / "secrets"
    secrets.mkdir()
    (secrets / "canary.txt").write_text("canary-of-the-grader")
    look = "import os\nfor at, _, names in os.walk('.'):\n    for name in names:\n"
    look += "        print(name, open(os.path.join(at, name)).read())"
    notebook.cells[2:2] = [new_code_cell(look, id="look")]
    folder = hand_in(tmp_path / "s01", notebook)
    (folder / "link.txt").symlink_to(secrets / "canary.txt")
    (folder / "folder").symlink_to(secrets)
    (folder / "loop").symlink_to(folder)
    (folder / "own.txt").write_text("my own")
    os.mkfifo(folder / "pipe")
    graded = grade_folder(tiny, folder)
    assert "canary-of-the-grader" not in graded.notebook
    assert "own.txt my own" in graded.notebook  # what is an ordinary file is there, so the search works
    assert len([notice for notice in graded.record.notices if "is a link or no ordinary file" in notice]) == 4
    assert graded.record.points == 0


def test_a_notebook_that_is_a_link_is_not_read(tmp_path: Path, notebook: NotebookNode) -> None:
    (tmp_path / "other.ipynb").write_text(json.dumps(notebook))
    folder = tmp_path / "s01"
    folder.mkdir()
    (folder / "tiny.ipynb").symlink_to(tmp_path / "other.ipynb")
    unreadable = collect_submission(folder, "s01", "tiny")
    assert isinstance(unreadable, Unreadable)
    assert "is a link" in unreadable.reason


def test_a_file_in_the_place_of_a_released_one_does_not_count(
    tiny: Task, notebook: NotebookNode, tmp_path: Path
) -> None:
    notebook.cells[2:2] = [new_code_cell("print(open('readme.txt').read())", id="look")]
    folder = hand_in(tmp_path / "s01", notebook)
    (folder / "readme.txt").write_text("forged")
    text = grade_folder(tiny, folder).notebook
    assert "forged" not in text
    assert json.dumps(tiny.files["readme.txt"].decode().splitlines()[0])[1:-1] in text


def test_a_file_that_is_written_over_stays_as_it_was_for_the_checks(other_checks: Callable[..., Any]) -> None:
    # Each process has its own copy of the files: what a cell writes, no check reads.
    check = "import os\nassert not os.path.exists('forged.txt'), 'A check sees what a cell has written.'"
    task, assignment = other_checks({"roll_counts": check})
    assignment.notebook.cells[2:2] = [
        new_code_cell(
            "open('forged.txt', 'w').write('x')\nopen('/tmp/forged.txt', 'w').write('x')\nassert open('forged.txt')"
        )
    ]
    record = grade_one(task, pack_submission(Submission("s01", assignment.notebook))).record
    assert {check.grade_id: check.verdict for check in record.checks}["roll_counts"] == "passed"


@pytest.mark.parametrize(
    "change",
    [
        {"kernelspec": {"name": "bash", "display_name": "Bash", "language": "bash"}},
        {"kernelspec": {"name": "ir", "display_name": "R", "language": "R"}, "language_info": {"name": "R"}},
        {"language_info": {"name": "javascript"}},
    ],
    ids=["bash", "R", "javascript"],
)
def test_a_notebook_of_another_language_is_not_run(tiny: Task, notebook: NotebookNode, change: dict[str, Any]) -> None:
    notebook.metadata = NotebookNode(change)
    record = grade_one(tiny, pack_submission(Submission("s01", notebook))).record
    assert record.status == "unreadable"
    assert record.points == 0
