"""The engine that grades the course, and the command `grading`.

A submission flows through the modules in this order: `submission` (read it), `staging` (restore what students may
not change), `execution` (run it), `scoring` (verdict and points for each grade cell), `report` (the record of it
all), then `gradebook` (nbgrader's database) and `feedback` (the pages that students see). `autograde` strings the
stages together; ARCHITECTURE.md tells the same way in more words.
"""

import sys
from typing import Any

# nbformat imports jsonschema, and that one, where the package is there, builds parsers for international addresses:
# half a second in every process. No notebook needs them; None lets the import fail, with which jsonschema reckons.
_modules: dict[str, Any] = sys.modules
_modules.setdefault("rfc3987_syntax", None)
