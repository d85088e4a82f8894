"""The plan: which cell runs in which process, made from the instructor's notebook alone."""

import json
from pathlib import Path

import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from grading.course import Assignment
from grading.job import Task
from grading.plan import Plan, make_plan

LOCKED, CHECK, SOLUTION = "locked", "check", "solution"


@pytest.fixture
def plan_of(tmp_path: Path) -> "PlanOf":
    return PlanOf(tmp_path / "source.ipynb")


class PlanOf:
    """Makes the plan of a notebook of these cells: (kind, source), kind "" for a cell of the student's."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __call__(self, *cells: tuple[str, str], files: dict[str, bytes] | None = None) -> Plan:
        notebook = new_notebook(cells=[new_markdown_cell("# A title")])
        for number, (kind, source) in enumerate(cells):
            cell = new_code_cell(source)
            if kind:
                cell.metadata.nbgrader = {
                    "grade": kind == CHECK,
                    "grade_id": f"cell_{number}",
                    "locked": kind != SOLUTION,
                    "solution": kind == SOLUTION,
                    "schema_version": 3,
                    "task": False,
                    **({"points": 1} if kind == CHECK else {}),
                }
            notebook.cells.append(cell)
        self.path.write_text(json.dumps(notebook), encoding="utf-8")
        return make_plan(Assignment("a", self.path), files or {})


def test_a_check_needs_the_names_that_student_cells_have_bound(plan_of: PlanOf) -> None:
    plan = plan_of(
        (LOCKED, "import numpy as np"),
        ("", "data = [1]\nfor unused in data: other = unused"),
        (SOLUTION, "def f(x):\n    local = x\n    return local"),
        (CHECK, "# c\nlocal = np.ones(2)\ndef helper(k):\n    return f(k) + len(data)\nassert [f(y) for y in local]"),
        (CHECK, "# c\nassert helper(1)\nassert lambda: other"),
    )
    assert plan.shared == {"cell_0"}
    assert plan.needs == {"cell_3": ("data", "f"), "cell_4": ("other",)}
    assert plan.faults == ()


def test_a_name_belongs_to_whom_has_bound_it_last(plan_of: PlanOf) -> None:
    plan = plan_of(
        ("", "value = 1"),
        (CHECK, "# c\nvalue = 2"),
        (CHECK, "# c\nassert value == 2"),
        ("", "value = 3"),
        (CHECK, "# c\nassert value == 3"),
        (CHECK, "# c\ndef g():\n    global value\n    value = 4\ng()"),
        (CHECK, "# c\nassert value"),
    )
    assert plan.needs == {"cell_1": (), "cell_2": (), "cell_4": ("value",), "cell_5": (), "cell_6": ()}


def test_a_locked_cell_that_uses_a_name_of_the_students_runs_only_there(plan_of: PlanOf) -> None:
    plan = plan_of(
        (LOCKED, "import re\nlimit = 3"),
        (SOLUTION, "def f(): pass"),
        (LOCKED, "table = [f() for _ in range(limit)]"),
        (LOCKED, "%config Some.option = 1\n!ls\nboth = limit\nfiles = !ls"),
        (LOCKED, "files"),
        (CHECK, "# c\nassert table and both"),
        (LOCKED, "%%time\ntable"),
        (LOCKED, "%%time\nre"),
        (LOCKED, "%%bash\nls /"),
    )
    assert plan.shared == {"cell_0", "cell_3", "cell_4", "cell_7"}
    assert plan.needs == {"cell_5": ("table",)}


def test_a_check_that_is_no_python_is_a_fault_of_the_author(plan_of: PlanOf) -> None:
    plan = plan_of((CHECK, "# c\nassert (1"), (CHECK, "%%bash\nls /"), (CHECK, "%%time\nassert 1"))
    assert [fault.split(",")[0] for fault in plan.faults] == [
        "The check 'cell_0' is not Python",
        "The check 'cell_1' is not Python",
    ]


def test_a_module_that_a_student_cell_imports_is_a_fault_of_the_author(plan_of: PlanOf) -> None:
    plan = plan_of(("", "import math\nimport os.path as p"), (CHECK, "# c\nassert math.pi and p and np"))
    assert len(plan.faults) == 2
    assert "The check 'cell_1' uses 'math', which the cell" in plan.faults[0]
    assert "Import it in the check or in a locked cell above." in plan.faults[0]


def test_what_the_notebook_and_its_files_import_is_known_but_for_those_files(plan_of: PlanOf) -> None:
    plan = plan_of(
        (LOCKED, "import numpy.linalg\nfrom utils import a\nimport helper\n%matplotlib inline"),
        ("", "from matplotlib import pyplot\nthis is no Python"),
        files={"utils/__init__.py": b"from . import b\nimport json", "utils/b.py": b"import csv", "helper.py": b""},
    )
    assert plan.modules == ("numpy.linalg", "json", "csv")


def test_the_plan_of_an_assignment_is_the_same_each_time(tiny: Task) -> None:
    assert make_plan(tiny.assignment, tiny.files) == tiny.plan
    assert tiny.plan.needs["roll_shows_a_die"] == ("roll",)
