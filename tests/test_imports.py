"""What a notebook imports, through the files beside it."""

import subprocess
import sys
from pathlib import Path

from grading.autograde import released_files
from grading.course import Course
from grading.imports import follow_imports, without_magics
from grading.plan import make_plan

ROOT = Path(__file__).parents[1]

FILES = {
    "utils/__init__.py": b"from utils.rnn import step\nfrom . import text",
    "utils/rnn.py": b"import numpy as np",
    "utils/text.py": b"def load():\n    import json",
    "utils/poet.py": b"import torch\nfrom .text import load\nfrom .. import nothing",
    "utils/checks.py": b"import inspect",
    "utils/deep/__init__.py": b"",
    "utils/deep/er.py": b"import csv",
    "utils/dinos.txt": b"rex",
    "helper.py": b"import helper\nimport math",
}


def test_only_what_is_reached_counts() -> None:
    found = follow_imports(["from utils import step"], FILES)
    assert found.files == ("utils/__init__.py", "utils/rnn.py", "utils/text.py")
    assert found.modules == ("numpy", "json")


def test_submodules_relative_imports_and_circles_are_followed() -> None:
    found = follow_imports(["from utils import poet", "import utils.deep.er as er\nimport helper"], FILES)
    assert set(found.files) == set(FILES) - {"utils/checks.py", "utils/dinos.txt"}
    assert {"torch", "csv", "math"} <= set(found.modules)


def test_what_a_check_finds_beside_a_function_counts() -> None:
    found = follow_imports(["beside(f, 'utils.poet.Model')\nbeside(f, 'torch.optim.SGD')\nbeside(f, 'Own')"], FILES)
    assert "utils/poet.py" in found.files
    assert {"torch", "torch.optim"} <= set(found.modules)


def test_a_cell_that_is_no_python_imports_nothing() -> None:
    assert follow_imports(["import numpy as", "a\0b"], FILES).modules == ()


def test_magics_are_no_obstacle() -> None:
    cells = ["%%time\nimport json", "%matplotlib inline\nimport math", "files = !ls\nif files:\n    !ls\nimport csv"]
    assert follow_imports(cells, {}).modules == ("json", "math", "csv")
    assert without_magics("x = %pwd") == "x = None"


def test_nothing_of_the_core_imports_pytorch() -> None:
    core = "utils, utils.checks, utils.texts, grading.cli, grading.nbgrader_engine, grading.student, grading.referee"
    found = "[name for name in ('torch', 'pooch', 'safetensors') if name in sys.modules]"
    command = [sys.executable, "-c", f"import sys, {core}\nprint({found})"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout == "[]\n"


def test_only_the_assignments_in_pytorch_import_it() -> None:
    course = Course.find(ROOT)
    needing = set()
    for name in course.assignments():
        assignment = course.assignment(name)
        plan = make_plan(assignment, released_files(course, assignment))
        if any(module.split(".")[0] == "torch" for module in plan.modules):
            needing.add(name)
    assert needing == {"rnn_from_scratch", "shakespeare"}
