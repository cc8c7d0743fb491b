"""TensorFlow's variables and objects, and those of Keras 2."""

from __future__ import annotations

import sys
from typing import Any, Callable, List, Optional, Sequence

from .. import _dtypes, _errors
from ._edges import Edge, needs_call, numbers
from ._value import Undo, Value


def is_variable(thing: Any) -> bool:
    variable = getattr(sys.modules.get("tensorflow"), "Variable", None)
    return variable is not None and isinstance(thing, variable)


def value_of(thing: Any) -> Optional[Value]:
    if not is_variable(thing):
        return None

    _check_eager(thing)

    def read() -> Any:
        import numpy as np

        return np.array(thing.numpy(), copy=True)

    closed = thing.shape.is_fully_defined()
    shape = (thing.shape if closed else thing.read_value().shape).as_list()
    dtype = thing.dtype.base_dtype.name
    return Value(thing, thing.name.rsplit(":", 1)[0], dtype, tuple(shape), read, thing.assign,
                 fits=None if closed else thing.shape.is_compatible_with,
                 exchange=exchange(thing))


def exchange(variable: Any) -> Optional[Callable[[Any, Sequence[int]], Undo]]:
    """``Value.exchange`` of a variable in the memory of the CPU; None of one on another device,
    whose memory may be too small for two values of it, and of one that is spread over several.

    The kernel that assigns keeps the buffer of the tensor that it is given, so that what was
    read becomes the variable's, and the present value is kept without a copy. Where it copies
    (a variable with sparse updates), it does as with any tensor.
    """
    if type(variable).__name__ not in _PLAIN or "CPU" not in variable.device:
        return None

    def take(block: Any, shape: Sequence[int]) -> Undo:
        ops = sys.modules["tensorflow"].raw_ops
        handle, dtype = variable.handle, variable.dtype.base_dtype
        new = _tensor(block, dtype, shape)
        before = ops.ReadVariableOp(resource=handle, dtype=dtype)
        ops.AssignVariableOp(resource=handle, value=new)

        def put_back() -> None:
            ops.AssignVariableOp(resource=handle, value=before)

        return put_back

    return take


def _tensor(block: Any, dtype: Any, shape: Sequence[int]) -> Any:
    """The bytes as a tensor that owns them, if this version of TensorFlow takes its type over."""
    tensorflow = sys.modules["tensorflow"]
    capsule = block.dlpack(dtype.name, shape)
    if capsule is not None:
        try:
            return tensorflow.experimental.dlpack.from_dlpack(capsule)
        except tensorflow.errors.InvalidArgumentError:  # Some have no bool there.
            pass
    array = block.array.view(_dtypes.numpy_dtype(dtype.name)).reshape(shape)
    return tensorflow.convert_to_tensor(array, dtype=dtype)


_PLAIN = ("ResourceVariable", "UninitializedVariable")


def _check_eager(variable: Any) -> None:
    eager = sys.modules["tensorflow"].executing_eagerly()
    if eager and hasattr(variable, "numpy") and not getattr(variable, "_in_graph_mode", False):
        return
    raise _errors.unsupported(
        "python/graph-mode", f"{variable.name} belongs to a graph, so that it has no value to "
        "exchange", hint="restore outside of tf.function; in a session of TF1: "
        "variable.load(regraft.open(path)[name].read(), session)")


def is_object(thing: Any) -> bool:
    return (not isinstance(thing, type) and hasattr(thing, "_trackable_children")
            and not is_variable(thing))


def is_checkpoint(thing: Any) -> bool:
    checkpoint = getattr(getattr(sys.modules.get("tensorflow"), "train", None), "Checkpoint", None)
    return checkpoint is not None and isinstance(thing, checkpoint)


def children(thing: Any) -> Optional[List[Edge]]:
    """What TensorFlow's own tracking says."""
    if not is_object(thing):
        return None
    if hasattr(thing, "_maybe_initialize_trackable"):
        thing._maybe_initialize_trackable()
    return numbers(thing, list(thing._trackable_children(save_type="checkpoint").items()))


def is_layer(thing: Any) -> bool:
    """True for a layer of Keras 2. Metrics are layers, too, and make their variables at once."""
    if not is_object(thing) or not hasattr(thing, "built"):
        return False
    classes = {cls.__name__ for cls in type(thing).__mro__}
    return "Layer" in classes and "Metric" not in classes


def not_built(thing: Any) -> bool:
    """True for a layer of Keras 2 that will make variables when it is called."""
    return is_layer(thing) and needs_call(thing)
