"""Lazy tensors where arrays, buffers, DLPack or numbers are wanted."""

import ml_dtypes
import numpy as np
import pytest

import regraft


@pytest.fixture
def few(tmp_path):
    arrays = {"x": np.arange(6, dtype=np.float32).reshape(2, 3), "step": np.int64(7),
              "half": np.array([1.5, -2], ml_dtypes.bfloat16), "rate": np.array([0.25]),
              "words": np.array([b"a"], object), "flags": np.array([True, False])}
    return regraft.open(regraft.save(tmp_path / "few", arrays))


def test_numpy_takes_it_for_an_array(few):
    tensor = few["x"]
    assert np.asarray(tensor, np.float64).dtype == np.float64
    assert np.array(tensor, dtype="int8").tolist() == [[0, 1, 2], [3, 4, 5]]
    assert tensor.__array__(np.float16).dtype == np.float16
    assert tensor.__array__(copy=True).tolist() == tensor.__array__(copy=None).tolist()
    assert np.sum(tensor) == 15 and (np.ones(3) + tensor).shape == (2, 3)
    assert np.concatenate([tensor, tensor]).shape == (4, 3)
    assert (tensor == np.arange(6).reshape(2, 3)).all()


def test_an_array_without_a_copy_is_refused(few):
    with pytest.raises(ValueError, match=r"t\.mmap\(\)") as raised:
        few["x"].__array__(copy=False)
    assert raised.value.slug == "python/copy"


def test_it_gives_buffers(few):
    for view in (few["x"].__buffer__(0), memoryview(few["x"].read())):
        assert view.shape == (2, 3) and view.format == "f" and view.tolist()[1] == [3, 4, 5]
    for name in ("half", "words"):
        with pytest.raises(BufferError, match=rf"no type for .* the type of {name}"):
            few[name].__buffer__(0)


def test_it_is_a_buffer(few):
    view = memoryview(few["x"])
    assert view.tolist() == few["x"].read().tolist() and not view.readonly
    with pytest.raises(BufferError, match="the type of words"):
        memoryview(few["words"])
    assert np.asarray(few["half"]).dtype == ml_dtypes.bfloat16
    assert np.asarray(few["words"]).tolist() == [b"a"]


def test_numpy_takes_it_by_dlpack(few):
    assert np.from_dlpack(few["x"]).tolist() == few["x"].read().tolist()
    assert few["x"].__dlpack_device__() == (1, 0)
    with pytest.raises(BufferError, match="no type for .* the type of words"):
        few["words"].__dlpack__()


def test_dlpack_of_the_first_version_is_enough(few, monkeypatch):
    monkeypatch.setattr(regraft.Tensor, "read", lambda self: OldArray())
    assert few["x"].__dlpack__(max_version=(1, 0)) == "capsule"


class OldArray:
    """Like an array of NumPy 2.0 and before."""

    def __dlpack__(self, *, stream=None):
        return "capsule"


def test_torch_takes_it_by_dlpack(few):
    torch = pytest.importorskip("torch")
    taken = torch.from_dlpack(few["x"])
    taken += 1
    assert taken.tolist() == [[1, 2, 3], [4, 5, 6]]
    assert torch.from_dlpack(few["step"]).item() == 7
    assert torch.from_dlpack(few["flags"]).tolist() == [True, False]
    assert torch.from_numpy(few["x"][:, ::-1]).tolist() == [[2, 1, 0], [5, 4, 3]]
    half = torch.from_dlpack(few["half"])
    assert half.dtype == torch.bfloat16 and half.tolist() == [1.5, -2]
    del few
    half += 1
    assert half.tolist() == [2.5, -1]


def test_dlpack_of_a_short_float_says_what_works(tmp_path):
    torch = pytest.importorskip("torch")
    values = np.array([1.5, -2], ml_dtypes.float8_e5m2)
    t = regraft.open(regraft.save(tmp_path / "ckpt", {"t": values}))["t"]
    with pytest.raises(BufferError) as raised:
        torch.from_dlpack(t)
    advice = str(raised.value).rpartition("bits: ")[2]
    assert eval(advice, {"t": t, "torch": torch}).tolist() == [1.5, -2]


def test_jax_takes_it(few):
    jnp = pytest.importorskip("jax.numpy")
    assert jnp.from_dlpack(few["x"]).tolist() == few["x"].read().tolist()
    assert jnp.asarray(few["half"]).dtype == jnp.bfloat16


def test_a_single_value_is_a_number(few):
    assert int(few["step"]) == 7 and float(few["rate"]) == 0.25 and bool(few["rate"])
    for use in (int, float, bool):
        with pytest.raises(ValueError, match="x has 6 elements"):
            use(few["x"])
    with pytest.raises(TypeError, match="step is a scalar"):
        len(few["step"])
    with pytest.raises(TypeError, match="step is a scalar"):
        iter(few["step"])
