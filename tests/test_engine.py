"""Both processes of a run at work: what a check sees of a student's functions, and what costs what.

For what a notebook is here, see the fixture `run` in conftest.py.
"""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from nbformat import NotebookNode

from grading.course import Assignment
from grading.errors import GradingError
from grading.execution import Brief, CellRun, Execution, Limits
from grading.plan import make_plan
from grading.processes import warm_parent

GradeTiny = Any
SETUP = ("locked", "import numpy as np\nfrom utils.checks import scripted_draws, stand_in")
Run = Callable[..., Execution]


def endings(execution: Execution) -> list[str]:
    return [run.ending for run in execution.runs]


def text_of(cell: NotebookNode) -> str:
    return "".join(output.get("text", "") for output in cell.outputs)


def text_of_error(cell: NotebookNode) -> str:
    """A traceback without the codes of its colours."""
    text = "\n".join(line for output in cell.outputs for line in output.get("traceback", []))
    return re.sub(r"\x1b\[[\d;]*m", "", text)


def last(execution: Execution) -> CellRun:
    return execution.runs[-1]


def test_the_right_solutions_have_full_marks(grade_tiny: GradeTiny) -> None:
    outcome = grade_tiny()
    assert set(outcome.verdicts.values()) == {"passed"}, outcome.record.checks
    assert outcome.record.points == outcome.record.max_points == 5
    assert outcome.text("look-at-scale") == "[3. 6.]\n"


def test_an_executed_notebook_looks_as_if_jupyter_had_run_it(run: Run) -> None:
    execution = run(
        ("", "import sys\nprint('out')\nprint('err', file=sys.stderr)\n6 * 7"),
        ("", "1 / 0"),
        ("", "import matplotlib.pyplot as plt\nplt.plot([1, 2])\nplt.show()\nprint('below')"),
        ("", "from IPython.display import display, HTML, clear_output\ndisplay(HTML('<b>bold</b>'))"),
        ("", "print('gone')\nclear_output()\nhandle = display('first', display_id=True)\nhandle.update('second')"),
        ("", "x = 5;\nx;"),
        ("", "%timeit -n1 -r1 x\nIn[-2], Out[1], _"),
        ("", "import asyncio\nawait asyncio.sleep(0)\nraise SystemExit"),
        ("", "def broken(:"),
    )
    cells = execution.notebook.cells
    assert [cell.execution_count for cell in cells] == list(range(1, 10))
    assert [output.output_type for output in cells[0].outputs] == ["stream", "stream", "execute_result"]
    assert (cells[0].outputs[1].name, cells[0].outputs[2].data["text/plain"]) == ("stderr", "42")
    assert cells[0].outputs[2].execution_count == 1
    assert (cells[1].outputs[0].ename, cells[1].outputs[0].evalue) == ("ZeroDivisionError", "division by zero")
    assert "----> 1 1 / 0" in text_of_error(cells[1])
    assert [output.output_type for output in cells[2].outputs] == ["display_data", "stream"]
    assert "image/png" in cells[2].outputs[0].data
    assert cells[3].outputs[0].data["text/html"] == "<b>bold</b>"
    assert [output.data["text/plain"] for output in cells[4].outputs] == ["'second'"]
    assert cells[5].outputs == []
    assert cells[6].outputs[-1].data["text/plain"] == "('x = 5;\\nx;', 42, 42)"
    assert cells[7].outputs[0].ename == "SystemExit"
    assert cells[8].outputs[0].ename == "SyntaxError"
    assert endings(execution) == ["ok", "error", "ok", "ok", "ok", "ok", "ok", "error", "error"]


def test_a_check_calls_functions_and_reads_data_of_the_students(run: Run) -> None:
    execution = run(
        SETUP,
        (
            "solution",
            "values = {'a': np.arange(3.0), 'n': [1, None]}\nalias = values['a']\n"
            "def double(x, *, by=2): x *= by; return x",
        ),
        ("check", "# c\ngiven = np.ones(2)\nassert double(given, by=3) is given and given.tolist() == [3, 3]"),
        ("check", "# c\nassert values['n'] == [1, None] and alias is values['a']\nvalues['a'][0] = 99\nhelper = 7"),
        (
            "check",
            "# c\nassert values['a'][0] == 0 and helper == 7 and callable(double) and double.__name__ == 'double'",
        ),
        ("check", "# c\nassert double([1, 2]) == [1, 2, 1, 2]\nimport copy\ncopy.deepcopy(values)"),
    )
    assert endings(execution) == ["ok"] * 6


