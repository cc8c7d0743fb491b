"""TensorFlow's variables and objects, and those of Keras 2."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, List, Optional, Tuple

if TYPE_CHECKING:
    from .._objects import Value


def is_variable(thing: Any) -> bool:
    tensorflow = sys.modules.get("tensorflow")
    variable = getattr(tensorflow, "Variable", None)
    return variable is not None and isinstance(thing, variable)


def value_of(thing: Any) -> Optional["Value"]:
    if not is_variable(thing):
        return None
    from .._objects import Value

    def read() -> Any:
        import numpy as np

        return np.array(thing.numpy(), copy=True)

    return Value(thing, thing.name.rsplit(":", 1)[0], thing.dtype.base_dtype.name,
                 tuple(thing.shape), read, thing.assign)


def is_object(thing: Any) -> bool:
    return hasattr(thing, "_trackable_children") and not is_variable(thing)


def children(thing: Any) -> Optional[List[Tuple[str, Any]]]:
    """What TensorFlow's own tracking says."""
    if not is_object(thing):
        return None
    found = thing._trackable_children(save_type="checkpoint")
    return [(name, child) for name, child in found.items()]


def not_built(thing: Any) -> bool:
    """Layers of Keras 2: metrics are such, too, and make their variables at once."""
    if not is_object(thing) or getattr(thing, "built", True):
        return False
    names = {cls.__name__ for cls in type(thing).__mro__}
    return "Layer" in names and "Metric" not in names
