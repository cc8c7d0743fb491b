"""TensorFlow's variables and objects, and those of Keras 2."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, List, Optional

from .. import _errors
from ._edges import Edge, needs_call, numbers

if TYPE_CHECKING:
    from .._objects import Value


def is_variable(thing: Any) -> bool:
    variable = getattr(sys.modules.get("tensorflow"), "Variable", None)
    return variable is not None and isinstance(thing, variable)


def value_of(thing: Any) -> Optional["Value"]:
    if not is_variable(thing):
        return None
    from .._objects import Value

    _check_eager(thing)

    def read() -> Any:
        import numpy as np

        return np.array(thing.numpy(), copy=True)

    closed = thing.shape.is_fully_defined()
    shape = thing.shape if closed else thing.read_value().shape
    return Value(thing, thing.name.rsplit(":", 1)[0], thing.dtype.base_dtype.name, tuple(shape),
                 read, thing.assign, fits=None if closed else thing.shape.is_compatible_with)


def _check_eager(variable: Any) -> None:
    eager = sys.modules["tensorflow"].executing_eagerly()
    if eager and hasattr(variable, "numpy") and not getattr(variable, "_in_graph_mode", False):
        return
    raise _errors.make(
        6, "python/graph-mode", f"{variable.name} belongs to a graph, so that it has no value to "
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
