"""Trees of arrays that cannot be changed: JAX's and Flax's, and nested ones of NumPy."""

from __future__ import annotations

import sys
from typing import Any, Dict, List, Mapping, Optional, Tuple

from . import _dtypes
from ._places import Place, Places


def places(tree: Any) -> Optional[Places]:
    """A place for each array, found by its path; the result is a new tree. None if there is
    something else than arrays in it, or nothing."""
    flat = _flatten(tree)
    if flat is None:
        return None
    leaves, rebuild = flat
    if not leaves or not all(_is_array(leaf) for _, leaf in leaves):
        return None
    new: Dict[int, Any] = {}
    found: List[Place] = []
    for i, (path, leaf) in enumerate(leaves):
        found.append(_place(i, path, leaf, new))
    return Places(found, finish=lambda: rebuild(
        [new.get(i, leaf) for i, (_, leaf) in enumerate(leaves)]))


def _place(i: int, path: str, leaf: Any, new: Dict[int, Any]) -> Place:
    def read() -> Any:
        import numpy as np

        return np.array(new.get(i, leaf), copy=True)

    def write(value: Any) -> None:
        new[i] = _like(leaf, value)

    return Place(path, _dtypes.tensorflow_name(leaf.dtype), tuple(leaf.shape), read, write,
                 paths=[path], below_root=[path], full_name=path, identity=object())


def _like(leaf: Any, value: Any) -> Any:
    """The value as the kind of array that the leaf is, where the leaf is."""
    if _is_jax(leaf):
        import jax

        return jax.device_put(value, leaf.sharding)
    return value.copy()


def _is_jax(leaf: Any) -> bool:
    jax = sys.modules.get("jax")
    return jax is not None and isinstance(leaf, jax.Array)


def _is_array(leaf: Any) -> bool:
    numpy = sys.modules.get("numpy")
    return _is_jax(leaf) or (numpy is not None and isinstance(leaf, numpy.ndarray))


Flat = Tuple[List[Tuple[str, Any]], Any]


def _flatten(tree: Any) -> Optional[Flat]:
    """(path, leaf) in order, and what makes a tree of new leaves."""
    jax = sys.modules.get("jax")
    if jax is not None:
        pairs, structure = jax.tree_util.tree_flatten_with_path(tree)
        leaves = [("/".join(_part(key) for key in way), leaf) for way, leaf in pairs]
        return leaves, lambda new: jax.tree_util.tree_unflatten(structure, new)
    leaves = []
    if not _walk(tree, "", leaves):
        return None
    return leaves, lambda new: _rebuilt(tree, iter(new))


def _part(key: Any) -> str:
    for name in ("key", "name", "idx"):
        if hasattr(key, name):
            return str(getattr(key, name))
    return str(key)


def _walk(tree: Any, path: str, leaves: List[Tuple[str, Any]]) -> bool:
    if isinstance(tree, Mapping):
        items: Any = tree.items()
    elif isinstance(tree, tuple) and hasattr(tree, "_fields"):
        items = zip(tree._fields, tree)
    elif isinstance(tree, (list, tuple)):
        items = enumerate(tree)
    else:
        leaves.append((path, tree))
        return True
    return all(_walk(item, f"{path}/{name}" if path else str(name), leaves)
               for name, item in items)


def _rebuilt(tree: Any, new: Any) -> Any:
    if isinstance(tree, Mapping):
        kind: Any = type(tree)
        return kind((name, _rebuilt(item, new)) for name, item in tree.items())
    if isinstance(tree, tuple) and hasattr(tree, "_fields"):
        return type(tree)(*(_rebuilt(item, new) for item in tree))
    if isinstance(tree, (list, tuple)):
        return type(tree)(_rebuilt(item, new) for item in tree)
    return next(new)
