"""NumPy's files, by the same calls as TensorFlow's, and against NumPy itself."""

import zipfile

import numpy as np
import pytest

import regraft

TYPES = ("float64", "float32", "float16", "int64", "int32", "int16", "int8", "uint64", "uint32",
         "uint16", "uint8", "bool", "complex64", "complex128")


def arrays(seed=0):
    random = np.random.RandomState(seed)
    made = {f"layers/{dtype}": (random.rand(3, number + 1, 2) * 9).astype(dtype)
            for number, dtype in enumerate(TYPES)}
    return {**made, "scalar": np.float32(7), "none": np.zeros((0, 4), "float32"),
            "long": np.arange(30_000), "many axes": np.ones((1,) * 30 + (2,))}


def in_all_orders(given):
    """Each array as rows and as columns, of both byte orders, with gaps between its elements."""
    made = {}
    for name, value in given.items():
        value = np.asarray(value)
        made[f"{name}/rows"] = value
        made[f"{name}/columns"] = np.asfortranarray(value)
        made[f"{name}/big"] = value.astype(value.dtype.newbyteorder(">"))
        made[f"{name}/big columns"] = np.asfortranarray(made[f"{name}/big"])
        if value.ndim:
            made[f"{name}/gaps"] = np.repeat(value, 2, axis=0)[::2]
    return made


@pytest.mark.parametrize("save", (np.savez, np.savez_compressed))
def test_every_type_in_every_order_is_read_as_numpy_reads_it(tmp_path, save):
    given = in_all_orders(arrays())
    save(tmp_path / "a.npz", **given)
    file = regraft.open(tmp_path / "a.npz")
    assert file.kind == "npz" and sorted(file) == sorted(given)
    for name, value in given.items():
        read = file[name].read()
        assert read.dtype == value.dtype.newbyteorder("=") and read.shape == value.shape
        np.testing.assert_array_equal(read, value)
    every = file.read_all()
    for name, value in given.items():
        np.testing.assert_array_equal(every[name], value)
    verified = regraft.verify(tmp_path / "a.npz")
    assert verified.ok and verified.unproven == 0


def test_slices_are_those_of_the_array(tmp_path):
    given = in_all_orders({"w": np.arange(210.0).reshape(5, 6, 7)})
    np.savez(tmp_path / "stored.npz", **given)
    np.savez_compressed(tmp_path / "deflated.npz", **given)
    for path in tmp_path.iterdir():
        file = regraft.open(path)
        for name, value in given.items():
            np.testing.assert_array_equal(file[name][1:4, 2:5, 3], value[1:4, 2:5, 3])


def test_text_is_read_and_written(tmp_path):
    given = {"text": np.array([["a", "", "größer"], ["\U0001f600", "b", "c"]]),
             "columns": np.asfortranarray(np.array([["a", "bc"], ["def", ""]])),
             "big": np.array(["ä", "b"]).astype(">U3"),
             "alone": np.array("alone"), "none": np.array([], "U4")}
    for save in np.savez, np.savez_compressed:
        save(tmp_path / "a.npz", bytes=np.array([b"x", b"", b"\xff\x01"]), **given)
        file = regraft.open(tmp_path / "a.npz")
        for name, value in given.items():
            texts = np.array([each.decode() for each in np.ravel(file[name].read())])
            np.testing.assert_array_equal(texts, value.ravel())
        assert file["bytes"].read().tolist() == [b"x", b"", b"\xff\x01"]
    regraft.copy(tmp_path / "a.npz", tmp_path / "tf" / "ckpt")
    regraft.copy(tmp_path / "tf" / "ckpt", tmp_path / "b.npz")
    with np.load(tmp_path / "b.npz") as copied:
        for name, value in given.items():
            np.testing.assert_array_equal(copied[name], value)
        assert copied["bytes"].tolist() == [b"x", b"", b"\xff\x01"]
    with pytest.raises(regraft.UnsupportedError, match="zero"):
        regraft.save(tmp_path / "c.npz", {"w": np.array([b"a\0"], dtype=object)})


def test_what_is_saved_has_numpys_bytes(tmp_path):
    given = {name: np.asarray(value) for name, value in arrays(1).items()}
    path = regraft.save(tmp_path / "ours.npz", given)
    assert path == str(tmp_path / "ours.npz")
    order = [each.removesuffix(".npy") for each in zipfile.ZipFile(path).namelist()]
    np.savez(tmp_path / "theirs.npz", **{name: given[name] for name in order})
    assert (tmp_path / "ours.npz").read_bytes() == (tmp_path / "theirs.npz").read_bytes()
    into = {name: np.zeros_like(value) for name, value in given.items()}
    assert len(regraft.restore(path, into).restored) == len(given)
    for name, value in given.items():
        np.testing.assert_array_equal(into[name], value)


def test_short_floats_keep_their_bits_or_are_refused(tmp_path):
    types = pytest.importorskip("ml_dtypes")
    value = np.arange(6).astype(types.bfloat16)
    np.savez(tmp_path / "theirs.npz", w=value)
    file = regraft.open(tmp_path / "theirs.npz")
    assert file["w"].read().dtype == types.bfloat16
    np.testing.assert_array_equal(file["w"].read(), value)
    regraft.copy(tmp_path / "theirs.npz", tmp_path / "ours.npz")
    assert (tmp_path / "ours.npz").read_bytes() == (tmp_path / "theirs.npz").read_bytes()
    with pytest.raises(regraft.UnsupportedError, match="float8_e5m2") as refused:
        regraft.save(tmp_path / "a.npz", {"w": value.astype(types.float8_e5m2)})
    assert "cast" in str(refused.value)
    assert not (tmp_path / "a.npz").exists()


