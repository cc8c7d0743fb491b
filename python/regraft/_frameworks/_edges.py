"""Edges of an object, and who knows them."""

from __future__ import annotations

from typing import Any, List, Tuple

PLAIN, KERAS_2, KERAS_3, NUMBER, EXTRA = range(5)
"""Kinds of edges, by the library's numbers (regraft/live_objects.h).

- Keras 2 and Keras 3 have names of their own for one thing.
- A mere number stands beside an edge that says more. The numbers of one program are not those of
  another: Keras 3 counts the learning rate among an optimizer's variables, and a Functional model
  its input among the layers.
- What Keras 3 keeps from TensorFlow is extra, a list or a dict: a file that TensorFlow wrote has
  nothing below it.
"""

Edge = Tuple[str, Any, int]
"""(name, what it leads to, kind)."""


def plain(pairs: List[Tuple[str, Any]]) -> List[Edge]:
    return [(name, child, PLAIN) for name, child in pairs]


def is_optimizer(thing: Any) -> bool:
    """True for optimizers of Keras and TensorFlow, whatever their age."""
    return hasattr(type(thing), "apply_gradients") and any(
        "Optimizer" in cls.__name__ for cls in type(thing).__mro__)


OF_MODEL = ("_trainable_variables", "_model_variables_moving_average")
"""Edges of an optimizer to what is the model's."""


def has_slots(optimizer: Any) -> bool:
    """False for an optimizer that makes its slots at its first step, and has not made them."""
    optimizer = getattr(optimizer, "inner_optimizer", optimizer)  # That of a loss scale.
    if hasattr(optimizer, "build"):
        return bool(getattr(optimizer, "built", False) or getattr(optimizer, "_built", False))
    if not is_lazy(optimizer):
        return True  # It has no way to make them but a step: that of TF1.
    return len(optimizer.weights) > 1 or bool(getattr(optimizer, "_hypers_created", False))


def is_lazy(optimizer: Any) -> bool:
    """True for the older kind of Keras 2, which makes its own variables with its slots."""
    return hasattr(optimizer, "_create_all_weights")


def build_slots(optimizer: Any, variables: List[Any]) -> None:
    """Makes the slots for variables, as the first step would."""
    if hasattr(optimizer, "build"):
        optimizer.build(variables)
    else:  # The older kind of Keras 2 has a private name for it.
        optimizer = getattr(optimizer, "inner_optimizer", optimizer)
        optimizer.iterations  # noqa: B018 - makes the variable.
        optimizer._create_all_weights(variables)


def needs_call(layer: Any) -> bool:
    """True for a layer of Keras that will make variables of its own when it is called: one
    that has none yet, and not the ``build`` of a class that makes none.
    """
    if layer.built:
        return False
    try:
        if layer.weights:
            return False
    except ValueError:  # A model of Keras 2 says so.
        return True
    classes = {cls.__name__: cls for cls in type(layer).__mro__}
    return not any(name in classes and type(layer).build is vars(classes[name]).get("build")
                   for name in ("Layer", "BaseRandomLayer", "_Merge", "Merge"))


def numbers(thing: Any, pairs: List[Tuple[str, Any]]) -> List[Edge]:
    """The edges of an object of TensorFlow or Keras, where some are mere numbers."""
    if is_optimizer(thing):
        weak = {"_variables", "_trainable_variables"}
    else:
        named = {id(child) for name, child in pairs if name.startswith("layer_with_weights-")}
        weak = {name for name, child in pairs if name.startswith("layer-") and id(child) in named}
    return [(name, child, NUMBER if name in weak else PLAIN) for name, child in pairs]
