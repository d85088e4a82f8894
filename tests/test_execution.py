"""Execution with real kernels: receipts, limits, and what a submission cannot see."""

from pathlib import Path

import psutil
import pytest
from nbformat.v4 import new_code_cell, new_notebook

from grading.execution import MAX_OUTPUT_CHARACTERS, Execution, Limits, execute


def run(*sources: str, limits: Limits | None = None, files: dict[str, bytes] | None = None) -> Execution:
    notebook = new_notebook(cells=[new_code_cell(source) for source in sources])
    return execute(notebook, files or {}, limits or Limits())


def endings(execution: Execution) -> list[str]:
    return [run.ending for run in execution.runs]


def text_of(execution: Execution, cell: int) -> str:
    return "".join(output.get("text", "") for output in execution.notebook.cells[cell].outputs)


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder in which runs make theirs."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    return tmp_path


def test_a_run_goes_on_after_an_error_and_leaves_nothing_behind(
    temporary: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SECRET_OF_THE_GRADER", "42")
    before = {process.pid for process in psutil.Process().children(recursive=True)}
    execution = run(
        "import os\nprint(sorted(os.listdir()), os.environ.get('SECRET_OF_THE_GRADER'))\nimport data",
        "print(os.environ['HOME'] == os.path.expanduser('~'), os.environ['HOME'])",
        "1 / 0",
        "raise NotImplementedError('later')",
        "import sys\nprint('oops', file=sys.stderr)\n6 * 7",
        f"print('x' * {MAX_OUTPUT_CHARACTERS + 10})",
        files={"data.py": b"x = 3", "folder/names.txt": b"rex"},
    )
    assert endings(execution) == ["ok", "ok", "error", "error", "ok", "ok"]
    assert text_of(execution, 0) == "['data.py', 'folder'] None\n"
    assert text_of(execution, 1).startswith(f"True {temporary}")
    assert (execution.runs[2].error, execution.runs[2].message) == ("ZeroDivisionError", "division by zero")
    assert execution.runs[3].error == "NotImplementedError"
    assert execution.notebook.cells[4].outputs[-1].data["text/plain"] == "42"
    assert text_of(execution, 5).endswith("11 characters left out\n")
    assert list(temporary.iterdir()) == []
    assert {process.pid for process in psutil.Process().children(recursive=True)} == before


def test_an_endless_loop_costs_its_own_cell(temporary: Path) -> None:
    execution = run("x = 1", "while True: pass", "x", limits=Limits(cell=1, notebook=30))
    assert endings(execution) == ["ok", "timeout", "ok"]


def test_a_loop_that_ignores_interrupts_ends_with_the_notebook(temporary: Path) -> None:
    stubborn = "import signal\nsignal.signal(signal.SIGINT, signal.SIG_IGN)\nwhile True: pass"
    execution = run("x = 1", stubborn, "x", limits=Limits(cell=1, notebook=3))
    assert endings(execution) == ["ok", "timeout", "timeout"]
    assert list(temporary.iterdir()) == []


def test_a_process_that_ends_leaves_the_rest_unreached(temporary: Path) -> None:
    execution = run("x = 1", "import os\nos._exit(0)", "x", "x")
    assert endings(execution) == ["ok", "died", "not_reached", "not_reached"]
