"""read_all and mmap_all: everything at once, as one tensor after the other would be."""
import gc
import os
import pathlib
import signal
import threading

import bundles
import numpy as np
import pytest

import regraft


@pytest.fixture
def arrays():
    rng = np.random.default_rng(1)
    return {
        "empty": np.zeros((0, 3), np.float32), "flag": np.array([True, False]),
        "model/a": rng.random((300, 40), np.float32), "model/b": rng.random(7),
        "step": np.int64(12), "words": np.array([[b"x", b"yy\0"]], object)}


@pytest.fixture
def path(tmp_path, arrays):
    return regraft.save(tmp_path / "all", arrays)


def same(found, wanted):
    return found.dtype == wanted.dtype and found.shape == wanted.shape and (found == wanted).all()


def data_of(path):
    return pathlib.Path(path + ".data-00000-of-00001")


def spoil(path, name):
    """Changes the first byte of a tensor."""
    _, offset, _, _ = regraft.open(path)._opened.reader.pieces(
        regraft.open(path)._opened.find(name))[0]
    with data_of(path).open("r+b") as file:
        file.seek(offset)
        byte = file.read(1)
        file.seek(offset)
        file.write(bytes([byte[0] ^ 1]))


def test_all_is_read_as_one_by_one(path, arrays):
    with regraft.open(path) as checkpoint:
        found = checkpoint.read_all()
        assert list(found) == list(checkpoint)
        for name, tensor in checkpoint.items():
            assert same(found[name], tensor.read()) and same(found[name], np.asarray(arrays[name]))
    assert all(array.flags.writeable and array.flags.aligned for array in found.values())
    found["model/a"][:] = 0  # They are no part of the file.
    assert same(regraft.open(path)["model/a"].read(), arrays["model/a"])


def test_the_graph_of_objects_is_no_value(examples):
    path = examples / "keras2" / "shared_base" / "ckpt_model_A-1"
    with regraft.open(path) as checkpoint:
        assert list(checkpoint.read_all()) == list(checkpoint)
        assert list(checkpoint.mmap_all()) == list(checkpoint)


def test_patterns_choose_in_any_spelling(examples):
    with regraft.open(examples / "keras2" / "shared_base" / "ckpt_model_A-1") as checkpoint:
        ending = "/.ATTRIBUTES/VARIABLE_VALUE"
        for call in checkpoint.read_all, checkpoint.mmap_all:
            assert list(call(include="model/head_layers/**", exclude="**/bias")) == [
                "model/head_layers/0/kernel" + ending]
            assert "model/head_layers/0/kernel" + ending not in call(exclude="**/kernel")
            assert list(call(include="@meta")) == ["save_counter" + ending]
            assert len(call(exclude="nothing like it", allow_unused_rules=True)) == 5
            with pytest.raises(regraft.RegraftError, match="nothing like it"):
                call(include="nothing like it")
            with pytest.raises(regraft.InvalidArgumentError, match="include"):
                call(include=7)


def test_every_tensor_but_those_of_strings_is_mapped(path, arrays):
    with regraft.open(path) as checkpoint:
        with pytest.raises(regraft.UnsupportedError) as raised:
            checkpoint.mmap_all()
        assert raised.value.slug == "python/mmap" and raised.value.key == "words"
        found = checkpoint.mmap_all(exclude="words")
    gc.collect()  # The arrays keep the mapping.
    assert list(found) == [name for name in arrays if name != "words"]
    for name, array in found.items():
        assert same(array, np.asarray(arrays[name])) and not array.flags.writeable
    with data_of(path).open("r+b") as file:
        file.write(b"\0" * os.path.getsize(data_of(path)))
    assert not found["model/a"].any()


def test_what_is_partitioned_is_read_and_not_mapped(tmp_path):
    whole = np.arange(12, dtype=np.float32).reshape(4, 3)
    path = bundles.write_pieces(tmp_path / "p", "p", whole, [[(0, 1), (0, 3)], [(1, 3), (0, 3)]])
    with regraft.open(path) as checkpoint:
        assert same(checkpoint.read_all()["p"], whole)
        with pytest.raises(regraft.UnsupportedError, match="in pieces"):
            checkpoint.mmap_all()


