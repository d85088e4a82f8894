"""Run nbgrader's own converter in this process: its command line needs two seconds to start."""

import logging

from nbgrader.converters import GenerateAssignment
from nbgrader.converters.base import NbGraderException
from nbgrader.coursedir import CourseDirectory
from traitlets.config import Config
from traitlets.config.loader import PyFileConfigLoader

from grading.course import Course
from grading.errors import GradingError
from grading.gradebook import put_scripts_on_path


class _Messages(logging.Handler):
    """Keeps what nbgrader says, so that an error can be shown with its reason."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Keep one message; of a traceback only its last line, the error itself."""
        lines = record.getMessage().strip().splitlines() or [""]
        self.lines.append(lines[-1] if lines[0].startswith("Traceback") else lines[0])


def generate_assignment(course: Course, assignment: str) -> None:
    """Do what ``nbgrader generate_assignment --force`` does."""
    put_scripts_on_path()
    config = Config(PyFileConfigLoader("nbgrader_config.py", path=str(course.root)).load_config())
    config.CourseDirectory.assignment_id = assignment
    config.CourseDirectory.student_id = "."
    messages = _Messages()
    log = logging.Logger("nbgrader", logging.INFO)  # of this call alone: nothing is printed, nothing is shared
    log.addHandler(messages)
    coursedir = CourseDirectory(config=config, log=log)
    try:
        GenerateAssignment(coursedir=coursedir, config=config, log=log, force=True).start()
    except NbGraderException as error:
        reason = " ".join(messages.lines) or str(error)
        raise GradingError(f"nbgrader could not convert {assignment!r}: {reason}") from error
