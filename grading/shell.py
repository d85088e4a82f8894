"""IPython without a Jupyter kernel: run cells, and hand on what they put out as nbformat outputs.

The shell is made in the warm parent and used in its forks, one notebook each. Whatever a cell prints, shows, returns
or raises goes to `emit` as the fields of an nbformat output, in the order in which Jupyter would show it.
"""

import base64
import json
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import TextIOBase, UnsupportedOperation
from types import TracebackType
from typing import Any

from IPython.core.displayhook import DisplayHook
from IPython.core.displaypub import DisplayPublisher
from IPython.core.interactiveshell import ExecutionResult, InteractiveShell
from IPython.utils.text import SList
from traitlets import Any as AnyTrait
from traitlets import Type
from traitlets.config import Config

Emit = Callable[[dict[str, Any]], None]

STREAM_CHARACTERS = 16_384  # printed text is handed on in pieces of this size: a loop of prints is not a loop of frames
STREAM_SECONDS = 0.2  # and at least so often, so that little is lost when the process ends all of a sudden


def make_shell() -> "CellShell":
    """Return the one shell of this process. No thread and no file comes with it."""
    config = Config()
    config.HistoryManager.enabled = False  # its file would be shared by all forks, and it starts a thread
    config.InteractiveShell.cache_size = 1000
    shell: CellShell = CellShell.instance(config=config)
    return shell


class _Result(DisplayHook):
    """Hands on the value of a cell's last expression."""

    def start_displayhook(self) -> None:
        """Begin with nothing."""
        self._output: dict[str, Any] = {"output_type": "execute_result", "metadata": {}, "data": {}}

    def write_output_prompt(self) -> None:
        """Write no prompt: notebooks show the number beside the cell."""

    def write_format_data(self, format_dict: dict[str, Any], md_dict: dict[str, Any] | None = None) -> None:
        """Keep the forms in which the value can be shown."""
        self._output["data"] = _as_json(format_dict)
        self._output["metadata"] = _as_json(md_dict or {})

    def finish_displayhook(self) -> None:
        """Hand them on."""
        if self._output["data"]:
            self._shell().put_out(self._output)

    def _shell(self) -> "CellShell":
        shell = self.shell
        assert isinstance(shell, CellShell)
        return shell


class _Publisher(DisplayPublisher):
    """Hands on what `display` shows, matplotlib's figures among it."""

    def publish(
        self,
        data: Any,
        metadata: Any = None,
        source: Any = None,
        *,
        transient: Any = None,
        update: bool = False,
        **kwargs: Any,
    ) -> None:
        """Hand on one display, or the new content of an earlier one."""
        output = {"output_type": "display_data", "data": _as_json(data), "metadata": _as_json(metadata or {})}
        display_id = (transient or {}).get("display_id")
        self.shell.put_out({**output, "display_id": None if display_id is None else str(display_id), "update": update})

    def clear_output(self, wait: bool = False) -> None:
        """Take back what the cell has shown."""
        self.shell.put_out({"output_type": "clear", "wait": bool(wait)})


