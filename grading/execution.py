"""Execute a staged notebook in a Jupyter kernel of its own, in a folder of its own.

The kernel gets a copy of the released files, so that `import utils` finds the course's package and never a module
of the student's, and a home of its own. That keeps submissions apart from one another and from the course folder; it
is no sandbox, and the checks run in the student's process.
"""

import math
import os
import signal
import subprocess
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nbclient import NotebookClient
from nbclient.exceptions import DeadKernelError
from nbformat import NotebookNode
from nbformat.v4 import new_output

CELL_SECONDS = 60  # ten times what the slowest right solution needs for the training cell
NOTEBOOK_SECONDS = 300  # a notebook with an endless loop in each function still ends in time
START_SECONDS = 60  # a kernel starts in 1 s; a loaded machine may take far longer
MAX_OUTPUT_CHARACTERS = 200_000  # printed by one cell; more makes the autograded notebook unreadable
MAX_DISPLAY_CHARACTERS = 5_000_000  # of one cell's plots and results; a plot of 14,000 points as SVG has 1 million
MAX_ERROR_CHARACTERS = 2_000  # of an error or a result that is too long: enough to understand it


@dataclass(frozen=True)
class Limits:
    """How long a submission may run, in seconds."""

    cell: float = CELL_SECONDS
    notebook: float = NOTEBOOK_SECONDS  # when it is over, a second for each cell; after twice as long nothing runs


@dataclass(frozen=True)
class CellRun:
    """How the execution of one cell ended. Only "ok" is a receipt that it ran to its end."""

    ending: str  # "ok", "error", "timeout", "died" or "not_reached"
    error: str = ""  # type of the exception
    message: str = ""  # its text


@dataclass(frozen=True)
class Execution:
    """An executed notebook, and how each of its cells ended, by position."""

    notebook: NotebookNode
    runs: tuple[CellRun, ...]
    seconds: float


