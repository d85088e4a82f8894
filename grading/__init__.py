"""The engine that grades the course, and the command `grading`.

A submission flows through the modules in this order: `submission` (read it), `staging` (restore what students may
not change), `execution` (run it), `scoring` (verdict and points for each grade cell), `report` (the record of it
all), then `gradebook` (nbgrader's database) and `feedback` (the pages that students see). `autograde` strings the
stages together; ARCHITECTURE.md tells the same way in more words.
"""

import sys
from importlib.util import find_spec, module_from_spec
from typing import Any

_modules: dict[str, Any] = sys.modules

# nbformat imports jsonschema, and that one, where these packages are there, builds parsers for international addresses
# and durations: half a second in every process. No notebook needs them; None lets the import fail, with which
# jsonschema reckons.
for _name in ("rfc3987_syntax", "rfc3986_validator", "isoduration"):
    _modules.setdefault(_name, None)


def _import_nbgrader_later() -> None:
    """Let the package nbgrader be a place for its modules, until somebody asks for what its __init__ defines.

    That imports its server extensions, and with them Jupyter's server: half a second more than the gradebook takes.
    """
    spec = find_spec("nbgrader")
    if spec is None or spec.loader is None or "nbgrader" in _modules:
        return
    module = _modules["nbgrader"] = module_from_spec(spec)
    loader = spec.loader

    def find(name: str) -> Any:
        if not name.startswith("_") or vars(module).pop("__getattr__", None) is None:
            raise AttributeError(f"module 'nbgrader' has no attribute {name!r}")
        loader.exec_module(module)
        return getattr(module, name)

    vars(module)["__getattr__"] = find


_import_nbgrader_later()
