"""Values change places with those that were read: who owns the memory, what else sees it, and
what is left where it fails half-way."""
import gc
import pathlib
import sys

import numpy as np
import pytest

import regraft


def added(call):
    """What a call adds to the most memory that this process has had in use, in bytes."""
    status = pathlib.Path("/proc/self/status")
    if not status.exists():
        pytest.skip("only Linux tells how much memory was in use")

    def of(name):
        return next(int(line.split()[1]) << 10 for line in status.read_text().splitlines()
                    if line.startswith(name))

    gc.collect()
    pathlib.Path("/proc/self/clear_refs").write_text("5")
    before = of("VmRSS:")
    call()
    return of("VmHWM:") - before


MEGA = 1 << 20
MANY = {f"v{i}": np.full((2, MEGA), i + 1, np.float32) for i in range(12)}  # 96 MiB.


@pytest.fixture(scope="module")
def many(tmp_path_factory):
    return regraft.save(tmp_path_factory.mktemp("many") / "c", MANY)


def once_more(path, into):
    regraft.restore(path, {name: into[name] for name in ("v0",)})  # What is made once is made.
    size = sum(array.nbytes for array in MANY.values())
    assert added(lambda: regraft.restore(path, into)) < size + 64 * MEGA


# NumPy.

def test_arrays_take_the_values_once_more(many):
    into = {name: np.ones_like(array) for name, array in MANY.items()}
    once_more(many, into)
    assert all((into[name] == array).all() for name, array in MANY.items())


@pytest.fixture
def matrix(tmp_path):
    values = np.arange(12, dtype=np.float32).reshape(3, 4)
    return regraft.save(tmp_path / "m", {"m": values}), values


def test_an_array_keeps_its_memory(matrix):
    path, values = matrix
    array = np.zeros((3, 4), np.float32)
    row = array[1]
    regraft.restore(path, {"m": array})
    assert (array == values).all() and row.tolist() == [4, 5, 6, 7]


@pytest.mark.parametrize("array", [
    np.zeros((3, 4), np.float32, order="F"), np.zeros((6, 4), np.float32)[::2],
    np.zeros((3, 4), ">f4")], ids=["by columns", "every other row", "the other byte order"])
def test_an_array_of_another_layout_is_filled_too(matrix, array):
    path, values = matrix
    regraft.restore(path, {"m": array})
    assert (array == values).all()


def test_an_array_that_fails_takes_the_earlier_ones_back(tmp_path):
    path = regraft.save(tmp_path / "c", {"a": np.ones(3), "b": np.ones(3)})
    good, bad = np.zeros(3), np.zeros(3)
    bad.flags.writeable = False
    with pytest.raises(regraft.InvalidArgumentError) as raised:
        regraft.restore(path, {"a": good, "b": bad})
    assert raised.value.slug == "python/read-only"
    assert not good.any() and not bad.any()


# torch.

@pytest.fixture
def torch():
    return pytest.importorskip("torch")


def test_tensors_take_the_values_once_more(torch, many):
    into = {name: torch.nn.Parameter(torch.ones(array.shape)) for name, array in MANY.items()}
    once_more(many, into)
    assert all((into[name].detach().numpy() == array).all() for name, array in MANY.items())


def test_a_tensor_keeps_its_memory_and_counts_the_change(torch, matrix):
    path, values = matrix
    parameter = torch.nn.Parameter(torch.zeros(3, 4))
    view, at, version = parameter.data[1], parameter.data_ptr(), parameter._version
    product = (parameter * parameter).sum()
    regraft.restore(path, {"m": parameter})
    assert (parameter.detach().numpy() == values).all() and view.tolist() == [4, 5, 6, 7]
    assert parameter.data_ptr() == at and parameter._version > version
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        product.backward()


def test_a_tensor_that_fails_takes_the_earlier_ones_back(torch, tmp_path):
    path = regraft.save(tmp_path / "c", {"a": np.ones(3, np.float32), "b": np.ones(3, np.float32)})
    good = torch.zeros(3)
    with torch.inference_mode():
        bad = torch.zeros(3)  # It may not be changed outside.
    with pytest.raises(RuntimeError, match="[Ii]nference"):
        regraft.restore(path, {"a": good, "b": bad})
    assert not good.any() and not bad.any()


@pytest.mark.parametrize("of", [
    lambda torch: torch.zeros(4, 3).T, lambda torch: torch.zeros(6, 4)[::2],
    lambda torch: torch.zeros(3, 4, dtype=torch.bfloat16)],
    ids=["transposed", "every other row", "bfloat16"])
def test_a_tensor_of_another_layout_is_filled_too(torch, matrix, of):
    path, values = matrix
    tensor = of(torch)
    regraft.restore(path, {"m": tensor}, on_dtype="cast")
    assert (tensor.float().numpy() == values).all()


