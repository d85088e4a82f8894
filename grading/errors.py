"""Errors that the command shows as one sentence, without a traceback."""


class GradingError(Exception):
    """Something that the user can mend; the text says what was expected, what was found, and where."""


class CourseError(GradingError):
    """The course folder or a source notebook is not as it should be."""


class ProtocolError(Exception):
    """A process of a run has sent something that is no frame, or not the one that was due."""


class FrameTooLargeError(Exception):
    """What should be sent is more than a frame may hold."""


class ConnectionLostError(Exception):
    """The process at the other end of a channel has ended."""


class WaitedTooLongError(Exception):
    """The process at the other end of a channel has not answered in time."""
