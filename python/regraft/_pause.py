"""A pause of Python's garbage collector."""

from __future__ import annotations

import contextlib
import gc
from typing import Iterator


@contextlib.contextmanager
def collector_paused() -> Iterator[None]:
    """No collection, if there is one, until the end of ``with``.

    Each time that many objects were made the collector looks at all that the program has. What
    is made here for each variable is used until the end, so that it would find nothing; with a
    large model that takes longer than everything else.
    """
    if not gc.isenabled():
        yield
        return
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
