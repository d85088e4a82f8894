"""What all attacks share: solutions that deserve nothing, and what must hold after each attack.

Every attack is a submission that the real engine grades. Each is bounded by itself, too, in time, memory and
processes, so that a machine survives it even if the engine lets it through.
"""

import json
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from grading.course import Assignment, Course
from grading.execution import Limits
from grading.job import Task, make_task

NOTHING_FOR_SCALE = "# GRADED FUNCTION: scale\ndef scale(values, factor):\n    return values"
NOTHING_FOR_ROLL = "# GRADED FUNCTION: roll\ndef roll(count):\n    return []"
TIGHT = Limits(cell=2, notebook=30)
TINY = Path(__file__).parents[1] / "tiny_course"

# Finds the sockets of the process that it runs in, and writes frames of the protocol into the first one.
FORGE = """
import json as _json, os as _os, socket as _socket, stat as _stat, struct as _struct, sys as _sys

def is_socket(number):
    try:
        return _stat.S_ISSOCK(_os.fstat(number).st_mode)
    except OSError:
        return False

numbers = [number for number in range(3, 256) if is_socket(number)]
connection = _socket.socket(fileno=_os.dup(numbers[0])) if numbers else None

def send(raw):
    connection.setblocking(True)
    connection.sendall(raw)

def frame(kind, buffers=(), **fields):
    sizes = fields.pop("sizes", [len(buffer) for buffer in buffers])
    text = _json.dumps({"kind": kind, "sizes": sizes, **fields}).encode()
    data = b"".join(buffers)
    return _struct.pack(">4sII", b"GRD1", len(text), len(data)) + text + data

def current_seq():
    place = _sys._getframe()
    while place is not None:
        if place.f_code.co_name == "answer" and "seq" in place.f_locals:
            return place.f_locals["seq"]
        place = place.f_back
    return 1

def reply(value, buffers=(), kind="return", **fields):
    send(frame(kind, buffers, **{"seq": current_seq(), "value": value, "changes": [], "random": None, **fields}))
"""

# Runs cells one after the other in a single IPython, as a grader without a process of its own for the checks does.
ONE_PROCESS = """
import json, sys
from IPython.core.interactiveshell import InteractiveShell
cells = json.load(sys.stdin)
shell = InteractiveShell.instance()
shell.history_manager.enabled = False
passed = [name for name, source in cells if shell.run_cell(source, store_history=True).success and name]
print("\\nPASSED", json.dumps(passed))
"""


@pytest.fixture
def honest_afterwards(grade_tiny: Callable[..., Any]) -> Iterator[None]:
    """Whatever an attack has done, the next submission has its full marks."""
    yield
    record = grade_tiny().record
    assert record.points == record.max_points == 5, record.checks


@pytest.fixture(scope="session")
def forge() -> str:
    """Source code that finds the socket to the engine and forges frames: `send`, `frame` and `reply`."""
    return FORGE


@pytest.fixture(scope="session")
def attack(grade_tiny: Callable[..., Any]) -> Callable[..., Any]:
    """The function that grades an attack whose own solutions do nothing, and sees to it that it gains nothing."""

    def run(*added: str, **given: Any) -> Any:
        given = {"scale": NOTHING_FOR_SCALE, "roll": NOTHING_FOR_ROLL, "limits": TIGHT, **given}
        outcome = grade_tiny(*added, **given)
        assert outcome.record.status == "graded"
        assert outcome.record.max_points == 5
        assert outcome.record.points == 0, outcome.record.checks
        return outcome

    return run


@pytest.fixture(scope="session")
def in_one_process(tiny: Task) -> Callable[..., tuple[list[str], str]]:
    """The function that runs an attack where nothing protects the checks: which of them pass, and what is printed."""

    def run(added: str, scale: str | None = None, roll: str | None = None, after: str = "") -> tuple[list[str], str]:
        own = {"scale_solution": scale or NOTHING_FOR_SCALE, "roll_solution": roll or NOTHING_FOR_ROLL}
        cells = []
        for cell in tiny.assignment.notebook.cells:
            settings = cell.metadata.get("nbgrader", {})
            if cell.cell_type == "code":
                grade_id = settings.get("grade_id", "")
                cells.append((grade_id if settings.get("grade") else "", own.get(grade_id, cell.source)))
        cells = [cells[0], ("", added), *cells[1:], ("", after)]
        done = subprocess.run(
            [sys.executable, "-c", ONE_PROCESS],
            input=json.dumps(cells),
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        printed, _, passed = done.stdout.rpartition("\nPASSED ")
        return json.loads(passed), printed

    return run


@pytest.fixture
def other_checks(tmp_path: Path) -> Callable[[Mapping[str, str]], tuple[Task, Assignment]]:
    """The function that returns the small assignment with other sources in some of its cells, by their grade_id."""

    def build(sources: Mapping[str, str]) -> tuple[Task, Assignment]:
        notebook = json.loads((TINY / "source" / "tiny" / "tiny.ipynb").read_text())
        for cell in notebook["cells"]:
            grade_id = cell["metadata"].get("nbgrader", {}).get("grade_id")
            cell["source"] = sources.get(grade_id, cell["source"])
        folder = tmp_path / "course" / "source" / "tiny"
        folder.mkdir(parents=True)
        (folder / "tiny.ipynb").write_text(json.dumps(notebook))
        (tmp_path / "course" / "nbgrader_config.py").write_text((TINY / "nbgrader_config.py").read_text())
        assignment = Course(tmp_path / "course").assignment("tiny")
        return make_task(assignment, {}, TIGHT), assignment

    return build
