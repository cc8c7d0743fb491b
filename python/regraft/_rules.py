"""Rules, as they are given in Python."""

from __future__ import annotations

import os
import re
from typing import Any, Iterable, List, Mapping, Sequence, Tuple, Union

from . import _core, _errors

Names = Union[str, Iterable[str], None]
MapRules = Union[Mapping[str, Union[str, Sequence[str]]], "os.PathLike[str]", None]

CLASSES = ("@weights", "@optimizer", "@step", "@ema", "@bn-stats", "@meta")
_POLICIES = {
    "identity": ("sure", "places", "names"),
    "missing": ("error", "keep"),
    "on_shape": ("error", "skip", "slice", "pad", "pad=keep"),
    "on_dtype": ("error", "cast", "skip"),
}


def as_list(names: Names, argument: str) -> List[str]:
    """One name, several, or none.

    Raises:
        InvalidArgumentError: something else, with the argument's name.
    """
    if names is None:
        return []
    if isinstance(names, str):
        return [names]
    if not isinstance(names, Iterable) or isinstance(names, (bytes, Mapping)) or hasattr(
            names, "shape"):
        raise _no_name(names, argument, f"{argument} is")
    found = list(names)
    for name in found:
        if not isinstance(name, str):
            raise _no_name(name, argument, f"{argument} has in it")
    return found


def _no_name(given: Any, argument: str, where: str) -> _errors.RegraftError:
    """The error about what is given where a name is wanted, and what can be written instead."""
    kind = type(given).__name__
    own = getattr(given, "path", None) or getattr(given, "name", None)
    if isinstance(given, re.Pattern):
        instead = (f"{argument.split('_')[0]}_regex={given.pattern!r}"
                   if argument in ("include", "exclude") else repr(given.pattern))
    elif callable(given) and not isinstance(own, str):
        instead = ("a pattern, such as '**/bias'; to choose by a function, restore into the list "
                   "of what it chooses: [v for v in model.variables if chosen(v)]")
    elif isinstance(own, str) and hasattr(given, "shape"):
        instead = (f"{argument}={own.rsplit(':', 1)[0]!r}; regraft.names(model) shows every name "
                   "that a variable has")
    else:
        instead = f"{argument}='**/bias', or {argument}=['a/**', 'b/**']; docs/patterns.md"
    return _errors.invalid("python/name", f"{where} {_article(kind)} {kind}, and names or patterns "
                           "are texts", instead)


def _article(word: str) -> str:
    return "an" if word[:1] in "AEIOUaeiou" else "a"


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
    if not isinstance(given, Mapping):
        try:
            as_dict = repr({str(source): str(target) for source, target in given})
        except (TypeError, ValueError):
            as_dict = "{'name in the checkpoint': 'name of the target'}"
        kind = type(given).__name__
        raise _errors.invalid("select/bad-map", f"map is {_article(kind)} {kind}, and not a dict",
                              f"map={as_dict}")
    pairs: List[Tuple[str, str]] = []
    for source, targets in given.items():
        several = isinstance(targets, (list, tuple, set, frozenset))
        wanted: List[Any] = list(targets) if several else [targets]
        for target in wanted:
            for name in (source, target):
                if not isinstance(name, str):
                    raise _no_target(source, name)
            pairs.append((source, target))
    return pairs


def _no_target(source: Any, name: Any) -> _errors.RegraftError:
    kind = type(name).__name__
    said = (f"map has {_article(kind)} {kind} for a name in the checkpoint" if name is source else
            f"map says that {source!r} goes into {_article(kind)} {kind}, not a name")
    return _errors.invalid(
        "select/bad-map", said, "map={'old/kernel': 'new/kernel'}; to name variables themselves, "
        "restore into a dict: regraft.restore(path, {'old/kernel': variable})")


def _class(name: str) -> str:
    full = name if name.startswith("@") else "@" + name
    if full not in CLASSES:
        raise _errors.invalid("python/class", f"there is no class {name!r}", ", ".join(CLASSES))
    return full


def rules(*, include: Names = None, exclude: Names = None, classes: Names = None,
          map: MapRules = None, identity: str = "sure", missing: str = "error",
          on_shape: str = "error",
          on_dtype: str = "error", require: Names = None, where: str = "",
          include_regex: Names = None, exclude_regex: Names = None,
          allow_unused_rules: bool = False) -> "_core.Rules":
    """The rules for the library. Raises InvalidArgumentError for a word that is none."""
    given = {"identity": identity, "missing": missing, "on_shape": on_shape, "on_dtype": on_dtype}
    for name, choices in _POLICIES.items():
        if not isinstance(given[name], str) or given[name] not in choices:
            words = ", ".join(repr(word) for word in choices)
            raise _errors.invalid("python/policy", f"{name} is {given[name]!r}",
                                  f"{name} is one of {words}")
    if not isinstance(where, str):
        raise _errors.invalid("python/name", f"where is {_article(type(where).__name__)} "
                              f"{type(where).__name__}, and a condition is a text",
                              "where='dtype==float32 && numel>1e6'")
    return _core.Rules(
        **given,
        include=as_list(include, "include"), exclude=as_list(exclude, "exclude"),
        include_regex=as_list(include_regex, "include_regex"),
        exclude_regex=as_list(exclude_regex, "exclude_regex"),
        classes=[_class(name) for name in as_list(classes, "classes")],
        map=map_pairs(map), require=as_list(require, "require"), where=where,
        allow_unused_rules=allow_unused_rules)
