"""The texts that are not shipped: where they are looked for, and what is said where they are not."""

import hashlib
import http.server
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from utils import texts
from utils.texts import TEXTS, Text, TextError, find_text, load_text

OWN = "A small text of our own.\nIt has two lines.\n"
KNOWN = hashlib.sha256(OWN.encode()).hexdigest()
NOWHERE = "http://127.0.0.1:9/own.txt"  # nobody listens on the discard port


@pytest.fixture(autouse=True)
def nothing_at_hand(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("COURSE_DATA", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setitem(TEXTS, "own.txt", Text("Our own text", NOWHERE, KNOWN))


def place(folder: Path, content: str = OWN) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "own.txt").write_text(content, encoding="utf-8")
    return folder


@pytest.fixture
def served(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """A server on the loopback that has the text; the requests that it got."""
    requests: list[str] = []
    folder = place(tmp_path / "served")

    class Handler(http.server.SimpleHTTPRequestHandler):
        def __init__(self, *args: object) -> None:
            super().__init__(*args, directory=str(folder))  # type: ignore[arg-type]

        def log_message(self, format: str, *args: object) -> None:
            requests.append(self.path)

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        url = f"http://127.0.0.1:{server.server_port}/own.txt"
        monkeypatch.setitem(TEXTS, "own.txt", Text("Our own text", url, KNOWN))
        yield requests
        server.shutdown()
        thread.join(timeout=10)


def test_the_folder_of_the_environment_comes_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place(tmp_path / "data")
    monkeypatch.setenv("COURSE_DATA", str(place(tmp_path / "given")))
    assert find_text("own.txt") == tmp_path / "given" / "own.txt"
    assert load_text("own.txt") == OWN


def test_then_comes_the_folder_beside_the_notebook_and_then_the_cache(tmp_path: Path) -> None:
    assert find_text("own.txt") is None
    place(tmp_path / "cache" / texts.CACHE, "something that a broken download has left")
    assert find_text("own.txt") is None
    place(tmp_path / "cache" / texts.CACHE)
    assert find_text("own.txt") == tmp_path / "cache" / texts.CACHE / "own.txt"
    place(tmp_path / "data")
    assert load_text("own.txt") == OWN
    assert find_text("own.txt") == Path("data/own.txt")


def test_a_download_happens_once(served: list[str]) -> None:
    pytest.importorskip("pooch", reason="pooch is not installed: it comes with the assignments in PyTorch")
    assert load_text("own.txt") == OWN
    assert load_text("own.txt") == OWN
    assert served == ["/own.txt"]


def test_a_download_of_another_file_is_refused(served: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("pooch", reason="pooch is not installed: it comes with the assignments in PyTorch")
    monkeypatch.setitem(TEXTS, "own.txt", Text("Our own text", TEXTS["own.txt"].url, "0" * 64))
    with pytest.raises(TextError, match="another file than it should be"):
        load_text("own.txt")
    assert find_text("own.txt") is None


def test_without_a_network_the_error_says_where_to_put_the_file(tmp_path: Path) -> None:
    with pytest.raises(TextError) as caught:
        load_text("own.txt")
    said = str(caught.value)
    for part in ("own.txt (Our own text)", NOWHERE, str(tmp_path / "data"), "COURSE_DATA"):
        assert part in said


def test_another_file_of_that_name_is_not_taken_for_it(tmp_path: Path) -> None:
    place(tmp_path / "data", "something else")
    with pytest.raises(TextError, match="is not the text that is meant, Our own text") as caught:
        load_text("own.txt")
    assert str(tmp_path / "data" / "own.txt") in str(caught.value)


def test_an_unknown_text_is_told_with_the_known_ones() -> None:
    with pytest.raises(KeyError, match=r"There is no text 'poem.txt'. Known ones: timemachine.txt"):
        load_text("poem.txt")