def test_a_name_that_the_student_does_not_define_is_unknown(run: Run) -> None:
    execution = run(("solution", "# nothing is written yet\nif False: later = 1"), ("check", "# c\nlater"))
    assert (last(execution).error, last(execution).message) == ("NameError", "name 'later' is not defined")


def test_exceptions_come_back_as_type_and_text_with_the_students_own_traceback(run: Run) -> None:
    execution = run(
        SETUP,
        (
            "solution",
            "class Own(KeyError): pass\ndef fail(kind):\n    if kind: raise kind_of(kind)\n    raise Own('mine')\n"
            "errors = {'value': ValueError('bad'), 'algebra': np.linalg.LinAlgError('singular'),"
            " 'exit': SystemExit(3)}\n"
            "def kind_of(kind): return errors[kind]",
        ),
        ("check", "# c\nimport pytest\nwith pytest.raises(ValueError, match='bad'): fail('value')"),
        ("check", "# c\nwith pytest.raises(np.linalg.LinAlgError): fail('algebra')"),
        ("check", "# c\ntry:\n    fail('exit')\nexcept Exception:\n    pass"),
        ("check", "# c\nfail('')"),
    )
    assert endings(execution)[2:] == ["ok", "ok", "error", "error"]
    assert (execution.runs[4].error, last(execution).error) == ("SystemExit", "Own")
    shown = text_of_error(execution.notebook.cells[-1])
    assert "In the student's process:" in shown
    assert "raise Own('mine')" in shown
    assert "referee.py" not in shown
    assert "calls.py" not in shown


def test_what_a_function_prints_and_warns_is_kept_in_the_check(run: Run) -> None:
    execution = run(
        SETUP,
        (
            "solution",
            "import warnings\ndef talk():\n    print('hello')\n    warnings.warn('careful')\n"
            "    return np.float64(1) / np.float64(0)",
        ),
        (
            "check",
            "# c\nimport contextlib, io\nwith contextlib.redirect_stdout(io.StringIO()) as said:\n    talk()\n"
            "assert said.getvalue() == 'hello\\n'",
        ),
        ("check", "# c\nprint('before')\ntalk()\nprint('after')"),
    )
    assert endings(execution) == ["ok"] * 4  # stderr costs nothing
    cell = execution.notebook.cells[3]
    assert text_of(cell).startswith("before\nhello\n")
    assert "UserWarning: careful" in text_of(execution.notebook.cells[2])
    assert execution.notebook.cells[2].outputs[0].name == "stderr"
    assert text_of(cell).endswith("after\n")


def test_stand_ins_and_scripted_draws_reach_into_the_students_process(run: Run) -> None:
    execution = run(
        SETUP,
        (
            "solution",
            "from numpy.random import choice as pick\ndef inner(a, b=5): return a + b\n"
            "def outer(n): return [inner(b=k, a=1) for k in range(n)]\n"
            "def draw(n):\n    np.random.seed(n)\n    return [int(pick(3, p=[.2, .3, .5])) for _ in range(n)]",
        ),
        (
            "check",
            "# c\nseen = []\nwith stand_in(outer, inner=lambda a, b: seen.append((a, b)) or 9):\n"
            "    assert outer(2) == [9, 9]\n"
            "assert seen == [(1, 0), (1, 1)]",
        ),
        ("check", "# c\nassert outer(2) == [1, 2]"),
        (
            "check",
            "# c\nwith scripted_draws(draw, [2, 0]) as draws:\n    assert draw(2) == [2, 0]\n"
            "assert draws.seeds == [2, None] and np.allclose(draws.probabilities, [[.2, .3, .5]] * 2)\n"
            "assert not draws.ran_out",
        ),
        (
            "check",
            "# c\nwith scripted_draws(draw, [1]) as draws:\n    draw(2)\n    raise ValueError('not reached')\n"
            "assert draws.ran_out",
        ),
        (
            "check",
            "# c\nimport pytest\nwith stand_in(outer, inner=lambda a, b: 1 / 0), pytest.raises(ZeroDivisionError):"
            " outer(1)",
        ),
    )
    assert endings(execution) == ["ok"] * 7


