"""What is told of a checkpoint is what the command prints."""
import json
import subprocess
import sys

import pytest

from regraft import _core

PREFIX = "examples/data/keras2/skip_embedding/ckpt_named_model-1"
BIAS = "model/dense_layer_1/bias/.ATTRIBUTES/VARIABLE_VALUE"


@pytest.fixture
def reader(monkeypatch, root):
    monkeypatch.chdir(root)
    return _core.Reader.open(PREFIX)


def printed(*arguments):
    return subprocess.run([sys.executable, "-m", "regraft", *arguments], capture_output=True,
                          text=True, check=True).stdout


def test_texts_and_json_are_those_of_the_command(reader):
    every, bias = list(range(len(reader))), reader.find_key(BIAS)
    assert _core.list_json(reader, every) == printed("ls", PREFIX, "--json")
    assert _core.info_text(reader) == printed("info", PREFIX)
    assert _core.info_json(reader) == printed("info", PREFIX, "--json")
    assert _core.tree_text(reader) == printed("tree", PREFIX)
    assert _core.tree_json(reader, 1) == printed("tree", PREFIX, "--json", "-d", "1")
    assert _core.show_text(reader, bias, ":3") == printed("show", PREFIX, BIAS, "--slice", ":3")
    assert _core.show_json(reader, bias) == printed("show", PREFIX, BIAS, "--json")


def test_lists_have_the_entries_asked_for_and_keep_to_the_width(reader):
    bias = reader.find_key(BIAS)
    assert _core.list_text(reader, [bias]) == "model/dense_layer_1/bias  float32  [64]\n"
    narrow = _core.list_text(reader, [bias], details=True, width=30).splitlines()
    assert max(map(len, narrow)) <= 30 and len(narrow) > 2
    assert [row["key"] for row in json.loads(_core.list_json(reader, [bias]))["entries"]] == [BIAS]
    with pytest.raises(IndexError):
        _core.list_text(reader, [len(reader)])


def test_what_cannot_be_shown_is_an_error(reader):
    with pytest.raises(ValueError, match="slice/"):
        _core.show_text(reader, reader.find_key(BIAS), "0:1,0:1")
