"""Errors that the command shows as one sentence, without a traceback."""


class GradingError(Exception):
    """Something that the user can mend; the text says what was expected, what was found, and where."""


class CourseError(GradingError):
    """The course folder or a source notebook is not as it should be."""