def test_the_random_generator_is_one_for_both(run: Run) -> None:
    execution = run(
        SETUP,
        ("solution", "def draw(): return np.random.rand()"),
        (
            "check",
            "# c\nnp.random.seed(3)\nmixed = [draw(), np.random.rand(), draw()]\nnp.random.seed(3)\n"
            "assert mixed == np.random.rand(3).tolist()",
        ),
    )
    assert endings(execution) == ["ok"] * 3


def test_objects_that_are_no_data_stay_in_the_students_process(run: Run) -> None:
    execution = run(
        SETUP,
        (
            "solution",
            "class Model:\n    size = 3\n    def __call__(self, x): return x + self.size\n"
            "    def __len__(self): return 4\n"
            "    def __getitem__(self, k): return k * 2\n    def twice(self, x): return 2 * x\n"
            "def make(): return Model()\ndef use(model, x): return type(model).__name__, model(x)\n"
            "def count(): yield from (1, 2)",
        ),
        (
            "check",
            "# c\nmodel = make()\nassert model(1) == 4 and model.twice(2) == 4 and model.size == 3\n"
            "assert model[5] == 10 and len(model) == 4\n"
            "assert use(model, 2) == ('Model', 5)\nassert list(count()) == [1, 2]\n"
            "assert model != 4 and not hasattr(model, '_x')",
        ),
        ("check", "# c\nimport copy\ncopy.deepcopy(make())"),
    )
    assert endings(execution) == ["ok", "ok", "ok", "error"]
    assert "is no data, so it cannot be copied" in last(execution).message


def test_a_check_makes_objects_beside_the_students_function_and_changes_them(run: Run) -> None:
    execution = run(
        ("locked", "import types\nfrom utils.checks import beside"),
        ("", "class Own:\n    size = 2"),
        ("solution", "def total(box):\n    box.seen = True\n    return box.size * type(box).__name__"),
        (
            "check",
            "# c\nbox = beside(total, 'types.SimpleNamespace')(size=1)\nassert total(box) == 'SimpleNamespace'\n"
            "assert box.seen is True\nbox.size = 2\nassert total(box) == 2 * 'SimpleNamespace'\n"
            "assert total(beside(total, 'Own')()) == 'OwnOwn'\n"
            "assert not isinstance(box, types.SimpleNamespace)",
        ),
        ("check", "# c\nbeside(total, 'no_such_module.thing')"),
        ("check", "# c\nbeside(total, 'types.no_such_thing')"),
        ("check", "# c\nbeside(total, 'NoSuchName')"),
    )
    assert endings(execution) == ["ok", "ok", "ok", "ok", "error", "error", "error"]
    assert [run.error for run in execution.runs[4:]] == ["ModuleNotFoundError", "AttributeError", "KeyError"]


def test_an_object_of_the_students_does_not_answer_for_numpy(run: Run) -> None:
    execution = run(
        SETUP,
        (
            "solution",
            "class Liar:\n    def all(self, **_): return True\n    def __len__(self): return 1\ndef f(): return Liar()",
        ),
        ("check", "# c\nassert np.all(f())"),
        ("check", "# c\nassert f() + np.ones(1) is not None"),
    )
    assert endings(execution) == ["ok", "ok", "error", "error"]
    assert "is no data, so NumPy cannot compute with it" in execution.runs[2].message


def test_an_argument_that_cannot_be_handed_over_is_told_to_the_author(run: Run) -> None:
    execution = run(("solution", "def f(x): return x"), ("check", "# c\nimport io\nf(io.StringIO())"))
    assert last(execution).error == "CannotCrossError"
    assert last(execution).faults == (
        "an object of type StringIO is no data, so it cannot be handed to a student's function",
    )


