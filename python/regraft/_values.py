"""Arrays as the library takes them."""

from __future__ import annotations

import os
from typing import Any, List, Tuple

from . import _dtypes, _errors

Raw = Tuple[str, List[int], Any]
"""(TensorFlow's type, shape, contiguous bytes or a list of ``bytes``)."""


def value_of(given: Any) -> Raw:
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
