"""A course for `benchmarks.grading`: an assignment whose checks take no time, and a class that hands it in.

Two variants of the same notebook: "tiny" has nothing to compute, "training" has a cell with a second of NumPy.
"""

import shutil
from collections.abc import Mapping
from pathlib import Path

import nbformat
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from grading.course import Assignment, Course
from grading.release import build_release
from grading.submission import HandedIn, Submission, pack_submission, read_submission
from grading.variants import compose

# nbgrader's own settings, and nothing of this package: its executor is what the benchmark compares with.
CONFIGURATION = """
from pathlib import Path

c = get_config()
c.CourseDirectory.root = str(Path(__file__).resolve().parent)
c.CourseDirectory.db_url = f"sqlite:///{Path(__file__).resolve().parent / 'gradebook.db'}"
"""

SETUP = "import numpy as np\n\nSIDES = 6"
HELPER = "def is_side(number):\n    return type(number) is int and 1 <= number <= SIDES"
SCALE = """# GRADED FUNCTION: scale
def scale(values, factor):
    ### BEGIN SOLUTION
    values *= factor
    return values
    ### END SOLUTION"""
SCALE_MULTIPLIES = """# Every entry is multiplied
assert np.array_equal(scale(np.array([1.0, 2.0]), 3.0), [3.0, 6.0]), "scale([1, 2], 3) should be [3, 6]."
### BEGIN HIDDEN TESTS
assert np.array_equal(scale(np.array([0.5, 7.25]), -4.0), [-2.0, -29.0]), "With other numbers it is wrong."
### END HIDDEN TESTS"""
SCALE_IN_PLACE = """# The array itself changes; half a point for each of two shapes
points = 0.0
for shape in ((3,), (2, 2)):
    given = np.ones(shape)
    scale(given, 2.5)
    points += 0.5 * np.array_equal(given, np.full(shape, 2.5))
points"""
ROLL = """# GRADED FUNCTION: roll
def roll(count):
    ### BEGIN SOLUTION
    return [int(np.random.choice(SIDES)) + 1 for _ in range(count)]
    ### END SOLUTION"""
ROLL_COUNTS = """# As many results as were asked for
assert len(roll(17)) == 17, "roll(17) should have 17 results." """.rstrip()
ROLL_SHOWS_A_DIE = """# The results are those of a die
assert all(is_side(number) for number in roll(60)), "A result is no number from 1 to 6." """.rstrip()
TRAINING = """W, a = 0.1 * np.random.randn(50, 50), np.zeros((50, 1))
for _ in range(400_000):
    a = np.tanh(np.dot(W, a) + 0.1)
    W[0] *= 0.999
print(a.shape)"""

CELLS: tuple[tuple[str, str], ...] = (  # grade_id and source; an ordinary cell has no id
    ("setup", SETUP),
    ("helper", HELPER),
    ("scale_solution", SCALE),
    ("", "numbers = scale(np.array([1.0, 2.0]), 3.0)\nprint(numbers)"),
    ("scale_multiplies", SCALE_MULTIPLIES),
    ("scale_works_in_place", SCALE_IN_PLACE),
    ("roll_solution", ROLL),
    ("", "print(roll(10))"),
    ("", "len(roll(3))"),
    ("roll_counts", ROLL_COUNTS),
    ("roll_shows_a_die", ROLL_SHOWS_A_DIE),
    ("", "mean = np.mean(roll(100))\nprint(1 <= mean <= SIDES)"),
)
POINTS = {"scale_multiplies": 2, "scale_works_in_place": 1, "roll_counts": 1, "roll_shows_a_die": 1}
WRONG: tuple[Mapping[str, str], ...] = (  # what students hand in, in turns: the reference, then one mistake each
    {},
    {"scale": "# GRADED FUNCTION: scale\ndef scale(values, factor):\n    return values * factor"},
    {},
    {"roll": "# GRADED FUNCTION: roll\ndef roll(count):\n    return [0] * count"},
    {"roll": "# GRADED FUNCTION: roll\ndef roll(count):\n    raise ValueError(count)"},
)


def build_course(root: Path) -> Course:
    """Make a course with both assignments and their releases in a new folder."""
    root.mkdir(parents=True)
    (root / "nbgrader_config.py").write_text(CONFIGURATION, encoding="utf-8")
    course = Course(root)
    for name, added in (("tiny", ()), ("training", (("", TRAINING),))):
        source = root / "source" / name / f"{name}.ipynb"
        source.parent.mkdir(parents=True)
        source.write_text(nbformat.writes(_notebook((*CELLS, *added))), encoding="utf-8")
        build_release(course, course.assignment(name))
    return course


def _notebook(cells: tuple[tuple[str, str], ...]) -> NotebookNode:
    made = [new_markdown_cell("# Two small functions", id="title")]
    made += [_cell(position, grade_id, source) for position, (grade_id, source) in enumerate(cells)]
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    metadata = {"kernelspec": kernel, "language_info": {"name": "python"}}
    notebook: NotebookNode = new_notebook(cells=made, metadata=metadata)
    return notebook


def _cell(position: int, grade_id: str, source: str) -> NotebookNode:
    cell: NotebookNode = new_code_cell(source, id=grade_id or f"look-{position}")
    if not grade_id:
        return cell
    graded, solution = grade_id in POINTS, grade_id.endswith("_solution")
    settings = {"grade": graded, "grade_id": grade_id, "locked": not solution, "solution": solution}
    cell.metadata.nbgrader = {**settings, "schema_version": 3, "task": False}
    if graded:
        cell.metadata.nbgrader.points = POINTS[grade_id]
    return cell


def submissions(course: Course, assignment: Assignment, count: int) -> list[HandedIn]:
    """Return what a class of `count` students hands in."""
    released = read_submission(course.release(assignment.name), "release", assignment.name)
    assert isinstance(released, Submission)
    kinds = [compose(released.notebook, assignment, wrong) for wrong in WRONG]
    return [pack_submission(Submission(f"s{number:04}", kinds[number % len(kinds)])) for number in range(count)]


def hand_in(course: Course, assignment: Assignment, count: int) -> None:
    """Write the same into `submitted/`, in the place of an earlier class."""
    shutil.rmtree(course.root / "submitted", ignore_errors=True)
    for handed_in in submissions(course, assignment, count):
        folder = course.submitted(handed_in.student, assignment.name)
        folder.mkdir(parents=True)
        (folder / f"{assignment.name}.ipynb").write_bytes(handed_in.notebook)


def copy_course(course: Course, root: Path) -> Course:
    """Return a copy of the course in a new folder."""
    shutil.copytree(course.root, root)
    return Course(root)
