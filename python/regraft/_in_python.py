"""Flags of the command, as they stand in hints, as arguments."""

from __future__ import annotations

import re
import shlex
from typing import List

_WITH_VALUE = {"--exclude": "exclude", "--include": "include", "--missing": "missing",
               "--on-shape": "on_shape", "--on-dtype": "on_dtype", "--require": "require",
               "--drop": "exclude"}
_FLAG = re.compile(r"--(?:exclude|include|missing|on-shape|on-dtype|require|drop) "
                   r"(?:'[^']*'|[^\s;,)]+)|--allow-unused-rules")


def arguments(hint: str) -> List[str]:
    """``exclude='head/**'`` for ``--exclude 'head/**'`` and so on, in the order of the hint."""
    found = []
    for flag in _FLAG.findall(hint):
        if flag == "--allow-unused-rules":
            found.append("allow_unused_rules=True")
            continue
        name, value = flag.split(" ", 1)
        value = shlex.split(value)[0].split("|")[0]
        found.append(f"{_WITH_VALUE[name]}={value!r}")
    return list(dict.fromkeys(found))
