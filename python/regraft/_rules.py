"""Rules, as they are given in Python."""

from __future__ import annotations

import os
from typing import Any, Dict, Iterable, List, Mapping, Optional, Sequence, Tuple, Union

from . import _core, _errors

Names = Union[str, Iterable[str], None]
MapRules = Union[Mapping[str, Union[str, Sequence[str]]], "os.PathLike[str]", None]

CLASSES = ("@weights", "@optimizer", "@step", "@ema", "@bn-stats", "@meta")
_POLICIES = {
    "missing": ("error", "keep"),
    "on_shape": ("error", "skip", "slice", "pad", "pad=keep"),
    "on_dtype": ("error", "cast", "skip"),
}


def as_list(names: Names) -> List[str]:
    """One name, several, or none."""
    if names is None:
        return []
    if isinstance(names, str):
        return [names]
    return [str(name) for name in names]


def map_pairs(given: MapRules) -> List[Tuple[str, str]]:
    """Pairs of a name in the checkpoint and a target's; a path is that of a map file."""
    if given is None:
        return []
    if isinstance(given, os.PathLike):
        with open(given, encoding="utf-8") as file:
            return list(_core.parse_map_file(file.read()))
    if isinstance(given, str):
        raise _errors.invalid(
            "select/bad-map", f"map is the text {given!r}",
            "a dict: map={'name in the checkpoint': 'name of the target'}; or "
            "pathlib.Path('map.toml') for a map file")
    pairs: List[Tuple[str, str]] = []
    for source, targets in given.items():
        names = [targets] if isinstance(targets, str) else list(targets)
        for target in names:
            if not isinstance(target, str):
                raise _errors.invalid(
                    "select/bad-map", f"map says that {source!r} goes into a "
                    f"{type(target).__name__}, not a name",
                    "map={'old/kernel': 'new/kernel'}; to name variables themselves, restore "
                    "into a dict: regraft.restore(path, {'old/kernel': variable})")
            pairs.append((source, target))
    return pairs


def _class(name: str) -> str:
    full = name if name.startswith("@") else "@" + name
    if full not in CLASSES:
        raise _errors.invalid("python/class", f"there is no class {name!r}", ", ".join(CLASSES))
    return full


def rules(*, include: Names = None, exclude: Names = None, classes: Names = None,
          map: MapRules = None, missing: str = "error", on_shape: str = "error",
          on_dtype: str = "error", require: Names = None, where: str = "",
          include_regex: Names = None, exclude_regex: Names = None,
          allow_unused_rules: bool = False, only: Optional[Sequence[str]] = None
          ) -> Dict[str, Any]:
    """The rules for the library. Raises InvalidArgumentError for a word that is none."""
    given = {"missing": missing, "on_shape": on_shape, "on_dtype": on_dtype}
    for name, choices in _POLICIES.items():
        if given[name] not in choices:
            words = ", ".join(repr(word) for word in choices)
            raise _errors.invalid("python/policy", f"{name} is {given[name]!r}",
                                  f"{name} is one of {words}")
    out: Dict[str, Any] = {
        **given,
        "include": as_list(include), "exclude": as_list(exclude),
        "include_regex": as_list(include_regex), "exclude_regex": as_list(exclude_regex),
        "classes": [_class(name) for name in as_list(classes)],
        "map": map_pairs(map), "require": as_list(require), "where": where,
        "allow_unused_rules": allow_unused_rules,
    }
    if only is not None:
        out["only"] = list(only)
    return out