# TensorFlow.

@pytest.fixture
def tf():
    return pytest.importorskip("tensorflow")


TYPES = ["bool", "int8", "uint8", "int16", "uint16", "int32", "uint32", "int64", "uint64",
         "float16", "bfloat16", "float32", "float64", "complex64", "complex128"]


@pytest.mark.parametrize("dtype", TYPES)
@pytest.mark.parametrize("shape", [(), (0, 3), (5,), (3, 70)], ids=str)
def test_a_variable_of_any_type_takes_the_memory(tf, tmp_path, dtype, shape):
    values = tf.cast(tf.reshape(tf.range(np.prod(shape, dtype=int)) % 2, shape), dtype)
    variable = tf.Variable(values)
    path = regraft.save(tmp_path / "c", {"v": variable.numpy()})
    variable.assign(tf.cast(tf.fill(shape, 1 - int(tf.size(values) > 1)), dtype))
    regraft.restore(path, {"v": variable})
    assert variable.dtype == dtype and variable.shape == shape
    assert (variable.numpy() == values.numpy()).all()


def test_variables_take_the_values_once_more(tf, many):
    into = {name: tf.Variable(tf.ones(array.shape)) for name, array in MANY.items()}
    once_more(many, into)
    assert all((into[name].numpy() == array).all() for name, array in MANY.items())


def test_what_was_traced_before_sees_the_new_values(tf, matrix):
    path, values = matrix
    variable = tf.Variable(tf.zeros((3, 4)))
    traces = []

    @tf.function
    def total():
        traces.append(1)
        return tf.reduce_sum(variable)

    assert total() == 0
    regraft.restore(path, {"m": variable})
    assert total() == values.sum() and len(traces) == 1


def test_a_change_in_place_reaches_nobody_else(tf, matrix, tmp_path):
    path, values = matrix
    one, two = tf.Variable(tf.zeros((3, 4))), tf.Variable(tf.zeros((3, 4)))
    module = tf.train.Checkpoint(one=one, two=two)
    regraft.restore(path, module, map={"m": ["one", "two"]})
    kept = one.read_value()
    one.assign_add(tf.ones((3, 4)))
    one.scatter_update(tf.IndexedSlices(tf.zeros((1, 4)), [1]))
    assert (two.numpy() == values).all() and (kept.numpy() == values).all()
    assert one.numpy()[1].tolist() == [0, 0, 0, 0] and (one.numpy()[0] == values[0] + 1).all()
    regraft.restore(path, module, map={"m": ["one", "two"]})  # It has sparse updates now.
    assert (one.numpy() == values).all()
    one.scatter_update(tf.IndexedSlices(tf.zeros((1, 4)), [2]))
    assert (two.numpy() == values).all() and (regraft.open(path)["m"].read() == values).all()


def test_a_variable_that_fails_takes_the_earlier_ones_back(tf, tmp_path, monkeypatch):
    path = regraft.save(tmp_path / "c", {name: np.ones(3, np.float32) for name in "abc"})
    into = {name: tf.Variable(tf.zeros(3)) for name in "abc"}
    tensors = {name: variable.read_value() for name, variable in into.items()}
    from_dlpack, taken = tf.experimental.dlpack.from_dlpack, []

    def fail(capsule):
        if len(taken) == 2:
            raise MemoryError
        taken.append(1)
        return from_dlpack(capsule)

    monkeypatch.setattr(tf.experimental.dlpack, "from_dlpack", fail)
    with pytest.raises(MemoryError):
        regraft.restore(path, into)
    assert len(taken) == 2
    for name, variable in into.items():
        assert not variable.numpy().any() and not tensors[name].numpy().any()


def test_memory_is_free_again_when_the_variable_is_gone(tf, many):
    def use():
        into = {name: tf.Variable(tf.zeros(array.shape)) for name, array in MANY.items()}
        regraft.restore(many, into)

    use()
    size = sum(array.nbytes for array in MANY.values())
    assert added(lambda: [use() for _ in range(4)]) < 3 * size


def test_a_compiled_model_goes_on(tf, tmp_path):
    keras = pytest.importorskip("keras") if "keras" in sys.modules else tf.keras
    model = keras.Sequential([keras.layers.Input((4,)), keras.layers.Dense(3)])
    model.compile("adam", "mse")
    x, y = np.ones((8, 4), np.float32), np.zeros((8, 3), np.float32)
    model.fit(x, y, verbose=0)
    path = regraft.save(tmp_path / "c", model)
    wanted, before = model.predict(x, verbose=0), model.train_function
    model.fit(x, y, verbose=0)
    regraft.restore(path, model)
    assert model.train_function is before  # It need not be traced again.
    assert (model.predict(x, verbose=0) == wanted).all()
    model.fit(x, y, verbose=0)
    assert (model.predict(x, verbose=0) != wanted).any()
