"""regraft.open: a checkpoint as a mapping, its names, and when it is closed."""
import ast
import collections.abc
import gc
import os
import pathlib
import re
import shutil
import subprocess
import sys
import weakref
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

import regraft
from regraft._sources import reader_of

GRAPH = "_CHECKPOINTABLE_OBJECT_GRAPH"
KERNEL = "model/base_layers/0/kernel/.ATTRIBUTES/VARIABLE_VALUE"
KEYS = [
    "model/base_layers/0/bias/.ATTRIBUTES/VARIABLE_VALUE",
    KERNEL,
    "model/head_layers/0/bias/.ATTRIBUTES/VARIABLE_VALUE",
    "model/head_layers/0/kernel/.ATTRIBUTES/VARIABLE_VALUE",
    "save_counter/.ATTRIBUTES/VARIABLE_VALUE",
]


@pytest.fixture
def prefix(examples):
    return str(examples / "keras2" / "shared_base" / "ckpt_model_A-1")


@pytest.fixture
def checkpoint(prefix):
    with regraft.open(prefix) as opened:
        yield opened


@pytest.fixture
def twins(tmp_path):
    """Two kernels of one full name, as Keras 3 makes them."""
    from regraft import _core

    kernel = [("VARIABLE_VALUE", "model/kernel")]
    nodes = [([("model", 1)], [], []), ([("a", 2), ("b", 3)], [], []),
             ([], kernel, []), ([], kernel, [])]
    parts = [("", ("float32", [1], b"\0\0\x80?"), None)]
    return regraft.open(_core.write_objects(str(tmp_path / "twins"), nodes, lambda *_: parts, {}))


def test_it_is_a_mapping_of_keys(checkpoint):
    assert isinstance(checkpoint, collections.abc.Mapping)
    assert list(checkpoint) == KEYS and len(checkpoint) == 5
    assert [tensor.key for tensor in checkpoint.values()] == KEYS
    assert dict(checkpoint.items())[KERNEL].shape == (3, 3, 3, 32)
    assert KERNEL in checkpoint.keys()
    shapes = checkpoint.shapes()
    assert shapes == {key: tensor.shape for key, tensor in checkpoint.items()}
    assert list(shapes) == KEYS and type(shapes[KERNEL]) is tuple


def test_the_object_graph_is_there_if_it_is_asked_for(checkpoint):
    assert GRAPH not in list(checkpoint) and GRAPH in checkpoint
    assert b"base_layers" in checkpoint[GRAPH][()]


@pytest.mark.parametrize("name", [
    KERNEL, "model/base_layers/0/kernel", "(root).model.base_layers.0.kernel",
    "model_a/conv2d/kernel", "model_a/conv2d/kernel:0",
])
def test_any_spelling_is_a_name(checkpoint, name):
    assert checkpoint[name].key == KERNEL
    assert name in checkpoint and checkpoint.find(name) == KERNEL
    assert name in checkpoint[KERNEL].spellings
    assert checkpoint.get(name) == checkpoint[KERNEL]


def test_a_wrong_name_is_a_key_error_with_suggestions(checkpoint):
    with pytest.raises(KeyError) as raised:
        checkpoint["model/base_layers/0/kernal"]
    assert isinstance(raised.value, regraft.NameNotFoundError)
    assert {"name": "model/base_layers/0/kernel"} in raised.value.suggestions
    assert "model/base_layers/0/kernel" in str(raised.value)
    assert "kernal" not in checkpoint and checkpoint.get("kernal") is None


def test_what_is_no_text_is_no_name(checkpoint):
    with pytest.raises(regraft.NameNotFoundError, match="this is a int: 0"):
        checkpoint[0]
    assert 0 not in checkpoint and checkpoint.get(0) is None


def test_a_name_of_several_is_refused_everywhere(twins):
    for use in (twins.__getitem__, twins.__contains__, twins.get, twins.find):
        with pytest.raises(regraft.UnmetError) as raised:
            use("model/kernel")
        assert raised.value.slug == "select/ambiguous-name"
        assert all(key in str(raised.value) for key in twins)
    assert twins["model/a"] != twins["model/b"] and len(twins) == 2


