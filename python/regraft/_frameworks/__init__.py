"""What Regraft knows of each framework. None is imported: an object of one can only be there
if the framework is."""

from __future__ import annotations

from typing import Any, List, Mapping, Optional

from . import _keras3, _numpy, _sharded, _states, _tensorflow, _torch
from ._building import build_by_call, can_be_watched, in_trace, lifted
from ._derived import derive, derives, forget_functions
from ._edges import OF_MODEL, Edge, build_slots, has_slots, is_lazy, is_optimizer, plain
from ._keras_stored import stored
from ._states import has_saver, state_of
from ._torch import same_memory, turns
from ._value import Value

__all__ = ["OF_MODEL", "build_by_call", "build_slots", "can_be_watched", "children", "derive",
           "derives", "exported", "forget_functions", "has_keys", "has_saver", "has_slots",
           "in_trace", "is_checkpoint", "is_lazy", "is_named", "is_object", "is_optimizer",
           "is_state", "is_variable", "lifted", "not_built", "same_memory", "state_of",
           "stored", "turns", "value_of"]

# Keras 3 comes first everywhere: its layers are objects of TensorFlow or torch as well.


def value_of(thing: Any) -> Optional[Value]:
    """The value of a variable; None for anything else."""
    if hasattr(type(thing), "_regraft_value"):  # A counter of regraft.train.
        return thing._regraft_value()  # type: ignore[no-any-return]
    return (_keras3.value_of(thing) or _tensorflow.value_of(thing) or _sharded.value_of(thing) or
            _torch.value_of(thing) or _numpy.value_of(thing))


def is_variable(thing: Any) -> bool:
    return (_keras3.is_variable(thing) or _tensorflow.is_variable(thing) or
            _sharded.is_variable(thing) or _torch.is_variable(thing) or _numpy.is_variable(thing))


def is_named(thing: Any) -> bool:
    """True for a variable of a framework, False for a mere array."""
    return is_variable(thing) and not _numpy.is_variable(thing)


def children(thing: Any) -> List[Edge]:
    """The named edges of an object, in the order in which TensorFlow would save them."""
    if is_variable(thing):
        return []
    if _is_checkpoint(thing):
        return plain(thing._regraft_edges())
    for find in _keras3.children, _tensorflow.children, _torch.children:
        found = find(thing)
        if found is not None:
            return found
    if isinstance(thing, Mapping):
        return plain([(str(name), item) for name, item in thing.items()])
    if isinstance(thing, (list, tuple)):
        fields = list(zip(getattr(thing, "_fields", ()), thing))
        return plain(fields + [(str(i), item) for i, item in enumerate(thing)])
    return []


def has_keys(thing: Any) -> bool:
    """True for a dict of objects, whose names are keys that a person chose."""
    return _keras3.has_keys(thing)


def is_checkpoint(thing: Any) -> bool:
    """True for a Checkpoint of TensorFlow or of ``regraft.train``, whose edges are keywords
    unless it has a root."""
    return _tensorflow.is_checkpoint(thing) or _is_checkpoint(thing)


def exported(thing: Any) -> List[Any]:
    """The variables of a Keras 3 model in the order in which model.export() stores them; none
    of anything else.
    """
    return list(thing.variables) if _keras3.is_model(thing) else []


def is_object(thing: Any) -> bool:
    """True for what has edges of its own: a model, a layer, an optimizer, a module, a
    Checkpoint of TensorFlow or of ``regraft.train``."""
    return (_keras3.is_object(thing) or _tensorflow.is_object(thing) or _torch.is_object(thing)
            or _is_checkpoint(thing))


def _is_checkpoint(thing: Any) -> bool:
    return hasattr(type(thing), "_regraft_edges")  # A Checkpoint of regraft.train.


def not_built(thing: Any) -> bool:
    """True for a layer whose variables are still to be made."""
    return _keras3.not_built(thing) or (
        not _keras3.is_object(thing) and _tensorflow.not_built(thing))


def is_state(thing: Any) -> bool:
    """True for what TensorFlow stores of an object though it is no variable (``_states``)."""
    known = is_variable(thing) or is_optimizer(thing) or _keras3.is_object(thing)
    return not known and _states.is_state(thing)
