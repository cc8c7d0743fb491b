"""After a restore a layer computes with what was restored, also if it keeps what it derived."""
import numpy as np
import pytest

import regraft
from regraft import train

keras = pytest.importorskip("keras")

KERAS_3 = keras.__version__.startswith("3.")
TENSORFLOW = keras.backend.backend() == "tensorflow"
X = np.array([[5.0, 6.0], [1.0, 3.0]], "float32")
DATA = {"one": np.array([[1.0, 2.0], [3.0, 8.0]], "float32"),
        "other": np.array([[0.0, 0.0], [10.0, 10.0]], "float32")}

of_tensorflow = pytest.mark.skipif(not TENSORFLOW, reason="a layer of TensorFlow")


def as_array(tensor):
    return np.array(tensor.numpy() if hasattr(tensor, "numpy") and TENSORFLOW
                    else keras.ops.convert_to_numpy(tensor))


def normalization(data):
    layer = keras.layers.Normalization()
    layer.adapt(DATA[data])
    return layer


class Net(keras.Model):
    def __init__(self, data):
        super().__init__()
        self.norms = [normalization(data)]
        self(X)

    def call(self, x):
        return self.norms[0](x)


def functional(data):
    inputs = keras.Input((2,))
    return keras.Model(inputs, normalization(data)(inputs))


def weighted(number):
    """A lookup with weights of its own, of a vocabulary that both have."""
    layer = keras.layers.StringLookup(output_mode="tf_idf")
    layer.set_vocabulary(["a", "b"], idf_weights=np.array([1.0, 2.0]) * number)
    return layer


def discretization(scale):
    layer = keras.layers.Discretization(num_bins=3)
    layer.adapt(np.arange(30, dtype="float32").reshape(-1, 1) * scale)
    return layer


@pytest.mark.parametrize("make", [Net, functional], ids=["subclassed", "functional"])
def test_normalization_computes_with_the_restored_statistics(tmp_path, make):
    old = make("one")
    path = train.Checkpoint(model=old).write(str(tmp_path / "net"))
    for restore in (lambda net: regraft.restore(path, net),
                    lambda net: regraft.restore(path, {"model": net}),
                    lambda net: train.Checkpoint(model=net).restore(path)):
        net = make("other")
        before = net.predict(X, verbose=0)
        restore(net)
        np.testing.assert_allclose(as_array(net(X)), as_array(old(X)), rtol=1e-6)
        # Functions of the model that were traced before have the constants in them.
        np.testing.assert_allclose(net.predict(X, verbose=0), as_array(old(X)), rtol=1e-5)
        assert not np.allclose(before, net.predict(X, verbose=0))


def test_normalization_that_is_left_alone_stays_what_it_is(tmp_path):
    path = train.Checkpoint(model=Net("one")).write(str(tmp_path / "net"))
    net = Net("other")
    regraft.restore(path, net, exclude="**/count")
    np.testing.assert_allclose(as_array(net(X)), as_array(Net("one")(X)), rtol=1e-6)
    net = Net("other")
    regraft.restore(path, net, include="**/count")
    np.testing.assert_allclose(as_array(net(X)), as_array(Net("other")(X)), rtol=1e-6)


def test_a_restore_that_fails_derives_nothing(tmp_path):
    path = train.Checkpoint(model=Net("one")).write(str(tmp_path / "net"))
    net = Net("other")
    layer = net.norms[0]
    finalize, failed = layer.finalize_state, []

    def fail():
        finalize()
        if not failed:
            failed.append(True)
            raise RuntimeError("the device is gone")

    object.__setattr__(layer, "finalize_state", fail)
    with pytest.raises(RuntimeError, match="the device is gone"):
        regraft.restore(path, net)
    np.testing.assert_allclose(as_array(net(X)), as_array(Net("other")(X)), rtol=1e-6)


def test_statistics_without_their_layer_are_noted(tmp_path):
    layer = normalization("one")
    path = train.Checkpoint(norm=layer).write(str(tmp_path / "norm"))
    other = normalization("other")
    report = regraft.restore(path, {"norm/adapt_mean": other.adapt_mean})
    assert "finalize_state" in " ".join(report.notes)
    dense = keras.layers.Dense(2)
    dense.build((None, 2))
    path = train.Checkpoint(dense=dense).write(str(tmp_path / "dense"))
    assert not regraft.restore(path, {"dense/bias": dense.bias}).notes


@of_tensorflow
def test_lookups_weigh_with_the_restored_weights(tmp_path):
    import tensorflow as tf

    old, new = weighted(1), weighted(3)
    words = tf.constant([["a", "b", "b"]])
    assert not np.allclose(old(words), new(words))
    path = tf.train.Checkpoint(lookup=old).write(str(tmp_path / "lookup"))
    # The table itself is no variable; both have the same words.
    train.Checkpoint(lookup=new).restore(path)
    np.testing.assert_allclose(new(words), old(words))


@of_tensorflow
@pytest.mark.skipif(KERAS_3, reason="Keras 3 has no variable for it")
def test_boundaries_are_those_of_the_restored_summary(tmp_path):
    import tensorflow as tf

    old, new = discretization(1.0), discretization(10.0)
    numbers = np.arange(0, 30, 3, dtype="float32").reshape(-1, 1)
    assert not np.array_equal(old(numbers), new(numbers))
    path = tf.train.Checkpoint(bins=old).write(str(tmp_path / "bins"))
    train.Checkpoint(bins=new).restore(path)
    np.testing.assert_array_equal(new(numbers), old(numbers))


@pytest.mark.skipif(not KERAS_3 or not hasattr(keras.layers.Dense(1), "quantize"),
                    reason="of Keras 3")
def test_quantized_layers_compute_with_what_was_restored(tmp_path):
    def quantized(seed):
        keras.utils.set_random_seed(seed)
        layer = keras.layers.Dense(4)
        layer.build((None, 2))
        layer.quantize("int8")
        return layer

    old, new = quantized(1), quantized(2)
    path = train.Checkpoint(dense=old).write(str(tmp_path / "dense"))
    assert not np.allclose(as_array(old(X)), as_array(new(X)))
    train.Checkpoint(dense=new).restore(path)
    np.testing.assert_allclose(as_array(new(X)), as_array(old(X)), rtol=1e-6)


class Calibrated(keras.layers.Layer):
    """As layers of Keras 3 are with GPTQ: without their kernel of floats once calibrated."""

    quantization_mode = "gptq"

    def __init__(self, calibrated):
        super().__init__()
        self.is_gptq_calibrated = calibrated

    def build(self, shape):
        if not self.is_gptq_calibrated:
            self._kernel = self.add_weight(name="kernel", shape=(2, 2))
        self.quantized_kernel = self.add_weight(name="quantized", shape=(2, 2))

    def call(self, x):
        return x @ (self.quantized_kernel if self.is_gptq_calibrated else self._kernel)

    quantized_call = call


def test_a_layer_is_calibrated_if_its_file_was(tmp_path):
    old = Calibrated(True)
    old(X)
    path = train.Checkpoint(layer=old).write(str(tmp_path / "calibrated"))
    new = Calibrated(False)
    new(X)
    train.Checkpoint(layer=new).restore(path, missing="keep")
    np.testing.assert_allclose(as_array(new(X)), as_array(old(X)))
    plain = Calibrated(False)
    plain(X)
    path = train.Checkpoint(layer=plain).write(str(tmp_path / "plain"))
    train.Checkpoint(layer=new).restore(path)
    np.testing.assert_allclose(as_array(new(X)), as_array(plain(X)))
