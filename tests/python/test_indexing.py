"""Parts of tensors: the values are NumPy's, and only what is needed is read."""
import os
import warnings

import bundles
import numpy as np
import pytest

import regraft
from regraft import _indexing

SHAPE = (7, 5, 6)
MASK = np.arange(35).reshape(7, 5) % 3 == 0
INDICES = {
    "row": 3, "row from the end": -1, "numpy integer": np.int64(2), "array of no axes": np.array(4),
    "element": (1, 2, 3), "slice": np.s_[2:5], "steps": np.s_[1:7:3, ::2, 1::4],
    "backwards": np.s_[::-1], "backwards by steps": np.s_[5:0:-2, ::-3, ...],
    "nothing": np.s_[4:2], "beyond": np.s_[5:100, -100:2], "ellipsis": ...,
    "empty tuple": (), "ellipsis in the middle": np.s_[1, ..., 2],
    "ellipsis of no axes": np.s_[1, 2, ..., 3], "new axes": np.s_[None, 1:3, None, ..., None],
    "list": [4, 0, 4], "negative list": [-1, -7], "empty list": [],
    "table of rows": np.array([[0, 6], [3, 3]]), "list in another axis": np.s_[:, [4, 1]],
    "lists together": np.s_[[0, 5], [1, 2], [3, 3]], "lists apart": np.s_[[0, 5], :, [1, 2]],
    "integer and list apart": np.s_[2, :, [5, 0]], "broadcast lists": np.s_[[[0], [6]], [1, 4]],
    "list and ellipsis": np.s_[[1, 2], ..., [0, 3]], "uint8 array": np.array([6, 2], np.uint8),
    "mask of rows": np.arange(7) % 2 == 1, "mask of two axes": MASK,
    "mask and slice": np.s_[MASK, ::-2], "mask of an inner axis": np.s_[1:3, np.arange(5) > 2],
    "mask of nothing": np.zeros(7, bool), "mask as list": [True] + [False] * 6,
    "true": True, "false": np.False_, "true and row": np.s_[True, 2],
}
WRONG = {
    "row": 7, "negative row": -8, "inner": np.s_[0, 5], "too many": np.s_[0, 0, 0, 0],
    "list": [0, 7], "negative list": [0, -8], "two ellipses": np.s_[..., ...],
    "short mask": np.ones(6, bool), "mask of three axes": np.ones((7, 5, 5), bool),
    "float": 1.5, "float list": [0.5], "text": "kernel", "too many masks": np.s_[MASK, MASK],
}


@pytest.fixture(scope="module", params=["whole", "pieces"])
def pair(request, tmp_path_factory):
    """An array, and the tensor of it."""
    array = np.arange(210, dtype=np.int32).reshape(SHAPE)
    prefix = tmp_path_factory.mktemp("indexing") / "a"
    if request.param == "pieces":
        boxes = [[(0, 3), (0, 5), (0, 6)], [(3, 4), (0, 2), (0, 6)], [(3, 4), (2, 3), (0, 6)]]
        bundles.write_pieces(prefix, "x", array, boxes)
    else:
        regraft.save(prefix, {"x": array})
    return array, regraft.open(prefix)["x"]


@pytest.fixture(params=[1 << 16, 150], ids=["one box", "many boxes"])
def gap(request, monkeypatch):
    monkeypatch.setattr(_indexing, "GAP_BYTES", request.param)


def assert_same(got, expected):
    assert type(got) is type(expected) and got.dtype == expected.dtype
    assert got.shape == expected.shape
    np.testing.assert_array_equal(got, expected)


@pytest.mark.parametrize("index", INDICES.values(), ids=INDICES)
def test_an_index_means_what_it_means_to_numpy(pair, gap, index):
    array, tensor = pair
    got, expected = tensor[index], array[index]
    assert_same(got, expected)
    assert_same(tensor.read(index), np.asarray(expected))
    assert_same(tensor.read(index, verify=True), np.asarray(expected))
    values = tensor.read(index)
    assert values.flags.c_contiguous and values.flags.writeable


