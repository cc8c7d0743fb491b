"""Variables, layers, models and optimizers of Keras 3, on every back end."""

from __future__ import annotations

import functools
import sys
import types
from typing import (
    Any,
    Dict,
    Iterable,
    Iterator,
    List,
    Mapping,
    Optional,
    Sequence,
    Set,
    Tuple,
)

from .. import _dtypes
from . import _tensorflow, _torch
from ._edges import (
    EXTRA,
    KERAS_2,
    KERAS_3,
    PLAIN,
    Edge,
    is_optimizer,
    needs_call,
    numbers,
)
from ._value import Undo, Value

# What Keras itself keeps in lists and dicts beside the attributes of a layer.
_BOOKKEEPING = frozenset((
    "_layers", "_metrics", "_trainable_variables", "_non_trainable_variables",
    "_seed_generators", "_losses", "_loss_ids", "_losses_override", "_inbound_nodes",
    "_outbound_nodes", "_nodes", "_nodes_by_depth", "_operations_by_depth", "_tracked",
    "_compiled_trainable_state", "_tracker",
    # On torch a layer is a module; what it holds as such is asked for separately.
    "_modules", "_parameters", "_buffers", "_torch_params"))
# How Functional and Sequential models lead to their layers.
_OF_MODELS = ("_operations", "_functional")
_CONTAINERS = (list, tuple, dict, set, frozenset)
_NOWHERE = frozenset((type(None), bool, int, float, str, bytes, type, types.FunctionType,
                      types.MethodType))
"""Most attributes are of these types, and lead nowhere."""
_DEEPEST = 16


class _Branches(Dict[str, Any]):
    """What a container leads to."""

    kind = PLAIN
    has_keys = False
    """True if a person chose the names, as those of a dict."""


class _Extra(_Branches):
    """What a list or a dict leads to, which Keras 3 keeps from TensorFlow."""

    kind = EXTRA


_seen: List[Any] = [None]
"""Keras 3, as soon as it was seen: it is asked for with everything that an object leads to."""


def _keras() -> Any:
    keras = sys.modules.get("keras")
    if keras is not _seen[0]:
        version = getattr(keras, "__version__", "")
        if not version or version.startswith("2."):
            return None
        _seen[0] = keras
    return keras


def is_variable(thing: Any) -> bool:
    keras = _keras()
    return keras is not None and _is_subclass(thing.__class__, keras.Variable)


@functools.lru_cache(maxsize=4096)
def _is_subclass(cls: type, base: type) -> bool:
    """Keras' own classes take microseconds to answer, and are asked for every variable."""
    return issubclass(cls, base)


def value_of(thing: Any) -> Optional[Value]:
    if not is_variable(thing):
        return None

    def read() -> Any:
        import numpy as np

        of_torch = _torch.value_of(thing.value)
        if of_torch is not None:
            return of_torch.read()
        of_tensorflow = _tensorflow.is_variable(thing.value)
        return np.array(thing.value.numpy() if of_tensorflow else thing.value, copy=True)

    def write(array: Any) -> None:
        of_torch = _torch.value_of(thing.value)
        if of_torch is not None:
            of_torch.write(array)
        else:
            thing.assign(array)

    def exchange(block: Any, shape: Sequence[int]) -> Undo:
        inner = thing.value
        changes = _tensorflow.is_variable(inner) or _torch.is_variable(inner)
        if changes:
            take = (_tensorflow.exchange(inner) if _tensorflow.is_variable(inner)
                    else _torch.exchange(inner))
            if take is not None:
                return take(block, shape)
        # Arrays of JAX and NumPy are replaced, and never changed in place.
        before = read() if changes or _is_on_device(inner) else inner
        write(block.array.view(_dtypes.numpy_dtype(str(thing.dtype))).reshape(shape))
        return lambda: write(before)

    return Value(thing, thing.path, str(thing.dtype), tuple(thing.shape), read, write,
                 exchange=exchange)


def _is_on_device(array: Any) -> bool:
    """True for an array of JAX in a memory that may be too small for two values of it."""
    devices = getattr(array, "devices", None)
    return callable(devices) and any(device.platform != "cpu" for device in devices())


def has_keys(thing: Any) -> bool:
    return thing.has_keys if isinstance(thing, _Branches) else isinstance(thing, Mapping)


def is_layer(thing: Any) -> bool:
    keras = _keras()
    return keras is not None and isinstance(thing, keras.layers.Layer)


def is_model(thing: Any) -> bool:
    keras = _keras()
    return keras is not None and isinstance(thing, keras.Model)


def is_object(thing: Any) -> bool:
    keras = _keras()
    return keras is not None and (
        _is_subclass(thing.__class__, keras.layers.Layer)
        or _is_subclass(thing.__class__, keras.optimizers.Optimizer))


def not_built(thing: Any) -> bool:
    """True for a layer that will make variables when it is called."""
    return is_layer(thing) and needs_call(thing)


