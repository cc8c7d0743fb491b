"""Building a layer by its call without computing anything."""

from __future__ import annotations

import contextlib
import sys
from typing import Any, Callable, Dict, Iterator, Optional, Tuple

from . import _keras3, _tensorflow


def build_by_call(thing: Any, call: Callable[..., Any], args: Tuple[Any, ...],
                  kwargs: Dict[str, Any]) -> Optional[bool]:
    """Calls ``thing`` on what stands for its arguments, so that all that the call uses makes
    its variables. False if only the call itself can do that; None if it takes part in a trace
    of Keras, in which variables have no values.
    """
    if _keras3.is_object(thing):
        if in_trace():
            return None
        build = _build_keras_3
    else:
        build = _build_tensorflow
    try:
        with lifted():
            build(call, args, kwargs)
    except Exception:  # Whatever a model does that needs values: its call will say it.
        return False
    return True


def in_trace() -> bool:
    """True within a trace of Keras 3, in which variables have no values."""
    module = sys.modules.get("keras.src.backend.common.stateless_scope")
    return module is not None and bool(module.in_stateless_scope())


@contextlib.contextmanager
def lifted() -> Iterator[None]:
    """Out of a function that TensorFlow traces, where variables take values."""
    tensorflow = sys.modules.get("tensorflow")
    if tensorflow is None:
        yield
    else:
        with tensorflow.init_scope():
            yield


def _build_keras_3(call: Callable[..., Any], args: Any, kwargs: Any) -> None:
    keras = sys.modules["keras"]
    compute = sys.modules["keras.src.backend"].compute_output_spec

    def spec(item: Any) -> Any:
        if not hasattr(item, "shape") or not hasattr(item, "dtype"):
            return item
        return keras.KerasTensor(item.shape, keras.backend.standardize_dtype(item.dtype))

    args, kwargs = keras.tree.map_structure(spec, (args, kwargs))
    compute(call, *args, **kwargs)


def _build_tensorflow(call: Callable[..., Any], args: Any, kwargs: Any) -> None:
    tensorflow = sys.modules["tensorflow"]

    def placeholder(item: Any) -> Any:
        if not hasattr(item, "shape") or not hasattr(item, "dtype"):
            return item
        return tensorflow.compat.v1.placeholder(tensorflow.as_dtype(item.dtype), item.shape)

    with tensorflow.__internal__.FuncGraph("build").as_default():
        args, kwargs = tensorflow.nest.map_structure(placeholder, (args, kwargs))
        call(*args, **kwargs)


def can_be_watched(thing: Any) -> bool:
    """True for layers of Keras: objects that build themselves when they are called."""
    return _keras3.is_layer(thing) or _tensorflow.is_layer(thing)