def test_it_says_what_was_opened(examples, prefix):
    by_folder = regraft.open(examples / "keras2" / "shared_base")
    assert by_folder.prefix == prefix and by_folder.kind == "tf2-object"
    assert len(by_folder.notes) == 1 and prefix in by_folder.notes[0]
    assert regraft.open(pathlib.Path(prefix)).notes == []
    assert repr(by_folder) == f"<CheckpointFile {prefix}: 5 tensors, 4.9 kB, tf2-object>"


def test_a_name_based_checkpoint(tmp_path):
    path = regraft.save(tmp_path / "tf1", {"dense/kernel": np.zeros((2, 3), np.float32)})
    opened = regraft.open(path)
    assert opened.kind == "tf1-name" and list(opened) == ["dense/kernel"]
    assert opened["dense/kernel:0"].full_name == "dense/kernel"
    assert repr(opened) == f"<CheckpointFile {path}: 1 tensor, 24 B, tf1-name>"


def test_no_path_and_no_checkpoint_are_errors(tmp_path):
    with pytest.raises(regraft.InvalidArgumentError, match="is None"):
        regraft.open(None)
    with pytest.raises(regraft.InvalidArgumentError, match="this is a int"):
        regraft.open(7)
    with pytest.raises(FileNotFoundError):
        regraft.open(tmp_path / "nothing")


def test_after_close_its_use_is_refused(prefix):
    with regraft.open(prefix) as opened:
        tensor = opened[KERNEL]
        values = tensor.read()
    assert opened.closed
    uses = {
        "checkpoint": [lambda: opened[KERNEL], lambda: KERNEL in opened, lambda: len(opened),
                       lambda: list(opened), lambda: opened.find(KERNEL), opened.__enter__,
                       opened.shapes,
                       lambda: reader_of(opened)],
        "tensor": [tensor.read, lambda: tensor[0], lambda: np.asarray(tensor), tensor.read_raw,
                   tensor.sha256, tensor.mmap, lambda: tensor.spellings,
                   lambda: next(iter(tensor))],
    }
    for use in uses["checkpoint"] + uses["tensor"]:
        with pytest.raises(ValueError) as raised:
            use()
        assert raised.value.slug == "python/closed" and prefix in str(raised.value)
    opened.close()
    assert opened.prefix == prefix and repr(opened) == f"<CheckpointFile {prefix}: closed>"
    assert tensor.shape == values.shape and KERNEL in repr(tensor)
    assert values.sum() != 0


def test_with_closes_after_an_error_too(prefix):
    with pytest.raises(ZeroDivisionError):
        with regraft.open(prefix) as opened:
            1 / 0
    assert opened.closed


@pytest.mark.skipif(not os.path.isdir("/proc/self/fd"), reason="needs /proc")
def test_close_closes_the_files_though_tensors_are_kept(tmp_path):
    def open_files():
        links = [os.path.join("/proc/self/fd", fd) for fd in os.listdir("/proc/self/fd")]
        files = [os.readlink(link) for link in links if os.path.islink(link)]
        return [file for file in files if file.startswith(str(tmp_path))]

    opened = regraft.open(regraft.save(tmp_path / "a", {"x": np.zeros(3), "y": np.ones(3)}))
    tensors = list(opened.values())
    tensors[0].read()
    assert len(open_files()) == 1
    opened.close()
    assert open_files() == [] and len(tensors) == 2


def test_a_tensor_keeps_its_file_open(prefix):
    opened = regraft.open(prefix)
    gone = weakref.ref(opened._opened)
    tensor = opened[KERNEL]
    del opened
    gc.collect()
    assert gone() is not None and tensor.read().shape == (3, 3, 3, 32)
    del tensor
    gc.collect()
    assert gone() is None


