"""Keys of objects in a checkpoint, as TensorFlow writes them."""

from __future__ import annotations

import re
from typing import Iterable

ATTRIBUTES = "/.ATTRIBUTES/"
"""Between the path of an object and the name of what is stored of it."""
VALUE = ".ATTRIBUTES/VARIABLE_VALUE"
"""How the key of a variable's value ends."""


def escaped(name: str) -> str:
    """The name of an edge as it is in a key."""
    return name.replace(".", "..").replace("/", ".S")


def unescaped(edge: str) -> str:
    """The name of an edge from its part of a key."""
    return re.sub(r"\.([.S])", lambda pair: "." if pair[1] == "." else "/", edge)


def key_of(path: Iterable[str]) -> str:
    """A path as it is in a key."""
    return "/".join(escaped(name) for name in path)