class CellShell(InteractiveShell):
    """IPython's shell with `emit` in the place of a terminal or a Jupyter front end."""

    displayhook_class = Type(_Result)
    display_pub_class = Type(_Publisher)
    emit = AnyTrait()
    streams = AnyTrait()

    def run(self, source: str, emit: Emit) -> ExecutionResult:
        """Run one cell; a result whose `success` is true is a receipt that it ran to its end."""
        with self.outputs_to(emit):
            result: ExecutionResult = self.run_cell(source, store_history=True)  # type: ignore[no-untyped-call]
            return result

    @contextmanager
    def outputs_to(self, emit: Emit) -> Iterator[None]:
        """Hand on to `emit` whatever is put out meanwhile."""
        stdout, stderr, outer = sys.stdout, sys.stderr, (self.emit, self.streams)
        self.emit, self.streams = emit, _Streams(emit)
        sys.stdout, sys.stderr = Stream(self.streams, "stdout"), Stream(self.streams, "stderr")
        try:
            yield
        finally:
            self.streams.flush()
            sys.stdout, sys.stderr = stdout, stderr
            self.emit, self.streams = outer

    def put_out(self, output: dict[str, Any]) -> None:
        """Hand on an output, after what was printed before it."""
        self.streams.flush()
        self.emit(output)

    def showtraceback(self, exc_tuple: Any = None, *args: Any, **kwargs: Any) -> None:
        """Show an exception without the frames of the engine: they say nothing about the cell."""
        kind, error, frames = exc_tuple or sys.exc_info()
        shown: Any = (kind, error, _without_engine(frames))
        super().showtraceback(shown, *args, **kwargs)

    def _showtraceback(self, etype: type[BaseException], evalue: BaseException, stb: list[str]) -> None:
        self.put_out(
            {"output_type": "error", "ename": etype.__name__, "evalue": _text(evalue), "traceback": list(map(str, stb))}
        )

    def system(self, cmd: str) -> None:
        """Say that `!command` is not run: in Jupyter a failing one is no error either, and the cell goes on."""
        print(f"Shell commands are not run when a notebook is graded: {self.var_expand(cmd, depth=1)}")  # type: ignore[no-untyped-call]

    system_piped = system_raw = system

    def getoutput(self, cmd: str, split: bool = True, depth: int = 0) -> Any:
        """Do the same for `names = !command`."""
        self.system(cmd)
        return SList() if split else ""

    def _format_exception_for_storage(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """Format no traceback a second time: the history that IPython keeps it for is off."""
        return {}

    def enable_gui(self, gui: str | None = None) -> None:
        """Do nothing: figures are drawn in place, no window is opened."""

    def ask_exit(self) -> None:
        """Do nothing: `exit` in a cell does not end the notebook."""


class _Streams:
    """What has been printed and not yet handed on: one piece of text, of one of the two streams."""

    def __init__(self, emit: Emit) -> None:
        self._emit = emit
        self._lock = threading.RLock()
        self._name = "stdout"
        self._parts: list[str] = []
        self._size = 0
        self._since = 0.0

    def write(self, name: str, text: str) -> None:
        with self._lock:
            if name != self._name:
                self.flush()
                self._name = name
            if not self._parts:
                self._since = time.monotonic()
            self._parts.append(text)
            self._size += len(text)
            if self._size >= STREAM_CHARACTERS or time.monotonic() > self._since + STREAM_SECONDS:
                self.flush()

    def flush(self) -> None:
        with self._lock:
            text, self._parts, self._size = "".join(self._parts), [], 0
            if text:
                self._emit({"output_type": "stream", "name": self._name, "text": text})


class Stream(TextIOBase):
    """A text stream of a cell: its standard output or its standard error."""

    encoding = "utf-8"
    errors = "replace"

    def __init__(self, streams: _Streams, name: str) -> None:
        self._streams = streams
        self._name = name

    @property
    def name(self) -> str:
        """The name of the stream, as Python's own have it."""
        return f"<{self._name}>"

    def writable(self) -> bool:
        """Say that one can write here."""
        return True

    def write(self, text: str) -> int:
        """Print text."""
        if not isinstance(text, str):
            raise TypeError(f"write() argument must be str, not {type(text).__name__}")
        self._streams.write(self._name, text)
        return len(text)

    def flush(self) -> None:
        """Hand on what was printed."""
        if hasattr(self, "_streams"):
            self._streams.flush()

    def fileno(self) -> int:
        """Refuse: there is no file behind it."""
        raise UnsupportedOperation("fileno")


def _without_engine(frames: TracebackType | None) -> TracebackType | None:
    kept = []
    while frames is not None:
        if not frames.tb_frame.f_globals.get("__name__", "").startswith("grading."):
            kept.append(frames)
        frames = frames.tb_next
    inner = None
    for one in reversed(kept):
        inner = TracebackType(inner, one.tb_frame, one.tb_lasti, one.tb_lineno)
    return inner


def _as_json(value: Any) -> Any:
    """Return the data of a display as JSON holds it: images as base64, all else that JSON cannot hold as text."""
    if isinstance(value, bytes):
        return base64.b64encode(value).decode("ascii")
    if isinstance(value, dict):
        return {str(key): _as_json(entry) for key, entry in value.items()}
    try:
        json.dumps(value, allow_nan=False)
    except (TypeError, ValueError, RecursionError):
        return str(value)
    return value


def _text(error: BaseException) -> str:
    try:
        return str(error)
    except Exception as failure:  # an exception of the student's may have any __str__
        return f"<no text: {type(failure).__name__}>"