def test_tensors_are_equal_if_they_are_the_same(checkpoint, prefix):
    other = regraft.open(prefix)
    assert checkpoint[KERNEL] == checkpoint["model_a/conv2d/kernel"]
    assert len({checkpoint[KERNEL], checkpoint["model_a/conv2d/kernel"]}) == 1
    assert checkpoint[KERNEL] != other[KERNEL] and checkpoint[KERNEL] != checkpoint[KEYS[0]]
    assert checkpoint == checkpoint and checkpoint != other and hash(checkpoint) != hash(other)


def test_many_threads_read_at_once(checkpoint):
    expected = {key: tensor.read().tobytes() for key, tensor in checkpoint.items()}

    def read(number):
        tensor = checkpoint[KEYS[number % len(KEYS)]]
        way = (tensor.read, tensor.mmap, lambda: tensor[...], lambda: np.asarray(tensor))
        return tensor.key, way[number % 4]().tobytes()

    with ThreadPoolExecutor(8) as pool:
        for key, values in pool.map(read, range(400)):
            assert values == expected[key]


def test_closing_while_threads_read_either_reads_or_refuses(prefix):
    expected = regraft.open(prefix)[KERNEL].read().tobytes()
    for _ in range(20):
        opened = regraft.open(prefix)
        tensor = opened[KERNEL]

        def read(_):
            try:
                return tensor.read().tobytes() == expected
            except regraft.InvalidArgumentError as error:
                return error.slug == "python/closed"

        with ThreadPoolExecutor(4) as pool:
            results = pool.map(read, range(40))
            opened.close()
            assert all(results)


def test_describing_needs_no_numpy(prefix):
    import subprocess

    program = (f"import sys, regraft\n"
               f"print([t.shape for t in regraft.open({prefix!r}).values()])\n"
               f"assert 'numpy' not in sys.modules and 'tensorflow' not in sys.modules\n")
    out = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True,
                         env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)})
    assert out.returncode == 0, out.stderr
    assert out.stdout.startswith("[(32,), (3, 3, 3, 32)")


# ---- what is damaged ----

def _damaged(prefix, tmp_path, change):
    """A copy whose object graph is not what was written."""
    path = str(tmp_path / "damaged")
    shutil.copy(f"{prefix}.index", f"{path}.index")
    shutil.copy(f"{prefix}.data-00000-of-00001", f"{path}.data-00000-of-00001")
    with regraft.open(prefix) as checkpoint:
        (file, offset, size, _), = reader_of(checkpoint).pieces(
            reader_of(checkpoint).find_key(GRAPH))
    content = bytearray(open(file, "rb").read())
    assert offset + size == len(content)
    with open(f"{path}.data-00000-of-00001", "wb") as data:
        data.write(change(content, offset))
    return path


def _changed(content, offset):
    content[offset + 20] ^= 1
    return content


def _cut(content, offset):
    return content[:offset]


@pytest.mark.parametrize("change", [_changed, _cut])
def test_a_damaged_graph_takes_nothing_along(prefix, tmp_path, change):
    path = _damaged(prefix, tmp_path, change)
    with regraft.open(prefix) as whole, regraft.open(path) as checkpoint:
        assert list(checkpoint) == KEYS
        assert "the object graph cannot be read" in checkpoint.notes[0]
        for key in KEYS:
            assert (checkpoint[key].read() == whole[key].read()).all()
        with pytest.raises(regraft.CorruptError):
            checkpoint[GRAPH].read()
        value = whole[KERNEL].read()
    target = np.zeros_like(value)
    report = regraft.restore(path, {KERNEL: target})
    assert (target == value).all()
    assert any("object graph" in note for note in report.notes)
    assert [key for key, _ in regraft.verify(path).failed] == [GRAPH]


@pytest.mark.parametrize("change", [_changed, _cut])
def test_without_the_graph_a_position_is_no_name(prefix, tmp_path, change):
    path = _damaged(prefix, tmp_path, change)
    whole = regraft.plan(path, prefix)
    assert not whole.ok
    with pytest.raises(regraft.UnmetError, match="object graph cannot be read") as caught:
        whole.check()
    assert caught.value.report.suggestions == []
    assert regraft.plan(path, prefix, map={"/": "/"}).ok


