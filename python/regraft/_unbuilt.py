"""A layer before its first call, an optimizer before its first step: what has no variables."""

from __future__ import annotations

import dataclasses
from typing import Any, Iterable, List, Optional, Set

from . import _core, _frameworks
from ._objects import nodes, tree
from ._place import Place

_NOTHING = "(not built)"
_USUAL = ("kernel", "bias", "gamma", "beta", "moving_mean", "moving_variance", "embeddings",
          "recurrent_kernel", "depthwise_kernel", "pointwise_kernel", "iterations", "learning_rate")


@dataclasses.dataclass(eq=False, repr=False)
class Waiting:
    """A layer that has not made its variables, or an optimizer that has not made its slots."""

    thing: Any
    ways: List[str]
    """Paths that lead to it."""
    models: Optional[List[Any]] = None
    """Of an optimizer: the models that it may belong to."""
    own: Set[int] = dataclasses.field(default_factory=set)
    """Of an optimizer: variables that it has already, by ``id``. A count without moments is
    worse than none, so that they wait with it."""

    slots: bool = True
    """Of an optimizer: whether the checkpoint has slots, or only what is the optimizer's own."""
    aside: Optional["Aside"] = None
    """Of an optimizer with which a model was compiled, if the model alone was handed over."""

    def selected(self, given: "_core.Rules") -> bool:
        """False for an optimizer that nobody has handed over, and no rule names."""
        return self.aside is None or self.aside.named(given)

    @property
    def name(self) -> str:
        return self.ways[0] or getattr(self.thing, "name", "") or "the root"

    @property
    def said(self) -> str:
        """What a person has called it."""
        own = getattr(self.thing, "name", "") or self.name
        return f"{own} ({type(self.thing).__name__})"

    def place(self) -> Place:
        """A place that nothing goes to, by which rules name what has no variable."""
        def nothing(*_: Any) -> Any:
            raise AssertionError("there is no variable")

        below = [f"{way}/{_NOTHING}" if way else _NOTHING for way in self.ways]
        own = getattr(self.thing, "name", None)
        return Place(below[0], "float32", (0,), nothing, nothing, below,
                     full_name=f"{own}/{_NOTHING}" if isinstance(own, str) else below[0],
                     cls=None if self.models is None else "@optimizer", identity=object())

    def could_be(self) -> Place:
        """The same under names that a variable below it could have."""
        place = self.place()
        known = [f"{way}/{name}" if way else name for way in self.ways for name in _USUAL]
        place.paths = [*place.paths, *(way for way in self.ways if way), *known]
        return place

    def build(self) -> bool:
        """Makes an optimizer's slots as its first step would, for the trainable variables of
        the one model that it can belong to. False if there is no such model, or it has none.
        """
        if self.models is not None and not self.slots:
            _frameworks.build_slots(self.thing, [])
            return True
        if self.models is None or len(self.models) != 1:
            return False
        model = self.models[0]
        variables = trainable(model)
        if not variables:
            return False
        _frameworks.build_slots(self.thing, variables)
        return True


@dataclasses.dataclass(eq=False, repr=False)
class Aside:
    """The optimizer of a model that is restored for its weights."""

    optimizer: Any
    own: Set[int]
    """Its variables, by ``id``."""
    edges: Set[str]
    """What leads to it: ``optimizer``."""

    def named(self, given: "_core.Rules") -> bool:
        """True if a rule that selects names it, and does not only reach it."""
        classes = {*given.classes, *given.include, *given.require}
        if "@optimizer" in classes:
            return True
        words = {*self.edges, type(self.optimizer).__name__.lower(),
                 str(getattr(self.optimizer, "name", "")).lower()} - {""}
        globs = [*given.include, *given.require, *(to for _, to in given.map)]
        return any(word in glob.lower().split("/") for glob in globs for word in words) or any(
            word in regex.lower() for regex in given.include_regex for word in words)

    @property
    def note(self) -> str:
        edge = sorted(self.edges)[0]
        return (f"the model's optimizer ({type(self.optimizer).__name__}) stays as it is: "
                f'include=["**", "@optimizer"] restores it, too, as {{"model": model, "{edge}": '
                f"model.{edge}}} as the target does")


def trainable(model: Any) -> List[Any]:
    built = not any(_frameworks.not_built(node) for node in _layers(model))
    return list(model.trainable_variables) if built else []


def _layers(model: Any) -> Iterable[Any]:
    return [node.thing for node in nodes(tree(model))
            if not _frameworks.is_optimizer(node.thing)]


def is_placeholder(name: str) -> bool:
    """True for the name of a place that stands for what has no variables yet."""
    return name == _NOTHING or name.endswith("/" + _NOTHING)
