"""Execution in the two processes of a run: receipts, limits, what an ending costs, and what is left behind."""

import time
from collections import Counter
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

import psutil
import pytest
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from grading.errors import GradingError
from grading.execution import MAX_RESTARTS, Execution, Limits, execute
from grading.outputs import MAX_OUTPUT_CHARACTERS
from grading.plan import Plan
from grading.wire import MAX_DISPLAY_CHARACTERS

GradeTiny = Any
LIMITS = Limits(cell=20, notebook=60)  # far more than any of these cells needs
STUBBORN = "while True:\n    try:\n        while True: pass\n    except KeyboardInterrupt:\n        pass"


def run(*sources: str, limits: Limits = LIMITS, files: Mapping[str, bytes] | None = None) -> Execution:
    """Run these cells in a student's process; there is no check among them."""
    notebook = new_notebook(cells=[new_code_cell(source) for source in sources])
    return execute(notebook, Plan(frozenset(), {}, (), ()), files or {}, limits, sandboxed=True)


def cell_with_settings(source: str, grade_id: str) -> NotebookNode:
    cell: NotebookNode = new_code_cell(source, metadata=NotebookNode(nbgrader=NotebookNode(grade_id=grade_id)))
    return cell


def endings(execution: Execution) -> list[str]:
    return [run.ending for run in execution.runs]


def text_of(execution: Execution, cell: int) -> str:
    return "".join(output.get("text", "") for output in execution.notebook.cells[cell].outputs)


def result_of(execution: Execution, cell: int) -> str:
    return str(execution.notebook.cells[cell].outputs[-1].data["text/plain"])


def size_of(execution: Execution, cell: int) -> int:
    return len(str(execution.notebook.cells[cell].outputs))


def living() -> Counter[str]:
    """The processes below this one by their names, without those that have ended and were not waited for."""
    found: Counter[str] = Counter()
    for process in psutil.Process().children(recursive=True):
        with suppress(psutil.NoSuchProcess):
            name = "bwrap" if process.name() == "cat" else process.name()  # it becomes cat once the sandbox stands
            found[name] += process.status() != "zombie"
    return found


def nothing_is_left(before: Counter[str]) -> bool:
    """Whether no more processes live than before, soon: a kill takes a moment.

    The sandbox that waits for the next submission is always another one, so they are counted.
    """
    until = time.monotonic() + 10
    while living() - before and time.monotonic() < until:
        pass
    return not living() - before


def test_a_run_goes_on_after_an_error_and_leaves_nothing_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    run("1")  # the warm parent stays for the next submission
    before = living()
    monkeypatch.setenv("SECRET_OF_THE_GRADER", "42")
    execution = run(
        "import os\nprint(sorted(os.listdir()), os.environ.get('SECRET_OF_THE_GRADER'))\nimport data",
        "print(os.environ['HOME'] == os.path.expanduser('~'))",
        "1 / 0",
        "raise NotImplementedError('later')",
        "import sys\nprint('oops', file=sys.stderr)\n6 * 7",
        "print(open('folder/names.txt').read())",
        "import threading, time\nthreading.Thread(target=time.sleep, args=(600,)).start()",
        "import subprocess\nsubprocess.Popen(['sleep', '600'])",
        files={"data.py": b"x = 3", "folder/names.txt": b"rex"},
    )
    assert endings(execution) == ["ok", "ok", "error", "error", "ok", "ok", "ok", "error"]
    assert text_of(execution, 0) == "['data.py', 'folder'] None\n"
    assert text_of(execution, 1) == "True\n"
    assert (execution.runs[2].error, execution.runs[2].message) == ("ZeroDivisionError", "division by zero")
    assert execution.runs[3].error == "NotImplementedError"
    assert result_of(execution, 4) == "42"
    assert text_of(execution, 5) == "rex\n"
    assert nothing_is_left(before)


def test_cells_are_counted_as_they_run_and_text_and_empty_cells_are_not() -> None:
    cells = [new_markdown_cell("# A title"), new_code_cell("1"), new_code_cell(" \n"), new_code_cell("2")]
    execution = execute(new_notebook(cells=cells), Plan(frozenset(), {}, (), ()), {}, LIMITS, sandboxed=True)
    assert endings(execution) == ["ok"] * 4
    assert [cell.get("execution_count") for cell in execution.notebook.cells] == [None, 1, None, 2]
    assert execution.notebook.cells[3].outputs[0].execution_count == 2
    assert execution.seconds > 0


def test_outputs_are_cut_and_what_is_left_out_is_counted() -> None:
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


def test_an_endless_loop_costs_its_own_cell_and_no_variable() -> None:
    execution = run("x = 1", "y = 2\nwhile True: pass", "x + y", limits=Limits(cell=1, notebook=30))
    assert endings(execution) == ["ok", "timeout", "ok"]
    assert result_of(execution, 2) == "3"


def test_a_loop_that_prints_without_end_is_cut_and_ended() -> None:
    execution = run("while True: print('x' * 1000)", "6 * 7", limits=Limits(cell=10, notebook=30))
    assert endings(execution) == ["flooded", "ok"]
    assert text_of(execution, 0).endswith("characters left out\n")
    assert size_of(execution, 0) < MAX_OUTPUT_CHARACTERS + 10_000
    assert result_of(execution, 1) == "42"


def test_a_loop_that_ignores_interrupts_ends_its_process_and_the_cells_before_are_run_again() -> None:
    execution = run("x = 41", STUBBORN, "x + 1", limits=Limits(cell=1, notebook=30))
    assert endings(execution) == ["ok", "timeout", "ok"]
    assert result_of(execution, 2) == "42"