def execute(notebook: NotebookNode, files: Mapping[str, bytes], limits: Limits) -> Execution:
    """Run all cells in place, going on after errors. `files` are placed in the working directory before."""
    started = time.monotonic()
    # A process that got away may still write there: that is no reason to lose the grade.
    with tempfile.TemporaryDirectory(prefix="grading-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        workspace = folder / "work"
        _place(workspace, files)
        with _environment(folder):
            runs = _Run(notebook, workspace, limits).run_all()
    return Execution(notebook, tuple(runs), time.monotonic() - started)


class _Run(NotebookClient):
    """One notebook in nbclient, with a receipt for each cell and a budget for the whole."""

    def __init__(self, notebook: NotebookNode, workspace: Path, limits: Limits) -> None:
        super().__init__(
            notebook,
            allow_errors=True,
            kernel_name="python3",
            startup_timeout=START_SECONDS,
            interrupt_on_timeout=True,
            # A student's function may answer an interrupt by going on: do not wait for it.
            error_on_timeout={"ename": "CellTimeoutError", "evalue": "", "traceback": []},
            timeout_func=self._seconds_left,
            resources={"metadata": {"path": str(workspace)}},
            on_notebook_start=self._start_clock,
            on_cell_executed=self._note,
            store_widget_state=False,
            shutdown_kernel="immediate",
        )
        self._limits = limits
        self._workspace = workspace
        self._deadline = math.inf  # until the kernel runs: that it starts slowly is no fault of the student's
        self._written: Counter[tuple[int, int]] = Counter()  # characters, by cell and the limit that holds for them
        self._running = 0
        # There is nothing to run in Markdown and in an empty cell.
        self._runs = [
            CellRun("not_reached" if cell.cell_type == "code" and cell.source.strip() else "ok")
            for cell in notebook.cells
        ]

    def run_all(self) -> list[CellRun]:
        """Execute the notebook; a dead kernel ends it, and leaves the cells after it unreached."""
        try:
            # What the kernel process itself writes belongs to no cell, and must not reach the instructor's terminal.
            self.execute(stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        except DeadKernelError:
            self._runs[self._running] = CellRun("died")
        self._mark_cuts()
        return self._runs

    async def async_execute_cell(
        self,
        cell: NotebookNode,
        cell_index: int,
        execution_count: int | None = None,
        store_history: bool = True,
    ) -> NotebookNode:
        """Execute one cell; nbclient calls this for each."""
        self._running = cell_index
        # A loop that cannot be interrupted takes its second from every cell after it, and these may be many.
        if time.monotonic() > self._deadline + self._limits.notebook and self._runs[cell_index].ending != "ok":
            self._runs[cell_index] = CellRun("timeout")
            return cell
        return await super().async_execute_cell(cell, cell_index, execution_count, store_history)

    async def _async_cleanup_kernel(self) -> None:
        """End the kernel, and what it has started; nbclient calls this in the end, whatever has happened."""
        group = getattr(self.km.provisioner if self.km else None, "pgid", None)
        if group and group != os.getpgrp():
            with suppress(ProcessLookupError):
                os.killpg(group, signal.SIGKILL)
        await super()._async_cleanup_kernel()

    def output(
        self, outs: list[NotebookNode], msg: dict[str, Any], display_id: str | None, cell_index: int
    ) -> NotebookNode | None:
        """Keep an output as far as the cell has room for it; nbclient calls this for each as it comes in."""
        kind, content = msg["msg_type"], msg["content"]
        limit = MAX_OUTPUT_CHARACTERS if kind == "stream" else MAX_DISPLAY_CHARACTERS
        room = limit - self._written[cell_index, limit]
        size = len(str(content.get("text", content)))
        self._written[cell_index, limit] += size
        if size > room:
            content = _shortened(kind, content, max(room, 0))
        return super().output(outs, {**msg, "content": content}, display_id, cell_index) if content else None

    def _mark_cuts(self) -> None:
        for (index, limit), written in self._written.items():
            if written > limit:
                text = f"\n... {written - limit:,} characters left out\n"
                self.nb.cells[index].outputs.append(new_output("stream", name="stdout", text=text))

    def create_kernel_manager(self) -> Any:
        """Let the kernel talk over sockets in its own folder, not over TCP ports that every user can reach."""
        manager = super().create_kernel_manager()
        manager.transport, manager.ip = "ipc", str(self._workspace.parent / "kernel")
        return manager

    def _start_clock(self, notebook: NotebookNode) -> None:
        self._deadline = time.monotonic() + self._limits.notebook

    def _seconds_left(self, _cell: NotebookNode) -> float:
        return max(1.0, min(self._limits.cell, self._deadline - time.monotonic()))  # 1 s: enough to be interrupted

    def _note(self, cell: NotebookNode, cell_index: int, execute_reply: Mapping[str, Any]) -> None:
        content = execute_reply.get("content", execute_reply)
        if content.get("status") == "ok":
            self._runs[cell_index] = CellRun("ok")
        elif content.get("ename") == "CellTimeoutError":
            self._runs[cell_index] = CellRun("timeout")
        else:
            self._runs[cell_index] = CellRun("error", str(content.get("ename")), str(content.get("evalue")))


def _place(folder: Path, files: Mapping[str, bytes]) -> None:
    folder.mkdir(parents=True)
    for name, data in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)


@contextmanager
def _environment(folder: Path) -> Iterator[None]:
    """Give the kernel a home of its own, one thread for linear algebra, and none of this process's variables."""
    before = dict(os.environ)
    kept: dict[str, str] = {name: before[name] for name in ("PATH", "LANG", "LC_ALL", "TZ") if name in before}
    threads = dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"), "1")
    os.environ.clear()
    os.environ.update({**kept, **threads}, HOME=str(folder), IPYTHONDIR=str(folder / "ipython"), TMPDIR=str(folder))
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


def _shortened(kind: str, content: dict[str, Any], room: int) -> dict[str, Any] | None:
    """Return as much of an output as there is room for. Errors and results always stay: they decide about points."""
    if kind == "stream" and room:
        return {**content, "text": str(content.get("text"))[:room]}
    if kind == "error":
        return {**content, "evalue": str(content.get("evalue"))[:MAX_ERROR_CHARACTERS], "traceback": []}
    if kind == "execute_result":
        text = str(content.get("data", {}).get("text/plain"))
        return {**content, "data": {"text/plain": text[:MAX_ERROR_CHARACTERS]}}
    return None
