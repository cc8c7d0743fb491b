"""Live objects of any framework as a tree: nodes, named edges, values."""

from __future__ import annotations

import collections
import dataclasses
import itertools
from typing import Any, Dict, Iterable, List, Mapping, Optional, Tuple

from . import _core, _frameworks
from ._frameworks._edges import PLAIN


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
    kinds: Dict[str, int] = dataclasses.field(default_factory=dict)
    held: Any = None
    """What it has that is no variable, once it is asked to restore that (``_held.Held``)."""
    below: Optional[List["Node"]] = None
    """What ``nodes`` found below it."""
    ways: Optional["Paths"] = None
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


class Paths:
    """What leads to the nodes below a root, as the library tells it (regraft/live_objects.h): the
    objects cross once.
    """

    def __init__(self, root: Node) -> None:
        found = list(nodes(root))
        self._numbers = numbers = {id(node): number for number, node in enumerate(found)}
        counts: List[int] = []
        facts: List[int] = []
        names: List[str] = []
        children: List[int] = []
        kinds: List[int] = []
        for node in found:
            counts.append(len(node.edges))
            facts.append(_facts(node))
            for name, child in node.edges:
                names.append(name)
                children.append(numbers[id(child)])
                kinds.append(node.kinds.get(name, PLAIN) if node.kinds else PLAIN)
        self._tree = _core.Tree(counts, facts, names, children, kinds)

    def __contains__(self, node: Node) -> bool:
        return id(node) in self._numbers

    def to(self, node: Node) -> List[str]:
        """The paths to a node: those in Keras 2's names first, else shortest first."""
        return self._tree.paths(self._numbers[id(node)])

    def ways(self, node: Node) -> List[Path]:
        """The same in parts, as a name may have a slash."""
        return self._tree.ways(self._numbers[id(node)])

    def kinds(self, node: Node) -> List[str]:
        """A letter for each part of each path, where a number is the key of a dict."""
        return self._tree.path_kinds(self._numbers[id(node)])

    def key_by_number(self, node: Node) -> str:
        """Its key in a file that TensorFlow wrote, which has it as a number only; else nothing."""
        return self._tree.key_by_number(self._numbers[id(node)])

    def is_optimizers(self, node: Node) -> bool:
        """True if only an optimizer has it, and it is not of the model."""
        return self._tree.is_optimizers(self._numbers[id(node)])

    def slot_keys(self, variable: Node, name: str, optimizer: Node) -> List[str]:
        return self._tree.slot_keys(
            self._numbers[id(variable)], name, self._numbers[id(optimizer)])


def _facts(node: Node) -> int:
    if node.value is not None:
        return 1
    return 2 * _frameworks.has_keys(node.thing) + 4 * _frameworks.is_optimizer(node.thing)


def paths(root: Node) -> Paths:
    """What leads to the nodes below. Call it when the tree is whole: it is looked at once."""
    if root.ways is None:
        root.ways = Paths(root)
    return root.ways


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
