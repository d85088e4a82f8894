"""Write files so that a reader never sees half of one."""

import shutil
from pathlib import Path


def write_file(path: Path, data: bytes) -> None:
    """Write a file; an OSError names it even if it comes late, as on a full disk."""
    try:
        path.write_bytes(data)
    except OSError as error:
        error.filename = error.filename or str(path)
        raise


def write_atomically(path: Path, data: bytes) -> None:
    """Write to a new file beside `path`, then rename it. What a call that was killed leaves, the next takes over."""
    new = path.with_name(f".{path.name}.new")
    try:
        write_file(new, data)
        new.chmod(0o644)
        new.replace(path)
    except BaseException:
        new.unlink(missing_ok=True)
        raise


def replace_folder(new: Path, old: Path) -> None:
    """Put the folder `new` in the place of `old`.

    If that fails, `old` stays; if the process is killed between the two renames, `old` lies beside its place until
    the next call.
    """
    aside = old.with_name(f".{old.name}.old")
    if aside.exists() and not old.exists():  # a call before was killed
        aside.rename(old)
    shutil.rmtree(aside, ignore_errors=True)
    if old.exists():
        old.rename(aside)
    try:
        new.rename(old)
    except OSError:
        if aside.exists():
            aside.rename(old)
        raise
    shutil.rmtree(aside, ignore_errors=True)
