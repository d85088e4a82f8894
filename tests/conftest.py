"""A course of its own for the tests: built once, by the same functions that the command uses."""

import copy
import json
import os
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path

import nbformat
import pytest
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_notebook

from grading.autograde import released_files
from grading.course import Assignment, Course
from grading.demo import build_demo
from grading.execution import NO_BRIEF, Brief, Execution, Limits, execute
from grading.hidden import without_hidden_tests
from grading.job import Task, grade_one, make_task
from grading.plan import make_plan
from grading.release import build_release
from grading.report import Record
from grading.submission import Submission, pack_submission, read_submission
from grading.variants import reference_solutions
from utils.texts import load_text

REPOSITORY = Course.find(Path(__file__).parent)
ASSIGNMENT = "dinosaur_island"


@pytest.fixture(scope="session")
def repository() -> Course:
    """The course that these tests belong to; nothing may be written there."""
    return REPOSITORY


@pytest.fixture(scope="session")
def released_course(tmp_path_factory: pytest.TempPathFactory) -> Course:
    """A copy of the course with a release and no submissions; tests that write take `course`."""
    course = build_demo(REPOSITORY, tmp_path_factory.mktemp("course"), [ASSIGNMENT])
    build_release(course, course.assignment(ASSIGNMENT))
    return course


@pytest.fixture
def course(released_course: Course, tmp_path: Path) -> Course:
    """A released course that one test has to itself."""
    shutil.copytree(released_course.root, tmp_path / "course")
    return Course(tmp_path / "course")


@pytest.fixture(scope="session")
def assignment(released_course: Course) -> Assignment:
    """The assignment of the released course."""
    return released_course.assignment(ASSIGNMENT)


@pytest.fixture(scope="session")
def release(released_course: Course) -> Submission:
    """The release, as a student who has done nothing hands it in."""
    submission = read_submission(released_course.release(ASSIGNMENT), "stub", ASSIGNMENT)
    assert isinstance(submission, Submission)
    return submission


