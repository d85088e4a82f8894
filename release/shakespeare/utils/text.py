"""Names as text and as indices."""

from collections.abc import Iterable, Mapping
from pathlib import Path

NAMES_FILE = Path(__file__).with_name("dinos.txt")  # 1,536 dinosaur names, one a line: a plain list of facts


def load_names(path: str | Path = NAMES_FILE) -> str:
    r"""Return the whole file in lower case, one name a line (without a path: the 1,536 dinosaur names).

    Raises:
        FileNotFoundError: there is no such file.
        UnicodeDecodeError: the file is not UTF-8 text.
    """
    return Path(path).read_text(encoding="utf-8").lower()


def vocabulary(text: str) -> tuple[dict[str, int], dict[int, str]]:
    r"""Return `char_to_ix` and `ix_to_char` for the sorted distinct characters of `text` and the newline.

    The newline marks the end of a name. It sorts before every letter, so it has index 0.
    """
    characters = sorted({*text, "\n"})
    return {c: i for i, c in enumerate(characters)}, dict(enumerate(characters))


def print_sample(sample_ix: Iterable[int], ix_to_char: Mapping[int, str]) -> None:
    """Print indices as text, the first character as a capital; a newline at the end of the indices ends the line."""
    text = "".join(ix_to_char[int(index)] for index in sample_ix)
    print(text[:1].upper() + text[1:], end="")


char_to_ix, ix_to_char = vocabulary(load_names())
