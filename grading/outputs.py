"""The outputs of one cell, as nbformat holds them. What comes in is a student's and may be anything."""

import json
import re
from collections.abc import Callable, Iterable
from typing import Any

from nbformat import NotebookNode, from_dict

from grading.errors import ProtocolError
from grading.wire import MAX_DISPLAY_CHARACTERS

MAX_OUTPUT_CHARACTERS = 200_000  # printed by one cell; more makes the autograded notebook unreadable
MAX_ERROR_CHARACTERS = 2_000  # of an error or a result that is too long: enough to understand it
MAX_FLOOD_CHARACTERS = 50_000_000  # all that one cell may put out before it is ended: a loop of prints never stops
MAX_OUTPUTS = 1_000  # more displays than anybody looks at; each is a piece of HTML
MAX_ERRORS = 20  # a cell has one; each may have a traceback
MAX_NAME_CHARACTERS = 200  # of an exception's type, or of the id of a display
MAX_NESTING = 50  # of JSON that is shown; nbformat recurses, and fails where it is nested some hundred levels deep
LINE_CHARACTERS = 50  # what a line of a traceback costs in a file beside its text, so that empty ones are not free


class Outputs:
    """Collects the outputs of one cell, as far as there is room."""

    def __init__(self, target: list[NotebookNode], execution_count: int) -> None:
        self._target = target
        self._execution_count = execution_count
        self._written = {"printed": 0, "shown": 0}
        self._displays: dict[str, NotebookNode] = {}
        self._errors = 0
        self._clear_first = False

    def add(self, output: Any) -> None:
        """Take one output as a process of a run describes it.

        Raises:
            ProtocolError: it is none.
            OverflowError: the cell has put out more than it may, and should be ended.
        """
        kind = output.get("output_type") if isinstance(output, dict) else None
        if kind == "clear":
            self._clear_first = True
            return
        if kind not in ("stream", "display_data", "execute_result", "error"):
            raise ProtocolError("An output is of no kind that a notebook knows.")
        if self._clear_first:
            self._target.clear()
            self._displays.clear()
            self._clear_first = False
        if kind == "stream":
            self._print(output)
        elif kind == "error":
            self._errors += 1
            if self._errors <= MAX_ERRORS:
                name, text = _text(output, "ename")[:MAX_NAME_CHARACTERS], _text(output, "evalue")
                self.add_error(name, text, output.get("traceback"))
        else:
            self._show(kind, output)
        if sum(self._written.values()) > MAX_FLOOD_CHARACTERS:
            raise OverflowError("The cell puts out too much.")

    def _print(self, output: dict[str, Any]) -> None:
        name, text = output.get("name"), _text(output, "text")
        if name not in ("stdout", "stderr"):
            raise ProtocolError("A notebook knows no such stream.")
        room = MAX_OUTPUT_CHARACTERS - self._written["printed"]
        self._written["printed"] += len(text)
        if room <= 0:
            return
        last = self._target[-1] if self._target else None
        if last is not None and last.output_type == "stream" and last.name == name:
            last.text += text[:room]
        else:
            self._append(_output("stream", name=name, text=text[:room]))

    def add_error(self, name: str, text: str, traceback: Any = None) -> None:
        """Take the error that has ended the cell."""
        lines = [_clean(line) for line in traceback] if _is_texts(traceback) else []
        size = sum(len(line) + LINE_CHARACTERS for line in lines) + len(text)
        room = MAX_DISPLAY_CHARACTERS - self._written["shown"]
        self._written["shown"] += size
        if size > room:
            text, lines = text[:MAX_ERROR_CHARACTERS], []
        self._target.append(_output("error", ename=name, evalue=text, traceback=lines))

    def _show(self, kind: str, output: dict[str, Any]) -> None:
        data, metadata = _mapping(output, "data", _shown), _mapping(output, "metadata", _plain)
        room = MAX_DISPLAY_CHARACTERS - self._written["shown"]
        size = len(str(data)) + len(str(metadata))
        self._written["shown"] += size
        if size > room and kind == "display_data":
            return
        if size > room:
            data, metadata = {"text/plain": str(data.get("text/plain"))[:MAX_ERROR_CHARACTERS]}, {}
        fields = {"execution_count": self._execution_count} if kind == "execute_result" else {}
        new = _output(kind, data=data, metadata=metadata, **fields)
        display_id = output.get("display_id")
        if not isinstance(display_id, str) or len(display_id) > MAX_NAME_CHARACTERS:
            self._append(new)
        elif output.get("update") is not True:
            if self._append(new):
                self._displays[display_id] = new
        elif display_id in self._displays:
            self._displays[display_id].update(data=new.data, metadata=new.metadata)

    def _append(self, output: NotebookNode) -> bool:
        there_is_room = len(self._target) < MAX_OUTPUTS
        if there_is_room:
            self._target.append(output)
        return there_is_room

    def finish(self) -> None:
        """Say at the end what was left out."""
        for written, limit in (("printed", MAX_OUTPUT_CHARACTERS), ("shown", MAX_DISPLAY_CHARACTERS)):
            if self._written[written] > limit:
                text = f"\n... {self._written[written] - limit:,} characters left out\n"
                self._target.append(_output("stream", name="stdout", text=text))


def _output(kind: str, **fields: Any) -> NotebookNode:
    """Return an output; unlike nbformat's `new_output` without a validation, which takes longer than most cells."""
    node: NotebookNode = from_dict({"output_type": kind, **fields})
    return node


def _text(output: dict[str, Any], name: str) -> str:
    value = output.get(name)
    if not isinstance(value, str):
        raise ProtocolError(f"The {name!r} of an output should be text.")
    return _clean(value)


def _clean(text: str) -> str:
    """Return text that every file can hold: half of a surrogate pair becomes a question mark."""
    return text if text.isascii() else text.encode("utf-8", "replace").decode()


def _is_texts(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(line, str) for line in value)


def _mapping(output: dict[str, Any], name: str, content: Callable[[str, Any], Any]) -> dict[str, Any]:
    value = output.get(name)
    if not isinstance(value, dict):
        raise ProtocolError(f"The {name!r} of an output should be a dictionary.")
    return {_clean(key): content(key, entry) for key, entry in value.items()}


def _shown(kind: str, entry: Any) -> Any:
    """Return what a notebook may hold under a MIME type: text, or JSON where the type is one of JSON's."""
    if re.fullmatch(r"application/(.*\+)?json", kind):
        return _plain(kind, entry)
    return _clean(entry if isinstance(entry, str) else str(_plain(kind, entry)))


def _plain(_: str, entry: Any) -> Any:
    """Return JSON that every file can hold."""
    if _is_too_deep(entry):
        return "<nested too deeply>"
    return json.loads(_clean(json.dumps(entry, ensure_ascii=False)), parse_constant=str)  # NaN is no JSON


def _is_too_deep(value: Any) -> bool:
    level = [value]
    for _ in range(MAX_NESTING):
        level = [entry for container in level for entry in _entries(container)]
        if not level:
            return False
    return True


def _entries(value: Any) -> Iterable[Any]:
    if isinstance(value, dict):
        return value.values()
    return value if isinstance(value, list) else ()
