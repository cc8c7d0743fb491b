"""The Python examples of the README and of docs/python.md run, in the order of the page."""
import importlib.util
import json
import pathlib
import re

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
PAGES = ["README.md", "docs/python.md"]


def examples(page):
    """(first line, what it needs, program) of each ```python block."""
    text = (ROOT / page).read_text()
    for found in re.finditer(r"^```python ?(\w*)\n(.*?)^```$", text, re.MULTILINE | re.DOTALL):
        yield text[:found.start()].count("\n") + 2, found[1], found[2]


@pytest.mark.parametrize("page", PAGES)
def test_examples_run(page, tmp_path, monkeypatch, capsys):
    there = {name: bool(name == "" or importlib.util.find_spec(name))
             for name in ("", "keras", "tensorflow")}
    monkeypatch.chdir(tmp_path)
    (tmp_path / "examples").symlink_to(ROOT / "examples")
    program = {}
    count = 0
    for line, needs, text in examples(page):
        if not there[needs]:
            continue
        exec(compile("\n" * (line - 1) + text, page, "exec"), program)
        count += 1
    assert count > 0


def test_pages_have_examples():
    for page in PAGES:
        assert len(list(examples(page))) >= 2


def test_the_notebook_runs_and_was_executed(monkeypatch):
    pytest.importorskip("keras")
    pytest.importorskip("pandas")
    notebook = json.loads((ROOT / "examples" / "transfer_learning.ipynb").read_text())
    cells = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]
    assert len(cells) >= 5 and all(cell["execution_count"] for cell in cells)
    html = [output["data"]["text/html"] for cell in cells for output in cell["outputs"]
            if "text/html" in output.get("data", {})]
    assert any("not-selected" in "".join(table) for table in html)
    monkeypatch.chdir(ROOT / "examples")
    program = {}
    for cell in cells:
        exec(compile("".join(cell["source"]), "transfer_learning.ipynb", "exec"), program)
    assert len(program["report"].restored) == 2
