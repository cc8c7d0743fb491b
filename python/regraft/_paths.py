"""Paths, as they are given in Python."""

from __future__ import annotations

import os
from typing import Any, Union

from . import _errors

PathLike = Union[str, "os.PathLike[str]"]


def text_of(path: Any) -> str:
    """A path as text.

    Raises:
        InvalidArgumentError: it is None, which is what ``tf.train.latest_checkpoint`` returns
            where it finds nothing.
    """
    if path is None:
        raise _errors.invalid(
            "train/no-path",
            "the path of the checkpoint is None; TensorFlow would have restored nothing, in "
            "silence",
            "where there may be none yet, as in a program's first run: "
            "manager.restore_or_initialize(); elsewhere regraft.train.latest_checkpoint(), which "
            "takes a folder or a stem, and raises an error that says what is there")
    if isinstance(path, bytes):
        return os.fsdecode(path)
    if not isinstance(path, (str, os.PathLike)):
        raise _errors.invalid("python/path", f"a path is wanted, and this is a "
                              f"{type(path).__name__}", "a str or a pathlib.Path")
    return os.fspath(path)
