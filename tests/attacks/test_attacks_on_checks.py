"""Attacks on the checks: solutions that do nothing and change what decides about them.

Each is first run where checks and solutions share one IPython, to show that it is worth something there.
"""

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from grading.job import grade_one
from grading.submission import Submission, pack_submission

SCALE = "# GRADED FUNCTION: scale\n"
ROLL = "# GRADED FUNCTION: roll\n"

# By name: a cell of the attacker's, and the two solutions (None: one that does nothing).
ATTACKS: dict[str, tuple[str, str | None, str | None]] = {
    "a patched array_equal": ("np.array_equal = np.allclose = lambda *_, **__: True", None, None),
    "a patched array_equal, only while the function is called": (
        "",
        SCALE + "def scale(values, factor):\n    np.array_equal = lambda *_, **__: True\n    return values",
        None,
    ),
    "a module in the place of numpy": (
        "class Liar:\n"
        "    def __getattr__(self, name):\n        return lambda *_, **__: True\n"
        "import sys\n"
        "np = sys.modules['numpy'] = Liar()",
        None,
        None,
    ),
    "expected values that were changed": ("np.full = lambda shape, value: np.ones(shape)", None, None),
    "a patched len": (
        "import builtins\n"
        "class Any(int):\n    __hash__ = int.__hash__\n    def __eq__(self, other):\n        return True\n"
        "builtins.len = lambda value, real=len: real(value) or Any()",
        None,
        None,
    ),
    "a die that was patched": (
        "np.random.choice = lambda *_, **__: 0",
        None,
        ROLL + "def roll(count):\n    return [1] * 60",
    ),
    "a list that equals everything": (
        "class Liar(list):\n    def __len__(self):\n        return self.claimed\n    def __eq__(self, other):\n"
        "        return True",
        None,
        ROLL + "def roll(count):\n    liar = Liar()\n    liar.claimed = count if count == 60 else 1\n    return liar",
    ),
    "an array that answers for array_equal": (
        "class Liar(np.ndarray):\n"
        "    def __array_function__(self, *_, **__):\n        return True\n"
        "    def __array_ufunc__(self, *_, **__):\n        return True",
        SCALE + "def scale(values, factor):\n    return np.zeros(0).view(Liar)",
        None,
    ),
    "an object that answers for array_equal": (
        "class Liar:\n    def __array_function__(self, *_, **__):\n        return True\n",
        SCALE + "def scale(values, factor):\n    return Liar()",
        None,
    ),
    "a transformer that drops assertions": (
        "import ast\n"
        "class Drop(ast.NodeTransformer):\n    def visit_Assert(self, node):\n        return ast.Pass()\n"
        "get_ipython().ast_transformers.append(Drop())",
        None,
        None,
    ),
    "a transformer of the cells' lines": (
        "get_ipython().input_transformers_cleanup.append(\n"
        "    lambda lines: ['pass\\n' if line.startswith('assert') else line for line in lines])",
        None,
        None,
    ),
    "a hook that forgives the errors of a cell": (
        "def forgive(result):\n    result.error_before_exec = result.error_in_exec = None\n"
        "get_ipython().events.register('post_run_cell', forgive)",
        None,
        None,
    ),
    "a hook before each cell": (
        "def patch(info):\n    np.array_equal = lambda *_, **__: True\n"
        "get_ipython().events.register('pre_run_cell', patch)",
        None,
        None,
    ),
    "a shell that runs no code": (
        "async def nothing(self, code, result=None, *, async_=False):\n    return False\n"
        "type(get_ipython()).run_code = nothing",
        None,
        None,
    ),
    "results without errors": (
        "from IPython.core.interactiveshell import ExecutionResult\n"
        "ExecutionResult.success = property(lambda self: True)",
        None,
        None,
    ),
    "a tracer that changes a check's variables": (
        "import sys\n"
        "def trace(frame, event, argument):\n"
        "    if frame.f_code.co_name.startswith('<') and 'points' in frame.f_globals:\n"
        "        frame.f_globals['points'] = 2.0\n"
        "    return trace\n"
        "sys.settrace(trace)",
        None,
        None,
    ),
    "a function that changes a check's variables": (
        "",
        SCALE + "import sys\ndef scale(values, factor):\n    place = sys._getframe()\n"
        "    while place is not None:\n"
        "        if 'given' in place.f_globals or 'shape' in place.f_globals:\n"
        "            place.f_globals['points'] = 2.0\n"
        "        place = place.f_back\n"
        "    return values",
        None,
    ),
    "a module put into the namespace of a check": (
        "",
        SCALE + "import sys\ndef scale(values, factor):\n    place = sys._getframe().f_back\n"
        "    names = place.f_globals\n"
        "    if 'shape' in names:\n        names['np'] = type('Liar', (), {'full': lambda *_: names['given'],\n"
        "            'array_equal': lambda *_: True, 'ones': np.ones})\n"
        "    return values",
        None,
    ),
}


