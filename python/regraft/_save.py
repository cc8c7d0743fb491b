"""Writing tensors and objects."""

from __future__ import annotations

import os
from typing import Any, Dict, List, Mapping, Optional, Sequence, Tuple

from . import _core, _dtypes, _errors
from ._paths import PathLike, text_of

Value = Tuple[str, List[int], Any]
"""(TensorFlow's type, shape, contiguous bytes or a list of ``bytes``)."""


def value_of(given: Any) -> Value:
    """Any array as the library takes it."""
    import numpy as np

    dtype = getattr(given, "tf_dtype", None)
    array = np.asarray(given)
    name = dtype if isinstance(dtype, str) else _dtypes.tensorflow_name(array.dtype)
    if name == "string":
        return name, list(array.shape), [_bytes(item) for item in array.reshape(-1).tolist()]
    flat = np.ascontiguousarray(array).reshape(-1)
    flat = flat.astype(flat.dtype.newbyteorder("="), copy=False)
    return name, list(array.shape), flat.view(np.uint8)


def _bytes(item: Any) -> bytes:
    if isinstance(item, bytes):
        return item
    if isinstance(item, str):
        return os.fsencode(item)
    raise _errors.invalid("python/dtype", f"an array of {type(item).__name__} cannot be saved",
                          "arrays of numbers, or of bytes or str for strings")


def save(path: PathLike, what: Any, *, overwrite: bool = False,
         max_shard_bytes: int = 0, data_alignment: int = 1) -> str:
    """Writes a checkpoint of exactly this prefix, that TensorFlow reads as its own.

    A dict of names and arrays (or what ``regraft.open`` gave) becomes a checkpoint of these
    names. An object (a model, a layer, an optimizer, a module) becomes one with an object
    graph, as ``tf.train.Checkpoint(root).write`` makes it; with Keras 3 the layers in lists
    and dicts are in it, which TensorFlow leaves out.

    Files appear whole or not at all. Returns the prefix.

    Raises:
        SystemIOError: there is a checkpoint of this prefix and ``overwrite`` is False; or
            the system refused.
    """
    options = {"overwrite": overwrite, "max_shard_bytes": max_shard_bytes,
               "data_alignment": data_alignment}
    if isinstance(what, Mapping) and all(isinstance(name, str) for name in what):
        tensors = ((name, value_of(what[name])) for name in what)
        return _core.write_tensors(text_of(path), tensors, options)
    from . import _objects

    nodes, variables = flatten(_objects.tree(what))
    return write_nodes(text_of(path), nodes, variables, options)


Node = Tuple[List[Tuple[str, int]], Optional[str], List[Tuple[int, str, int]]]


def flatten(root: Any) -> Tuple[List[Node], List[Any]]:
    """A tree of live objects as numbered nodes, the root first, and each node's value."""
    order: List[Any] = []
    numbers: Dict[int, int] = {}

    def number(node: Any) -> int:
        known = numbers.get(id(node))
        if known is None:
            known = numbers[id(node)] = len(order)
            order.append(node)
        return known

    number(root)
    nodes: List[Node] = []
    at = 0
    while at < len(order):
        node = order[at]
        edges = [(name, number(child)) for name, child in node.edges]
        slots = [(number(variable), name, number(slot)) for variable, name, slot in node.slots]
        full_name = None if node.value is None else node.value.full_name
        nodes.append((edges, full_name, slots))
        at += 1
    return nodes, [node.value for node in order]


class _Counter:
    full_name = "save_counter"


COUNTER = _Counter()
"""The value of the node that counts saves."""


def stored(value: Any, count: int) -> Value:
    """What is stored for a node's value."""
    import numpy as np

    return value_of(np.asarray(count, np.int64) if value is COUNTER else value.read())


def write_nodes(path: str, nodes: Sequence[Node], values: Sequence[Any],
                options: Dict[str, Any], count: int = 0) -> str:
    """Writes numbered nodes and their values.

    Raises:
        UnmetError: there is no value at all.
    """
    check_anything(values)
    return _core.write_objects(path, nodes, lambda index: stored(values[index], count), options)


def check_anything(values: Sequence[Any]) -> None:
    if all(value is None or value is COUNTER for value in values):
        raise _errors.unmet(
            "train/nothing-to-save",
            "there is no variable below the object, so nothing would be saved",
            "a Keras model makes its variables when it is called once, or by "
            "model.build(input_shape)")
