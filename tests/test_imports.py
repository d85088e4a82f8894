"""What a notebook imports, through the files beside it."""

from grading.imports import follow_imports, without_magics

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