def test_random_indices_mean_what_they_mean_to_numpy(pair, gap):
    array, tensor = pair
    random = np.random.default_rng(20240229)

    def item(size):
        kind = random.integers(6)
        bounds = sorted(random.integers(-size - 2, size + 3, 2).tolist())
        if kind == 0:
            return int(random.integers(-size, size))
        if kind == 1:
            return random.integers(-size, size, random.integers(1, 4))
        if kind == 2:
            return slice(*bounds[::-1], -int(random.integers(1, 4)))
        if kind == 3:
            return slice(None)
        return slice(*bounds, int(random.integers(1, 4)))

    def answer(values, index):
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("error")  # NumPy 1 warned of some that NumPy 2 refuses.
                return values[index]
        except (IndexError, DeprecationWarning):
            return None

    for _ in range(300):
        items = [item(size) for size in SHAPE[:random.integers(0, 4)]]
        items.insert(random.integers(len(items) + 1), random.choice([..., None]))
        index = tuple(items)
        expected, got = answer(array, index), answer(tensor, index)
        if expected is None:
            assert got is None, index
        else:
            assert_same(got, expected)


@pytest.mark.parametrize("index", WRONG.values(), ids=WRONG)
def test_a_wrong_index_is_an_index_error(pair, index):
    array, tensor = pair
    with pytest.raises(IndexError):
        array[index]
    with pytest.raises(IndexError) as raised:
        tensor[index]
    assert isinstance(raised.value, regraft.InvalidArgumentError)
    assert raised.value.slug == "python/index" and "(7, 5, 6)" in str(raised.value)


def test_scalars_and_empty_tensors_can_be_indexed(tmp_path):
    arrays = {"scalar": np.float64(2.5), "empty": np.zeros((0, 3), np.float32),
              "flat": np.zeros((3, 0), np.float32)}
    opened = regraft.open(regraft.save(tmp_path / "a", arrays))
    for name, index in [("scalar", ()), ("scalar", ...), ("scalar", None), ("empty", np.s_[:, 1]),
                        ("empty", []), ("empty", np.s_[::-1, [0, 2]]), ("flat", 2),
                        ("flat", [0, 0, 1]), ("flat", np.s_[::2])]:
        assert_same(opened[name][index], np.asarray(arrays[name])[index])
    with pytest.raises(IndexError, match="1 indices for 0 axes"):
        opened["scalar"][0]
    with pytest.raises(IndexError, match="out of bounds for axis 0, which has 0 elements"):
        opened["empty"][0]


def test_rows_come_in_order(pair, monkeypatch):
    array, tensor = pair
    assert len(tensor) == 7
    for block_bytes in (1 << 20, 250):
        monkeypatch.setattr("regraft._tensor._BLOCK_BYTES", block_bytes)
        rows = list(tensor)
        assert len(rows) == 7
        for got, expected in zip(rows, array):
            assert_same(got, expected)


# A table of 64 GiB, almost all of it a hole in its file: whoever reads it all will not end.

ROWS, COLUMNS = 1 << 24, 1024


@pytest.fixture(scope="module")
def table(tmp_path_factory):
    prefix = tmp_path_factory.mktemp("table") / "a"
    size = ROWS * COLUMNS * 4
    bundles.write(prefix, {b"table": bundles.entry("float32", (ROWS, COLUMNS), 0, size, 1)}, b"")
    with open(f"{prefix}.data-00000-of-00001", "r+b") as file:
        os.truncate(file.fileno(), size)
        for row in (0, 5, ROWS // 2, ROWS - 1):
            file.seek(row * COLUMNS * 4)
            file.write(np.full(COLUMNS, row % 1000 + 1, np.float32).tobytes())
    return regraft.open(prefix)["table"]


@pytest.mark.parametrize("index", [
    np.s_[ROWS // 2, 7], np.s_[5:6, ::100], np.s_[[0, ROWS - 1], 7], np.s_[[ROWS // 2, 5, 0, 5], 7],
    np.s_[::ROWS // 2, 7], np.s_[::1 - ROWS, 7], np.s_[[[5], [-1]], [7, 8]],
], ids=str)
def test_only_what_is_needed_is_read(table, index):
    rows = np.arange(ROWS, dtype=np.int64)[index[0]]
    expected = (rows % 1000 + 1).astype(np.float32)
    got = table[index]
    np.testing.assert_array_equal(got, np.broadcast_to(expected, np.shape(got)))
    assert table.nbytes == 1 << 36


def test_a_huge_table_can_be_mapped(table):
    assert table.mmap()[ROWS - 1, 3] == (ROWS - 1) % 1000 + 1