@pytest.fixture(autouse=True)
def home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Keep what Jupyter and nbgrader write into a home out of the real one."""
    folder = tmp_path_factory.mktemp("home")
    monkeypatch.setenv("HOME", str(folder))
    for name in [name for name in os.environ if name.startswith(("JUPYTER_", "IPYTHON"))]:
        monkeypatch.delenv(name)
    yield folder


@pytest.fixture
def real_text(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], str]:
    """The function that loads a text of the course from where COURSE_DATA or a folder beside the checkout has it.

    A test that asks for one that is not there is skipped. The function leaves COURSE_DATA set for what is tested.
    """
    folder = Path(os.environ.get("COURSE_DATA") or REPOSITORY.root.parent / "shared" / "data")

    def load(name: str) -> str:
        if not (folder / name).is_file():
            pytest.skip(f"The real text is not at hand: set COURSE_DATA to the folder that holds {name}.")
        monkeypatch.setenv("COURSE_DATA", str(folder))
        return load_text(name)

    return load


@pytest.fixture(scope="session")
def class_course(tmp_path_factory: pytest.TempPathFactory) -> Course:
    """The small assignment, released, with what eight students handed in; nobody is graded."""
    root = tmp_path_factory.mktemp("class")
    shutil.copytree(Path(__file__).with_name("tiny_course"), root, dirs_exist_ok=True)
    shutil.copyfile(REPOSITORY.root / "nbgrader_config.py", root / "nbgrader_config.py")
    course = Course(root)
    build_release(course, course.assignment("tiny"))
    solutions = {
        "scale": [
            "return values * factor",
            "values *= factor\n    return values",
            "raise NotImplementedError('later')",
        ],
        "roll": ["return [int(np.random.choice(SIDES)) + 1 for _ in range(count)]", "return [1, 2, 3]", "1 / 0"],
    }
    for number, student in enumerate(f"s{number:02}" for number in range(1, 9)):
        folder = course.submitted(student, "tiny")
        folder.mkdir(parents=True)
        notebook = nbformat.read(course.release("tiny") / "tiny.ipynb", as_version=4)
        for cell in notebook.cells:
            for function, bodies in solutions.items():
                if cell.id == f"{function}_solution":
                    head = cell.source.split('"""')[0]
                    cell.source = f"{head}{bodies[number % 3]}\n"
        text = nbformat.writes(notebook)
        (folder / "tiny.ipynb").write_text(text[: len(text) // 2] if student == "s08" else text, encoding="utf-8")
        (folder / "notes.txt").write_text(f"I am {student}.", encoding="utf-8")
        (folder / "timestamp.txt").write_text("2026-01-01 10:00:00 UTC", encoding="utf-8")
    return course


@pytest.fixture
def fresh(class_course: Course, tmp_path: Path) -> Course:
    """A copy of that course that one test has to itself."""
    shutil.copytree(class_course.root, tmp_path / "course")
    return Course(tmp_path / "course")


@pytest.fixture(scope="session")
def tiny() -> Task:
    """A small assignment of its own, for tests of the engine: two functions, four checks, five points."""
    return tiny_task(Limits())


def tiny_task(limits: Limits) -> Task:
    """Return the task of grading the small assignment within these limits."""
    course = Course(Path(__file__).with_name("tiny_course"))
    assignment = course.assignment("tiny")
    return make_task(assignment, released_files(course, assignment), limits)


@pytest.fixture
def run(tmp_path: Path) -> Callable[..., Execution]:
    """The function that executes a notebook, the instructor's and the student's at once.

    It is given as cells, each a kind and a source: "locked", "check", "solution", or "" for one of the student's own.
    """
    files = {
        f"utils/{path.name}": path.read_bytes() for path in (REPOSITORY.root / "utils").iterdir() if path.is_file()
    }

    def execute_cells(
        *cells: tuple[str, str], limits: Limits | None = None, sandboxed: bool = True, brief: Brief = NO_BRIEF
    ) -> Execution:
        notebook = new_notebook(cells=[_cell_of_kind(number, *cell) for number, cell in enumerate(cells)])
        path = tmp_path / "source.ipynb"
        path.write_text(json.dumps(notebook), encoding="utf-8")
        plan = make_plan(Assignment("a", path), files)
        return execute(notebook, plan, files, limits or Limits(cell=20, notebook=60), sandboxed=sandboxed, brief=brief)

    return execute_cells


def _cell_of_kind(number: int, kind: str, source: str) -> NotebookNode:
    cell = new_code_cell(source)
    if kind:
        cell.metadata.nbgrader = {
            "grade": kind == "check",
            "solution": kind == "solution",
            "locked": kind != "solution",
            "grade_id": f"cell_{number}",
            "schema_version": 3,
            "task": False,
            **({"points": 1} if kind == "check" else {}),
        }
    return cell


@dataclass(frozen=True)
class Outcome:
    """What became of a submission of the small assignment."""

    record: Record
    cells: dict[str, NotebookNode]  # by their ids; "added-0", "added-1", ... are those that the test has put in front

    @property
    def verdicts(self) -> dict[str, str]:
        """The verdict of each check."""
        return {check.grade_id: check.verdict for check in self.record.checks}

    def text(self, cell: str) -> str:
        """What a cell has printed, shown, returned and raised, as text."""
        parts = []
        for output in self.cells[cell].outputs:
            parts.append(output.get("text", "") + output.get("data", {}).get("text/plain", ""))
            parts.append(f"{output.ename}: {output.evalue}" if output.output_type == "error" else "")
        return "".join(parts)


GradeTiny = Callable[..., Outcome]


@pytest.fixture(scope="session")
def grade_tiny() -> GradeTiny:
    """The function that grades a submission of the small assignment through the real engine."""
    return _grade_tiny


def _grade_tiny(
    *added: str,
    scale: str | None = None,
    roll: str | None = None,
    limits: Limits | None = None,
    files: Mapping[str, bytes] | None = None,
    after: Sequence[str] = (),
) -> Outcome:
    """Grade the small assignment with these solutions (else the right ones).

    Args:
        added: sources of cells of the student's own, after the setup and before all functions.
        scale: what stands in the solution cell of this function.
        roll: the same for the other one.
        limits: what the submission may use.
        files: what lies beside its notebook.
        after: sources of cells at the end of the notebook.
    """
    task = tiny_task(limits or Limits(cell=20, notebook=60))
    notebook = copy.deepcopy(task.assignment.notebook)
    reference = reference_solutions(task.assignment)
    for cell in notebook.cells:
        if cell.metadata.get("nbgrader", {}).get("solution"):
            function = cell.id.removesuffix("_solution")
            cell.source = {"scale": scale, "roll": roll}[function] or reference[function]
        else:
            cell.source = without_hidden_tests(cell.source)
    notebook.cells[2:2] = [_code_cell(f"added-{number}", source) for number, source in enumerate(added)]
    notebook.cells += [_code_cell(f"after-{number}", source) for number, source in enumerate(after)]
    handed_in = pack_submission(Submission("s01", notebook, dict(files or {})))
    graded = grade_one(task, handed_in)
    executed = nbformat.reads(graded.notebook, as_version=4)
    return Outcome(graded.record, {cell.id: cell for cell in executed.cells})


class _Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, {name: value or "" for name, value in attrs}))


@pytest.fixture(scope="session")
def tags_of() -> Callable[[str], list[tuple[str, dict[str, str]]]]:
    """The function that lists the tags of a page with their attributes, as a browser would see them."""

    def tags(page: str) -> list[tuple[str, dict[str, str]]]:
        parser = _Tags()
        parser.feed(page)
        parser.close()
        return parser.found

    return tags


def _code_cell(cell_id: str, source: str) -> NotebookNode:
    cell = new_code_cell(source)
    cell.id = cell_id
    return cell
