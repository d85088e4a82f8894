"""Execute a staged notebook: the student's cells in the student's process, the checks in the referee.

Both processes are forked from the warm parent of this worker, each into a sandbox of its own. The worker decides what
runs when and for how long; it alone writes down how a cell ended. A student's process that has died or got stuck is
replaced by a new one, in which the cells before are run again, so that it costs only what depends on it.
"""

import time
from collections.abc import Mapping
from contextlib import ExitStack, suppress
from dataclasses import asdict, dataclass

from nbformat import NotebookNode

from grading.errors import ConnectionLostError, GradingError, ProtocolError, WaitedTooLongError
from grading.outputs import MAX_ERROR_CHARACTERS, Outputs
from grading.plan import Plan
from grading.processes import Forks, Process, WarmParent, warm_parent
from grading.transcript import Seen, read_transcript
from grading.wire import Frame

CELL_SECONDS = 60  # ten times what the slowest right solution needs for the training cell
NOTEBOOK_SECONDS = 300  # a notebook with an endless loop in each function still ends in time
MEMORY_BYTES = 2_000_000_000  # the course's notebook needs 0.1 GB
GRACE_SECONDS = 1.0  # what an interrupted cell gets to come to an end
FILES_SECONDS = 30.0  # to take files in; milliseconds unless the machine swaps
MAX_RESTARTS = 25  # more than a notebook has checks that call one function


@dataclass(frozen=True)
class Limits:
    """What a submission may use."""

    cell: float = CELL_SECONDS  # seconds
    notebook: float = NOTEBOOK_SECONDS  # seconds for all cells together; what comes later is not run
    memory: int = MEMORY_BYTES


@dataclass(frozen=True)
class Brief:
    """What the referee is told, and never the student's process."""

    seed: str = ""  # of this student: what checks draw their inputs from, see `utils.checks.student_seed`
    solutions: tuple[str, ...] = ()  # cells with the reference solutions, see `utils.checks.reference`
    tells_all: bool = False  # whether checks that pass have a transcript, too
    noise: float = 0.0  # relative, on what the student's functions compute: see `noise`; of the certificate only


NO_BRIEF = Brief()


@dataclass(frozen=True)
class CellRun:
    """How the execution of one cell ended. Only "ok" is a receipt that it ran to its end."""

    ending: str  # "ok", "error", "timeout", "too_late", "flooded", "died", "malformed" or "not_reached"
    error: str = ""  # type of the exception
    message: str = ""  # its text
    points: float | None = None  # what a check says that it gives
    faults: tuple[str, ...] = ()  # what its author should know
    seen: Seen | None = None  # of a check: how the student's functions behaved


@dataclass(frozen=True)
class Execution:
    """An executed notebook, and how each of its cells ended, by position."""

    notebook: NotebookNode
    runs: tuple[CellRun, ...]
    seconds: float


def execute(
    notebook: NotebookNode,
    plan: Plan,
    files: Mapping[str, bytes],
    limits: Limits,
    *,
    sandboxed: bool,
    brief: Brief = NO_BRIEF,
) -> Execution:
    """Run all cells in place, going on after errors.

    Args:
        notebook: as `staging` returns it; gets outputs and execution counts.
        plan: of its assignment.
        files: by path relative to the working directory; placed there before.
        limits: what it may use.
        sandboxed: whether both processes run in sandboxes.
        brief: what the referee alone is told.

    Raises:
        GradingError: the processes cannot be started: no fault of the submission.
    """
    started = time.monotonic()
    with ExitStack() as stack:
        runs = _Run(notebook, plan, files, limits, warm_parent(plan.modules), sandboxed, brief, stack).run_all()
    return Execution(notebook, runs, time.monotonic() - started)


def runs_by_id(execution: Execution) -> dict[str, CellRun]:
    """Return how the cells of the assignment ended, by `grade_id`."""
    pairs = zip(execution.notebook.cells, execution.runs, strict=True)
    return {cell.metadata.nbgrader.grade_id: run for cell, run in pairs if "nbgrader" in cell.metadata}


