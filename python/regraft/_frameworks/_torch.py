"""Tensors and modules of torch."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, List, Optional, Tuple

from .. import _dtypes, _errors

if TYPE_CHECKING:
    from .._objects import Value

_SHORT = ("bfloat16", "float8_e4m3fn", "float8_e5m2", "float8_e4m3fnuz", "float8_e5m2fnuz")


def is_variable(thing: Any) -> bool:
    torch = sys.modules.get("torch")
    tensor = getattr(torch, "Tensor", None)
    return tensor is not None and isinstance(thing, tensor)


def value_of(thing: Any) -> Optional["Value"]:
    if not is_variable(thing):
        return None
    from .._objects import Value

    dtype = str(thing.dtype).split(".")[-1]
    return Value(thing, "", dtype, tuple(thing.shape), lambda: _read(thing, dtype),
                 lambda array: _write(thing, dtype, array))


def _bits(dtype: str) -> Any:
    """torch and NumPy share no short floats, but their bits."""
    import torch

    return torch.int16 if dtype == "bfloat16" else torch.uint8


def _read(tensor: Any, dtype: str) -> Any:
    plain = tensor.detach().cpu().contiguous()
    if dtype not in _SHORT:
        return plain.numpy().copy()
    bits = plain.view(_bits(dtype)).numpy().copy()
    return bits.view(_dtypes.numpy_dtype(dtype))


def _write(tensor: Any, dtype: str, array: Any) -> None:
    import numpy as np
    import torch

    array = np.ascontiguousarray(array)
    if dtype in _SHORT:
        bits = array.view(np.int16 if dtype == "bfloat16" else np.uint8)
        new = torch.from_numpy(bits).view(tensor.dtype).reshape(tensor.shape)
    else:
        new = torch.from_numpy(array).reshape(tensor.shape)
    with torch.no_grad():
        tensor.copy_(new)


def is_object(thing: Any) -> bool:
    torch = sys.modules.get("torch")
    nn = getattr(torch, "nn", None)
    return nn is not None and isinstance(thing, nn.Module)


def children(thing: Any) -> Optional[List[Tuple[str, Any]]]:
    """Parameters and buffers that a state_dict has, then modules."""
    if not is_object(thing):
        return None
    hidden = thing._non_persistent_buffers_set
    buffers = {name: item for name, item in thing._buffers.items() if name not in hidden}
    # Not named_parameters() and the like: they give what is shared only once.
    everything = {**thing._parameters, **buffers, **thing._modules}
    found: List[Tuple[str, Any]] = [
        (name, item) for name, item in everything.items() if item is not None]
    lazy = [name for name, item in found if type(item).__name__.startswith("Uninitialized")]
    if lazy:
        raise _errors.unmet("train/not-built", f"{type(thing).__name__} has not made its "
                            f"{', '.join(lazy)} yet", "call the module once")
    return found