def test_when_the_time_of_the_notebook_is_over_the_other_cells_are_not_run() -> None:
    execution = run("x = 1", STUBBORN, *["print('here')"] * 50, "", limits=Limits(cell=20, notebook=1))
    assert endings(execution) == ["ok", "timeout", *["too_late"] * 50, "ok"]
    assert not any(cell.outputs or cell.execution_count for cell in execution.notebook.cells[2:])


def test_a_process_that_ends_costs_its_cell_and_the_cells_before_are_run_again() -> None:
    execution = run(
        "x = []",
        "x.append(1)\nprint('appended')",
        "import os\nx.append(2)\nprint('never')\nos._exit(0)",
        "x.append(3)",
        "import os, signal\nos.kill(os.getpid(), signal.SIGKILL)",
        "x",
    )
    assert endings(execution) == ["ok", "ok", "died", "ok", "died", "ok"]
    assert text_of(execution, 1) == "appended\n"  # and not once more for each process
    assert result_of(execution, 5) == "[1, 3]"


def test_after_too_many_ends_the_rest_is_not_reached() -> None:
    execution = run("x = 1", *["import os\nos._exit(0)"] * (MAX_RESTARTS + 1), "x", "")
    assert endings(execution) == ["ok", *["died"] * (MAX_RESTARTS + 1), "not_reached", "ok"]


def test_a_function_that_ends_its_process_costs_its_own_checks_only(grade_tiny: GradeTiny) -> None:
    outcome = grade_tiny(scale="# GRADED FUNCTION: scale\ndef scale(values, factor):\n    import os\n    os._exit(0)")
    assert outcome.verdicts == {
        "scale_multiplies": "process_died",
        "scale_works_in_place": "process_died",
        "roll_counts": "passed",
        "roll_shows_a_die": "passed",
    }


@pytest.mark.parametrize("loop", ["while True: pass", STUBBORN])
def test_a_function_without_end_costs_its_own_checks_only(grade_tiny: GradeTiny, loop: str) -> None:
    body = "\n".join(f"    {line}" for line in loop.splitlines())
    roll = f"# GRADED FUNCTION: roll\ndef roll(count):\n{body}"
    outcome = grade_tiny(roll=roll, limits=Limits(cell=1, notebook=30))
    assert list(outcome.verdicts.values()) == ["passed", "passed", "timeout", "timeout"]


def test_a_function_that_prints_without_end_costs_its_own_checks_only(grade_tiny: GradeTiny) -> None:
    roll = "# GRADED FUNCTION: roll\ndef roll(count):\n    while True: print('rolling ' * 100)"
    outcome = grade_tiny(roll=roll)
    assert list(outcome.verdicts.values()) == ["passed", "passed", "output_exceeded", "output_exceeded"]
    assert len(outcome.text("roll_counts")) < MAX_OUTPUT_CHARACTERS + 5_000


def test_memory_beyond_the_limit_is_an_error_of_the_cell_that_wants_it() -> None:
    execution = run(
        "x = 1", "x = bytearray(2_000_000_000)", "x", limits=Limits(cell=20, notebook=60, memory=400_000_000)
    )
    assert endings(execution) == ["ok", "error", "ok"]
    assert execution.runs[1].error == "MemoryError"
    assert result_of(execution, 2) == "1"


def test_a_locked_cell_that_fails_in_the_referee_is_a_fault_of_the_grader() -> None:
    notebook = new_notebook(cells=[cell_with_settings("import no_such_module", "setup")])
    plan = Plan(frozenset({"setup"}), {}, (), ())
    with pytest.raises(GradingError, match=r"the locked cell 'setup' fails: ModuleNotFoundError .*\(error\)"):
        execute(notebook, plan, {}, LIMITS, sandboxed=True)


def test_a_check_without_names_of_the_students_runs_when_no_student_is_left() -> None:
    cells = [new_code_cell("import os\nos._exit(0)") for _ in range(MAX_RESTARTS + 1)]
    notebook = new_notebook(cells=[*cells, cell_with_settings("assert 1", "one")])
    execution = execute(notebook, Plan(frozenset(), {"one": ()}, (), ()), {}, LIMITS, sandboxed=True)
    assert execution.runs[-1].ending == "ok"


def test_a_check_that_does_not_end_gets_the_next_one_a_new_referee() -> None:
    sources = {"setup": "LIMIT = 3", "endless": STUBBORN, "next": "assert LIMIT == 3"}
    notebook = new_notebook(cells=[cell_with_settings(source, grade_id) for grade_id, source in sources.items()])
    plan = Plan(frozenset({"setup"}), {"endless": (), "next": ()}, (), ())
    execution = execute(notebook, plan, {}, Limits(cell=1, notebook=30), sandboxed=True)
    assert endings(execution) == ["ok", "timeout", "ok"]


def test_a_run_without_a_sandbox_leaves_no_process_behind_either() -> None:
    run("1")
    before = living()
    source = "import subprocess\nchild = subprocess.Popen(['sleep', '600'])\nprint(child.pid)"
    notebook = new_notebook(cells=[new_code_cell(source), new_code_cell("import os\nos._exit(0)"), new_code_cell("7")])
    execution = execute(notebook, Plan(frozenset(), {}, (), ()), {}, LIMITS, sandboxed=False)
    assert endings(execution) == ["ok", "died", "ok"]
    assert nothing_is_left(before)
    child = int(text_of(execution, 0))
    assert not psutil.pid_exists(child) or psutil.Process(child).status() == psutil.STATUS_ZOMBIE
