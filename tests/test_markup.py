"""What becomes of text that wants to be more than text."""

from collections.abc import Callable

import pytest

from grading.markup import MAX_CHARACTERS, code, formula, markdown

TAGS = {"p", "a", "em", "strong", "code", "pre", "span", "div", "img", "ul", "ol", "li", "blockquote", "br", "hr"}
TAGS |= {"h4", "h5", "h6", "table", "thead", "tbody", "tr", "th", "td"}
TAGS |= {"math", "mfrac", "mi", "mn", "mo", "mover", "mrow", "mspace", "mstyle", "msub", "msubsup", "msup", "mtext"}
ATTRIBUTES = {"href", "rel", "src", "alt", "class", "display", "mathvariant", "stretchy", "accent", "width"}
ATTRIBUTES |= {"fence", "form", "displaystyle", "scriptlevel"}
TagsOf = Callable[[str], list[tuple[str, dict[str, str]]]]
FIGURES = {"figures/clip.svg": "data:image/svg+xml;base64,AAAA"}


HOSTILE = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "a <b onclick='alert(1)'>b</b> c",
    "<div>\n\n<svg onload=alert(1)>\n\n</div>",
    "<!-- --><style>*{display:none}</style>",
    "[a](javascript:alert(1))",
    "[a](JaVaScRiPt&#58;alert(1))",
    "[a](java\tscript:alert(1))",
    "[a]( data:text/html,<script>alert(1)</script> )",
    "[a](vbscript:x) <javascript:alert(1)> [b](file:///etc/passwd) [c](//evil.example/x)",
    "[a][r]\n\n[r]: javascript:alert(1)",
    '[a](https://b.example "x\\" onmouseover=alert(1)")',
    "[a](https://b.example/\"onmouseover='alert(1)')",
    "![a](https://evil.example/pixel.png)",
    "![a](javascript:alert(1)) ![b](data:text/html,x) ![c](../../gradebook.db)",
    '![a" onload="alert(1)](figures/clip.svg)',
    "![<script>alert(1)</script>](figures/clip.svg)",
    r"$\href{javascript:alert(1)}{x}$",
    r"$\style{background:url(https://evil.example)}{x}$",
    r"$\class{head}{x}$ and $$\color{red\" onload=alert(1)}{x}$$",
    r"$\text{<script>alert(1)</script>}$ $\text{&lt;script&gt;alert(1)&lt;/script&gt;}$",
    r"$\mathrm{<img src=x onerror=alert(1)>$",
    "$<script>$ $</math><script>alert(1)</script>$",
    "```html\n<script>alert(1)</script>\n```",
    "```python\n'<script>alert(1)</script>'\n```",
    '```"><script>alert(1)</script>\nx\n```',
    "`<script>alert(1)</script>`",
    "| <script>alert(1)</script> | b |\n|:-:|---|\n| <img src=x onerror=alert(1)> | $\\href{javascript:a}{b}$ |",
    "# <script>alert(1)</script> {#top onclick=alert(1)}",
    "x" * MAX_CHARACTERS + "<script>alert(1)</script>",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_no_tag_handler_or_address_of_a_writer_arrives(text: str, tags_of: TagsOf) -> None:
    for tag, attributes in tags_of(markdown(text, FIGURES)):
        assert tag in TAGS
        assert set(attributes) <= ATTRIBUTES
        assert attributes.get("href", "https://").startswith("https://")
        assert attributes.get("src") in (None, FIGURES["figures/clip.svg"])
        assert attributes.get("class", "wide") in {"wide", *"cfkns"}


@pytest.mark.parametrize(
    "text",
    [
        "[" * 9_999,
        "> " * 4_999,
        "*a " * 3_333,
        "$a " * 3_333,
        "`" * 9_999,
        "[a](" * 2_499,
        "<a " * 3_333,
        "![" * 4_999,
        "|" * 5_000 + "\n" + "|-" * 2_499,
        "$" + "{" * 900 + "$",
        "$" + r"\frac{" * 150 + "$",
        "$x" + "^{a" * 200 + "$",
    ],
    ids=lambda text: text[:8],
)
def test_a_text_made_to_be_slow_or_deep_is_shown_all_the_same(text: str) -> None:
    assert markdown(text)


def test_links_to_the_web_to_mail_and_within_the_page_stay(tags_of: TagsOf) -> None:
    html = markdown("[a](https://example.org/?a=1&b=2) [b](mailto:a@example.org) [c](#checks)")
    links = [attributes["href"] for tag, attributes in tags_of(html) if tag == "a"]
    assert links == ["https://example.org/?a=1&b=2", "mailto:a@example.org", "#checks"]


def test_markdown_becomes_what_it_means() -> None:
    html = markdown("## Title\n\nA *word*, `code` and $x_1$.\n\n| a |\n|---|\n| b |")
    for part in ("<h5>Title</h5>", "<em>word</em>", "<code>code</code>", "<msub><mi>x</mi><mn>1</mn></msub>", "<td>b"):
        assert part in html


def test_a_figure_is_shown_once_and_others_by_their_alternative_text() -> None:
    html = markdown("![One](figures/clip.svg) ![Two](figures/clip.svg) ![Three](figures/other.svg)", FIGURES)
    assert html.count("<img") == 1
    assert 'alt="One"' in html
    assert "<em>Two</em>" in html
    assert "<em>Three</em>" in html


def test_a_formula_is_mathml_and_one_that_cannot_be_read_stays_as_it_is() -> None:
    assert formula(r"m = \texttt{learning\_rate}").endswith("learning_rate</mtext></mrow></math>")
    assert 'display="block"' in formula("a", display="block")
    assert formula(r"\mathrm{") == r"<code>\mathrm{</code>"
    assert formula("<" * 2_000) == f"<code>{'&lt;' * 2_000}</code>"


def test_code_is_coloured_and_every_character_of_it_is_there() -> None:
    source = "# first\ndef f(x):\n    return '<b>' if x < 2.5 else \"&amp;\"\n\n%config a\n"
    html = code(source)
    assert '<span class="c"># first</span>' in html
    assert '<span class="f">f</span>' in html
    assert "<b>" not in html
    assert html.striptags() == " ".join(source.split())
