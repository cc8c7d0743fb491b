"""Trees of arrays that cannot be changed: JAX's and Flax's, and nested ones of NumPy."""

from __future__ import annotations

import copy
import sys
from typing import Any, Callable, Dict, List, Mapping, Optional, Tuple

from . import _core, _dtypes
from ._frameworks._value import Undo
from ._place import Place, first_of
from ._places import Places

IsLeaf = Callable[[Any], bool]


def places(tree: Any) -> Optional[Places]:
    """A place for each array, found by its path; the result is a new tree. None if there is
    no array in it. Other leaves (a Python number, a random key) stay as they are.
    """
    flat = _flatten(tree)
    if flat is None:
        return None
    leaves, rebuild = flat
    new: Dict[int, Any] = {}
    found = [_place(i, path, leaf, new) for i, (path, leaf) in enumerate(leaves)
             if _is_array(leaf)]
    if not found:
        return None
    kept = [f"{path} ({type(leaf).__name__})" for path, leaf in leaves
            if leaf is not None and not _is_array(leaf)]
    notes = [f"not an array, so it stays as it is: {first_of(kept)}"]
    return Places(found, notes=notes if kept else [], finish=lambda: rebuild(
        [new.get(i, leaf) for i, (_, leaf) in enumerate(leaves)]))


def leaves(tree: Any, is_leaf: IsLeaf) -> Optional[List[Tuple[str, Any]]]:
    """Paths and leaves, of which some may be lists; None for what is no tree."""
    flat = _flatten(tree, is_leaf)
    return None if flat is None else flat[0]


def _place(i: int, path: str, leaf: Any, new: Dict[int, Any]) -> Place:
    def read() -> Any:
        import numpy as np

        return np.array(new.get(i, leaf), copy=True)

    def write(value: Any) -> None:
        new[i] = _like(leaf, value)

    def adopt(block: "_core.Block", shape: Tuple[int, ...]) -> Undo:
        write(block.array.view(_dtypes.numpy_dtype(dtype)).reshape(shape))

        def put_back() -> None:  # The leaf itself has stayed what it was.
            new.pop(i, None)

        return put_back

    dtype = _dtypes.tensorflow_name(leaf.dtype)
    return Place(path, dtype, tuple(leaf.shape), read, write,
                 paths=[path], full_name=path, identity=object(), adopt=adopt)


def _like(leaf: Any, value: Any) -> Any:
    """The value as the kind of array that the leaf is, where the leaf is."""
    if _is_jax(leaf):
        import jax

        if getattr(leaf, "committed", True):
            return jax.device_put(value, leaf.sharding)
        return jax.numpy.asarray(value)  # It may go where it is needed, as the leaf may.
    return value


def _is_jax(leaf: Any) -> bool:
    jax = sys.modules.get("jax")
    return (jax is not None and isinstance(leaf, jax.Array)
            and not jax.dtypes.issubdtype(leaf.dtype, jax.dtypes.prng_key))


def _is_array(leaf: Any) -> bool:
    numpy = sys.modules.get("numpy")
    return _is_jax(leaf) or (numpy is not None and isinstance(leaf, numpy.ndarray)
                             and leaf.dtype.kind != "O")


Flat = Tuple[List[Tuple[str, Any]], Callable[[List[Any]], Any]]


def _flatten(tree: Any, is_leaf: IsLeaf = lambda item: False) -> Optional[Flat]:
    """(path, leaf) in order, and what makes a tree of new leaves. None for what is no tree."""
    jax = sys.modules.get("jax")
    if jax is not None:
        pairs, structure = jax.tree_util.tree_flatten_with_path(tree, is_leaf=is_leaf)
        if len(pairs) == 1 and not pairs[0][0]:
            return None
        shells = _nnx_variables(jax, tree)
        leaves = [("/".join(_part(key) for key in (way[:-1] if way[:-1] in shells else way)), leaf)
                  for way, leaf in pairs]
        return leaves, lambda new: jax.tree_util.tree_unflatten(structure, new)
    leaves = []
    if not isinstance(tree, (Mapping, list, tuple)) or is_leaf(tree):
        return None
    _walk(tree, "", leaves, is_leaf)
    return leaves, lambda new: _rebuilt(tree, iter(new))


def _nnx_variables(jax: Any, tree: Any) -> Dict[Any, Any]:
    """Where Flax has variables, of which the array is an attribute that nobody names."""
    nnx = sys.modules.get("flax.nnx")
    if nnx is None:
        return {}
    pairs, _ = jax.tree_util.tree_flatten_with_path(
        tree, is_leaf=lambda item: isinstance(item, nnx.Variable))
    return {way: leaf for way, leaf in pairs if isinstance(leaf, nnx.Variable)}


def _part(key: Any) -> str:
    for name in ("key", "name", "idx"):
        if hasattr(key, name):
            return str(getattr(key, name))
    return str(key)


def _walk(tree: Any, path: str, leaves: List[Tuple[str, Any]], is_leaf: IsLeaf) -> None:
    if is_leaf(tree):
        items: Any = ()
        leaves.append((path, tree))
    elif isinstance(tree, Mapping):
        items = tree.items()
    elif isinstance(tree, tuple) and hasattr(tree, "_fields"):
        items = zip(tree._fields, tree)
    elif isinstance(tree, (list, tuple)):
        items = enumerate(tree)
    else:
        leaves.append((path, tree))
        return
    for name, item in items:
        _walk(item, f"{path}/{name}" if path else str(name), leaves, is_leaf)


def _rebuilt(tree: Any, new: Any) -> Any:
    if isinstance(tree, Mapping):
        items = {name: _rebuilt(item, new) for name, item in tree.items()}
        if not isinstance(tree, dict):
            return type(tree)(items)  # type: ignore[call-arg]
        made = copy.copy(tree)
        made.update(items)
        return made
    if isinstance(tree, tuple) and hasattr(tree, "_fields"):
        return type(tree)(*(_rebuilt(item, new) for item in tree))
    if isinstance(tree, (list, tuple)):
        return type(tree)(_rebuilt(item, new) for item in tree)
    return next(new)
