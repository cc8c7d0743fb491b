"""Lazy tensors: their values in every type and storage, their checksums, what describes them."""
import gc
import hashlib
import os
import struct

import bundles
import ml_dtypes
import numpy as np
import pytest

import regraft
from regraft import _core

RANDOM = np.random.default_rng(20240229)
NUMPY_TYPES = ["float16", "float32", "float64", "int8", "int16", "int32", "int64", "uint8",
               "uint16", "uint32", "uint64", "bool", "complex64", "complex128"]
ML_TYPES = [name for name in ("bfloat16", "float8_e5m2", "float8_e4m3fn", "float8_e4m3fnuz",
                              "float8_e4m3b11fnuz", "float8_e5m2fnuz", "float4_e2m1fn", "int4",
                              "uint4", "int2", "uint2") if hasattr(ml_dtypes, name)]
QUANTIZED = {"qint8": "int8", "quint8": "uint8", "qint16": "int16", "quint16": "uint16",
             "qint32": "int32"}
SHAPES = {"scalar": (), "vector": (5,), "cube": (2, 3, 4), "empty": (0, 3)}


def numbers(dtype, shape):
    """Values that every type has."""
    values = RANDOM.integers(0, 2, shape) if dtype == bool else RANDOM.integers(0, 4, shape) / 2
    if dtype.kind in "iu" or "int" in dtype.name:
        values = np.floor(values)
    return np.asarray(values).astype(dtype)


def assert_same(got, expected):
    assert got.dtype == expected.dtype and got.shape == expected.shape
    assert got.tobytes() == expected.tobytes()


# Types.

@pytest.fixture(scope="module")
def everything(tmp_path_factory):
    """Arrays of every type by name, and the checkpoint of them."""
    arrays = {}
    for name in NUMPY_TYPES + ML_TYPES:
        dtype = np.dtype(getattr(ml_dtypes, name) if name in ML_TYPES else name)
        for shape_name, shape in SHAPES.items():
            arrays[f"{name}/{shape_name}"] = numbers(dtype, shape)
    path = regraft.save(tmp_path_factory.mktemp("everything") / "a", arrays)
    with regraft.open(path) as opened:
        yield arrays, opened


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("name", NUMPY_TYPES + ML_TYPES)
def test_every_type_is_read_as_it_was_written(everything, name, shape):
    expected, tensor = everything[0][f"{name}/{shape}"], everything[1][f"{name}/{shape}"]
    assert tensor.tf_dtype == name and tensor.dtype == expected.dtype
    assert (tensor.shape, tensor.ndim, tensor.size, tensor.nbytes) == (
        expected.shape, expected.ndim, expected.size, expected.nbytes)
    for got in (tensor.read(), tensor[...], np.asarray(tensor), np.array(tensor),
                tensor.read(verify=True), tensor.read(verify=False), tensor.mmap(),
                tensor.mmap(verify=True), np.asarray(tensor[()])):
        assert_same(got, expected)
    assert tensor.read_raw() == expected.tobytes()
    assert tensor.sha256() == hashlib.sha256(expected.tobytes()).hexdigest()
    assert tensor.crc32c == bundles.crc32c(expected.tobytes())
    assert not tensor.partitioned


@pytest.mark.parametrize("name", QUANTIZED)
def test_quantized_types_are_their_integers(tmp_path, name):
    expected = np.arange(-3, 3).astype(QUANTIZED[name])
    path = _core.write_tensors(str(tmp_path / "q"), [("q", (name, [6], expected.tobytes()))], {})
    tensor = regraft.open(path)["q"]
    assert tensor.tf_dtype == name
    assert_same(tensor.read(), expected)


def test_int4_is_signed(tmp_path):
    written = np.array([-8, -2, 0, 7], np.int8).astype(ml_dtypes.int4)
    tensor = regraft.open(regraft.save(tmp_path / "a", {"x": written}))["x"]
    assert tensor.read().astype(np.int8).tolist() == [-8, -2, 0, 7] and tensor.nbytes == 4


WORDS = [b"", b"a\0b\0", "\u00e9".encode(), bytes(range(256)), b"x" * 20000, b"last"]


def test_strings_are_objects_of_bytes(tmp_path):
    words = np.array(WORDS, object)
    path = regraft.save(tmp_path / "a", {"flat": words, "table": words.reshape(2, 3),
                                         "none": np.empty((2, 0), object),
                                         "scalar": np.array(b"\0abc\0", object)})
    opened = regraft.open(path)
    flat, table, scalar = opened["flat"], opened["table"], opened["scalar"]
    assert flat.tf_dtype == "string" and flat.dtype == object and flat.nbytes > 20000
    assert flat.read().tolist() == WORDS and np.asarray(flat).tolist() == WORDS
    assert flat.read(verify=True).tolist() == WORDS
    assert table.read().tolist() == [WORDS[:3], WORDS[3:]] and table.shape == (2, 3)
    assert table[1, 0] == WORDS[3] and table[:, -1].tolist() == [WORDS[2], WORDS[5]]
    assert table[::-1, [0]].flags.c_contiguous
    assert list(flat) == WORDS and [row.tolist() for row in table] == table.read().tolist()
    assert opened["none"].read().shape == (2, 0)
    assert scalar.read().shape == () and scalar.read().dtype == object
    assert scalar.read()[()] == scalar[()] == b"\0abc\0" and scalar.read(()).shape == ()
    lengths = b"".join(struct.pack("<Q", len(word)) + word for word in WORDS)
    assert flat.sha256() == hashlib.sha256(lengths).hexdigest()


