"""The course, as nbgrader and JupyterLab read it. Start both of them in this folder."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

try:
    from grading.gradebook import put_scripts_on_path
    from grading.nbgrader_engine import GradeSubmission, StageSubmission
    from grading.nbgrader_feedback import FeedbackPage
    from grading.release import add_course_files
except ImportError as error:
    # nbgrader would report any other error, go on without this file, and show hidden tests in the feedback.
    raise SystemExit(f"nbgrader_config.py needs the package `grading` of this course ({error}). Run: make") from error

if TYPE_CHECKING:
    from traitlets.config import get_config

c: Any = get_config()
root = Path(__file__).resolve().parent
put_scripts_on_path()

c.CourseDirectory.root = str(root)
c.CourseDirectory.course_id = "dinosaur_island_course"
c.CourseDirectory.db_url = f"sqlite:///{root / 'gradebook.db'}"

# The engine's own files: records lie in autograded/, and the reference run of a source is not for students.
c.CourseDirectory.ignore = [".ipynb_checkpoints", "*.pyc", "__pycache__", "record.json", "reference_run.json"]

# The exchange lies inside the course, so that a plain clone works for a normal user. For a class on one server, point
# it to a folder that all can write, and let each student keep the default assignment_dir.
c.Exchange.root = str(root / "exchange")
c.Exchange.assignment_dir = str(root / "workspace")  # where `nbgrader fetch` puts an assignment

# A stub that says what to do. An unfinished function shows up as "not implemented", not as a wrong answer.
c.ClearSolutions.code_stub = {
    "python": 'raise NotImplementedError("Write your code here, and delete this line.")',
}
c.ClearSolutions.begin_solution_delimeter = "### BEGIN SOLUTION"
c.ClearSolutions.end_solution_delimeter = "### END SOLUTION"
c.ClearHiddenTests.begin_test_delimeter = "### BEGIN HIDDEN TESTS"
c.ClearHiddenTests.end_test_delimeter = "### END HIDDEN TESTS"
c.GenerateAssignment.post_convert_hook = lambda assignment, **_: add_course_files(root, assignment)

# `nbgrader autograde` and the formgrader's button grade with the engine of this course: the checks run outside the
# student's process, and the student's process runs in a sandbox. To do without the sandbox, for submissions that you
# trust on a machine that has none: c.GradeSubmission.sandbox = False
c.Autograde.sanitize_preprocessors = [StageSubmission]
c.Autograde.autograde_preprocessors = [GradeSubmission, "nbgrader.preprocessors.AssignLatePenalties"]

# What follows is for the validate button alone, which runs a notebook in one kernel.
# The slowest right solution seen needs 5 s for the training cell; ten times that, and a kernel may be slow to start.
c.Execute.timeout = 60
c.Execute.startup_timeout = 60
c.Execute.interrupt_on_timeout = True

# The pages that students get are those of `grading feedback`: no hidden test, no line of its traceback, no script.
c.GenerateFeedback.exporter_class = FeedbackPage
c.GenerateFeedback.preprocessors = []
