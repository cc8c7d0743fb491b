"""Arrays over mapped data files."""
import errno
import gc
import os
import pathlib
import struct

import bundles
import numpy as np
import pytest

import regraft


@pytest.fixture
def mapped(tmp_path):
    arrays = {"a": np.array([7], np.uint8), "x": np.arange(12, dtype=np.float32).reshape(3, 4)}
    return regraft.save(tmp_path / "m", arrays), arrays


def test_a_mapped_array_is_over_the_file(mapped):
    path, arrays = mapped
    array = regraft.open(path)["x"].mmap()
    assert array.dtype == np.float32 and array.tolist() == arrays["x"].tolist()
    assert not array.flags.writeable and not array.flags.aligned  # It begins at byte 1.
    with pytest.raises(ValueError, match="read-only"):
        array[0, 0] = 1
    with pytest.raises(ValueError):
        array.flags.writeable = True
    with open(path + ".data-00000-of-00001", "r+b") as file:
        file.seek(1)
        file.write(struct.pack("<f", 77))
    assert array[0, 0] == 77


def test_a_mapped_array_outlives_its_file(mapped):
    path, arrays = mapped
    with regraft.open(path) as opened:
        array = opened["x"].mmap()
    del opened
    os.remove(path + ".data-00000-of-00001")
    gc.collect()
    assert array.dtype == np.float32 and array.tolist() == arrays["x"].tolist()


def test_an_aligned_checkpoint_maps_aligned(tmp_path, mapped):
    path = regraft.save(tmp_path / "aligned", mapped[1], data_alignment=64)
    assert regraft.open(path)["x"].mmap().ctypes.data % 64 == 0


def test_mapping_takes_one_descriptor_a_data_file(tmp_path):
    path = regraft.save(tmp_path / "a", {f"x{i}": np.full(3, i) for i in range(50)})
    opened = regraft.open(path)
    opened["x0"].mmap()
    before = len(os.listdir("/proc/self/fd")) if os.path.isdir("/proc/self/fd") else 0
    arrays = [tensor.mmap() for tensor in opened.values()]
    after = len(os.listdir("/proc/self/fd")) if os.path.isdir("/proc/self/fd") else 0
    assert before == after and sorted(array[0] for array in arrays) == list(range(50))


def test_mapping_verified_checks_the_checksum(mapped):
    path, _ = mapped
    with open(path + ".data-00000-of-00001", "r+b") as file:
        file.write(b"?!")
    tensor = regraft.open(path)["x"]
    assert tensor.mmap().shape == (3, 4)
    with pytest.raises(regraft.CorruptError) as raised:
        tensor.mmap(verify=True)
    assert raised.value.slug == "bundle/checksum"


@pytest.mark.parametrize("size", [48, 20, 0, None],
                         ids=["as long", "shorter", "empty", "removed"])
def test_mapping_notices_that_the_file_was_replaced(tmp_path, size):
    path = regraft.save(tmp_path / "m", {"x": np.arange(12, dtype=np.float32)})
    tensor = regraft.open(path)["x"]
    tensor.read()  # The reader has the file now.
    data = pathlib.Path(path + ".data-00000-of-00001")
    data.unlink()
    if size is not None:
        data.write_bytes(b"\1" * size)
    with pytest.raises(regraft.CorruptError, match="no longer the file") as raised:
        tensor.mmap(verify=True)
    assert raised.value.slug == "python/file-changed" and raised.value.file == str(data)


def test_what_the_system_refuses_to_map_is_said(tmp_path, monkeypatch):
    def refuse(*_, **__):
        raise OSError(errno.ENOMEM, "Cannot allocate memory")

    tensor = regraft.open(regraft.save(tmp_path / "m", {"x": np.zeros(3)}))["x"]
    monkeypatch.setattr("mmap.mmap", refuse)
    with pytest.raises(regraft.SystemIOError, match="Cannot allocate memory") as raised:
        tensor.mmap()
    assert raised.value.slug == "python/mmap"


def test_strings_and_variants_are_not_mapped(tmp_path):
    words = regraft.open(regraft.save(tmp_path / "s", {"s": np.array([b"a"], object)}))["s"]
    variant = regraft.open(bundles.write_variant(tmp_path / "v", "v", b"a"))["v"]
    for tensor, instead in ((words, "t.read()"), (variant, "t.read_raw()")):
        with pytest.raises(regraft.UnsupportedError, match="no fixed size") as raised:
            tensor.mmap()
        assert raised.value.slug == "python/mmap" and raised.value.hint == instead