def test_variants_are_only_bytes(tmp_path):
    prefix = bundles.write_variant(tmp_path / "v", "v", b"anything")
    tensor = regraft.open(prefix)["v"]
    assert tensor.tf_dtype == "variant" and tensor.shape == () and "variant" in repr(tensor)
    assert tensor.read_raw()[1:9] == b"anything"
    for use in (tensor.read, lambda: tensor[()], lambda: np.asarray(tensor), lambda: tensor.dtype):
        with pytest.raises(regraft.UnsupportedError, match=r"read_raw\(\)"):
            use()


def test_unknown_types_are_only_bytes(tmp_path):
    message = bundles.entry("unknown", (2,), 0, 3, bundles.crc32c(b"abc"))
    tensor = regraft.open(bundles.write(tmp_path / "u", {b"u": message}, b"abc"))["u"]
    assert tensor.read_raw() == b"abc" and tensor.tf_dtype == "dtype(99)"
    with pytest.raises(regraft.UnsupportedError, match=r"read_raw\(\)"):
        tensor.read()


# Storage.

def test_pieces_are_put_together(tmp_path):
    array = np.arange(24, dtype=np.float32).reshape(6, 4)
    boxes = [[(0, 2), (0, 4)], [(2, 4), (0, 1)], [(2, 4), (1, 3)]]
    tensor = regraft.open(bundles.write_pieces(tmp_path / "p", "x", array, boxes))["x"]
    assert tensor.partitioned and tensor.crc32c is None and tensor.nbytes == array.nbytes
    assert_same(tensor.read(), array)
    assert_same(tensor.read(np.s_[1:4, ::-2], verify=True), np.ascontiguousarray(array[1:4, ::-2]))
    assert tensor.sha256() == hashlib.sha256(array.tobytes()).hexdigest()
    with pytest.raises(regraft.UnsupportedError, match="in pieces") as raised:
        tensor.mmap()
    assert raised.value.slug == "python/mmap" and raised.value.hint == "t.read()"
    with pytest.raises(regraft.UnsupportedError):
        tensor.read_raw()


def test_the_other_byte_order_is_swapped(tmp_path):
    arrays = {"f": np.array([[1.5, -2], [np.inf, 1e-40]], np.float32), "i": np.int64(-2),
              "c": np.array([1 + 2j, -3.5j], np.complex64), "u": np.arange(3, dtype=np.uint8)}
    arrays = {name: np.asarray(array) for name, array in arrays.items()}
    opened = regraft.open(bundles.write_big_endian(tmp_path / "big", arrays))
    for name, array in arrays.items():
        assert_same(opened[name].read(), array)
        assert opened[name].sha256() == hashlib.sha256(array.tobytes()).hexdigest()
    assert opened["f"].dtype.isnative and opened["f"][1, 0] == np.inf
    for name in "fic":
        with pytest.raises(regraft.UnsupportedError, match="other byte order"):
            opened[name].mmap()
    assert opened["u"].mmap(verify=True).tolist() == [0, 1, 2]


def test_arrays_own_their_memory(tmp_path):
    path = regraft.save(tmp_path / "a", {"x": np.arange(6, dtype=np.float32).reshape(2, 3)})
    opened = regraft.open(path)
    tensor = opened["x"]
    arrays = [tensor.read(), tensor[...], tensor[0:2], tensor[:, ::-1], np.asarray(tensor)]
    for array in arrays:
        assert array.flags.writeable and array.flags.c_contiguous and array.flags.aligned
        array += 1
    assert tensor.read().tolist() == [[0, 1, 2], [3, 4, 5]]
    opened.close()
    del tensor, opened
    os.remove(path + ".data-00000-of-00001")
    gc.collect()
    assert arrays[0].tolist() == [[1, 2, 3], [4, 5, 6]]


# Checksums.

@pytest.fixture
def damaged(tmp_path):
    """A tensor of 10 rows whose row 5 has changed since, and a tensor of strings."""
    path = regraft.save(tmp_path / "a", {"x": np.ones((10, 4), np.float32),
                                         "words": np.array([b"one", b"two"], object)})
    with open(path + ".data-00000-of-00001", "r+b") as file:
        for offset in (5 * 16, 10 * 16 + 7):
            file.seek(offset)
            file.write(b"!")
    return path


