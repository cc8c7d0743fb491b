"""Live objects of any framework as a tree: nodes, named edges, values."""

from __future__ import annotations

import collections
import dataclasses
import itertools
from typing import Any, Dict, Iterable, List, Mapping, Optional, Tuple

from . import _frameworks
from ._frameworks._edges import EXTRA, KERAS_2, KERAS_3, NUMBER, PLAIN

MOST_PATHS = 32
MOST_EDGES = 256


@dataclasses.dataclass(eq=False)
class Node:
    """An object: edges in the order in which TensorFlow would save them. Cycles and sharing
    are legal. ``slots`` are (variable, slot name, slot) of optimizers of the older kind.
    ``kinds`` are those of edges that are not plain (``_frameworks._edges``).
    """

    edges: List[Tuple[str, "Node"]] = dataclasses.field(default_factory=list)
    value: Any = None
    """A Value; None for an object that holds none."""
    slots: List[Tuple["Node", str, "Node"]] = dataclasses.field(default_factory=list)
    thing: Any = None
    kinds: Dict[str, str] = dataclasses.field(default_factory=dict)
    held: Any = None
    """What it has that is no variable, once it is asked to restore that (``_held.Held``)."""
    below: Optional[List["Node"]] = None
    """What ``nodes`` found below it."""
    ways: Optional[Dict[int, List["Path"]]] = None
    """What ``paths`` found."""


class Builder:
    """Makes trees in which an object is one node, however it is reached."""

    def __init__(self) -> None:
        self._nodes: Dict[int, Node] = {}
        self._alive: List[Any] = []  # Numbers of objects are theirs only while they live.
        self._optimizers: List[Node] = []

    def node(self, thing: Any) -> Node:
        """The node of an object, a variable, or a list or dict of them."""
        known = self._nodes.get(id(thing))
        if known is not None:
            return known
        first = self._new(thing)
        waiting = collections.deque([first])
        while waiting:
            at = waiting.popleft()
            if at.value is not None:
                continue  # Nothing is below a variable.
            for name, child, kind in _frameworks.children(at.thing):
                node = self._nodes.get(id(child))
                if node is None:
                    node = self._new(child)
                    waiting.append(node)
                at.edges.append((name, node))
                if kind != PLAIN:
                    at.kinds[name] = kind
        return first

    def _new(self, thing: Any) -> Node:
        node = Node([], _frameworks.value_of(thing), [], thing)
        self._nodes[id(thing)] = node
        self._alive.append(thing)
        if _frameworks.is_optimizer(thing) and hasattr(thing, "get_slot_names"):
            self._optimizers.append(node)
        return node

    def add_slots(self) -> None:
        """Finds the slot variables of optimizers. Call it when all objects are there."""
        variables = [node for node in self._nodes.values() if node.value is not None]
        for optimizer in self._optimizers:
            optimizer.slots = []
            for name in optimizer.thing.get_slot_names():
                for variable in variables:
                    slot = _slot(optimizer.thing, variable.thing, name)
                    if slot is not None:
                        optimizer.slots.append((variable, name, Node([], _frameworks.value_of(slot),
                                                                     [], slot)))


def _slot(optimizer: Any, variable: Any, name: str) -> Any:
    try:
        return optimizer.get_slot(variable, name)
    except (AttributeError, KeyError, ValueError):
        return None  # It has none for this variable.


def tree(thing: Any) -> Node:
    """The tree of one object."""
    builder = Builder()
    root = builder.node(thing)
    builder.add_slots()
    return root


Path = Tuple[str, ...]
"""Names of edges, one after the other; none for the root."""


def paths(root: Node) -> Dict[int, List[Path]]:
    """For each node below, by ``id``, the paths that lead to it: those in Keras 2's names
    first, else shortest first.

    None goes through a node twice; a node has at most MOST_PATHS in the names of one Keras,
    each of at most MOST_EDGES edges. Mere numbers (``_frameworks._edges``) count where
    nothing else leads to a node.
    """
    if root.ways is None:
        root.ways = _paths(root)
    return root.ways


def _paths(root: Node) -> Dict[int, List[Path]]:
    if not any(node.kinds for node in nodes(root)):
        return all_paths(root)
    found: Dict[int, List[Path]] = {}
    for left_out in (KERAS_3, NUMBER), (KERAS_2, NUMBER):
        for node, ways in all_paths(root, left_out).items():
            known = found.setdefault(node, [])
            known.extend(way for way in ways if way not in known)
    for node, ways in all_paths(root).items():
        found.setdefault(node, ways)
    return found


def paths_by_numbers(root: Node) -> Dict[int, Path]:
    """Where a file that TensorFlow wrote has what Keras 3 keeps from it: layers in a list are
    there only as the numbered variables of an optimizer.
    """
    if not any(node.kinds for node in nodes(root)):
        return {}
    known = all_paths(root, (KERAS_2, EXTRA, NUMBER))
    return {node: ways[0] for node, ways in all_paths(root, (KERAS_2, EXTRA)).items()
            if node not in known}


def all_paths(root: Node, left_out: Tuple[str, ...] = ()) -> Dict[int, List[Path]]:
    """Paths by edges of all kinds but these, shortest first."""
    found: Dict[int, List[Path]] = {id(root): [()]}
    waiting: "collections.deque[Tuple[Node, Path, Tuple[int, ...]]]" = collections.deque(
        [(root, (), (id(root),))])
    while waiting:
        node, path, way = waiting.popleft()
        if len(path) == MOST_EDGES:
            continue
        for name, child in node.edges:
            if id(child) in way or node.kinds.get(name, PLAIN) in left_out:
                continue
            known = found.setdefault(id(child), [])
            if len(known) < MOST_PATHS:
                known.append((*path, name))
                waiting.append((child, known[-1], (*way, id(child))))
    return found


def nodes(root: Node) -> Iterable[Node]:
    """All nodes below and the root itself, each once, breadth first; without slots. Call it
    when the tree is whole: it is looked at once.
    """
    if root.below is None:
        seen = {id(root)}
        root.below = []
        at, place = root, 0
        while True:
            for _, child in at.edges:
                if id(child) not in seen:
                    seen.add(id(child))
                    root.below.append(child)
            if place == len(root.below):
                break
            at, place = root.below[place], place + 1
    return itertools.chain((root,), root.below)


def objects(root: Node) -> Iterable[Node]:
    """The same without variables, of which there may be very many."""
    return (node for node in nodes(root) if node.value is None)


def is_map(thing: Any) -> bool:
    """A dict with names as keys."""
    return isinstance(thing, Mapping) and all(isinstance(name, str) for name in thing)
