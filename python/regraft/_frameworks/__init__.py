"""What Regraft knows of each framework. None is imported: an object of one can only be there
if the framework is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, List, Mapping, Optional

from . import _keras3, _numpy, _tensorflow, _torch
from ._edges import Edge, is_optimizer, plain, without_slots
from ._torch import same_memory

if TYPE_CHECKING:
    from .._objects import Value

__all__ = ["children", "is_named", "is_object", "is_optimizer", "is_state", "is_variable",
           "not_built", "same_memory", "value_of", "without_slots"]

# Keras 3 comes first everywhere: its layers are objects of TensorFlow or torch as well.


def value_of(thing: Any) -> Optional["Value"]:
    """The value of a variable; None for anything else."""
    return (_keras3.value_of(thing) or _tensorflow.value_of(thing) or _torch.value_of(thing) or
            _numpy.value_of(thing))


def is_variable(thing: Any) -> bool:
    return (_keras3.is_variable(thing) or _tensorflow.is_variable(thing) or
            _torch.is_variable(thing) or _numpy.is_variable(thing))


def is_named(thing: Any) -> bool:
    """True for a variable of a framework, False for a mere array."""
    return is_variable(thing) and not _numpy.is_variable(thing)


def children(thing: Any) -> List[Edge]:
    """The named edges of an object, in the order in which TensorFlow would save them."""
    if is_variable(thing):
        return []
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


def is_object(thing: Any) -> bool:
    """True for what has edges of its own: a model, a layer, an optimizer, a module."""
    return _keras3.is_object(thing) or _tensorflow.is_object(thing) or _torch.is_object(thing)


def not_built(thing: Any) -> bool:
    """True for a layer whose variables are still to be made."""
    return _keras3.not_built(thing) or (
        not _keras3.is_object(thing) and _tensorflow.not_built(thing))


def is_state(thing: Any) -> bool:
    """True for what is saved with an object though it is no variable."""
    known = is_variable(thing) or is_optimizer(thing) or _keras3.is_object(thing)
    return not known and _tensorflow.is_state(thing)
