"""What stands in texts of the library, flags and methods, in the words of Python."""

from __future__ import annotations

import re
import shlex
from typing import Dict, List

_LISTS = {"--exclude": "exclude", "--drop": "exclude", "-x": "exclude", "--include": "include",
          "-i": "include", "--exclude-regex": "exclude_regex", "--include-regex": "include_regex",
          "--class": "classes", "--require": "require"}
_WORDS = {"--missing": "missing", "--on-shape": "on_shape", "--on-dtype": "on_dtype",
          "--where": "where", "--identity": "identity"}
_FLAG = re.compile(r"(--allow-unused-rules)|(--map|" + "|".join(
    sorted(map(re.escape, [*_LISTS, *_WORDS]), key=len, reverse=True))
    + r") ('(?:[^']|'\\'')*'|[^\s;,)]+)")
_RUN = re.compile(rf"(?<![\w-])(?:{_FLAG.pattern})(?: (?:{_FLAG.pattern}))*")


def _arguments(run: str) -> List[str]:
    """Flags that stand together as arguments of one call."""
    lists: Dict[str, List[str]] = {}
    pairs: Dict[str, str] = {}
    words: Dict[str, object] = {}
    for allow, flag, quoted in (match.groups() for match in _FLAG.finditer(run)):
        if allow:
            words["allow_unused_rules"] = True
            continue
        value = shlex.split(quoted)[0]
        if flag == "--map":
            source, _, target = value.partition("=>")
            pairs[source] = target
        elif flag in _WORDS:
            words[_WORDS[flag]] = value.split("|")[0]
        else:
            lists.setdefault(_LISTS[flag], []).append(value)
    out = [f"{name}={values[0]!r}" if len(values) == 1 else f"{name}={values!r}"
           for name, values in lists.items()]
    out += [f"map={pairs!r}"] if pairs else []
    return out + [f"{name}={value!r}" for name, value in words.items()]


def in_python(text: str) -> str:
    """A text with each flag, or flags that stand together, as arguments."""
    text = text.replace("--all lists them", "print(error.report.text(all=True)) lists them")
    return _RUN.sub(lambda run: ", ".join(_arguments(run.group())), text)


_METHODS = {"LatestCheckpoint": "regraft.train.latest_checkpoint",
            "RestoreOrInitialize": "restore_or_initialize", "Save": "save", "Write": "write"}
_METHOD = re.compile(rf"\b({'|'.join(_METHODS)})\(")


def methods(hint: str) -> str:
    """``restore_or_initialize()`` for ``RestoreOrInitialize()`` of C++, and so on."""
    return _METHOD.sub(lambda found: f"{_METHODS[found[1]]}(", hint)


def arguments(hint: str) -> List[str]:
    """The alternatives of a hint, each as arguments: ``exclude=['a', 'b']``."""
    found = []
    for alternative in re.split(r"[;,]? or (?=-)", hint):
        run = _RUN.search(alternative)
        if run is not None and "=>TARGET" not in run.group():
            found.append(", ".join(_arguments(run.group())))
    return list(dict.fromkeys(found))