def test_figures_of_a_function_do_not_appear_in_the_next_cell(run: Run) -> None:
    execution = run(
        ("solution", "import matplotlib.pyplot as plt\ndef f(): plt.plot([1])"),
        ("check", "# c\nf()"),
        ("", "print('next')"),
    )
    assert [output.output_type for output in execution.notebook.cells[2].outputs] == ["stream"]


def test_a_number_at_the_end_of_a_check_is_its_points(run: Run) -> None:
    execution = run(*[("check", f"# c\n{value}") for value in ("0.5", "True", "'1'", "float('nan')", "0.25;", "x = 1")])
    assert [run.points for run in execution.runs] == [0.5, None, None, 0.0, None, None]


def test_a_dead_process_costs_the_cells_that_depend_on_it(run: Run) -> None:
    execution = run(
        SETUP,
        ("solution", "import os\ncount = 0\ndef die(): os._exit(1)\ndef live(): return count"),
        ("", "count += 1\nprint('first')"),
        ("", "print('last words', flush=True)\nos._exit(0)"),
        ("check", "# c\nassert live() == 1"),
        ("check", "# c\ndie()"),
        ("check", "# c\nassert live() == 1\nhelper = 5"),
        ("", "print(count)"),
        ("check", "# c\nassert helper == 5"),
    )
    assert endings(execution) == ["ok", "ok", "ok", "died", "ok", "died", "ok", "ok", "ok"]
    assert text_of(execution.notebook.cells[2]) == "first\n"  # run again, but shown once
    assert text_of(execution.notebook.cells[3]) == "last words\n"
    assert text_of(execution.notebook.cells[7]) == "1\n"
    assert execution.notebook.cells[5].outputs[-1].output_type == "error"


def test_a_cell_that_is_the_end_of_every_process_leaves_the_rest_unreached(run: Run) -> None:
    """A cell that ends the process only from the second time on cannot be told from an accident; "
    "it is tried once more."""
    cells = [("", "import os\nopen('/dev/null')\nos._exit(0)")] * 3
    execution = run(*cells, ("", "print('alive')"))
    assert endings(execution) == ["died", "died", "died", "ok"]


@pytest.mark.parametrize("stubborn", ["", "import signal; signal.signal(signal.SIGINT, signal.SIG_IGN)\n"])
def test_an_endless_loop_costs_its_own_cell_or_check(run: Run, stubborn: str) -> None:
    execution = run(
        SETUP,
        ("", "x = 1"),
        ("", f"{stubborn}while True: pass"),
        ("solution", f"def loop():\n    {stubborn.strip() or 'pass'}\n    while True: pass\ndef fine(): return x"),
        ("check", "# c\nloop()"),
        ("check", "# c\nassert fine() == 1"),
        limits=Limits(cell=1, notebook=30),
    )
    assert endings(execution) == ["ok", "ok", "timeout", "ok", "timeout", "ok"]


def test_a_check_that_catches_the_interrupt_of_its_time_out_is_still_out_of_time(run: Run) -> None:
    execution = run(
        ("solution", "def loop():\n    while True: pass"),
        ("check", "# c\ntry:\n    loop()\nexcept BaseException:\n    pass"),
        ("check", "# c\nwhile True: pass"),
        ("check", "# c\nassert callable(loop)"),
        limits=Limits(cell=1, notebook=30),
    )
    assert endings(execution) == ["ok", "timeout", "timeout", "ok"]


def test_when_the_time_of_the_notebook_is_over_nothing_more_is_run(run: Run) -> None:
    execution = run(*[("", "while True: pass")] * 3, ("", "x = 1"), limits=Limits(cell=2, notebook=3))
    assert endings(execution) == ["timeout", "timeout", "too_late", "too_late"]
    assert execution.seconds < 10


def test_memory_has_a_bound_and_its_end_is_an_error_of_the_cell(run: Run) -> None:
    execution = run(
        SETUP,
        ("solution", "def hog(): return np.ones(200_000_000)"),
        ("check", "# c\nhog()"),
        ("", "x = np.ones(1000)"),
        limits=Limits(cell=20, notebook=60, memory=500_000_000),
    )
    assert (endings(execution), execution.runs[2].error) == (["ok", "ok", "error", "ok"], "MemoryError")


