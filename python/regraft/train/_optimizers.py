"""Optimizers that have not made their slots yet."""

from __future__ import annotations

from typing import Any, Iterable, List

from .. import _core, _errors
from .._frameworks import is_optimizer


def build_optimizers(things: Iterable[Any], reader: "_core.Reader") -> None:
    """Makes the slots of optimizers that a checkpoint has values for, as their first step
    would: for the trainable variables of the one model beside them.

    Raises:
        UnmetError: there is no model beside an optimizer, or several.
    """
    things = [thing for thing in things if thing is not None]
    optimizers = [thing for thing in things if is_optimizer(thing) and not _has_slots(thing)]
    if not optimizers or not _stores_slots(reader):
        return
    models = [thing for thing in things
              if not is_optimizer(thing) and hasattr(thing, "trainable_variables")]
    for optimizer in optimizers:
        if len(models) != 1:
            raise _errors.unmet(
                "train/not-built", f"the optimizer {type(optimizer).__name__} has not made its "
                f"slots yet, and there are {len(models)} models beside it to make them for",
                "optimizer.build(model.trainable_variables) before the restore; or leave it out: "
                'exclude="@optimizer"')
        variables: List[Any] = list(models[0].trainable_variables)
        if hasattr(optimizer, "build"):
            optimizer.build(variables)
        else:  # The older kind of Keras 2 has a private name for it.
            optimizer.iterations  # noqa: B018 - makes the variable.
            optimizer._create_all_weights(variables)


def _has_slots(optimizer: Any) -> bool:
    if hasattr(optimizer, "build"):
        return bool(getattr(optimizer, "built", False) or getattr(optimizer, "_built", False))
    return bool(getattr(optimizer, "_weights", ())) and len(optimizer.weights) > 1


def _stores_slots(reader: "_core.Reader") -> bool:
    return any(reader.entry(i).cls == "@optimizer" for i in range(len(reader)))
