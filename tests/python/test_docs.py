"""The Python examples of the README and of docs/python.md run, in the order of the page."""
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
    try:
        import keras
    except ImportError:
        keras = None
    monkeypatch.chdir(tmp_path)
    (tmp_path / "examples").symlink_to(ROOT / "examples")
    program = {}
    count = 0
    for line, needs, text in examples(page):
        if needs == "keras" and keras is None:
            continue
        exec(compile("\n" * (line - 1) + text, page, "exec"), program)
        count += 1
    assert count > 0


def test_pages_have_examples():
    for page in PAGES:
        assert len(list(examples(page))) >= 2