def test_another_byte_order_is_read_and_not_mapped(tmp_path):
    values = {"x": np.arange(5, dtype=np.int32)}
    with regraft.open(bundles.write_big_endian(tmp_path / "b", values)) as checkpoint:
        assert same(checkpoint.read_all()["x"], values["x"])
        with pytest.raises(regraft.UnsupportedError, match="byte order"):
            checkpoint.mmap_all()


def test_what_numpy_has_no_type_for_is_left_out(tmp_path):
    with regraft.open(bundles.write_variant(tmp_path / "v", "v", b"a")) as checkpoint:
        with pytest.raises(regraft.UnsupportedError):
            checkpoint.read_all()


def test_of_several_damaged_the_first_is_said(tmp_path):
    arrays = {f"{i:03}": np.full(20_000, i, np.float32) for i in range(64)}
    path = regraft.save(tmp_path / "many", arrays)
    for name in "050", "017", "033":
        spoil(path, name)
    for _ in range(5):
        with regraft.open(path) as checkpoint:
            for call in checkpoint.read_all, checkpoint.mmap_all:
                with pytest.raises(regraft.CorruptError) as raised:
                    call()
                assert raised.value.slug == "bundle/checksum" and raised.value.key == "017"
            assert len(checkpoint.mmap_all(verify=False)) == 64
            assert len(checkpoint.read_all(exclude=["017", "033", "050"])) == 61
    with regraft.open(path, verify=False) as checkpoint:
        assert len(checkpoint.read_all()) == 64


def test_a_file_that_was_replaced_is_not_mapped(tmp_path):
    path = regraft.save(tmp_path / "m", {"x": np.arange(12, dtype=np.float32)})
    with regraft.open(path) as checkpoint:
        checkpoint["x"].read()  # The reader has the file now.
        data_of(path).unlink()
        data_of(path).write_bytes(b"\1" * 48)
        with pytest.raises(regraft.CorruptError, match="no longer the file"):
            checkpoint.mmap_all()


def test_one_progress_is_told_of_all(path):
    with regraft.open(path) as checkpoint:
        for call in checkpoint.read_all, checkpoint.mmap_all:
            told = []
            call(exclude="words", progress=lambda *numbers: told.append(numbers))
            sizes = sum(tensor.nbytes for name, tensor in checkpoint.items() if name != "words")
            assert told[-1] == (sizes, sizes) and told == sorted(told)


def test_what_a_progress_raises_comes_out(path):
    def stop(done, total):
        raise RuntimeError("enough")

    with regraft.open(path) as checkpoint:
        for call in checkpoint.read_all, checkpoint.mmap_all:
            with pytest.raises(RuntimeError, match="enough"):
                call(exclude="words", progress=stop)
        assert len(checkpoint.read_all()) == 6


def test_a_signal_ends_it(path):
    def interrupt(done, total):
        signal.raise_signal(signal.SIGINT)

    assert threading.current_thread() is threading.main_thread()
    with regraft.open(path) as checkpoint, pytest.raises(KeyboardInterrupt):
        checkpoint.read_all(progress=interrupt)


def test_it_is_refused_once_closed(path):
    checkpoint = regraft.open(path)
    checkpoint.close()
    for call in checkpoint.read_all, checkpoint.mmap_all:
        with pytest.raises(regraft.InvalidArgumentError, match="closed"):
            call()


def test_the_collector_works_again_afterwards(path):
    assert gc.isenabled()
    with regraft.open(path) as checkpoint:
        checkpoint.read_all()
        with pytest.raises(regraft.UnsupportedError):
            checkpoint.mmap_all()
        assert gc.isenabled()
        gc.disable()
        try:
            checkpoint.read_all()
            assert not gc.isenabled()
        finally:
            gc.enable()
