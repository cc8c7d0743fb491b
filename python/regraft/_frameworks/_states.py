"""What TensorFlow stores of an object though it is no variable: the content of a lookup table,
the place of an iterator, the state of a Python object. By the object's own methods, which are
those that ``tf.train.Checkpoint`` calls."""

from __future__ import annotations

import dataclasses
import sys
from typing import Any, Callable, List, Tuple

from .. import _core

_ANY_KEY = "key"


@dataclasses.dataclass(eq=False, repr=False)
class Part:
    """One tensor of a state, or a slice of one."""

    attribute: int
    """Number of the attribute whose key its own begins with."""
    ending: str
    """What its key has more than the attribute's."""
    dtype: Any
    """TensorFlow's."""
    tensor: Any = None
    """Its present value, a tensor of TensorFlow, if it was asked for."""
    slice_spec: str = ""
    """TensorFlow's ``"<shape> <start>,<length>:…"``; empty for a whole tensor."""


@dataclasses.dataclass(eq=False, repr=False)
class State:
    """The present state of an object, and how it takes another."""

    attributes: List[str]
    """Names, as they are in the object graph."""
    parts: List[Part]
    take: Callable[[List[Any]], None]
    """Takes a tensor for each part, in their order."""


def is_state(thing: Any) -> bool:
    """True for an object of TensorFlow that has a way to store something of its own, as a
    variable has."""
    base = {cls.__name__: cls for cls in type(thing).__mro__}.get("Trackable")
    if base is None:
        return False
    older = "_gather_saveables_for_checkpoint"
    return (_is_python(thing) or has_saver(thing) or _serializes(thing)
            or getattr(type(thing), older, None) is not getattr(base, older, None))


def has_saver(thing: Any) -> bool:
    """True for an object of a class with a saver of its own, which writes files as it likes
    (``tf.train`` calls it a registered saver)."""
    registry = sys.modules.get("tensorflow.python.saved_model.registration.registration")
    find = getattr(registry, "get_registered_saver_name", None)
    return find is not None and find(thing) is not None


def state_of(thing: Any, present: bool = True) -> State:
    """The state of an object of which ``is_state`` is true and ``has_saver`` is not; without
    ``present``, what it holds now may be left out. Raises whatever the object raises."""
    if _is_python(thing):
        return _of_python(thing, present)
    return _of_tensors(thing) if _serializes(thing) else _of_saveables(thing)


def _is_python(thing: Any) -> bool:
    return any(cls.__name__ == "PythonState" for cls in type(thing).__mro__)


def _serializes(thing: Any) -> bool:
    """True if it is ``_serialize_to_tensors`` that counts, and not the older method: that of
    the class that is nearest to the object."""
    if "_serialize_to_tensors" in getattr(thing, "__dict__", {}):
        return True
    for cls in type(thing).__mro__:
        if cls.__name__ == "DelegatingTrackableMixin":
            return _serializes(thing._trackable)
        if cls.__name__ == "Trackable":
            return False
        if "_serialize_to_tensors" in vars(cls):
            return True
        if "_gather_saveables_for_checkpoint" in vars(cls):
            return False
    return False


def _of_python(thing: Any, present: bool) -> State:
    tf = sys.modules["tensorflow"]
    # An object that is still to be filled may have nothing to tell.
    text = tf.constant(thing.serialize(), tf.string) if present else None
    return State(["py_state"], [Part(0, "", tf.string, text)],
                 lambda tensors: thing.deserialize(tensors[0].numpy()))


def _of_tensors(thing: Any) -> State:
    # Classes that once had the older method keep the name that it gave.
    kept_name = getattr(thing, "_LEGACY_SAVEABLE_NAME", None)
    state = State([kept_name] if kept_name else [], [], lambda tensors: None)
    places: List[Tuple[str, str]] = []
    for name, given in thing._serialize_to_tensors().items():
        local = _core.escape_edge(name)
        if not kept_name:
            state.attributes.append(local)
        for spec, tensor in (given if isinstance(given, dict) else {"": given}).items():
            if hasattr(tensor, "slice_spec"):
                tensor = tensor.tensor
            if tensor is not None:
                state.parts.append(Part(len(state.attributes) - 1, local if kept_name else "",
                                        tensor.dtype, tensor, spec))
                places.append((name, spec))

    def take(tensors: List[Any]) -> None:
        given: Any = {}
        for (name, spec), tensor in zip(places, tensors):
            if spec:
                given.setdefault(name, {})[spec] = tensor
            else:
                given[name] = tensor
        thing._restore_from_tensors(given)

    state.take = take
    return state


def _of_saveables(thing: Any) -> State:
    state = State([], [], lambda tensors: None)
    takers: List[Tuple[int, Callable[[List[Any]], Any]]] = []
    for name, factory in thing._gather_saveables_for_checkpoint().items():
        state.attributes.append(name)
        made = factory(name=_ANY_KEY) if callable(factory) else factory
        for saveable in made if isinstance(made, (list, tuple)) else [made]:
            parts = _parts(saveable, len(state.attributes) - 1)
            state.parts.extend(parts)
            takers.append((len(parts), _taker(saveable)))

    def take(tensors: List[Any]) -> None:
        at = 0
        for count, taker in takers:
            taker(tensors[at:at + count])
            at += count

    state.take = take
    return state


def _parts(saveable: Any, attribute: int) -> List[Part]:
    if not hasattr(saveable, "specs"):  # A variable.
        value = saveable.read_value()
        return [Part(attribute, "", value.dtype, value)]
    parts = []
    for spec in saveable.specs:
        if not spec.name.startswith(_ANY_KEY):
            raise ValueError(f"it would be stored as {spec.name!r}, wherever it is")
        parts.append(Part(attribute, spec.name[len(_ANY_KEY):], spec.dtype, spec.tensor,
                          spec.slice_spec))
    return parts


def _taker(saveable: Any) -> Callable[[List[Any]], Any]:
    if not hasattr(saveable, "specs"):
        return lambda tensors: saveable.assign(tensors[0])
    return lambda tensors: saveable.restore(tensors, restored_shapes=None)
