"""Attacks that take memory, threads, disk and attention. Each stops by itself at what any machine survives."""

import resource
import time
from collections.abc import Callable
from typing import Any

import pytest

from grading.execution import Limits

GradeTiny = Callable[..., Any]
pytestmark = pytest.mark.usefixtures("honest_afterwards")  # the next submission has its full marks

SCALE = "# GRADED FUNCTION: scale\n"
ROLL = "# GRADED FUNCTION: roll\n"
SMALL = Limits(cell=5, notebook=30, memory=500_000_000)
WORKER_BYTES = 1_000_000_000  # by which this process, the worker, may grow: one frame, as bytes and as objects

# 4 GB each, of pages that nobody has touched: taking them costs nothing where it is allowed.
MEMORY = {
    "array": "taken = np.empty(500_000_000)",
    "zeros": "taken = np.zeros(500_000_000)",
    "bytes": "taken = bytes(4_000_000_000)",
    "mmap": "import mmap\ntaken = mmap.mmap(-1, 4_000_000_000)",
    "private mmap": "import mmap\ntaken = mmap.mmap(-1, 4_000_000_000, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)",
    "shared memory": (
        "import os\nnumber = os.open('/dev/shm/x', os.O_RDWR | os.O_CREAT)\nos.posix_fallocate(number, 0, 4 * 10**9)"
    ),
    "memfd": "import os\nos.ftruncate(os.memfd_create('x'), 4_000_000_000)",
    "many arrays": "taken = [np.empty(1_000_000) for _ in range(500)]",
}


@pytest.mark.parametrize("way", MEMORY)
def test_more_memory_than_allowed_is_not_to_be_had(attack: Callable[..., Any], way: str) -> None:
    outcome = attack(MEMORY[way] + "\nprint('taken')", limits=SMALL)
    text = outcome.text("added-0")
    assert "taken\n" not in text
    assert any(error in text for error in ("MemoryError", "OSError", "PermissionError")), text


def test_memory_that_is_taken_in_a_check_ends_that_check(attack: Callable[..., Any]) -> None:
    outcome = attack(
        scale=SCALE + "kept = []\ndef scale(values, factor):\n    while len(kept) < 60:\n"
        "        kept.append(np.ones(12_500_000))\n    return values",
        limits=SMALL,
    )
    assert outcome.verdicts["scale_multiplies"] in ("memory_exceeded", "process_died")


@pytest.mark.parametrize("place", ["/tmp", "/home/student", "/dev/shm", "."])
def test_the_disk_is_not_filled(attack: Callable[..., Any], place: str) -> None:
    source = (
        "written = 0\ntry:\n    for number in range(30):\n"
        f"        with open(f'{place}/full-{{number}}', 'wb') as file:\n"
        "            written += file.write(bytes(10_000_000))\n"
        "except OSError as error:\n    print(error.errno, written <= 100_000_000)"
    )
    assert attack(source).text("added-0") == "28 True\n"


def test_one_large_sparse_file_is_refused(attack: Callable[..., Any]) -> None:
    source = (
        "import signal\nsignal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "try:\n    open('large', 'wb').truncate(10**10)\nexcept OSError as error:\n    print(error.errno)"
    )
    assert attack(source).text("added-0") in ("27\n", "28\n")


def test_a_full_disk_costs_only_what_follows_from_it(grade_tiny: GradeTiny) -> None:
    source = (
        "try:\n    with open('full', 'wb') as file:\n        file.write(bytes(120_000_000))\nexcept OSError:\n    pass"
    )
    assert grade_tiny(source).record.points == 5


def test_more_threads_than_allowed_are_not_to_be_had(attack: Callable[..., Any]) -> None:
    source = (
        "import threading\nthreading.stack_size(65536)\nstop, count = threading.Event(), 0\n"
        "try:\n    for _ in range(700):\n"
        "        threading.Thread(target=stop.wait, args=(5,), daemon=True).start()\n        count += 1\n"
        "except RuntimeError:\n    pass\nprint(count < 600)\nstop.set()"
    )
    assert attack(source).text("added-0") == "True\n"


def test_files_that_stay_open_are_counted(attack: Callable[..., Any]) -> None:
    source = (
        "kept = []\ntry:\n    for _ in range(2000):\n        kept.append(open('/dev/null'))\n"
        "except OSError as error:\n    print(error.errno, len(kept) < 300)"
    )
    assert attack(source).text("added-0") == "24 True\n"


FLOODS = {
    "prints": "print('x' * 10_000)",
    "errors": "sys.stderr.write('x' * 10_000)",
    "displays": "display({'text/html': 'x' * 100_000}, raw=True)",
    "small displays": "display({'text/plain': ''}, raw=True)",
    "displays with metadata": "display({'text/plain': ''}, raw=True, metadata={'x': 'x' * 1_000_000})",
    "displays with ids": "display({'text/plain': ''}, raw=True, display_id=str(time.time()) * 50_000)",
    "tracebacks": "get_ipython().showtraceback((ValueError, ValueError('x' * 100_000), None))",
    "cleared outputs": "clear_output(); print('x')",
}


@pytest.mark.parametrize("flood", FLOODS)
def test_a_flood_of_outputs_is_cut_off(attack: Callable[..., Any], flood: str) -> None:
    before, began = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.monotonic()
    source = (
        "import sys, time\nfrom IPython.display import clear_output, display\nend = time.time() + 20\n"
        f"while time.time() < end:\n    {FLOODS[flood]}"
    )
    outcome = attack(source, limits=Limits(cell=1, notebook=10))
    assert time.monotonic() - began < 15
    assert (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) * 1000 < WORKER_BYTES
    assert sum(len(str(output)) for output in outcome.cells["added-0"].outputs) < 12_000_000


