"""Writing: a reader sees the old file or the new one, and a folder is never lost."""

import stat
from pathlib import Path

import pytest

from grading.files import replace_folder, write_atomically


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_file_is_written_and_replaced_and_nothing_else_stays(tmp_path: Path) -> None:
    path = tmp_path / "record.json"
    for data in (b"old", b"", b"new\x00\xff"):
        write_atomically(path, data)
        assert path.read_bytes() == data
    assert list(tmp_path.iterdir()) == [path]


def test_a_written_file_can_be_read_by_everybody_and_written_by_its_owner(tmp_path: Path) -> None:
    write_atomically(tmp_path / "page.html", b"")
    assert stat.S_IMODE((tmp_path / "page.html").stat().st_mode) == 0o644


def test_a_link_is_replaced_and_not_followed(tmp_path: Path) -> None:
    (tmp_path / "target").write_bytes(b"old")
    (tmp_path / "link").symlink_to("target")
    write_atomically(tmp_path / "link", b"new")
    assert (tmp_path / "target").read_bytes() == b"old"
    assert not (tmp_path / "link").is_symlink()


def test_where_renaming_fails_the_old_file_stays_and_the_temporary_one_goes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(self: Path, target: Path) -> Path:
        assert self.read_bytes() == b"new"  # written as a whole before it is renamed
        raise OSError(28, "No space left on device")

    path = tmp_path / "record.json"
    path.write_bytes(b"old")
    monkeypatch.setattr(Path, "replace", fail)
    with pytest.raises(OSError, match="No space"):
        write_atomically(path, b"new")
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_missing_folder_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        write_atomically(tmp_path / "missing" / "record.json", b"")


@pytest.fixture
def folders(tmp_path: Path) -> tuple[Path, Path]:
    """A new folder, and the old one that it is to replace."""
    for name in ("new", "old"):
        (tmp_path / name / "inner").mkdir(parents=True)
        (tmp_path / name / "inner" / name).touch()
    return tmp_path / "new", tmp_path / "old"


def test_a_folder_takes_the_place_of_another_one(folders: tuple[Path, Path]) -> None:
    new, old = folders
    replace_folder(new, old)
    assert names(old / "inner") == ["new"]
    assert names(old.parent) == ["old"]


def test_a_folder_goes_where_there_was_none(folders: tuple[Path, Path]) -> None:
    new, old = folders
    replace_folder(new, old.with_name("first"))
    assert names(old.parent) == ["first", "old"]


def test_the_old_folder_stays_where_the_new_one_is_missing(folders: tuple[Path, Path]) -> None:
    new, old = folders
    for _ in range(2):  # a second attempt must not remove it either
        with pytest.raises(FileNotFoundError):
            replace_folder(new.with_name("missing"), old)
        assert names(old / "inner") == ["old"]
    assert names(old.parent) == ["new", "old"]


def test_what_a_killed_replacement_left_is_put_back_or_replaced(folders: tuple[Path, Path]) -> None:
    new, old = folders
    old.rename(old.with_name(".old.old"))  # as after a kill between the two renames
    with pytest.raises(FileNotFoundError):
        replace_folder(new.with_name("missing"), old)
    assert names(old / "inner") == ["old"]
    old.rename(old.with_name(".old.old"))
    replace_folder(new, old)
    assert names(old / "inner") == ["new"]
    assert names(old.parent) == ["old"]


def test_what_a_kill_before_the_last_step_left_is_removed(folders: tuple[Path, Path]) -> None:
    new, old = folders
    old.with_name(".old.old").mkdir()
    replace_folder(new, old)
    assert names(old.parent) == ["old"]
