"""What Regraft knows of each framework. None is imported: an object of one can only be there
if the framework is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, List, Mapping, Optional, Tuple

from . import _keras3, _numpy, _tensorflow, _torch

if TYPE_CHECKING:
    from .._objects import Value

_ALL = (_keras3, _tensorflow, _torch, _numpy)


def value_of(thing: Any) -> Optional["Value"]:
    """The value of a variable; None for anything else."""
    for framework in _ALL:
        value = framework.value_of(thing)
        if value is not None:
            return value
    return None


def is_variable(thing: Any) -> bool:
    return any(framework.is_variable(thing) for framework in _ALL)


def children(thing: Any) -> List[Tuple[str, Any]]:
    """The named edges of an object, in the order in which TensorFlow would save them."""
    if is_variable(thing):
        return []
    for framework in (_keras3, _tensorflow, _torch):
        found = framework.children(thing)
        if found is not None:
            return found
    if isinstance(thing, Mapping):
        return [(str(name), item) for name, item in thing.items()]
    if isinstance(thing, (list, tuple)):
        return [(str(i), item) for i, item in enumerate(thing)]
    return []


def is_object(thing: Any) -> bool:
    """True for what has edges of its own: a model, a layer, an optimizer, a module."""
    return any(framework.is_object(thing) for framework in (_keras3, _tensorflow, _torch))


def not_built(thing: Any) -> bool:
    """True for a layer whose variables are still to be made."""
    return _keras3.not_built(thing) or _tensorflow.not_built(thing)
