"""Text of anybody's as HTML that can do nothing: Markdown, formulas, code.

Every tag that leaves this module is written here or stands on a list here; all else is escaped. There is no raw HTML,
no link but to the web, to mail or within the page, and no picture that would have to be loaded.
"""

import html
import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any
from xml.etree.ElementTree import Element

import mistune
from latex2mathml.converter import convert_to_element
from markupsafe import Markup, escape
from mistune import HTMLRenderer
from pygments import lex
from pygments.lexers import PythonLexer
from pygments.token import Comment, Keyword, Name, Number, Operator, String

MAX_CHARACTERS = 10_000  # of one cell that is typeset or coloured, 0.2 s at worst; a longer one stays plain
MAX_FORMULA_CHARACTERS = 1_000  # ten lines; a longer formula is shown as it was typed
FIGURE_TYPES = {
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
    ".gif": "image/gif",
}

NOTHING = Markup()

# What latex2mathml makes of formulas; not among them: href, style, class and id, which a writer can set.
_MATH_TAGS = re.compile(
    "math|mfrac|mi|mn|mo|mover|mpadded|mphantom|mroot|mrow|mspace|msqrt|mstyle|msub|msubsup|msup|mtable|mtd|mtext|mtr|"
    "munder|munderover"
)
_MATH_ATTRIBUTES = re.compile(
    "accent|accentunder|columnalign|depth|display|displaystyle|fence|form|height|largeop|linethickness|lspace|"
    "mathvariant|maxsize|minsize|movablelimits|rspace|scriptlevel|separator|stretchy|symmetric|width"
)
_SAFE_LINK = re.compile(r"(?:https?://|mailto:|#)[^\s\x00-\x20]*", re.IGNORECASE)


def markdown(text: str, figures: Mapping[str, str] | None = None) -> Markup:
    """Return Markdown as HTML.

    Args:
        text: the source, of anybody's.
        figures: data URIs by the names that pictures in the text may have; each is shown once, so that a page
            stays as small as what it is made from. In the place of other pictures stands their alternative text.
    """
    if len(text) > MAX_CHARACTERS:
        return Markup("<pre>{}</pre>").format(text)
    typeset = mistune.create_markdown(renderer=_Renderer(dict(figures or {})), plugins=["table", "math"])
    try:
        return Markup(typeset(text))  # every method of the renderer below returns what is safe
    except Exception:  # a parser may fail in any way on text that is made for that; the text itself can always be shown
        return Markup("<pre>{}</pre>").format(text)


class _Renderer(HTMLRenderer):
    """Mistune's renderer, with raw HTML escaped, fewer links, and no attribute that a writer can set."""

    def __init__(self, figures: dict[str, str]) -> None:
        super().__init__(escape=True)
        self._figures = figures

    def heading(self, text: str, level: int, **_: object) -> str:
        """Return a heading; the page has three levels of its own above it."""
        level = min(level + 3, 6)
        return f"<h{level}>{text}</h{level}>\n"

    def link(self, text: str, url: str, title: str | None = None) -> str:
        """Return a link, or its text alone where it leads to anything but the web, mail or this page."""
        if not _SAFE_LINK.fullmatch(url):
            return text
        return f'<a href="{escape(url)}" rel="noreferrer noopener">{text}</a>'

    def image(self, text: str, url: str, title: str | None = None) -> str:
        """Return a picture of ours, else its alternative text."""
        alternative = html.unescape(re.sub(r"<[^>]*>", "", text))
        source = self._figures.pop(url, None)
        if source is None:
            return f"<em>{escape(alternative)}</em>"
        return f'<img src="{escape(source)}" alt="{escape(alternative)}">'

    def block_code(self, code_: str, info: str | None = None) -> str:
        """Return a block of code."""
        return f"<pre>{code(code_) if (info or '').startswith('py') else escape(code_)}</pre>\n"

    def inline_math(self, text: str) -> str:
        """Return a formula in a line."""
        return str(formula(text, display="inline"))

    def block_math(self, text: str) -> str:
        """Return a formula that stands by itself."""
        return str(formula(text, display="block"))

    def table(self, text: str) -> str:
        """Return a table that is scrolled by itself on a narrow page."""
        return f'<div class="wide"><table>{text}</table></div>\n'

    def table_cell(self, text: str, align: str | None = None, head: bool = False) -> str:
        """Return a cell of a table."""
        return f"<th>{text}</th>" if head else f"<td>{text}</td>"


@lru_cache(maxsize=1024)  # the formulas of the instructions are the same on every page
def formula(latex: str, display: str = "inline") -> Markup:
    """Return a formula as MathML; one that cannot be read stands there as it was typed."""
    if len(latex) <= MAX_FORMULA_CHARACTERS:
        try:
            return _mathml(convert_to_element(latex.strip(), display=display))
        except Exception:  # latex2mathml raises nearly anything, RecursionError included
            pass
    return Markup("<code>{}</code>").format(latex)


def _mathml(element: Element) -> Markup:
    r"""Return an element of latex2mathml's with known tags and attributes only: ``\href`` and ``\style`` lose theirs.

    Its texts hold entities such as ``&#x027E8;``, and whatever stands in ``\text{...}``, unescaped.
    """
    tag = element.tag if _MATH_TAGS.fullmatch(element.tag) else "mrow"
    known = [(name, value) for name, value in element.attrib.items() if _MATH_ATTRIBUTES.fullmatch(name)]
    attributes = NOTHING.join(Markup(' {}="{}"').format(name, value) for name, value in known)
    text = html.unescape(element.text or "")
    if tag == "mtext":
        text = re.sub(r"\\([_$%&#{}])", r"\1", text)  # \texttt{learning\_rate}
    inner = NOTHING.join([escape(text), *(_mathml(child) for child in element)])
    return Markup("<{}{}>{}</{}>").format(Markup(tag), attributes, inner, Markup(tag))


_COLOURS: tuple[tuple[Any, str], ...] = (
    (Comment, "c"),
    (String, "s"),
    (Number, "n"),
    (Keyword, "k"),
    (Operator.Word, "k"),
    (Name.Function, "f"),
    (Name.Class, "f"),
)


@lru_cache(maxsize=256)  # checks and look cells are the same on most pages
def code(source: str) -> Markup:
    """Return Python code with its comments, strings, numbers, keywords and definitions marked by classes."""
    if len(source) > MAX_CHARACTERS:
        return escape(source)
    return NOTHING.join(_coloured(kind, text) for kind, text in lex(source, PythonLexer(stripnl=False, ensurenl=False)))


def _coloured(kind: Any, text: str) -> Markup:
    colour = next((colour for parent, colour in _COLOURS if kind in parent), None)
    return Markup('<span class="{}">{}</span>').format(colour, text) if colour else escape(text)