@pytest.mark.parametrize("stream", ["stdout", "stderr"])
def test_a_function_that_prints_without_end_is_ended(attack: Callable[..., Any], stream: str) -> None:
    body = f"end = time.time() + 20\n    while time.time() < end:\n        sys.{stream}.write('x' * 1000)"
    outcome = attack("import sys, time", scale=SCALE + f"def scale(values, factor):\n    {body}")
    assert outcome.verdicts["scale_multiplies"] == "output_exceeded"
    assert outcome.verdicts["roll_counts"] == "failed"


# What a function may return, by name. The pages of large arrays are never touched.
RESULTS = {
    "a large array": "np.zeros(60_000_000)",
    "an array without memory behind it": "np.broadcast_to(np.float64(1), (10**9, 10**9))",
    "an array of many dimensions": "np.zeros((1,) * 32)",
    "an array of objects": "np.full((1000, 1000), None, dtype=object)",
    "a long list": "[0] * 11_000_000",
    "many lists": "[[] for _ in range(100_000)]",
    "a deep list": "functools.reduce(lambda inner, _: [inner], range(100_000), [])",
    "a rather deep list": "functools.reduce(lambda inner, _: [inner], range(300), [])",
    "a list of itself": "(lambda value: value.append(value) or value)([])",
    "a huge number": "10 ** 100_000",
    "a long text": "'x' * 100_000_000",
    "text that no file holds": "'\\ud800' * 10",
    "colliding keys": "{number * (2**61 - 1): 0 for number in range(2_000)}",
    "an endless generator": "itertools.count()",
    "an endless iterator of lists": "iter(list, 0)",
    "a range without end": "range(10**18)",
    "not a number": "float('nan')",
    "infinity": "np.array([np.inf, -np.inf, np.nan])",
    "a name that is no text": "type('\\ud800', (), {'__name__': 5})()",
    "an object without a length": "type('Odd', (), {'__len__': lambda self: -1})()",
    "an object of itself": "type('Odd', (), {'__getitem__': lambda self, key: self, '__len__': lambda self: 2})()",
    "an object that raises": "type('Odd', (), {'__iter__': lambda self: 1 / 0})()",
    "itself": "scale",
    "a class": "type('scale', (float,), {})",
    "a module": "np",
}


@pytest.mark.parametrize("result", RESULTS)
def test_odd_and_huge_results_are_no_marks(attack: Callable[..., Any], result: str) -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    attack(
        "import functools, itertools",
        # Once each: 2.5 is the factor of one check alone, and so is 3 the count.
        scale=SCALE + f"def scale(values, factor):\n    return {RESULTS[result]} if factor == 2.5 else values",
        roll=ROLL + f"def roll(count):\n    return {RESULTS[result].replace('scale', 'roll')} if count == 3 else []",
        limits=Limits(cell=0.8, notebook=10, memory=SMALL.memory),
    )
    assert (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) * 1000 < WORKER_BYTES


@pytest.mark.parametrize(
    "change",
    [
        "values.resize((100_000_000,), refcheck=False)",
        "values.shape = (2, 1)",
        "values.dtype = np.int64",
        "values[:] = np.nan",
        "values.fill(np.inf)",
        "values.setflags(write=False)",
    ],
)
def test_odd_changes_of_the_arguments_are_no_marks(attack: Callable[..., Any], change: str) -> None:
    attack(
        scale=SCALE + f"def scale(values, factor):\n    try:\n        {change}\n    except Exception:\n        pass\n"
        "    return None",
        limits=SMALL,
    )


@pytest.mark.parametrize("depth", ["sys.getrecursionlimit() * 2", "10**6"])
def test_a_recursion_without_end_is_an_error_or_the_end_of_the_process(attack: Callable[..., Any], depth: str) -> None:
    outcome = attack(
        f"import sys\nsys.setrecursionlimit({depth})",
        scale=SCALE + "def scale(values, factor):\n    return values if factor != 2.5 else scale(values, factor)",
    )
    assert outcome.verdicts["scale_works_in_place"] in ("error", "process_died", "memory_exceeded", "timeout")


# Outputs that a notebook cannot hold, by name: MIME types and contents.
DISPLAYS = {
    "a number": "{'text/plain': 5}",
    "no MIME type": "{'foo': 5}",
    "JSON of no kind": "{'application/xjson': 5}",
    "a line break in the type": "{'application/json\\n': 5}",
    "deep JSON": "{'application/json': functools.reduce(lambda inner, _: [inner], range(400), [])}",
    "very deep JSON": "{'application/json': functools.reduce(lambda inner, _: [inner], range(900), [])}",
    "deep text": "{'text/plain': functools.reduce(lambda inner, _: {'x': inner}, range(400), {})}",
    "not a number": "{'application/json': float('nan')}",
    "half a character": "{'text/\\ud800': '\\ud800', 'application/json': ['\\ud800', {'\\ud800': 1}]}",
    "bytes": "{'image/png': b'x' * 10}",
}


@pytest.mark.parametrize("display", DISPLAYS)
def test_displays_that_no_notebook_can_hold_do_no_harm(grade_tiny: GradeTiny, display: str) -> None:
    source = (
        "import functools\nfrom IPython.display import display\n"
        f"display({DISPLAYS[display]}, raw=True, metadata={DISPLAYS[display]})\nprint('after')"
    )
    outcome = grade_tiny(source)
    assert outcome.record.points == 5
    assert outcome.text("added-0").endswith(("after\n", "RecursionError: maximum recursion depth exceeded"))
