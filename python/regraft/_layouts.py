"""Kernels of Keras and weights of torch hold one matrix in two orders of its axes."""

from __future__ import annotations

import json
from typing import Callable, Dict, List, Optional, Tuple

from . import _core, _errors
from ._place import SHOWN, Place, first_of
from ._places import Places

_KERNELS = ("kernel", "_kernel", "depthwise_kernel", "pointwise_kernel", "recurrent_kernel",
            "weights")
"""What Keras, Flax and TF-Slim call a matrix of [in, out] or a filter of [..., in, out]."""


def check_layouts(reader: "_core.Reader", places: Places, plan: "_core.Plan",
                  again: Callable[["_core.Reader"], "_core.Plan"]) -> None:
    """Refuses a plan that puts a kernel into a weight of torch as it is.

    `again` plans the same from another reader, without a map of names: the layout is offered only
    where it helps.

    Raises:
        UnmetError: naming each, and the layout or the views of the weights that take them.
    """
    turned = {place.name: place for place in places.places if place.layout}
    views: Dict[str, str] = {}
    names: List[str] = []
    details: List[Tuple[str, str]] = []
    for row in json.loads(plan.json())["entries"] if turned else ():
        place = turned.get(row["target"])
        if place is None or row["status"] not in ("restore", "shape-mismatch"):
            continue
        kernel = _kernel(reader, row["source"], place)
        if kernel is None:
            continue
        views[kernel] = _written(place) + _view(place, kernel)
        names.append(place.name)
        details.append(("kernel", f"{kernel} {row['source_spec']['shape']} for {place.name} "
                        f"{list(place.shape)}"))
    if not views:
        return
    shown = dict(list(views.items())[:SHOWN])
    if _turns(reader, again):
        raise _errors.unmet(
            "python/layout", f"{first_of(list(views))} would not be transposed: Keras keeps "
            "[in, out], where torch keeps [out, in]", 'layout="keras->torch" in place of a map turns them; '
            f"exclude={names[:SHOWN]!r} leaves them out here", details[:SHOWN])
    pairs = ", ".join(f"{kernel!r}: {view}" for kernel, view in shown.items())
    raise _errors.unmet(
        "python/layout", f"{first_of(list(views))} would not be transposed: Keras keeps [in, out], "
        "where torch keeps [out, in]",
        f"regraft.restore(path, {{{pairs}}}) fills the same weights through views in Keras' "
        f"layout; exclude={names[:SHOWN]!r} leaves them out here. A parameter that a module of "
        "yours keeps as [in, out] is given as parameter.data", details[:SHOWN])


def _turns(reader: "_core.Reader", again: Callable[["_core.Reader"], "_core.Plan"]) -> bool:
    """Whether everything would be restored through the layout."""
    try:
        again(reader.see(layout="keras->torch")).check()
    except _errors.RegraftError:
        return False
    return True


def _kernel(reader: "_core.Reader", key: str, place: Place) -> Optional[str]:
    """What the source is called, if that is the name of a kernel and not the place's own."""
    index = reader.find_key(key)
    if index is None:
        return None
    own = {_last(name) for name in (place.name, place.full_name, *place.paths)}
    for name in reader.entry(index).spellings:
        if _last(name) in _KERNELS and (place.mapped_from or _last(name) not in own):
            return name
    return None


def _last(name: str) -> str:
    return name.rsplit("/", 1)[-1].rsplit(":", 1)[0]


def _written(place: Place) -> str:
    """The weight as a program would write it."""
    if not place.paths:
        return "weight"
    parts = place.paths[0].split("/")
    return "module" + "".join(f"[{part}]" if part.isdigit() else f".{part}" for part in parts)


def _view(place: Place, kernel: str) -> str:
    rank = len(place.shape)
    if rank == 2:
        return ".T"
    last = (0, 1) if _last(kernel) == "depthwise_kernel" else (1, 0)
    return f".permute({', '.join(str(axis) for axis in (*range(2, rank), *last))})"
