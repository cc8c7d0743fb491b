"""regraft.open: a checkpoint as a mapping, its names, and when it is closed."""
import collections.abc
import gc
import os
import pathlib
import sys
import weakref
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

import regraft
from regraft._paths import reader_of

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

    nodes = [([("model", 1)], None, []), ([("a", 2), ("b", 3)], None, []),
             ([], "model/kernel", []), ([], "model/kernel", [])]
    value = ("float32", [1], b"\0\0\x80?")
    return regraft.open(_core.write_objects(str(tmp_path / "twins"), nodes, lambda _: value, {}))


def test_it_is_a_mapping_of_keys(checkpoint):
    assert isinstance(checkpoint, collections.abc.Mapping)
    assert list(checkpoint) == KEYS and len(checkpoint) == 5
    assert [tensor.key for tensor in checkpoint.values()] == KEYS
    assert dict(checkpoint.items())[KERNEL].shape == (3, 3, 3, 32)
    assert KERNEL in checkpoint.keys()


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
    gone = weakref.ref(opened)
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