class _Run:
    """One notebook on its way through both processes."""

    def __init__(
        self,
        notebook: NotebookNode,
        plan: Plan,
        files: Mapping[str, bytes],
        limits: Limits,
        warm: WarmParent,
        sandboxed: bool,
        brief: Brief,
        stack: ExitStack,
    ) -> None:
        self._notebook, self._plan, self._files, self._limits = notebook, plan, files, limits
        self._brief = brief
        self._forks = stack.enter_context(Forks(warm, sandboxed, limits.memory, limits.notebook))
        self._deadline = time.monotonic() + limits.notebook
        self._student: Process | None = None
        self._referee: Process | None = None
        self._done: list[int] = []  # cells that the student's process has run, to be run again in the next one
        self._restarts = 0
        self._count = 0

    def run_all(self) -> tuple[CellRun, ...]:
        """Run each cell where the plan says."""
        self._referee, self._student = self._forks.start("referee"), self._forks.start("student")
        self._prepare_referee(self._referee)
        self._prepare(self._student)
        self._connect()
        self._forks.prepare_next()
        cells = self._notebook.cells
        end = self._plan.end_of(cells)
        runs = [self._run_cell(index, cell) for index, cell in enumerate(cells[:end])]
        return (*runs, *[CellRun("not_reached")] * (len(cells) - end))

    def _run_cell(self, index: int, cell: NotebookNode) -> CellRun:
        if cell.cell_type != "code" or not cell.source.strip():
            return CellRun("ok")
        if time.monotonic() > self._deadline:
            return CellRun("too_late")
        settings = cell.metadata.get("nbgrader", {})
        self._count += 1
        cell.execution_count = self._count
        if settings.get("grade_id") in self._plan.needs:
            return self._check(cell, self._plan.needs[settings.grade_id])
        if settings.get("grade_id") in self._plan.shared:
            self._run_in_referee(cell)
        return self._run_for_student(index, cell)

    def _run_in_referee(self, cell: NotebookNode) -> None:
        """Run a locked cell in the referee; that it fails there is no fault of any submission."""
        run = self._ask(self._referee, cell.source, Outputs([], 0))
        if run.ending != "ok":
            text = f"the locked cell {cell.metadata.nbgrader.grade_id!r} fails: {run.error} {run.message}"
            raise GradingError(f"{text.rstrip()} ({run.ending})")

    def _run_for_student(self, index: int, cell: NotebookNode) -> CellRun:
        if not self._student_lives():
            return CellRun("not_reached")
        outputs = Outputs(cell.outputs, self._count)
        run = self._ask(self._student, cell.source, outputs)
        outputs.finish()
        if run.ending in ("ok", "error") and self._student is not None:
            self._done.append(index)
        return run

    def _check(self, cell: NotebookNode, needs: tuple[str, ...]) -> CellRun:
        outputs = Outputs(cell.outputs, self._count)
        if self._student_lives() or not needs:
            run = self._ask(self._referee, cell.source, outputs, needs)
        else:
            run = CellRun("not_reached")
        outputs.finish()
        if self._referee is None:  # the check itself did not end: the next ones get a new referee
            self._restart_referee()
        if run.ending != "ok" and not any(output.output_type == "error" for output in cell.outputs):
            outputs.add_error(run.error or run.ending, run.message)
        return run

    def _ask(
        self, process: Process | None, source: str, outputs: Outputs, needs: tuple[str, ...] | None = None
    ) -> CellRun:
        """Let a process run a cell, and watch over it until it has ended."""
        assert process is not None
        until = min(time.monotonic() + self._limits.cell, self._deadline)
        try:
            frame = process.run(source, needs, outputs, until)
        except WaitedTooLongError:
            return self._stop(process, outputs, "timeout")
        except OverflowError:
            return self._stop(process, outputs, "flooded")
        except ConnectionLostError:
            self._end(process)
            return CellRun("died")
        except ProtocolError as error:
            self._end(process)
            return CellRun("malformed", message=str(error))
        return self._ending(process, frame)

    def _stop(self, process: Process, outputs: Outputs, ending: str) -> CellRun:
        """Interrupt a cell; end the process where that does not help. A check waits for the student's process."""
        involved = [self._student, process] if process is self._referee else [process]
        for culprit in [one for one in involved if one is not None]:
            culprit.interrupt()
            with suppress(WaitedTooLongError, OverflowError, ConnectionLostError, ProtocolError):
                frame = process.finish(outputs, time.monotonic() + GRACE_SECONDS)
                if process is self._referee and frame.fields.get("student") != "ok":
                    self._end(self._student)
                return CellRun(ending)
            if culprit is not process:
                self._end(culprit)
                with suppress(WaitedTooLongError, OverflowError, ConnectionLostError, ProtocolError):
                    process.finish(outputs, time.monotonic() + GRACE_SECONDS)
                    return CellRun(ending)
        self._end(process)
        return CellRun(ending)

    def _ending(self, process: Process, frame: Frame) -> CellRun:
        if process is self._referee:
            state = frame.fields.get("student")
            if state != "ok":
                self._end(self._student)
                return CellRun({"gone": "died"}.get(str(state), str(state)), message=_short(frame, "message"))
        ending = "ok" if frame.fields.get("success") is True else "error"
        if process is not self._referee:
            return CellRun(ending, _short(frame, "error"), _short(frame, "message"))
        fields = frame.fields
        seen = read_transcript(fields["lines"], fields["counts"], frame.buffers[0])
        error, message = _short(frame, "error"), _short(frame, "message")
        return CellRun(ending, error, message, fields["points"], tuple(fields["faults"]), seen)

    def _student_lives(self) -> bool:
        """Make sure that there is a student's process with what the cells before have left; say whether there is."""
        while self._student is None and self._restarts < MAX_RESTARTS and time.monotonic() < self._deadline:
            self._restarts += 1
            self._student = self._forks.start("student")
            self._prepare(self._student)
            self._connect()
            for index in list(self._done):
                self._ask(self._student, self._notebook.cells[index].source, Outputs([], 0))
                if self._student is None:  # this time that cell was its end
                    self._done.remove(index)
                    break
        return self._student is not None

    def _restart_referee(self) -> None:
        self._referee = self._forks.start("referee")
        self._prepare_referee(self._referee)
        self._connect()
        for cell in self._notebook.cells:
            if cell.metadata.get("nbgrader", {}).get("grade_id") in self._plan.shared:
                self._run_in_referee(cell)

    def _prepare(self, process: Process) -> None:
        """Wait until a process can do no harm any more, and place the files of the notebook there."""
        process.wait_until_ready()
        names = list(self._files)
        buffers = [self._files[name] for name in names]
        process.channel.send("files", names=names, buffers=buffers, until=time.monotonic() + FILES_SECONDS)

    def _prepare_referee(self, process: Process) -> None:
        self._prepare(process)
        until = time.monotonic() + FILES_SECONDS
        process.channel.send("brief", until=until, **asdict(self._brief))

    def _connect(self) -> None:
        if self._referee is not None and self._student is not None:
            self._referee.connect(self._student)

    def _end(self, process: Process | None) -> None:
        if process is not None:
            process.end()
        if process is self._student:
            self._student = None
        elif process is self._referee:
            self._referee = None


def _short(frame: Frame, name: str) -> str:
    """Return a text as every file can hold it: an exception of a student's may say anything, at any length."""
    value = frame.fields.get(name)
    return value[:MAX_ERROR_CHARACTERS].encode("utf-8", "replace").decode() if isinstance(value, str) else ""