def test_outputs_without_end_are_cut_and_ended(run: Run) -> None:
    execution = run(
        ("", "x = 3\nprint('a' * 250_000)"),
        ("", "while True: print('b' * 1000)"),
        ("solution", "def shout():\n    while True: print('c' * 1000)\ndef fine(): return x"),
        ("check", "# c\nshout()"),
        ("check", "# c\nassert fine() == 3"),
    )
    assert endings(execution) == ["ok", "flooded", "ok", "flooded", "ok"]
    assert text_of(execution.notebook.cells[0]).endswith("... 50,001 characters left out\n")
    assert all(len(text_of(cell)) < 250_000 for cell in execution.notebook.cells)


def test_a_locked_cell_that_fails_is_the_graders_fault(run: Run) -> None:
    with pytest.raises(GradingError, match="the locked cell 'cell_1' fails: NameError name 'nothing' is not defined"):
        run(("", "x = 1"), ("locked", "nothing"))


def test_without_a_sandbox_the_same_comes_out(run: Run) -> None:
    execution = run(
        SETUP,
        ("solution", "import os\ndef f(x): x[0] = 1; return x\ndef die(): os._exit(1)"),
        ("check", "# c\nassert f([0]) == [1]"),
        ("check", "# c\ndie()"),
        ("check", "# c\nassert f([0]) == [1]"),
        sandboxed=False,
    )
    assert endings(execution) == ["ok", "ok", "ok", "died", "ok"]


def test_two_submissions_draw_differently_and_see_nothing_of_one_another(run: Run) -> None:
    cells = [
        ("", "import os, numpy as np\nprint(np.random.rand())"),
        ("", "print('left' in os.listdir('/tmp'))\nopen('/tmp/left', 'w')"),
    ]
    first, second = run(*cells), run(*cells)
    assert text_of(first.notebook.cells[0]) != text_of(second.notebook.cells[0])
    assert text_of(second.notebook.cells[1]) == "False\n"


def test_shell_commands_are_left_out_and_the_cell_goes_on(run: Run) -> None:
    execution = run(
        ("", "!pip install numpy\nnames = !ls /\n%pip list\nx = len(names)"), ("check", "# c\nassert x == 0")
    )
    assert endings(execution) == ["ok", "ok"]
    assert "Shell commands are not run when a notebook is graded: pip install numpy" in text_of(
        execution.notebook.cells[0]
    )


def test_a_students_own_words_about_hidden_inputs_stay_out_of_the_message(run: Run) -> None:
    check = "# c\n{}\n### BEGIN HIDDEN TESTS\nassert positive(-731)\n### END HIDDEN TESTS"
    execution = run(
        ("solution", "def positive(x):\n    assert x > 0, f'it is {x}'\n    return True"),
        ("check", check.format("assert positive(5)")),
        ("check", check.format("positive(-5)")),
    )
    assert execution.runs[1].message == "raised by your function for inputs that stay hidden"
    assert execution.runs[2].message == "it is -5"


def test_a_result_that_is_too_large_is_an_error_of_the_function(run: Run) -> None:
    execution = run(
        SETUP,
        ("solution", "def large(): return np.zeros(40_000_000)\ndef small(): return 1"),
        ("check", "# c\nlarge()"),
        ("check", "# c\nassert small() == 1"),
        ("check", "# c\nsmall(np.zeros(40_000_000))"),
    )
    assert endings(execution) == ["ok", "ok", "error", "ok", "error"]
    assert "bytes are too much to be handed over at once" in execution.runs[2].message
    assert "an argument: 320,00" in execution.runs[4].faults[0]


def test_a_warm_parent_that_was_killed_is_replaced(run: Run) -> None:
    cells = [("", "print('fine')")]
    assert endings(run(*cells)) == ["ok"]
    plan = make_plan(Assignment("a", Path(__file__).with_name("tiny_course") / "source" / "tiny" / "tiny.ipynb"), {})
    parent = warm_parent(plan.modules)
    parent._process.kill()
    parent._process.wait()
    assert warm_parent(plan.modules) is not parent
    assert endings(run(*cells)) == ["ok"]


