"""What a notebook imports, followed through the Python files beside it.

The warm parent imports what comes from elsewhere once for all submissions, and a release has only those files of
`utils/` that its notebook reaches: an assignment that needs no PyTorch has nothing to do with it.
"""

import ast
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Imports:
    """Modules from elsewhere, and the files beside the notebook that are reached; in the order of finding."""

    modules: tuple[str, ...]
    files: tuple[str, ...]


def follow_imports(sources: Iterable[str], files: Mapping[str, bytes]) -> Imports:
    """Return what these cells import.

    Args:
        sources: code cells. One that is no Python imports nothing.
        files: what lies beside the notebook, by relative path.
    """
    own = {name.split("/")[0].removesuffix(".py") for name in files}
    modules: dict[str, None] = {}
    reached: dict[str, None] = {}
    waiting = [("", without_magics(source)) for source in sources]
    while waiting:
        package, source = waiting.pop(0)
        for module, names in _imported(source, package):
            if module.split(".")[0] not in own:
                modules[module] = None
                continue
            for path in _files_of(module, names, files):
                if path not in reached:
                    reached[path] = None
                    folder = path.rpartition("/")[0].replace("/", ".")
                    waiting.append((folder, files[path].decode(errors="replace")))
    return Imports(tuple(modules), tuple(reached))


def _imported(source: str, package: str) -> Iterator[tuple[str, list[str]]]:
    """Yield each imported module with the names that are taken from it; `package` is where the file lies."""
    try:
        nodes = list(ast.walk(ast.parse(source)))
    except (SyntaxError, ValueError):
        return
    for node in nodes:
        match node:
            case ast.Import(names=aliases):
                yield from ((alias.name, []) for alias in aliases)
            case ast.ImportFrom(module=module, names=aliases, level=level):
                above = package.split(".")[: len(package.split(".")) - level + 1] if level else []
                yield ".".join([*above, *filter(None, [module])]), [alias.name for alias in aliases]
            case ast.Call(func=ast.Name(id="beside"), args=[_, ast.Constant(value=str() as path)]) if "." in path:
                yield path.rpartition(".")[0], []  # of utils.checks: beside(function, "package.module.name")


def _files_of(module: str, names: Iterable[str], files: Mapping[str, bytes]) -> Iterator[str]:
    """Yield the files that run when these names are imported from a module: its packages, itself, and submodules."""
    parts = module.split(".")
    modules = ["/".join(parts[:length]) for length in range(1, len(parts) + 1)]
    modules += [f"{modules[-1]}/{name}" for name in names]
    yield from (path for one in modules for path in (f"{one}.py", f"{one}/__init__.py") if path in files)


def without_magics(source: str) -> str:
    """Return a cell as Python can read it: IPython's magics and shell lines bind nothing that a plan needs."""
    source = re.sub(r"\A%%.*\n", "", source)
    source = re.sub(r"^(\s*)[%!].*$", r"\1pass", source, flags=re.MULTILINE)
    return re.sub(r"^(\s*\w+\s*=\s*)[%!].*$", r"\1None", source, flags=re.MULTILINE)
