"""Objects of Keras 3: the same edges on every back end, those of Keras 2 among them."""
import collections

import numpy as np
import pytest

import regraft
from regraft._collect import collect

keras = pytest.importorskip("keras")
if not keras.__version__.startswith("3."):
    pytest.skip("of Keras 3", allow_module_level=True)

layers = keras.layers
BACKEND = keras.backend.backend()
Pair = collections.namedtuple("Pair", ("p", "q"))
X = np.linspace(-1, 1, 8, dtype=np.float32).reshape(2, 4)


class Block(layers.Layer):
    def __init__(self):
        super().__init__()
        self.feed = layers.Dense(4)
        self.dropout = layers.Dropout(0.5)

    def build(self, shape):
        self.scale = self.add_weight(shape=(4,), name="scale")
        for _ in range(2):
            self.add_weight(shape=(4,), name="loose")  # No attribute has it.
        super().build(shape)

    def call(self, x):
        return self.dropout(self.feed(x)) * self.scale


class Model(keras.Model):
    def __init__(self):
        super().__init__()
        self.block = Block()
        self.stack = [layers.Dense(4), [layers.Dense(4)]]
        self.by_name = {"a": layers.Dense(4), 7: layers.Dense(4)}
        self.pair = Pair(layers.Dense(4), [layers.Dense(4)])
        self.bag = {layers.Dense(4, name="in_a_set")}
        self.again = self.block

    def call(self, x):
        x = self.stack[1][0](self.stack[0](self.block(x)))
        x = self.by_name[7](self.by_name["a"](x))
        x = self.pair.q[0](self.pair.p(x))
        for layer in self.bag:
            x = layer(x)
        return x


@pytest.fixture
def model():
    keras.backend.clear_session()
    model = Model()
    model(X)
    return model


PATHS = {
    "block/loose": ["again/loose"],
    "block/loose_1": ["again/loose_1"],
    "block/scale": ["again/scale"],
    "block/feed/kernel": ["again/feed/kernel", "block/feed/_kernel", "again/feed/_kernel"],
    "block/feed/bias": ["again/feed/bias"],
    "stack/0/kernel": ["stack/0/_kernel"],
    "stack/1/0/kernel": ["stack/1/0/_kernel"],
    "by_name/a/kernel": ["by_name/a/_kernel"],
    "by_name/7/kernel": ["by_name/7/_kernel"],
    "pair/p/kernel": ["pair/0/kernel", "pair/p/_kernel", "pair/0/_kernel"],
    "pair/q/0/kernel": ["pair/1/0/kernel", "pair/q/0/_kernel", "pair/1/0/_kernel"],
    "bag/in_a_set/kernel": ["bag/in_a_set/_kernel"],
}


def test_every_weight_has_a_place_with_the_same_paths_on_every_back_end(model):
    places = {place.name: place for place in collect(model).places}
    for name, others in PATHS.items():
        *paths, exported = places[name].paths
        assert paths == [name, *others]
        assert exported.startswith("variables/")
    assert {id(place.identity) for place in places.values()} == {id(v) for v in model.weights}


def test_layers_of_models_have_the_edges_of_both_kerases():
    inputs = keras.Input((4,))
    inner = keras.Sequential([keras.Input((4,)), layers.Dropout(0.5), layers.Dense(3)])
    outer = keras.Model(inputs, layers.Dense(2)(inner(inputs)))
    assert regraft.names(outer)["layer_with_weights-0/layer_with_weights-0/kernel"][:2] == [
        "layer_with_weights-0/layer_with_weights-0/kernel",
        "_operations/1/_functional/_operations/2/_kernel"]
    assert "_operations/2/bias" in regraft.names(outer)["layer_with_weights-1/bias"]


def test_nesting_does_not_multiply_names():
    model = keras.Sequential([keras.Input((4,)), layers.Dense(4)])
    for _ in range(8):
        model = keras.Sequential([keras.Input((4,)), model])
    (name, called), _ = regraft.names(model).items()
    assert name.startswith("dense") and name.endswith("/kernel") and name.count("/") == 1
    assert called[0] == "layer_with_weights-0/" * 9 + "kernel"
    assert called[1] == "_functional/_operations/1/" * 9 + "_kernel"
    assert called[2] == "variables/0"  # In an exported model.
    assert called[3:] == [model.weights[0].path]


