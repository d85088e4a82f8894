"""The outputs of one cell, as nbformat holds them. What comes in is a student's and may be anything."""

import json
from typing import Any

from nbformat import NotebookNode
from nbformat.v4 import new_output

from grading.errors import ProtocolError

MAX_OUTPUT_CHARACTERS = 200_000  # printed by one cell; more makes the autograded notebook unreadable
MAX_DISPLAY_CHARACTERS = 5_000_000  # of one cell's plots and results; a plot of 14,000 points as SVG has 1 million
MAX_ERROR_CHARACTERS = 2_000  # of an error or a result that is too long: enough to understand it
MAX_FLOOD_CHARACTERS = 50_000_000  # all that one cell may put out before it is ended: a loop of prints never stops
MAX_OUTPUTS = 1_000  # more displays than anybody looks at; each is a piece of HTML


class Outputs:
    """Collects the outputs of one cell, as far as there is room."""

    def __init__(self, target: list[NotebookNode], execution_count: int) -> None:
        self._target = target
        self._execution_count = execution_count
        self._written = {"printed": 0, "shown": 0}
        self._displays: dict[str, NotebookNode] = {}
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
            self.add_error(_text(output, "ename"), _text(output, "evalue"), output.get("traceback"))
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
            self._append(new_output("stream", name=name, text=text[:room]))

    def add_error(self, name: str, text: str, traceback: Any = None) -> None:
        """Take the error that has ended the cell."""
        lines = [_clean(line) for line in traceback] if _is_texts(traceback) else []
        size = sum(map(len, lines)) + len(text)
        room = MAX_DISPLAY_CHARACTERS - self._written["shown"]
        self._written["shown"] += size
        if size > room:
            text, lines = text[:MAX_ERROR_CHARACTERS], []
        self._target.append(new_output("error", ename=name, evalue=text, traceback=lines))

    def _show(self, kind: str, output: dict[str, Any]) -> None:
        data, metadata = _mapping(output, "data"), _mapping(output, "metadata")
        room = MAX_DISPLAY_CHARACTERS - self._written["shown"]
        size = len(str(data))
        self._written["shown"] += size
        if size > room and kind == "display_data":
            return
        if size > room:
            data = {"text/plain": str(data.get("text/plain"))[:MAX_ERROR_CHARACTERS]}
        fields = {"execution_count": self._execution_count} if kind == "execute_result" else {}
        new = new_output(kind, data=data, metadata=metadata, **fields)
        display_id = output.get("display_id")
        if isinstance(display_id, str):
            if output.get("update") is True:
                if display_id in self._displays:
                    self._displays[display_id].update(data=new.data, metadata=new.metadata)
                return
            self._displays[display_id] = new
        self._append(new)

    def _append(self, output: NotebookNode) -> None:
        if len(self._target) < MAX_OUTPUTS:
            self._target.append(output)

    def finish(self) -> None:
        """Say at the end what was left out."""
        for written, limit in (("printed", MAX_OUTPUT_CHARACTERS), ("shown", MAX_DISPLAY_CHARACTERS)):
            if self._written[written] > limit:
                text = f"\n... {self._written[written] - limit:,} characters left out\n"
                self._target.append(new_output("stream", name="stdout", text=text))


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


def _mapping(output: dict[str, Any], name: str) -> dict[str, Any]:
    value = output.get(name)
    if not isinstance(value, dict):
        raise ProtocolError(f"The {name!r} of an output should be a dictionary.")
    return {_clean(key): _content(key, entry) for key, entry in value.items()}


def _content(kind: str, entry: Any) -> Any:
    """Return what a notebook may hold under a MIME type or as metadata: text, or JSON that every file can hold."""
    if isinstance(entry, str):
        return _clean(entry)
    if "/" in kind and not kind.endswith("json"):
        return _clean(str(entry))
    return json.loads(_clean(json.dumps(entry, ensure_ascii=False)))