def test_paths_of_other_machines_say_what_they_are(tmp_path, prefix):
    with pytest.raises(regraft.UnsupportedError, match="gs://bucket/runs") as caught:
        regraft.open("gs://bucket/runs/ckpt-1")
    assert caught.value.slug == "checkpoint/remote"
    with pytest.raises(regraft.UnsupportedError, match="Google Cloud Storage"):
        regraft.open(pathlib.Path("gs://bucket/runs/ckpt-1"))
    with pytest.raises(regraft.UnsupportedError, match="s3://"):
        regraft.save("s3://bucket/runs/ckpt", {"a": np.zeros(2, "float32")})
    with pytest.raises(regraft.InvalidArgumentError, match="home folder"):
        regraft.save("~/ckpt", {"a": np.zeros(2, "float32")})
    assert regraft.open("file://" + os.path.abspath(prefix)).prefix == os.path.abspath(prefix)
    home = dict(os.environ, HOME=os.path.dirname(os.path.abspath(prefix)))
    code = f"import regraft; regraft.open('~/{os.path.basename(prefix)}')"
    ran = subprocess.run([sys.executable, "-c", code], env=home, capture_output=True, text=True)
    assert f"use {os.path.abspath(prefix)}" in ran.stderr


def test_a_damaged_tensor_says_what_can_still_be_had(tmp_path):
    arrays = {name: np.full(3, number, "float32") for number, name in enumerate("abc")}
    for lost in (["b"], ["a", "c"], ["a", "b", "c"]):
        path = regraft.save(tmp_path / "".join(lost), arrays)
        with regraft.open(path) as checkpoint:
            offsets = [reader_of(checkpoint).pieces(reader_of(checkpoint).find_key(name))[0][1]
                       for name in lost]
        with open(f"{path}.data-00000-of-00001", "r+b") as data:
            for offset in offsets:
                data.seek(offset)
                data.write(b"\xff")
        targets = {name: np.full(3, -1, "float32") for name in arrays}
        with pytest.raises(regraft.CorruptError) as caught:
            regraft.restore(path, targets)
        assert all((target == -1).all() for target in targets.values())
        offered = re.search(r"python +exclude=(.*)", str(caught.value))
        if len(lost) == len(arrays):
            assert offered is None
            continue
        report = regraft.restore(path, targets, exclude=ast.literal_eval(offered[1]))
        assert report.not_selected == lost
        assert all((targets[name] == arrays[name]).all() for name in arrays if name not in lost)


def test_an_exact_key_is_that_entry(tmp_path):
    # "w" is a key, and what TensorFlow would call "w/.ATTRIBUTES/VARIABLE_VALUE", too.
    arrays = {"w": np.ones(2, "float32"),
              "w/.ATTRIBUTES/VARIABLE_VALUE": np.full(2, 2, "float32")}
    path = regraft.save(tmp_path / "ck", arrays)
    for key, value in arrays.items():
        with regraft.open(path) as checkpoint:
            assert (checkpoint[key].read() == value).all() and checkpoint.find(key) == key
        target = np.zeros(2, "float32")
        regraft.restore(path, {key: target})
        assert (target == value).all()
        target = {"x": np.zeros(2, "float32")}
        regraft.restore(path, target, map={key: "x"})
        assert (target["x"] == value).all()
        regraft.copy(path, tmp_path / "copied", map={key: "x"}, overwrite=True)
        with regraft.open(tmp_path / "copied") as checkpoint:
            assert (checkpoint["x"].read() == value).all() and len(checkpoint) == 2
        regraft.copy(path, tmp_path / "copied", include=key, overwrite=True)
        with regraft.open(tmp_path / "copied") as checkpoint:
            assert list(checkpoint) == [key]


def test_ranges_keep_their_zeros(tmp_path):
    arrays = {f"block_{number:03}/w": np.ones(2, "float32") for number in range(5)}
    path = regraft.save(tmp_path / "ck", arrays)
    targets = {name: np.zeros(2, "float32") for name in arrays}
    report = regraft.restore(path, targets, include="block_{001..003}/**")
    assert report.restored == [f"block_{number:03}/w" for number in (1, 2, 3)]
