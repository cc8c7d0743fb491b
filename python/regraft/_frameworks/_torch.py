"""Tensors and modules of torch."""

from __future__ import annotations

import sys
from typing import Any, Callable, List, Optional, Sequence, Set, Tuple

from .. import _core, _dtypes, _errors
from ._edges import Edge, plain
from ._value import Undo, Value

_SHORT = ("bfloat16", "float8_e4m3fn", "float8_e5m2", "float8_e4m3fnuz", "float8_e5m2fnuz")


def is_variable(thing: Any) -> bool:
    tensor = getattr(sys.modules.get("torch"), "Tensor", None)
    return tensor is not None and isinstance(thing, tensor)


def value_of(thing: Any) -> Optional[Value]:
    if not is_variable(thing):
        return None

    if type(thing).__name__.startswith("Uninitialized"):
        raise _errors.unmet("train/not-built", "a parameter of a lazy module has no shape yet",
                            "call the module once")
    if thing.is_meta or thing.layout is not sys.modules["torch"].strided:
        raise _errors.unsupported(
            "python/no-memory", "a tensor " + (
                "on the device 'meta' has no memory" if thing.is_meta
                else f"of the layout {thing.layout} cannot be restored in place"),
            hint="module.to_empty(device='cpu')" if thing.is_meta else "tensor.to_dense()")
    dtype = str(thing.dtype).split(".")[-1]
    parameter = isinstance(thing, sys.modules["torch"].nn.Parameter)
    return Value(thing, "", dtype, tuple(thing.shape), lambda: _read(thing, dtype),
                 lambda array: _write(thing, dtype, array), layout=parameter and thing.ndim > 1,
                 exchange=exchange(thing))


def exchange(tensor: Any) -> Optional[Callable[[Any, Sequence[int]], Undo]]:
    """``Value.exchange`` of a tensor whose elements are in memory as they are in a file; None
    of any other. Its memory stays its own, for there may be views of it: the bytes of both
    values change places, so that the present one needs no copy.
    """
    torch = sys.modules["torch"]
    if type(tensor) not in (torch.Tensor, torch.nn.Parameter) or not (
            tensor.device.type == "cpu" and tensor.layout is torch.strided
            and tensor.is_contiguous() and not tensor.is_conj() and not tensor.is_neg()):
        return None

    def take(block: Any, shape: Sequence[int]) -> Undo:
        array = block.array

        def swap() -> None:
            if array.size == 0:
                return
            flat = tensor.detach().reshape(-1)
            # Autograd counts changes, to refuse gradients of what is no longer there. This
            # changes nothing and is counted; what may not be changed is refused here.
            flat[:0].zero_()
            _core.exchange(flat.view(torch.uint8).numpy(), array)

        swap()
        return swap

    return take


def _bits(dtype: str) -> Any:
    """torch and NumPy share no short floats, but their bits."""
    import torch

    return torch.int16 if dtype == "bfloat16" else torch.uint8


def _read(tensor: Any, dtype: str) -> Any:
    plain_tensor = tensor.detach().cpu().resolve_conj().resolve_neg().contiguous()
    if dtype not in _SHORT:
        return plain_tensor.numpy().copy()
    bits = plain_tensor.view(_bits(dtype)).numpy().copy()
    return bits.view(_dtypes.numpy_dtype(dtype))


def _write(tensor: Any, dtype: str, array: Any) -> None:
    import numpy as np
    import torch

    array = np.require(array, requirements=["C", "W"])
    if dtype in _SHORT:
        bits = array.view(np.int16 if dtype == "bfloat16" else np.uint8)
        new = torch.from_numpy(bits).view(tensor.dtype)
    else:
        new = torch.from_numpy(array)
    with torch.no_grad():
        tensor.copy_(new.reshape(tensor.shape))


def same_memory(tensor: Any) -> Tuple[Any, ...]:
    """Equal for two tensors that are one in memory, as tied weights of a state_dict are."""
    return (tensor.device, tensor.data_ptr(), tuple(tensor.shape), tensor.stride(), tensor.dtype,
            None if tensor.data_ptr() else id(tensor))


def turns(holder: Any, name: str) -> bool:
    """True if what a holder has by a name may be a weight in torch's layout. Tables have none,
    and what a module calls something else, it lays out as it likes.
    """
    if not is_object(holder):
        return True
    nn = sys.modules["torch"].nn
    return "weight" in name and not isinstance(holder, (nn.Embedding, nn.EmbeddingBag))


def is_object(thing: Any) -> bool:
    nn = getattr(sys.modules.get("torch"), "nn", None)
    return nn is not None and isinstance(thing, nn.Module)


def children(thing: Any) -> Optional[List[Edge]]:
    """Parameters and buffers that a state_dict has, then modules."""
    if not is_object(thing):
        return None
    hidden: Set[str] = getattr(thing, "_non_persistent_buffers_set", set())
    found: List[Tuple[str, Any]] = [
        *thing._parameters.items(),
        *((name, item) for name, item in thing._buffers.items() if name not in hidden),
        *thing._modules.items()]
    return plain([(name, item) for name, item in found if item is not None])