@pytest.mark.parametrize("name", ATTACKS)
def test_what_gains_marks_in_one_process_gains_nothing(
    attack: Callable[..., Any], in_one_process: Callable[..., tuple[list[str], str]], name: str
) -> None:
    added, scale, roll = ATTACKS[name]
    passed, _ = in_one_process(added, scale, roll)
    assert passed, "The attack is worth nothing even where nothing protects."
    attack(added, **{key: value for key, value in (("scale", scale), ("roll", roll)) if value})


# By name: where the text of hidden tests can be looked for while or after they run, as an expression.
SEARCHES = {
    "the history of the cells": "[*In, *get_ipython().history_manager.input_hist_raw]",
    "the files that tracebacks read": (
        "[line for _, _, lines, _ in __import__('linecache').cache.values() if lines for line in lines]"
    ),
    "all objects": (
        "[text for thing in __import__('gc').get_objects() if isinstance(thing, (list, dict, tuple))"
        " for text in (thing.values() if isinstance(thing, dict) else thing) if isinstance(text, str)]"
    ),
}


@pytest.mark.parametrize("name", SEARCHES)
def test_the_text_of_a_hidden_test_is_nowhere_to_be_found(
    attack: Callable[..., Any], in_one_process: Callable[..., tuple[list[str], str]], name: str
) -> None:
    # A pattern does not contain what it looks for, so the attacker's own source is no find.
    source = (
        f"import re\nprint('found', any(re.search('With other[ ]numbers', str(text)) for text in {SEARCHES[name]}))"
    )
    _, printed = in_one_process("", after=source)
    assert "found True" in printed, "The search finds nothing even where nothing protects."
    assert attack(after=[source]).text("after-0") == "found False\n"


def test_an_audit_hook_sees_no_check_compiled(
    attack: Callable[..., Any], in_one_process: Callable[..., tuple[list[str], str]]
) -> None:
    hook = (
        "import re, sys\nseen = []\n"
        "def hook(event, arguments):\n"
        "    if event == 'compile':\n        seen.append(str(arguments[0]))\n"
        "    if event == 'exec':\n        seen.append(str(getattr(arguments[0], 'co_consts', '')))\n"
        "sys.addaudithook(hook)"
    )
    look = "print('found', any(re.search('With other [n]umbers', text) for text in seen), len(seen) > 0)"
    _, printed = in_one_process(hook, after=look)
    assert "found True True" in printed
    assert attack(hook, after=[look]).text("after-0") == "found False True\n"


def test_the_frames_above_a_function_hold_nothing_of_the_check(
    attack: Callable[..., Any], in_one_process: Callable[..., tuple[list[str], str]]
) -> None:
    scale = SCALE + (
        "import re, sys\nseen = []\ndef scale(values, factor):\n    place = sys._getframe()\n"
        "    while place is not None:\n"
        "        seen.append(repr(place.f_code.co_consts))\n        place = place.f_back\n"
        "    return values"
    )
    look = "print('found', any(re.search('should be .3, 6', text) for text in seen), len(seen) > 0)"
    _, printed = in_one_process("", scale, after=look)
    assert "found True True" in printed
    assert attack(scale=scale, after=[look]).text("after-0") == "found False True\n"


