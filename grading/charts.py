"""The drawings of the class report: SVG that stands in the page, in the page's colours.

Matplotlib draws with placeholder colours, which become variables of the page's style sheet, so that a drawing is
right in light and dark. Text stays text, in the page's font. The same numbers give the same bytes.
"""

import io
import re
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from html import escape
from typing import Any

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure

# By their names in the style sheet. The values only have to differ, and to be nobody else's.
_COLORS = {
    "good": "#010101",
    "part": "#020202",
    "bad": "#030303",
    "none": "#040404",
    "ink": "#050505",
    "line": "#060606",
}
INCH = 72  # points; matplotlib writes an SVG in points, and the page shows one as a pixel
WIDTH = 320  # what a phone of 390 pixels has room for: text is as large there as it is drawn
TITLE_CHARACTERS = 56  # that fit into this width
_METADATA = dict.fromkeys(("Creator", "Date", "Format", "Type"))  # None: no version, no time


@dataclass(frozen=True)
class Bar:
    """One check: how many students have which kind of outcome."""

    title: str
    counts: Mapping[str, int]  # by the name of a colour: good, part, bad, none

    @property
    def total(self) -> int:
        """How many students there are."""
        return sum(self.counts.values())


def histogram(points: Sequence[float], max_points: float) -> str:
    """Draw how many students have how many points, a bar for each whole point up to 40, else for a range of them."""
    width = max(1, round(max_points / 40))
    bins = max(1, -(-int(max_points + 0.999) // width))
    counts = [0] * (bins + 1)
    for value in points:
        counts[min(int(max(value, 0) // width), bins)] += 1
    with _drawing(WIDTH, 160) as (figure, axes):
        axes.set_position((0.0, 0.24, 1.0, 0.76))  # room for the numbers below
        for place, count in enumerate(counts):
            if count:
                axes.bar(place * width, count, width=0.82 * width, color=_COLORS["good"], clip_on=False)
                _label(axes, place * width, count + max(counts) * 0.04, str(count), ha="center")
        axes.set_xlim(-width, (bins + 1) * width)
        axes.set_ylim(0, max(*counts, 1) * 1.18)
        axes.set_xlabel("points", color=_COLORS["ink"], fontsize=11)
        axes.set_xticks(range(0, int(max_points) + 1, max(1, 5 * width)))
        axes.tick_params(axis="x", length=0, labelsize=11, labelcolor=_COLORS["ink"])
        whole = all(float(value).is_integer() for value in points)
        filled = [
            _span(place * width, width, max_points, count, whole=whole) for place, count in enumerate(counts) if count
        ]
        text = "; ".join(filled) or "Nobody has a score yet."
        return _svg(figure, "scores", "Distribution of scores", text)


def _span(low: int, width: int, max_points: float, count: int, *, whole: bool) -> str:
    if low >= max_points:
        return f"{low} points: {count}"
    if not whole:
        return f"{low} to under {low + width} points: {count}"
    high = min(low + width - 1, int(max_points))
    return f"{low if high <= low else f'{low} to {high}'} points: {count}"


def check_bars(name: str, title: str, bars: Sequence[Bar]) -> str:
    """Draw a bar for each check of a graded function, cut into what became of it.

    Args:
        name: distinguishes this drawing from the others of the page.
        title: what the drawing shows.
        bars: the checks.
    """
    wrapped = ["\n".join(textwrap.wrap(bar.title, TITLE_CHARACTERS)) for bar in bars]
    heights = [15 * (text.count("\n") + 1) + 26 for text in wrapped]
    with _drawing(WIDTH, sum(heights)) as (figure, axes):
        axes.set_xlim(0, WIDTH)
        axes.set_ylim(sum(heights), 0)
        top = 0.0
        for bar, text, height in zip(bars, wrapped, heights, strict=True):
            _label(axes, 0, top + 2, text, va="top")
            _one_bar(axes, bar, top + height - 14)
            top += height
        return _svg(figure, name, title, "; ".join(f"{bar.title}: {_spoken(bar)}" for bar in bars))


def _one_bar(axes: Axes, bar: Bar, middle: float) -> None:
    width, left = WIDTH - 56, 0.0  # the rest is for the label
    axes.barh(middle, width, height=9, color=_COLORS["line"], clip_on=False)
    for color, count in bar.counts.items():
        share = width * count / max(bar.total, 1)
        if count:  # with a gap: not by colour alone
            axes.barh(middle, share - 1.5, left=left, height=9, color=_COLORS[color], clip_on=False)
        left += share
    _label(axes, WIDTH, middle, f"{bar.counts.get('good', 0)} of {bar.total}", ha="right", va="center")


def _spoken(bar: Bar) -> str:
    words = {"good": "passed", "part": "in part", "bad": "not passed", "none": "not written yet"}
    return ", ".join(f"{count} {words[color]}" for color, count in bar.counts.items() if count) or "nobody"


def _label(axes: Axes, x: float, y: float, text: str, **place: Any) -> None:
    # A dollar sign in a title begins no formula.
    axes.text(x, y, text, color=_COLORS["ink"], fontsize=11, linespacing=1.25, parse_math=False, **place)


@contextmanager
def _drawing(width: float, height: float) -> Iterator[tuple[Figure, Axes]]:
    """Yield a figure without a frame; our settings of matplotlib hold until it is written."""
    with mpl.rc_context({"svg.fonttype": "none", "svg.hashsalt": "class report"}):
        figure = Figure(figsize=(width / INCH, height / INCH), facecolor="none")
        axes = figure.add_axes((0.0, 0.0, 1.0, 1.0), facecolor="none")
        axes.set_xticks([])
        axes.set_yticks([])
        for spine in axes.spines.values():
            spine.set_visible(False)
        yield figure, axes


def _svg(figure: Figure, name: str, title: str, description: str) -> str:
    """Return the drawing as an element of a page: with names of its own, the page's colours, and words for it."""
    file = io.StringIO()
    figure.savefig(file, format="svg", metadata=_METADATA)
    svg = file.getvalue()
    svg = re.sub(
        r"\s*<defs>\s*<style.*?</style>\s*</defs>", "", svg[svg.index("<svg") :], flags=re.DOTALL
    )  # of the page
    for color, value in _COLORS.items():
        svg = svg.replace(value, f"var(--{color})")
    svg = re.sub(r'\bid="', f'id="{name}-', svg)
    svg = re.sub(r'(href="#|url\(#)', rf"\g<1>{name}-", svg)
    svg = re.sub(r"font-family: [^;\"]+", "font-family: system-ui, sans-serif", svg)
    box = re.search(r'viewBox="[^"]+"', svg)
    words = f'<title id="{name}-title">{escape(title)}</title><desc id="{name}-desc">{escape(description)}</desc>'
    opening = f'<svg class="chart" role="img" aria-labelledby="{name}-title {name}-desc" {box[0] if box else ""} '
    opening += 'xmlns:xlink="http://www.w3.org/1999/xlink" xmlns="http://www.w3.org/2000/svg">'
    return re.sub(r"<svg[^>]*>", lambda _: opening + words, svg, count=1)
