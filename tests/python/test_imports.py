"""The package's own imports go one way."""
import ast

import pytest


def _modules(package):
    """The files of the package by the names of their modules."""
    found = {}
    for path in package.rglob("*.py"):
        parts = ("regraft", *path.relative_to(package).with_suffix("").parts)
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


def _imports(name, path, modules):
    """The modules of the package that one imports, wherever in it: also for types alone."""
    at = name.split(".") if path.name == "__init__.py" else name.split(".")[:-1]
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = at[:len(at) - node.level + 1] if node.level else []
            source = ".".join([*above, *([node.module] if node.module else [])])
            for alias in node.names:
                inner = f"{source}.{alias.name}"
                found.add(inner if inner in modules or alias.name == "_core" else source)
    return {each for each in found if each in modules and each != name}


def _circles(graph):
    """Of each module that leads back to itself a way that does."""
    found = []
    for start in sorted(graph):
        ways, seen = [[start]], set()
        while ways:
            way = ways.pop()
            for to in sorted(graph[way[-1]]):
                if to == start:
                    found.append(" -> ".join([*way, start]))
                    ways = []
                    break
                if to not in seen:
                    seen.add(to)
                    ways.append([*way, to])
    return found


def _graph(package):
    modules = _modules(package)
    return {name: _imports(name, path, modules) for name, path in modules.items()}


def test_no_module_imports_what_imports_it(root):
    graph = _graph(root / "python" / "regraft")
    assert "regraft._collect" in graph["regraft._restore"]
    assert _circles(graph) == []


@pytest.mark.parametrize("back", [
    "from . import a", "from .a import thing", "import regraft.a", "from regraft.a import thing",
    "def late():\n    from .a import thing",
    "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from .a import Thing"])
def test_a_circle_is_found_wherever_it_is_imported(tmp_path, back):
    (tmp_path / "__init__.py").write_text("from . import a\n")
    (tmp_path / "a.py").write_text("from .sub import b\n")
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "__init__.py").write_text("")
    (tmp_path / "sub" / "b.py").write_text("import numpy\n")
    assert _circles(_graph(tmp_path)) == []
    (tmp_path / "sub" / "b.py").write_text("import numpy\nfrom ..c import x\n")
    (tmp_path / "c.py").write_text(back + "\n")
    assert len(_circles(_graph(tmp_path))) == 3