def children(thing: Any) -> Optional[List[Edge]]:
    """The edges of TensorFlow's tracking, on every back end, and what it leaves out: layers
    and variables in lists and dicts, and Keras 2's names.
    """
    if isinstance(thing, _Branches):
        return [(name, child, thing.kind) for name, child in thing.items()]
    if not is_object(thing):
        return None
    tracked = _tracked(thing)
    if is_optimizer(thing):
        return numbers(thing, list(tracked.items()))
    found: Dict[str, Edge] = {}
    names = {cls.__name__ for cls in type(thing).__mro__}
    if names & {"Functional", "Sequential"}:
        for i, layer in enumerate(layer for layer in thing.layers if layer.weights):
            name = f"layer_with_weights-{i}"
            found[name] = (name, layer, KERAS_2)
    for name, child in tracked.items():
        public = _in_keras_2(thing, name, child, names)
        if public:
            found.setdefault(public, (public, child, KERAS_2))
        found[name] = (name, child, KERAS_3 if public or name in _OF_MODELS else PLAIN)
    known = _ids(child for _, child, _ in found.values())
    for name, child in _unreached(thing, known):
        number, stem = 1, name
        while name in found:
            name, number = f"{stem}_{number}", number + 1
        found[name] = (name, child, EXTRA)
    return list(found.values())


def _in_keras_2(thing: Any, name: str, child: Any, classes: Set[str]) -> Optional[str]:
    """What Keras 2 calls the variable that Keras 3 calls ``name``, if that is another name."""
    if not is_variable(child):
        return None
    if name == "kernel" and "BaseDepthwiseConv" in classes:
        return "depthwise_kernel"
    public = name[1:]
    if not name.startswith("_") or not public:
        return None
    try:
        return public if getattr(thing, public, None) is child else None
    except Exception:  # A property may want more than an attribute does.
        return None


def _tracked(thing: Any) -> Dict[str, Any]:
    """What the attributes of a layer or an optimizer lead to, by their names."""
    tensorflow = getattr(thing, "_trackable_children", None)
    of_tensorflow = tensorflow(save_type="checkpoint") if tensorflow is not None else {}
    attributes = {**vars(thing), **vars(thing).get("_modules", {})}
    optimizer = is_optimizer(thing)
    skipped = frozenset(("_tracker",)) if optimizer else _BOOKKEEPING
    found: Dict[str, Any] = {}
    for name, item in [*attributes.items(), *of_tensorflow.items()]:
        if type(item) in _NOWHERE or name in found or name in skipped or name.startswith("_self_"):
            continue
        if tensorflow is not None and _tensorflow.is_object(item) and name not in of_tensorflow:
            if not isinstance(item, _CONTAINERS):
                continue  # It was told to leave it out.
        if isinstance(item, list) and (name in _OF_MODELS or (
                optimizer and not _is_kept(item, of_tensorflow.get(name)))):
            item = tuple(item)  # These lists TensorFlow knows.
        branch = _branch(item, _DEEPEST)
        if branch is not None:
            found[name] = branch
    return found


def _is_kept(item: List[Any], of_tensorflow: Any) -> bool:
    """True for a list of an optimizer that was filled after TensorFlow had looked at it: in a file
    its variables are only numbers among all of the optimizer's.
    """
    return isinstance(of_tensorflow, list) and len(
        [child for child in of_tensorflow if is_variable(child)]) < len(
        [child for child in item if is_variable(child)])


def _branch(item: Any, depth: int) -> Any:
    """What an attribute leads to: a variable, an object, branches for a container; None if
    it leads nowhere.
    """
    if type(item) in _NOWHERE:
        return None
    if is_variable(item) or is_object(item):
        return item
    if not isinstance(item, _CONTAINERS):
        # An object of the back end itself, as a layer may hold it.
        known = _torch.is_object(item) or _tensorflow.is_object(item)
        return item if known or _tensorflow.is_variable(item) else None
    if depth == 0:
        return None
    kept = isinstance(item, (list, dict, set)) and not _tensorflow.is_object(item)
    branches = _Extra() if kept else _Branches()
    branches.has_keys = isinstance(item, dict)
    for name, child in _items(item):
        branch = _branch(child, depth - 1)
        if branch is not None:
            branches[name] = branch
    return branches or None


def _items(item: Any) -> Iterator[Tuple[str, Any]]:
    if isinstance(item, dict):
        yield from ((str(name), child) for name, child in item.items())
    elif isinstance(item, (list, tuple)):
        yield from zip(getattr(item, "_fields", ()), item)
        yield from ((str(i), child) for i, child in enumerate(item))
    else:
        # What is in a set has no place but a name.
        named = [child for child in item if is_variable(child) or is_object(child)]
        yield from sorted(((child.name, child) for child in named), key=lambda pair: pair[0])


def _ids(branches: Iterable[Any]) -> Set[int]:
    found: Set[int] = set()
    for branch in branches:
        found |= _ids(branch.values()) if isinstance(branch, _Branches) else {id(branch)}
    return found


def _unreached(thing: Any, known: Set[int]) -> Iterator[Tuple[str, Any]]:
    """Variables and layers that Keras knows of a layer though no attribute has them:
    ``self.add_weight(name="w")`` alone, as Keras 2 tracks it, by their names.
    """
    if type(thing).__name__ == "TorchModuleWrapper":
        return  # They are the parameters of the module that it has as an attribute.
    own = [*thing._trainable_variables, *thing._non_trainable_variables]
    own += [layer for layer in thing._layers if layer.weights or not layer.built]
    yield from ((item.name, item) for item in own if id(item) not in known)
