"""The drawings of the class report: what they say in words, and that they bring nothing along."""

import re
from xml.etree import ElementTree

import pytest

from grading.charts import Bar, check_bars, histogram

SVG = "{http://www.w3.org/2000/svg}"
BARS = (
    Bar("Keeps <its> & sign, from $0 to $5", {"good": 8, "part": 1, "bad": 2, "none": 0}),
    Bar("Returns a dictionary with all five gradients, each of them clipped to the interval", {"good": 11}),
)
DRAWINGS = {
    "histogram": histogram([0, 9.5, 20, 20, 19], 20),
    "empty histogram": histogram([], 20),
    "bars": check_bars("f0", "Checks of clip", BARS),
    "nobody": check_bars("f1", "Checks of clip", [Bar("Returns", {"good": 0})]),
}


def texts(svg: str) -> str:
    return " ".join("".join(element.itertext()) for element in ElementTree.fromstring(svg).iter(f"{SVG}text"))


@pytest.mark.parametrize("svg", DRAWINGS.values(), ids=DRAWINGS)
def test_a_drawing_is_one_element_with_words_and_nothing_from_outside(svg: str) -> None:
    root = ElementTree.fromstring(svg)
    assert root.tag == f"{SVG}svg"
    names = root.get("aria-labelledby", "").split()
    assert [(child.tag, child.get("id")) for child in root[:2]] == [(f"{SVG}title", names[0]), (f"{SVG}desc", names[1])]
    assert (root.get("role"), root.get("width"), root.get("height")) == ("img", None, None)
    assert not re.search(r"<(script|style|image|metadata)|\b(file|https?)://(?!www\.w3\.org/)|20\d\d-", svg)


@pytest.mark.parametrize("svg", DRAWINGS.values(), ids=DRAWINGS)
def test_a_drawing_has_colours_of_the_page_only(svg: str) -> None:
    assert not re.search(r"#[0-9a-f]{6}\b", svg)
    assert set(re.findall(r"var\(--(\w+)\)", svg)) <= {"good", "part", "bad", "none", "ink", "line"}


def test_two_drawings_of_a_page_share_no_name() -> None:
    ids = [
        set(re.findall(r'\bid="([^"]+)"', svg))
        for svg in (DRAWINGS["histogram"], *[DRAWINGS["bars"], DRAWINGS["nobody"]])
    ]
    assert all(ids)
    assert not ids[0] & ids[1] and not ids[1] & ids[2] and not ids[0] & ids[2]


def test_the_same_numbers_give_the_same_bytes() -> None:
    assert histogram([0, 9.5, 20, 20, 19], 20) == DRAWINGS["histogram"]
    assert check_bars("f0", "Checks of clip", BARS) == DRAWINGS["bars"]


@pytest.mark.parametrize(
    ("points", "possible", "words"),
    [
        (
            [0, 9.5, 20, 20, 19],
            20,
            "0 to under 1 points: 1; 9 to under 10 points: 1; 19 to under 20 points: 1; 20 points: 2",
        ),
        ([0, 5, 6], 5, "0 points: 1; 5 points: 2"),
        ([99, 100, 1], 100, "0 to 1 points: 1; 98 to 99 points: 1; 100 points: 1"),
        ([], 20, "Nobody has a score yet."),
    ],
)
def test_a_histogram_says_what_it_shows(points: list[float], possible: float, words: str) -> None:
    root = ElementTree.fromstring(histogram(points, possible))
    assert root[1].text == words


def test_bars_say_how_many_passed_and_what_became_of_the_others() -> None:
    root = ElementTree.fromstring(DRAWINGS["bars"])
    assert root[1].text == (
        "Keeps <its> & sign, from $0 to $5: 8 passed, 1 in part, 2 not passed; "
        "Returns a dictionary with all five gradients, each of them clipped to the interval: 11 passed"
    )
    assert "Keeps <its> & sign, from $0 to $5" in texts(DRAWINGS["bars"])
    assert "8 of 11" in texts(DRAWINGS["bars"])


def test_a_segment_is_as_wide_as_its_share() -> None:
    (segment,) = re.findall(
        r'd="M 0 [\d.]+ \s*L ([\d.]+) [^"]*"[^>]*var\(--good\)', check_bars("a", "", [Bar("x", {"good": 1, "bad": 3})])
    )
    full = 320 - 56
    assert float(segment) == pytest.approx(full / 4 - 1.5, abs=0.01)
