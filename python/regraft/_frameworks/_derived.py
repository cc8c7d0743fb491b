"""What layers of Keras compute once from their variables and keep: it is computed anew after a
restore."""

from __future__ import annotations

from typing import Any, Optional, Set

_FUNCTIONS = ("train", "test", "predict")


def derives(thing: Any) -> bool:
    """True for a layer that computes with more than its variables: Normalization keeps the mean
    and the variance as constants, Discretization its boundaries, a lookup its weights, a
    quantized layer whether it is calibrated.
    """
    return _finalizes(thing) or _calibration(thing) is not None


def derive(thing: Any, changed: Set[int]) -> None:
    """Computes it anew, from the present values. ``changed`` are the new ones, by ``id``."""
    if _finalizes(thing):
        thing.finalize_state()
    flag = _calibration(thing)
    if flag is not None and id(getattr(thing, "quantized_kernel", None)) in changed:
        # A layer loses its kernel of floats when it is calibrated, so that its file has none.
        setattr(thing, flag, id(getattr(thing, "_kernel", None)) not in changed)


def _finalizes(thing: Any) -> bool:
    own = getattr(type(thing), "finalize_state", None)
    if not callable(own) or not hasattr(thing, "built"):
        return False
    # Keras 2 has one for all layers, which does nothing.
    return not any(cls.__name__ == "Layer" and vars(cls).get("finalize_state") is own
                   for cls in type(thing).__mro__)


def _calibration(layer: Any) -> Optional[str]:
    flag = f"is_{getattr(layer, 'quantization_mode', None)}_calibrated"
    known = flag in ("is_gptq_calibrated", "is_awq_calibrated") and hasattr(layer, flag)
    return flag if known else None


def forget_functions(model: Any) -> None:
    """Makes a model trace the functions of ``fit`` and ``predict`` again: they have what layers
    keep as constants.
    """
    for name in _FUNCTIONS:
        make = getattr(model, f"make_{name}_function", None)
        if callable(make) and getattr(model, f"{name}_function", None) is not None:
            make(force=True)