EDGES = {"depthwise_kernel": (lambda: layers.DepthwiseConv2D(2), (1, 4, 4, 2)),
         "embeddings": (lambda: layers.Embedding(9, 2), (1, 3))}


@pytest.mark.parametrize("edge", EDGES)
def test_variables_have_the_names_of_keras_2(edge):
    make, shape = EDGES[edge]
    layer = make()
    layer(np.ones(shape, np.float32))
    assert edge in regraft.names(layer)


def numpy_of(variable):
    return keras.ops.convert_to_numpy(variable.value)


def test_what_is_saved_is_restored(model, tmp_path):
    path = regraft.save(tmp_path / "ckpt", model)
    assert "stack/1/0/kernel/.ATTRIBUTES/VARIABLE_VALUE" in list(regraft.open(path))
    saved = [numpy_of(v) for v in model.weights]
    for v in model.weights:
        v.assign(np.ones(v.shape))
    assert len(regraft.restore(path, model).restored) == len(saved)
    for v, value in zip(model.weights, saved):
        np.testing.assert_array_equal(numpy_of(v), value)


def test_random_states_are_no_weights(model):
    """TensorFlow saves none, so that a restore that wanted them would always fail."""
    assert not [name for name in regraft.names(model) if "seed" in name]


def test_lists_are_found_by_the_path_that_keras_shows(model, tmp_path):
    path = regraft.save(tmp_path / "ckpt", model)
    chosen = model.stack[0].weights
    # One of six dense layers by itself has no number that says which it is.
    with pytest.raises(regraft.UnmetError, match="its number does not tell"):
        regraft.restore(path, chosen)
    report = regraft.restore(path, chosen, identity="names")
    assert sorted(report.restored) == sorted(v.path for v in chosen)


class Holder(layers.Layer):
    def __init__(self, values, dtype):
        super().__init__()
        self.other = keras.Variable(keras.ops.cast(values, dtype), dtype=dtype, trainable=False,
                                    name="other")


@pytest.mark.parametrize("dtype", ["bfloat16", "float16", "int32", "bool", "float8_e4m3fn"])
def test_types_keep_their_bits(tmp_path, dtype):
    values = np.array([[1, 0], [0, 1]], np.float32)
    layer = Holder(values, dtype)
    path = regraft.save(tmp_path / "ckpt", layer)
    (place,) = collect(layer).places
    assert place.dtype == dtype and regraft.open(path)["other"].tf_dtype == dtype
    place.write(np.zeros_like(place.read()))
    assert not place.read().astype(np.float32).any()
    regraft.restore(path, layer)
    np.testing.assert_array_equal(place.read().astype(np.float32), values)


def test_optimizers_have_their_lists_by_name(model):
    optimizer = keras.optimizers.Adam()
    optimizer.build(model.trainable_variables)
    names = regraft.names({"model": model, "optimizer": optimizer})
    assert "optimizer/_momentums/0" in names and "optimizer/_iterations" in names
    assert len(names) == len(model.weights) + len(optimizer.variables)


def test_a_module_of_torch_in_a_layer_is_below_it(tmp_path):
    if BACKEND != "torch":
        pytest.skip("on torch")
    torch = pytest.importorskip("torch")

    class Mixed(keras.Model):
        def __init__(self):
            super().__init__()
            self.dense = layers.Dense(4)
            self.torch = torch.nn.Linear(4, 2)

        def call(self, x):
            return self.torch(self.dense(x))

    model = Mixed()
    model(X)
    assert sorted(regraft.names(model)) == [
        "dense/bias", "dense/kernel", "torch/module/bias", "torch/module/weight"]
    path = regraft.save(tmp_path / "ckpt", model)
    assert len(regraft.restore(path, model).restored) == 4


def test_what_is_not_called_yet_is_refused(model, tmp_path):
    path = regraft.save(tmp_path / "ckpt", model)
    other = Model()
    other.stack.append(layers.Dense(2, name="late"))
    other.stack.append(layers.Dropout(0.5))  # It will never have a variable.
    other(X)
    with pytest.raises(regraft.UnmetError, match=r"late \(Dense\)") as refused:
        regraft.restore(path, other)
    assert [row for label, row in refused.value.details if label == "not built"] == [
        "late (Dense)"]