def test_a_parent_of_the_referees_that_was_killed_is_replaced(run: Run, tmp_path: Path) -> None:
    check = ("check", "# c\nassert 1 == 1")
    assert endings(run(check)) == ["ok"]
    plan = make_plan(Assignment("a", tmp_path / "source.ipynb"), {})
    referees = warm_parent(plan.modules).referees()
    referees.sandbox.kill()
    referees.sandbox._process.wait()
    assert endings(run(check)) == ["ok"]
    assert warm_parent(plan.modules).referees() is not referees


def test_a_check_finds_nothing_of_the_one_of_another_submission(run: Run) -> None:
    """The referees of a worker share a sandbox: each has empty folders in it."""
    writes = "# c\nimport os\nfrom pathlib import Path\n"
    writes += "for folder in ('.', os.environ['HOME'], '/tmp', '/dev/shm'):\n    Path(folder, 'left').write_text('x')\n"
    cell = ("check", writes + "print(len([*Path('/tmp').iterdir(), *Path('/dev/shm').iterdir()]))")
    first, second = run(cell), run(cell)
    assert endings(first) == endings(second) == ["ok"]
    assert text_of(first.notebook.cells[0]) == text_of(second.notebook.cells[0])


OWN = (
    SETUP,
    ("setup", "from utils.checks import reference, student_seed"),
    ("solution", "# GRADED FUNCTION: double\ndef double(x):\n    return x + x"),
    ("", "import os\nprint(os.environ.get('GRADING_SEED'), student_seed('double'))"),
    ("check", "# c\nx = student_seed('double')\nprint(x)\nassert double(x) == reference(double)(x)"),
)


def test_each_student_has_inputs_of_their_own_which_stay_the_same(run: Run) -> None:
    solutions = ("def double(x):\n    return 2 * x",)
    runs = [run(*OWN, brief=Brief(seed, solutions)) for seed in ("s01", "s02", "s01")]
    assert [last(execution).ending for execution in runs] == 3 * ["ok"]
    drawn = [text_of(execution.notebook.cells[4]) for execution in runs]
    assert drawn[0] == drawn[2] != drawn[1]


def test_a_check_that_sets_no_seed_draws_the_same_at_each_run(run: Run) -> None:
    solution = ("solution", "def roll():\n    return int(np.random.randint(10**9))")
    check = ("check", "# c\nprint(np.random.rand(), roll())\nassert roll() >= 0")
    first, second = run(SETUP, solution, check), run(SETUP, solution, check)
    assert endings(first) == ["ok"] * 3
    assert text_of(first.notebook.cells[2]) == text_of(second.notebook.cells[2])


def test_a_student_s_process_knows_neither_its_seed_nor_the_reference(run: Run) -> None:
    execution = run(*OWN, brief=Brief("s01", ("def double(x):\n    return 3 * x",)))
    told, drawn = text_of(execution.notebook.cells[3]).split(), text_of(execution.notebook.cells[4]).split()
    assert told[0] == "None"
    assert told[1] != drawn[0]
    assert last(execution).ending == "error"  # the reference decides, not the student's function


def test_a_notebook_that_gives_numpy_another_meaning_harms_only_itself(run: Run) -> None:
    execution = run(
        SETUP,
        ("", "np.random = None"),
        ("solution", "def f(x): return x + 1\ndef draw(): return np.random.rand()"),
        ("check", "# c\nassert f(1) == 2"),
        ("check", "# c\ndraw()"),
    )
    assert endings(execution) == ["ok", "ok", "ok", "ok", "error"]


def test_what_a_library_has_not_implemented_is_an_error_and_no_stub(grade_tiny: GradeTiny) -> None:
    source = "# GRADED FUNCTION: scale\nimport asyncio\ndef scale(values, factor):\n    {}"
    outcome = grade_tiny(scale=source.format("asyncio.AbstractEventLoop().time()"))
    assert outcome.verdicts["scale_multiplies"] == "error"
    assert outcome.record.checks[0].message.startswith("RuntimeError: NotImplementedError")
    outcome = grade_tiny(scale=source.format("raise NotImplementedError('later')"))
    assert outcome.verdicts["scale_multiplies"] == "not_implemented"
