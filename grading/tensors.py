"""PyTorch's tensors as data. Nothing here imports PyTorch: where no notebook has, there are no tensors.

A tensor crosses with its numbers, dtype, shape and `requires_grad`, and a leaf with its `.grad`, too; it arrives on the
CPU and without the graph that it came from. One without plain numbers (sparse, quantised, bfloat16, or on the device
"meta", which keeps none) is no data.
"""

import sys
from typing import Any

import numpy as np

from grading.errors import ProtocolError

DTYPES = {
    name: np.dtype(name)
    for name in (
        *("bool", "uint8", "int8", "int16", "int32", "int64"),
        *("float16", "float32", "float64", "complex64", "complex128"),
    )
}
DEVICES = ("cpu", "cuda", "mps", "meta")


def torch() -> Any:
    """Return the module PyTorch if this process has imported it, else None."""
    return sys.modules.get("torch")


def is_tensor(value: Any) -> bool:
    """Tell whether a value is a tensor with plain numbers."""
    module = torch()
    if module is None or not isinstance(value, module.Tensor):
        return False
    plain = value.layout is module.strided and not value.is_quantized and not value.is_meta
    return plain and _name(value.dtype) in DTYPES


def content(value: Any) -> tuple[str, list[int], bytes, bool, Any]:
    """Return dtype, shape, numbers in C order, `requires_grad` and `.grad` (None if it is no leaf)."""
    found = np.ascontiguousarray(numbers(value))
    grad = value.grad if value.is_leaf else None  # to ask another one for it gives a warning
    return _name(value.dtype), list(value.shape), found.tobytes(), bool(value.requires_grad), grad


def numbers(value: Any) -> Any:
    """Return the numbers of a tensor as an array, which shares its memory where it lies on the CPU."""
    return value.detach().resolve_conj().resolve_neg().cpu().numpy()


def _name(dtype: Any) -> str:
    return str(dtype).removeprefix("torch.")


def make(dtype: Any, shape: tuple[int, ...], data: memoryview, requires_grad: Any) -> Any:
    """Return the tensor that is meant.

    Raises:
        ProtocolError: there is none, or this process has no PyTorch.
        ValueError: shape and numbers do not fit.
        RuntimeError: this dtype has no gradient.
    """
    module = torch()
    if module is None or dtype not in DTYPES or type(requires_grad) is not bool:
        raise ProtocolError("A tensor is not as it should be.")
    array = np.frombuffer(data, dtype=DTYPES[dtype]).reshape(shape).copy()
    return module.from_numpy(array).requires_grad_(requires_grad)


def is_device_or_dtype(value: Any) -> bool:
    """Tell whether a value is one of the small constants that functions for tensors take."""
    module = torch()
    return module is not None and isinstance(value, module.device | module.dtype)


def constant(value: Any) -> list[str]:
    """Return a device or a dtype as data."""
    return ["device", str(value)] if isinstance(value, torch().device) else ["dtype", _name(value)]


def device(text: Any) -> Any:
    """Return the device that is meant."""
    module, (kind, _, number) = torch(), str(text).partition(":")
    if module is None or kind not in DEVICES or (number and not number.isdecimal()):
        raise ProtocolError("A device is not as it should be.")
    return module.device(text)


def dtype(name: Any) -> Any:
    """Return the dtype that is meant."""
    module = torch()
    if module is None or name not in (*DTYPES, "bfloat16"):
        raise ProtocolError("A dtype is not as it should be.")
    return getattr(module, name)


def snapshot(value: Any) -> Any:
    """Return what tells later whether a tensor has changed."""
    return content(value)


def has_changed(value: Any, before: Any) -> bool:
    """Tell whether a tensor is another one than at its snapshot; what its `.grad` holds is that one's own matter."""
    *now, grad = content(value)
    *then, old_grad = before
    return now != then or grad is not old_grad


def apply_change(value: Any, changed: Any) -> None:
    """Give a tensor the numbers and the gradient of another one, in place.

    Raises:
        ProtocolError: it cannot become that one.
    """
    if not is_tensor(changed):
        raise ProtocolError("A changed tensor has become an object of another kind.")
    try:
        with torch().no_grad():
            if value.shape == changed.shape and value.dtype == changed.dtype:
                value.copy_(changed)
            else:
                value.data = changed.detach()
        if value.is_leaf:
            value.requires_grad_(changed.requires_grad)
            value.grad = changed.grad
    except (RuntimeError, TypeError) as error:
        raise ProtocolError(f"A tensor cannot change like that ({type(error).__name__}).") from error
