"""The kernels of linear algebra: which ones this processor can run, and which one is at work.

OpenBLAS, NumPy's library, has a kernel for each kind of processor; PyTorch has a few, and MKL beside them. Their sums
run in different orders, so their last digits differ.
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
# PyTorch's capabilities of x86, and the branch of MKL that goes with each (its "Conditional Numerical Reproducibility")
PYTORCH = {"PyTorch default": "COMPATIBLE", "PyTorch avx2": "AVX2", "PyTorch avx512": "AVX512"}
FORCED_IN_PYTORCH = ("ATEN_CPU_CAPABILITY", "MKL_CBWR")
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


def forcing(kernel: str) -> dict[str, str]:
    """Return the environment in which a kernel comes to work; an empty name forces none."""
    if branch := PYTORCH.get(kernel):
        return dict(zip(FORCED_IN_PYTORCH, (kernel.split()[1], branch), strict=True))
    return {FORCED_BY: kernel} if kernel else {}


def pytorch_kernels(python: str = sys.executable) -> list[str]:
    """Return the names of PyTorch's kernels that really come to work under this Python, from the oldest."""
    found: dict[str, str] = {}
    for candidate in PYTORCH:
        asked = "import torch; print(torch.backends.cpu.get_cpu_capability())"
        if answer := _answer(python, asked, candidate):
            found.setdefault(answer, candidate)
    return list(found.values())


def _answer(python: str, program: str, kernel: str) -> str:
    """Return what a program prints under a kernel; nothing if it fails.

    It runs in a process of its own: one with instructions that the processor lacks ends it by a signal.
    """
    environment = {**os.environ, **forcing(kernel), "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
    command = [python, "-c", program]
    try:
        done = subprocess.run(
            command, env=environment, capture_output=True, text=True, timeout=PROBE_SECONDS, check=True
        )
    except subprocess.SubprocessError:
        return ""
    return done.stdout.strip()


def distinct_kernels(python: str = sys.executable) -> list[str]:
    """Return names of OpenBLAS's kernels, one for each that really comes to work under this Python, from the oldest."""
    found: dict[str, str] = {}
    for candidate in CANDIDATES:
        if answer := _answer(python, PROBE, candidate):
            found.setdefault(answer, candidate)
    return list(found.values())