def test_names_of_any_kind_go_both_ways(tmp_path):
    given = {name: np.full(2, number) for number, name in enumerate(
        ("a", "a.npy", "a/b", "ä/\u4e2d", "with space", "..", "-", "x" * 300))}
    np.savez(tmp_path / "a.npz", **given)
    assert sorted(regraft.open(tmp_path / "a.npz")) == sorted(given)
    regraft.copy(tmp_path / "a.npz", tmp_path / "b.npz")
    with np.load(tmp_path / "b.npz") as copied:
        for name, value in given.items():
            np.testing.assert_array_equal(copied[f"{name}.npy"], value)


def test_single_arrays_are_called_as_their_files(tmp_path):
    for name, value in in_all_orders({"w": np.arange(6.0).reshape(2, 3)}).items():
        path = tmp_path / f"{name.replace('/', ' ')}.npy"
        np.save(path, value)
        file = regraft.open(path)
        assert file.kind == "npy" and list(file) == [path.stem]
        np.testing.assert_array_equal(file[path.stem].read(), value)


def test_arrays_that_lie_as_they_are_can_be_mapped(tmp_path):
    given = in_all_orders({"w": np.arange(6.0).reshape(2, 3)})
    np.savez(tmp_path / "a.npz", **given)
    file = regraft.open(tmp_path / "a.npz")
    np.testing.assert_array_equal(file["w/rows"].mmap(), given["w/rows"])
    for name in "w/columns", "w/big":
        with pytest.raises(regraft.UnsupportedError, match="cannot be mapped"):
            file[name].mmap()
    np.savez_compressed(tmp_path / "b.npz", **given)
    with pytest.raises(regraft.UnsupportedError, match="cannot be mapped"):
        regraft.open(tmp_path / "b.npz")["w/rows"].mmap()


def test_pickles_have_their_error_to_themselves(tmp_path):
    objects = np.array([1, "a", None], dtype=object)
    np.savez(tmp_path / "a.npz", objects=objects, w=np.arange(3), when=np.zeros(2, "M8[s]"))
    file = regraft.open(tmp_path / "a.npz")
    with pytest.raises(regraft.UnsupportedError, match="objects of Python"):
        file["objects"].read()
    np.testing.assert_array_equal(file["w"].read(), np.arange(3))
    with pytest.raises(regraft.UnsupportedError, match="no type"):
        file["when"].read()
    assert len(file["when"].read_raw()) == 16
    np.save(tmp_path / "b.npy", objects, allow_pickle=True)
    with pytest.raises(regraft.UnsupportedError, match="objects of Python"):
        regraft.open(tmp_path / "b.npy")


def test_large_sizes_and_streamed_archives_are_read(tmp_path):
    value = np.arange(1000)

    class Pipe:
        """A file that cannot be sought in, so that sizes stand behind what they are of."""

        def __init__(self, file):
            self.write, self.flush = file.write, file.flush

    with open(tmp_path / "a.npz", "wb") as file:
        with zipfile.ZipFile(Pipe(file), "w", allowZip64=True) as archive:
            with archive.open("w.npy", "w", force_zip64=True) as member:
                np.lib.format.write_array(member, value)
    np.testing.assert_array_equal(regraft.open(tmp_path / "a.npz")["w"].read(), value)
    many = {f"w{number}": np.int8(number % 100) for number in range(66_000)}
    np.savez(tmp_path / "many.npz", **many)
    file = regraft.open(tmp_path / "many.npz")
    assert len(file) == len(many) and file["w65999"].read() == 99
    regraft.copy(tmp_path / "many.npz", tmp_path / "again.npz")
    assert (tmp_path / "again.npz").read_bytes() == (tmp_path / "many.npz").read_bytes() or \
        sorted(np.load(tmp_path / "again.npz").files) == sorted(many)


def test_a_changed_byte_is_found(tmp_path):
    for save in np.savez, np.savez_compressed:
        save(tmp_path / "a.npz", w=np.asfortranarray(np.random.RandomState(0).rand(20, 30)),
             v=np.random.RandomState(1).rand(600))
        whole = bytearray((tmp_path / "a.npz").read_bytes())
        for at in len(whole) // 4, len(whole) * 2 // 3:
            changed = bytearray(whole)
            changed[at] ^= 1
            (tmp_path / "a.npz").write_bytes(changed)
            assert len(regraft.verify(tmp_path / "a.npz").failed) == 1
            with pytest.raises(regraft.CorruptError, match="CRC-32|inflated"):
                regraft.open(tmp_path / "a.npz").read_all()


def test_parameters_of_jax_are_called_without_what_is_around_them(tmp_path):
    np.savez(tmp_path / "a.npz", **{
        "params/dense/kernel": np.ones((2, 3)), "params/bn/scale": np.ones(3),
        "bn/mean": np.zeros(3), "bn/var": np.ones(3), "opt/state/m": np.zeros(2)})
    file = regraft.open(tmp_path / "a.npz")
    assert file["opt/state/m"].class_ == "@optimizer"
    restored = regraft.restore(tmp_path / "a.npz", {"dense": {"kernel": np.zeros((2, 3))}})
    np.testing.assert_array_equal(restored.tree["dense"]["kernel"], 1)
