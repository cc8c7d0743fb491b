"""States of TensorFlow's objects (``_frameworks._states``), stored."""

from __future__ import annotations

import dataclasses
import os
import sys
from typing import Any, List, Mapping, Optional, Tuple

from . import _core, _errors, _frameworks, _values
from ._frameworks._states import Part

Ranges = Optional[List[Tuple[int, int]]]
StoredPart = Tuple[str, Any, Ranges]
"""(end of the key, value as the library takes it, its place in the whole if it is a slice)."""


@dataclasses.dataclass(eq=False, repr=False)
class Stored:
    """The state of an object as it is saved."""

    attributes: List[str]
    parts: List[List[StoredPart]]
    """Of each attribute."""
    files: Any = None
    """What must live until the parts are written."""


def stored(thing: Any, path: str) -> Stored:
    """The present state of an object.

    Raises:
        UnsupportedError: it cannot be saved, and why.
    """
    if _frameworks.has_saver(thing):
        raise _errors.unsupported(
            "train/own-saver", f"{named(thing, path)} has a saver of its own, which writes "
            "files as it likes, so that it cannot be saved here",
            hint="tf.train.Checkpoint(...).write() saves it; or leave it out of what is saved")
    try:
        state = _frameworks.state_of(thing)
        out = Stored(state.attributes, [[] for _ in state.attributes])
        opaque = {str(i): part.tensor for i, part in enumerate(state.parts) if _is_opaque(part)}
        if opaque:
            out.files, reader = _written(opaque)
        for i, part in enumerate(state.parts):
            if str(i) in opaque:
                item: StoredPart = (part.ending, (reader, reader.find_key(str(i))), None)
            else:
                item = (part.ending, *_value(part))
            out.parts[part.attribute].append(item)
    except _errors.RegraftError:
        raise
    except Exception as error:
        raise refused(thing, path, "cannot be saved", error) from error
    return out


def _is_opaque(part: Part) -> bool:
    """True for a tensor that has no values which NumPy could show."""
    return part.dtype.name in ("variant", "resource") or part.dtype.is_quantized


def _written(tensors: Mapping[str, Any]) -> Tuple[Any, "_core.Reader"]:
    """What TensorFlow makes of tensors in a file, by their keys."""
    import tempfile

    folder = tempfile.TemporaryDirectory(prefix="regraft-")
    prefix = os.path.join(folder.name, "parts")
    sys.modules["tensorflow"].raw_ops.SaveV2(
        prefix=prefix, tensor_names=list(tensors), shape_and_slices=[""] * len(tensors),
        tensors=list(tensors.values()))
    return folder, _core.Reader.open(prefix)


def _value(part: Part) -> Tuple[Any, Ranges]:
    if part.dtype.name == "string":
        # NumPy's own type of strings would cut zeros off their ends.
        flat = sys.modules["tensorflow"].reshape(part.tensor, [-1]).numpy().tolist()
        return ("string", list(part.tensor.shape), flat), None
    name, shape, data = _values.value_of(part.tensor.numpy())
    if not part.slice_spec:
        return (name, shape, data), None
    *whole, ranges = part.slice_spec.split()
    lengths = [int(length) for length in whole]
    places = [(0, length) if each == "-" else tuple(map(int, each.split(",")))
              for each, length in zip(ranges.split(":"), lengths)]
    return (name, lengths, data), places  # type: ignore[return-value]


def named(thing: Any, path: str) -> str:
    return f"{path or 'the root'} ({type(thing).__name__})"


def refused(thing: Any, path: str, what: str, error: Exception) -> _errors.RegraftError:
    why = (str(error).strip() or type(error).__name__).splitlines()[0]
    return _errors.unsupported("train/object-refuses", f"{named(thing, path)} {what}",
                               details=[("it says", why)],
                               hint="leave it out, and nothing else changes")
