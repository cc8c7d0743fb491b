"""Checkpoints of Keras 2 models into the same models of Keras 3, and back."""
import numpy as np
import pytest

import regraft

tf = pytest.importorskip("tensorflow")
keras = pytest.importorskip("keras")
keras_2 = pytest.importorskip("tf_keras")  # Keras 2 beside Keras 3.

if not keras.__version__.startswith("3."):
    pytest.skip("needs Keras 3", allow_module_level=True)


def functional(k):
    inputs = k.Input((8, 8, 3))
    x = k.layers.Conv2D(4, 3, padding="same")(inputs)
    x = k.layers.BatchNormalization()(x)
    x = k.layers.ReLU()(x)
    x = k.layers.SeparableConv2D(4, 3)(x)
    x = k.layers.GlobalAveragePooling2D()(x)
    return k.Model(inputs, k.layers.Dense(3)(x)), np.ones((1, 8, 8, 3), np.float32)


def sequential(k):
    model = k.Sequential([k.layers.Dense(4, activation="relu"), k.layers.Dropout(0.5),
                          k.layers.LayerNormalization(), k.layers.Dense(2)])
    return model, np.ones((1, 5), np.float32)


def recurrent(k):
    model = k.Sequential([k.layers.Embedding(20, 6), k.layers.Bidirectional(k.layers.LSTM(3)),
                          k.layers.Dense(1)])
    return model, np.arange(5, dtype=np.int32).reshape(1, 5)


def gated(k):
    return k.Sequential([k.layers.GRU(4)]), np.ones((1, 3, 2), np.float32)


def attention(k):
    class Block(k.layers.Layer):
        def __init__(self):
            super().__init__()
            self.attend = k.layers.MultiHeadAttention(2, 3)
            self.norm = k.layers.LayerNormalization()
            self.feed = [k.layers.Dense(8), k.layers.Dense(6)]

        def call(self, x):
            x = self.norm(x + self.attend(x, x))
            return self.feed[1](self.feed[0](x))

    class Model(k.Model):
        def __init__(self):
            super().__init__()
            self.blocks = [Block() for _ in range(2)]
            self.heads = {"a": k.layers.Dense(2), "b": k.layers.Dense(3)}

        def call(self, x):
            for block in self.blocks:
                x = block(x)
            return k.layers.concatenate([self.heads["a"](x), self.heads["b"](x)])

    return Model(), np.ones((1, 4, 6), np.float32)


def nested(k):
    inner = k.Sequential([k.layers.Dense(4, name="one"), k.layers.Dense(4, name="two")])
    inputs = k.Input((5,))
    return k.Model(inputs, k.layers.Dense(2)(inner(inputs))), np.ones((1, 5), np.float32)


MODELS = [functional, sequential, recurrent, gated, attention, nested]


def different(model):
    for number, variable in enumerate(model.variables):
        shape = tuple(variable.shape)
        values = np.linspace(0.1, 1, int(np.prod(shape))).reshape(shape) / (number + 1)
        variable.assign(values.astype(np.float32))


@pytest.mark.parametrize("make", MODELS, ids=lambda make: make.__name__)
def test_a_model_of_keras_2_goes_into_the_same_model_of_keras_3(tmp_path, make):
    old, x = make(keras_2)
    old(x)
    different(old)
    path = tf.train.Checkpoint(model=old).save(str(tmp_path / "ckpt"))
    new, _ = make(keras)
    new(x)
    report = regraft.restore(path, new)
    assert len(report.restored) == len(old.variables), str(report)
    np.testing.assert_allclose(np.asarray(new(x)), np.asarray(old(x)), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("make", MODELS, ids=lambda make: make.__name__)
def test_what_regraft_saves_of_keras_3_goes_into_keras_2(tmp_path, make):
    new, x = make(keras)
    new(x)
    different(new)
    path = regraft.train.Checkpoint(model=new).save(tmp_path / "ckpt")
    old, _ = make(keras_2)
    old(x)
    initial = [variable.numpy() for variable in old.variables]
    tf.train.Checkpoint(model=old).restore(path).assert_existing_objects_matched()
    np.testing.assert_allclose(np.asarray(new(x)), np.asarray(old(x)), rtol=1e-5, atol=1e-6)
    by_tensorflow = [variable.numpy() for variable in old.variables]
    for variable, value in zip(old.variables, initial):
        variable.assign(value)
    regraft.restore(path, old)
    for variable, value in zip(old.variables, by_tensorflow):
        np.testing.assert_array_equal(variable.numpy(), value)


# What a subclassed model has in lists and dicts, either of them saves under other attributes.
@pytest.mark.parametrize("kind", [".keras", ".weights.h5", ".h5"])
@pytest.mark.parametrize("make", [each for each in MODELS if each is not attention],
                         ids=lambda make: make.__name__)
@pytest.mark.parametrize("writer, reader", [(keras_2, keras), (keras, keras_2)],
                         ids=["2-to-3", "3-to-2"])
def test_a_file_of_either_goes_into_the_other(tmp_path, writer, reader, make, kind):
    model, x = make(writer)
    model(x)
    different(model)
    path = str(tmp_path / f"model{kind}")
    (model.save_weights if kind == ".weights.h5" else model.save)(path)
    other, _ = make(reader)
    other(x)
    report = regraft.restore(path, other)
    assert len(report.restored) == len(model.weights), str(report)
    np.testing.assert_allclose(np.asarray(other(x)), np.asarray(model(x)), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("writer, reader", [(keras_2, keras), (keras, keras_2)],
                         ids=["2-to-3", "3-to-2"])
def test_a_subclassed_model_of_the_other_is_right_or_refused(tmp_path, writer, reader):
    model, x = attention(writer)
    model(x)
    different(model)
    path = str(tmp_path / "model.keras")
    model.save(path)
    other, _ = attention(reader)
    other(x)
    before = [np.array(variable) for variable in other.weights]
    try:
        regraft.restore(path, other)
    except regraft.UnmetError:
        for variable, value in zip(other.weights, before):
            np.testing.assert_array_equal(np.array(variable), value)
    else:
        np.testing.assert_allclose(np.asarray(other(x)), np.asarray(model(x)), rtol=1e-5,
                                   atol=1e-6)
