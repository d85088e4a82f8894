"""The outputs of a cell as a page may show them: text, pictures, errors.

What comes in is a student's and may be anything.
"""

import base64
import binascii
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from grading.markup import NOTHING, markdown

MAX_LINES = 100  # of one output; the training of the course's network prints 64
MAX_LINE_CHARACTERS = 1_000  # whoever prints an array wants its beginning
MAX_EXHIBITS = 50  # of one cell; a loop of displays may make a thousand
MAX_RICH_CHARACTERS = 2_000  # of one output that is typeset: half a page
PICTURES = ("image/png", "image/jpeg", "image/gif")

_ANSI = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|.)", re.DOTALL)
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")  # no character of HTML


@dataclass(frozen=True)
class Exhibit:
    """One output as a page shows it; of `text`, `picture` and `rich` one is not empty."""

    text: str = ""  # printed, returned, or a traceback; not escaped
    picture: str = ""  # a data URI
    rich: Markup = NOTHING  # safe HTML
    error: str = ""  # "ValueError: too large", where the output is an error; `text` is its traceback
    stderr: bool = False


def exhibits(outputs: Sequence[Any]) -> tuple[Exhibit, ...]:
    """Return the outputs of a cell, as nbformat holds them, less those that a page cannot show."""
    found = [_exhibit(output) for output in outputs[:MAX_EXHIBITS]]
    if len(outputs) > MAX_EXHIBITS:
        found.append(Exhibit(f"... {len(outputs) - MAX_EXHIBITS:,} outputs left out ..."))
    return tuple(exhibit for exhibit in found if exhibit.text or exhibit.picture or exhibit.rich or exhibit.error)


def _exhibit(output: Any) -> Exhibit:
    kind = output.get("output_type")
    if kind == "stream":
        return Exhibit(plain(output.get("text", "")), stderr=output.get("name") == "stderr")
    if kind == "error":
        error = plain(f"{output.get('ename', '')}: {output.get('evalue', '')}".removesuffix(": "))
        return Exhibit(plain("\n".join(output.get("traceback", []))), error=error.strip())
    return _shown(output.get("data", {}))


def _shown(data: Any) -> Exhibit:
    """Return what is displayed or returned. HTML and JavaScript have no place here; their plain text has."""
    if picture := next(filter(None, (data_uri(kind, data[kind]) for kind in _kinds_of_pictures(data))), ""):
        return Exhibit(picture=picture)
    for kind in ("text/markdown", "text/latex"):
        if isinstance(data.get(kind), str) and len(data[kind]) <= MAX_RICH_CHARACTERS:
            return Exhibit(rich=markdown(data[kind]))
    return Exhibit(plain(str(data.get("text/plain", ""))))


def _kinds_of_pictures(data: Any) -> Sequence[str]:
    return [kind for kind in ("image/svg+xml", *PICTURES) if isinstance(data.get(kind), str)]


def data_uri(kind: str, content: str) -> str:
    """Return a picture of a notebook as a data URI; an empty text where it is none.

    An SVG can hold a script: it must stand in an ``<img>`` only, where no browser runs it or loads anything for it.
    """
    if kind == "image/svg+xml":
        return f"data:{kind};base64,{base64.b64encode(content.encode('utf-8', 'replace')).decode()}"
    try:
        data = base64.b64decode("".join(content.split()), validate=True) if kind in PICTURES else b""
    except (binascii.Error, ValueError):
        return ""
    return f"data:{kind};base64,{base64.b64encode(data).decode()}" if data else ""


def plain(text: str) -> str:
    """Return text as a terminal leaves it, without colours, and of a long one the beginning and the end."""
    lines = _CONTROL.sub("", _ANSI.sub("", text)).rstrip().split("\n")
    if len(lines) > MAX_LINES:
        first, last = MAX_LINES * 3 // 4, MAX_LINES // 4
        left_out = f"... {len(lines) - first - last:,} lines left out ..."
        lines = [*lines[:first], left_out, *lines[-last:]]
    return "\n".join(_cut(_as_left(line)) for line in lines)


def _as_left(line: str) -> str:
    """Return what is left of a line that a progress bar has written over again and again."""
    return line.rstrip("\r").rpartition("\r")[2]


def _cut(line: str) -> str:
    left_out = len(line) - MAX_LINE_CHARACTERS
    return line if left_out <= 0 else f"{line[:MAX_LINE_CHARACTERS]} ... {left_out:,} characters left out"
