"""The texts that assignments read and that this course may not ship: found in a folder, or downloaded once.

A text is looked for in this order, and checked by its hash wherever it comes from:

1. the folder named in the environment variable COURSE_DATA,
2. the folder ``data`` beside the notebook,
3. the cache of an earlier download,
4. its address, through pooch.
"""

import hashlib
import os
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

FOLDER = "COURSE_DATA"  # the environment variable
BESIDE_NOTEBOOK = Path("data")
CACHE = "dinosaur-island-course"  # the name of the folder below the user's caches
SECONDS = 30  # without an answer; both texts are smaller than 200 kB


@dataclass(frozen=True)
class Text:
    """A file that is known by its hash."""

    title: str
    url: str
    sha256: str


TEXTS = {
    "timemachine.txt": Text(
        "The Time Machine by H. G. Wells, 1895",
        "http://d2l-data.s3-accelerate.amazonaws.com/timemachine.txt",
        "8424dbd9532ac81f7e5f0b6add90e6952baea29158309d7d1bf3884f4e12c516",
    ),
    "shakespeare_sonnets.txt": Text(
        "The Sonnets by William Shakespeare",
        "https://raw.githubusercontent.com/jungsoh/rnn-character-level-language-model/"
        "b359fefb96bb0d18ed7f3a90b442c31510ae1131/shakespeare.txt",
        "1b454b67b44e6f367c83a17ed295c46c5d4a1173cf5d09161882af4041bae023",
    ),
}


class TextError(OSError):
    """A text could not be had, or is another one than it should be; the sentence says where to put it."""


def load_text(name: str) -> str:
    """Return one of `TEXTS` as it is in its file.

    Raises:
        KeyError: there is no text of this name.
        TextError: it is in no folder and could not be downloaded, or a file of its name is not this text.
    """
    if name not in TEXTS:
        raise KeyError(f"There is no text {name!r}. Known ones: {', '.join(TEXTS)}.")
    return (find_text(name) or _download(name)).read_text(encoding="utf-8")


def find_text(name: str) -> Path | None:
    """Return the file of a text if a folder or the cache has it; None if it would have to be downloaded.

    Raises:
        TextError: the file in a folder is another one than it should be.
    """
    folders = [Path(folder) for folder in [os.environ.get(FOLDER, "")] if folder]
    for folder in (*folders, BESIDE_NOTEBOOK):
        if (folder / name).is_file():
            return _checked(folder / name, TEXTS[name])
    cached = _cache() / name
    return cached if cached.is_file() and _digest(cached) == TEXTS[name].sha256 else None


def _checked(path: Path, text: Text) -> Path:
    if (found := _digest(path)) != text.sha256:
        raise TextError(
            f"{path.resolve()} is not the text that is meant, {text.title}: its SHA-256 should be {text.sha256}, but "
            f"is {found}. Replace the file, or delete it: it can be downloaded from {text.url}"
        )
    return path


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _cache() -> Path:
    """Return the folder for downloads, where pooch has its own: it follows XDG_CACHE_HOME."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / CACHE


def _download(name: str) -> Path:
    text = TEXTS[name]
    try:
        import pooch  # noqa: PLC0415 # not needed where the file is at hand

        downloader = pooch.HTTPDownloader(progressbar=find_spec("tqdm") is not None, timeout=SECONDS)
        return Path(pooch.retrieve(text.url, f"sha256:{text.sha256}", fname=name, path=_cache(), downloader=downloader))
    except (ImportError, OSError, ValueError) as error:  # no pooch; no network or no room; another file came
        raise TextError(
            f"{name} ({text.title}) is in no folder, and could not be downloaded: {_reason(error)}. Get it from "
            f"{text.url} on a machine with a network, and put it into the folder {BESIDE_NOTEBOOK.resolve()}, or into "
            f"any other folder that the environment variable {FOLDER} names."
        ) from error


def _reason(error: Exception) -> str:
    if isinstance(error, ImportError):
        return "the package pooch is not installed"
    if isinstance(error, ValueError):
        return "what came is another file than it should be (its hash differs)"
    return f"{type(error).__name__}, so there may be no network here"