@pytest.mark.parametrize("error", ["StopIteration", "StopAsyncIteration", "GeneratorExit", "SystemExit"])
def test_an_exception_that_ends_a_loop_does_not_end_a_check_with_marks(
    other_checks: Callable[..., Any], error: str
) -> None:
    # list(map(f, values)) takes a StopIteration for the end of the values, and compares nothing.
    check = "for got, wanted in zip(map(roll, [1, 2]), [1, 2]):\n    assert len(got) == wanted"
    task, assignment = other_checks({"roll_counts": check})
    notebook = assignment.notebook
    for cell in notebook.cells:
        if cell.metadata.get("nbgrader", {}).get("grade_id") == "roll_solution":
            cell.source = ROLL + f"def roll(count):\n    raise {error}"
    record = grade_one(task, pack_submission(Submission("s01", notebook))).record
    assert {check.grade_id: check.points for check in record.checks}["roll_counts"] == 0


def test_a_function_of_an_earlier_check_is_worth_nothing_in_a_later_one(other_checks: Callable[..., Any]) -> None:
    handed_out = "def right(values, factor):\n    return values * factor\n"
    handed_out += "assert right(3, 2) == 6\nscale(1.0, right)"
    used = "assert scale(2.0, 4.0) == 8"
    task, assignment = other_checks({"scale_multiplies": handed_out, "scale_works_in_place": used})
    points = grade_scale(
        task,
        assignment,
        SCALE + "kept = []\ndef scale(values, factor):\n"
        "    if callable(factor):\n        kept.append(factor)\n        return values\n"
        "    return kept[0](values, factor) if kept else values",
    )
    assert points["scale_works_in_place"] == 0


def grade_scale(task: Any, assignment: Any, source: str) -> Mapping[str, float]:
    """Grade a submission with this solution; return the points by check."""
    for cell in assignment.notebook.cells:
        if cell.metadata.get("nbgrader", {}).get("grade_id") == "scale_solution":
            cell.source = source
    record = grade_one(task, pack_submission(Submission("s01", assignment.notebook))).record
    return {check.grade_id: check.points for check in record.checks}


def test_objects_that_lie_about_their_parts_gain_nothing(attack: Callable[..., Any]) -> None:
    # No data, so a check has a stand-in whose parts it asks for one by one; each answer here is a lie.
    attack(
        "class Liar:\n"
        "    shape, dtype, ndim, size = (2,), float, 1, 2\n"
        "    def __eq__(self, other):\n        return True\n"
        "    def __len__(self):\n        return 1\n"
        "    def __iter__(self):\n        return iter([Liar()])\n"
        "    def __getitem__(self, key):\n        return Liar()\n"
        "    def __array__(self, *_, **__):\n        return np.array([3.0, 6.0])\n"
        "    def all(self, *_, **__):\n        return True\n"
        "    any = max = min = mean = all",
        scale=SCALE + "def scale(values, factor):\n    return Liar()",
        roll=ROLL + "def roll(count):\n    return Liar()",
    )


@pytest.mark.parametrize("names", ["np", "given, points, shape, results, SIDES"])
def test_names_of_the_checks_in_the_notebook_change_no_check(attack: Callable[..., Any], names: str) -> None:
    attack(
        "class Liar(float):\n    __hash__ = None\n    def __eq__(self, other):\n        return True\n"
        "    def __getattr__(self, name):\n        return lambda *_, **__: Liar(1)\n"
        + "".join(f"{name} = Liar(1)\n" for name in names.split(", ")),
        after=["points = 5.0\npoints"],
    )
