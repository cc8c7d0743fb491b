"""Variables, layers, models and optimizers of Keras 3, on every back end."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, Dict, Iterable, List, Optional, Tuple

if TYPE_CHECKING:
    from .._objects import Value

# What Keras keeps about a layer besides its attributes; a checkpoint does not have it.
_BOOKKEEPING = frozenset((
    "_layers", "_metrics", "_trainable_variables", "_non_trainable_variables",
    "_seed_generators", "_losses", "_loss_ids", "_losses_override", "_tracker",
    "_inbound_nodes", "_outbound_nodes", "_saved_callable", "_auto_config",
    # On torch a layer is a module; what it holds as such is asked for separately.
    "_modules", "_parameters", "_buffers", "_torch_params", "torch_params"))


def _keras() -> Any:
    keras = sys.modules.get("keras")
    version = getattr(keras, "__version__", "")
    return keras if version and not version.startswith("2.") else None


def is_variable(thing: Any) -> bool:
    keras = _keras()
    return keras is not None and isinstance(thing, keras.Variable)


def value_of(thing: Any) -> Optional["Value"]:
    if not is_variable(thing):
        return None
    from .._objects import Value

    def read() -> Any:
        import numpy as np

        from . import _torch

        if _torch.is_variable(thing.value):
            return _torch.value_of(thing.value).read()  # type: ignore[union-attr]
        return np.array(_keras().ops.convert_to_numpy(thing.value), copy=True)

    def write(array: Any) -> None:
        from . import _torch

        if _torch.is_variable(thing.value):
            _torch.value_of(thing.value).write(array)  # type: ignore[union-attr]
        else:
            thing.assign(array)

    below = thing.path.split("/", 1)[1:]
    return Value(thing, thing.path, str(thing.dtype), tuple(thing.shape), read, write,
                 tuple(below))


def _is(thing: Any, *names: str) -> bool:
    keras = _keras()
    if keras is None:
        return False
    kinds = {"layer": keras.layers.Layer, "optimizer": keras.optimizers.Optimizer,
             "metric": keras.metrics.Metric, "seeds": keras.random.SeedGenerator}
    return isinstance(thing, tuple(kinds[name] for name in names))


def is_object(thing: Any) -> bool:
    return _is(thing, "layer", "optimizer", "seeds")


def not_built(thing: Any) -> bool:
    return _is(thing, "layer") and not thing.built and not thing.weights


def children(thing: Any) -> Optional[List[Tuple[str, Any]]]:
    """The edges of TensorFlow's tracking, where that is at hand, and what it leaves out:
    layers in lists and dicts, and Keras 2's names."""
    if not is_object(thing):
        return None
    found: Dict[str, Any] = {}
    for name, child in _tracked(thing):
        public = name.lstrip("_")
        if name.startswith("_") and public and _same(thing, public, child):
            found.setdefault(public, child)
        found.setdefault(name, child)
    if _is(thing, "layer"):
        for name, child in _attributes(thing):
            found.setdefault(name, child)
        for i, layer in enumerate(_weighted_layers(thing)):
            found.setdefault(f"layer_with_weights-{i}", layer)
    return list(found.items())


def _same(thing: Any, name: str, child: Any) -> bool:
    try:
        return getattr(thing, name, None) is child
    except Exception:  # A property may want more than an attribute does.
        return False


def _tracked(thing: Any) -> Iterable[Tuple[str, Any]]:
    from . import _tensorflow

    edges = _tensorflow.children(thing)
    return edges if edges is not None else _attributes(thing)


def _attributes(thing: Any) -> Iterable[Tuple[str, Any]]:
    """Attributes that lead to a variable."""
    skipped = _BOOKKEEPING if _is(thing, "layer") else frozenset(("_tracker",))
    attributes = {**vars(thing), **vars(thing).get("_modules", {})}
    for name, item in attributes.items():
        if name not in skipped and _leads_somewhere(item, 8):
            yield name, item


def _leads_somewhere(item: Any, depth: int) -> bool:
    if is_variable(item) or is_object(item):
        return True
    if depth == 0:
        return False
    if isinstance(item, dict):
        return all(isinstance(name, str) for name in item) and any(
            _leads_somewhere(each, depth - 1) for each in item.values())
    if isinstance(item, (list, tuple)):
        return any(_leads_somewhere(each, depth - 1) for each in item)
    return False


def _weighted_layers(thing: Any) -> List[Any]:
    """The layers that Keras 2 numbers: those of Functional and Sequential models."""
    names = {cls.__name__ for cls in type(thing).__mro__}
    if not names & {"Functional", "Sequential"}:
        return []
    return [layer for layer in thing.layers if layer.weights]