def test_what_is_read_whole_is_checked(damaged):
    tensor = regraft.open(damaged)["x"]
    for use in (tensor.read, lambda: tensor[...], lambda: tensor[:], lambda: np.asarray(tensor),
                lambda: tensor.read(verify=True), lambda: tensor[0:10], lambda: tensor[[0, 9]]):
        with pytest.raises(regraft.CorruptError) as raised:
            use()
        assert raised.value.slug == "bundle/checksum" and raised.value.key == "x"
    assert tensor.read(verify=False).sum() != 40


@pytest.mark.parametrize("gap", [1 << 16, 0], ids=["one box", "many boxes"])
def test_a_part_is_checked_on_request(damaged, monkeypatch, gap):
    monkeypatch.setattr("regraft._indexing.GAP_BYTES", gap)
    tensor = regraft.open(damaged)["x"]
    assert tensor[0:2].sum() == 8 and tensor[5, 0] != 1
    assert tensor.read(np.s_[0:2], verify=False).sum() == 8
    for index in (np.s_[0:2], [0, 9], np.s_[::9], np.s_[0, 0]):
        with pytest.raises(OSError, match="checksum"):
            tensor.read(index, verify=True)


def test_a_file_can_be_opened_without_checking(damaged):
    opened = regraft.open(damaged, verify=False)
    assert opened["x"].read().shape == (10, 4) and opened["words"].read()[0] != b"one"
    for name in ("x", "words"):
        with pytest.raises(regraft.CorruptError):
            opened[name].read(verify=True)
    with pytest.raises(regraft.CorruptError):
        regraft.open(damaged)["words"].read()


def test_a_missing_data_file_is_named(damaged):
    os.remove(damaged + ".data-00000-of-00001")
    tensor = regraft.open(damaged)["x"]
    for use in (tensor.read, lambda: tensor[0], tensor.mmap, tensor.sha256):
        with pytest.raises(FileNotFoundError, match="data-00000-of-00001"):
            use()


# Descriptions.

def test_what_describes_a_tensor(examples):
    opened = regraft.open(examples / "keras2" / "shared_base")
    kernel, counter = opened["model_a/conv2d/kernel"], opened["save_counter"]
    assert kernel.key == "model/base_layers/0/kernel/.ATTRIBUTES/VARIABLE_VALUE"
    assert kernel.full_name == "model_a/conv2d/kernel"
    assert kernel.paths == ["model/base_layers/0/kernel"]
    assert (kernel.class_, counter.class_) == ("@weights", "@meta")
    assert counter.class_reason == "it counts the saves of this checkpoint"
    assert repr(kernel) == f"<Tensor {kernel.key}: float32 [3, 3, 3, 32], 3.5 kB, @weights>"
    with pytest.raises(AttributeError):
        kernel.colour = 1


# Real checkpoints.

def check_all(opened):
    """Reads all; the array must have the values that the library hashes."""
    count = 0
    for tensor in opened.values():
        try:
            array = np.asarray(tensor)
        except regraft.CheckpointNotFoundError:  # Some data files are too large for the corpus.
            continue
        assert array.shape == tensor.shape and array.dtype == tensor.dtype
        if tensor.tf_dtype == "string":
            content = b"".join(struct.pack("<Q", len(word)) + word for word in array.flat)
        else:
            content = array.tobytes()
            if not tensor.partitioned:
                assert_same(tensor.mmap(), array)
        assert hashlib.sha256(content).hexdigest() == tensor.sha256()
        count += 1
    return count


def test_the_examples_are_read(examples):
    prefixes = sorted(examples.rglob("*.index"))
    assert len(prefixes) > 10
    assert all(check_all(regraft.open(prefix)) for prefix in prefixes)


def test_the_corpus_is_read(corpus):
    read = 0
    for index in sorted(corpus.rglob("*.index")):
        try:
            read += check_all(regraft.open(index))
        except regraft.UnsupportedError:
            continue
    assert read > 1000


def test_tensorflow_reads_the_same(tmp_path):
    tf = pytest.importorskip("tensorflow")
    whole = tf.reshape(tf.range(12, dtype=tf.float32), [4, 3])
    arrays = {name: numbers(np.dtype(tf.as_dtype(name).as_numpy_dtype), (2, 3))
              for name in NUMPY_TYPES + ["bfloat16", "float8_e5m2", "float8_e4m3fn"]}
    tensors = [*arrays.values(), tf.constant([["a", ""], ["c", "\u00e9"]]), whole[:1], whole[1:]]
    names = [*arrays, "string", "parts", "parts"]
    tf.raw_ops.SaveV2(
        prefix=str(tmp_path / "tf"), tensor_names=names, tensors=tensors,
        shape_and_slices=[""] * (len(arrays) + 1) + ["4 3 0,1:-", "4 3 1,3:-"])
    theirs = tf.train.load_checkpoint(str(tmp_path / "tf"))
    with regraft.open(tmp_path / "tf") as opened:
        assert sorted(opened) == sorted(set(names)) and opened["parts"].partitioned
        for name, tensor in opened.items():
            expected = theirs.get_tensor(name)
            assert tensor.dtype == expected.dtype
            np.testing.assert_array_equal(tensor.read(), expected)
        np.testing.assert_array_equal(opened["parts"][::2], whole[::2])
