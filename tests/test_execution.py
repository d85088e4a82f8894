"""Execution with real kernels: receipts, limits, and what a submission cannot see."""

from pathlib import Path

import psutil
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from grading.execution import MAX_DISPLAY_CHARACTERS, MAX_OUTPUT_CHARACTERS, Execution, Limits, execute


def run(*sources: str, limits: Limits | None = None, files: dict[str, bytes] | None = None) -> Execution:
    notebook = new_notebook(cells=[new_code_cell(source) for source in sources])
    return execute(notebook, files or {}, limits or Limits())


def endings(execution: Execution) -> list[str]:
    return [run.ending for run in execution.runs]


def text_of(execution: Execution, cell: int) -> str:
    return "".join(output.get("text", "") for output in execution.notebook.cells[cell].outputs)


def size_of(execution: Execution, cell: int) -> int:
    return len(str(execution.notebook.cells[cell].outputs))


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
        "print(open('folder/names.txt').read())",
        files={"data.py": b"x = 3", "folder/names.txt": b"rex"},
    )
    assert endings(execution) == ["ok", "ok", "error", "error", "ok", "ok"]
    assert text_of(execution, 0) == "['data.py', 'folder'] None\n"
    assert text_of(execution, 1).startswith(f"True {temporary}")
    assert (execution.runs[2].error, execution.runs[2].message) == ("ZeroDivisionError", "division by zero")
    assert execution.runs[3].error == "NotImplementedError"
    assert execution.notebook.cells[4].outputs[-1].data["text/plain"] == "42"
    assert text_of(execution, 5) == "rex\n"
    assert list(temporary.iterdir()) == []
    assert {process.pid for process in psutil.Process().children(recursive=True)} == before


def test_outputs_are_cut_and_what_decides_about_points_stays(temporary: Path) -> None:
    execution = run(
        f"print('x' * {MAX_OUTPUT_CHARACTERS + 10})",
        f"display({{'text/plain': 'y' * {MAX_DISPLAY_CHARACTERS}}}, raw=True)\n0.5",
        f"'z' * {MAX_DISPLAY_CHARACTERS}",
        f"raise AssertionError('e' * {MAX_DISPLAY_CHARACTERS})",
        "import sys\nfor _ in range(500):\n"
        "    print('o' * 999, flush=True)\n    print('e' * 999, file=sys.stderr, flush=True)",
        "print('all is well')",
    )
    assert endings(execution) == ["ok", "ok", "ok", "error", "ok", "ok"]
    assert text_of(execution, 0) == "x" * MAX_OUTPUT_CHARACTERS + "\n... 11 characters left out\n"
    assert [output.output_type for output in execution.notebook.cells[1].outputs] == ["execute_result", "stream"]
    assert execution.notebook.cells[1].outputs[0].data == {"text/plain": "0.5"}
    assert execution.notebook.cells[2].outputs[0].data["text/plain"].startswith("'zzz")
    assert execution.notebook.cells[3].outputs[0].ename == "AssertionError"
    assert execution.notebook.cells[3].outputs[0].evalue.startswith("eee")
    assert all(text_of(execution, cell).endswith("characters left out\n") for cell in range(5))
    assert all(size_of(execution, cell) < 5_000 for cell in (1, 2, 3))
    printed = text_of(execution, 4)
    assert printed.count("o") + printed.count("e") < MAX_OUTPUT_CHARACTERS + 50  # both streams together
    assert printed.endswith("\n... 800,000 characters left out\n")
    assert text_of(execution, 5) == "all is well\n"


def test_an_endless_loop_costs_its_own_cell(temporary: Path) -> None:
    execution = run("x = 1", "while True: pass", "x", limits=Limits(cell=1, notebook=30))
    assert endings(execution) == ["ok", "timeout", "ok"]


def test_a_loop_that_prints_without_end_is_cut_and_ended(temporary: Path) -> None:
    execution = run("while True: print('x' * 1000)", "6 * 7", limits=Limits(cell=1, notebook=30))
    assert endings(execution) == ["timeout", "ok"]
    assert text_of(execution, 0).endswith("characters left out\n")
    assert size_of(execution, 0) < MAX_OUTPUT_CHARACTERS + 10_000
    assert execution.notebook.cells[1].outputs[0].data["text/plain"] == "42"


def test_a_loop_that_ignores_interrupts_ends_with_the_notebook(temporary: Path) -> None:
    stubborn = "import signal\nsignal.signal(signal.SIGINT, signal.SIG_IGN)\nwhile True: pass"
    execution = run("x = 1", stubborn, *["x"] * 50, limits=Limits(cell=1, notebook=1))
    assert endings(execution) == ["ok", *["timeout"] * 51]
    # nbclient notes in a cell when it ran: the later ones never did
    assert ["execution" in cell.metadata for cell in execution.notebook.cells[:2]] == [True, True]
    assert not any("execution" in cell.metadata for cell in execution.notebook.cells[10:])
    assert list(temporary.iterdir()) == []


def test_a_process_that_ends_leaves_the_rest_unreached(temporary: Path) -> None:
    cells = [
        new_markdown_cell("# A title"),
        new_code_cell(" \n"),  # nothing runs here, so nothing can go wrong here
        new_code_cell("import subprocess\nchild = subprocess.Popen(['sleep', '600'])\nprint(child.pid)"),
        new_code_cell("import os\nos._exit(0)"),
        new_code_cell("x = 1"),
        new_code_cell(""),
    ]
    execution = execute(new_notebook(cells=cells), {}, Limits())
    assert endings(execution) == ["ok", "ok", "ok", "died", "not_reached", "ok"]
    child = int(text_of(execution, 2))
    assert not psutil.pid_exists(child) or psutil.Process(child).status() == psutil.STATUS_ZOMBIE
    assert list(temporary.iterdir()) == []
