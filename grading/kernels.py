"""The kernels of OpenBLAS, NumPy's linear algebra: which ones this processor can run, and which one is at work.

OpenBLAS has a kernel for each kind of processor. Their sums run in different orders, so their last digits differ.
"""

import ctypes
import os
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import numpy as np

FORCED_BY = "OPENBLAS_CORETYPE"
# OpenBLAS's names for x86 and ARM, from the oldest; one that it does not have, or not run here, falls back to another
CANDIDATES = (
    *("Prescott", "Core2", "Nehalem", "Sandybridge", "Haswell", "Zen", "SkylakeX", "Cooperlake", "Sapphirerapids"),
    *("Barcelona", "Bobcat", "Bulldozer", "Excavator", "Atom", "Nano"),
    *("ARMV8", "CORTEXA53", "CORTEXA57", "NEOVERSEN1", "NEOVERSEV1", "NEOVERSEN2", "ARMV8SVE"),
)
PROBE_SECONDS = 60  # to import NumPy and multiply two matrices; a second, on a cold disk ten
PROBE = """
import numpy as np
from grading.kernels import active_kernel
a = np.arange(4096.0).reshape(64, 64)
assert np.isfinite(a @ a).all() and np.isfinite(a.astype("f") @ a[0].astype("f")).all()
print(active_kernel())
"""


def active_kernel() -> str:
    """Return the kernel that NumPy uses in this process; "unknown" if it does not tell."""
    folder = Path(np.__file__).parent
    for path in sorted([*folder.parent.glob("numpy.libs/*openblas*"), *folder.glob(".dylibs/*openblas*")]):
        library = ctypes.CDLL(str(path))
        for name in ("scipy_openblas_get_corename64_", "openblas_get_corename64_", "openblas_get_corename"):
            with suppress(AttributeError):
                ask = getattr(library, name)
                ask.restype = ctypes.c_char_p
                return str(ask().decode())
    return "unknown"


def distinct_kernels(python: str = sys.executable) -> list[str]:
    """Return names to force, one for each kernel that really comes to work under this Python, from the oldest.

    Each is tried in a process of its own: one with instructions that the processor lacks ends it by a signal.
    """
    found: dict[str, str] = {}
    for candidate in CANDIDATES:
        environment = {**os.environ, FORCED_BY: candidate, "OPENBLAS_NUM_THREADS": "1"}
        with suppress(subprocess.SubprocessError):
            done = subprocess.run(
                [python, "-c", PROBE],
                env=environment,
                capture_output=True,
                text=True,
                timeout=PROBE_SECONDS,
                check=True,
            )
            found.setdefault(done.stdout.strip(), candidate)
    return list(found.values())
