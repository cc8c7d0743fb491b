"""One readable name for each variable, alive and in a file (docs/names.md)."""
import numpy as np
import pytest

import regraft

tf = pytest.importorskip("tensorflow")
keras = pytest.importorskip("keras")

KERAS_3 = keras.__version__.startswith("3.")
layers = keras.layers


def sequential():
    return keras.Sequential([keras.Input((4,)), layers.Dense(4, name="a"), layers.Dense(3, name="b")])


def functional():
    inputs = keras.Input((4,))
    return keras.Model(inputs, layers.Dense(3, name="b")(layers.Dense(4, name="a")(inputs)))


class Net(keras.Model):
    def __init__(self):
        super().__init__()
        self.one, self.many = layers.Dense(4), (layers.Dense(4), layers.Dense(3))

    def call(self, inputs):
        return self.many[1](self.many[0](self.one(inputs)))


def trained(model, optimizer=None):
    model(np.ones((2, 4), np.float32))
    model.compile(optimizer or keras.optimizers.Adam(), "mse")
    model.fit(np.ones((2, 4)), np.ones((2, 3)), verbose=0)
    return model


def plain(name):
    """What Keras 3 keeps in ``_kernel`` is called kernel."""
    return name.replace("/_kernel", "/kernel")


ROW = {"a/kernel", "a/bias", "b/kernel", "b/bias"}


@pytest.mark.parametrize("make", [sequential, functional])
def test_live_rows_of_layers_have_the_names_of_the_layers(make):
    names = regraft.names(make())
    assert set(names) == ROW
    assert "layer_with_weights-0/kernel" in names["a/kernel"]
    assert names["layer_with_weights-0/kernel"] == names["a/kernel"]


def test_live_attributes_and_lists_stay_as_they_are():
    model = Net()
    model(np.ones((2, 4), np.float32))
    assert set(regraft.names(model)) == {
        f"{place}/{name}" for place in ("one", "many/0", "many/1") for name in ("kernel", "bias")}


@pytest.mark.parametrize("make", [sequential, functional, Net])
@pytest.mark.parametrize("old", [False, True])
def test_a_model_is_called_alike_alive_and_in_its_file(make, old, tmp_path):
    if old and KERAS_3:
        pytest.skip("of Keras 2")
    model = trained(make(), keras.optimizers.legacy.Adam() if old else None)
    thing = {"model": model, "optimizer": model.optimizer}
    path = tf.train.Checkpoint(**thing).write(str(tmp_path / "ckpt"))
    live = {plain(name) for name in regraft.names(thing)}
    with regraft.open(path) as file:
        stored = {plain(tensor.name) for tensor in file.values()}
        assert len(stored) == len(file)
        for tensor in file.values():
            assert file.find(tensor.name) == tensor.key
    assert live <= stored
    assert not [name for name in stored if "_trainable_variables" in name]
    slot, weight = "m" if old else "momentum", f"model/{'one' if make is Net else 'a'}/kernel"
    assert f"optimizer/{slot}/{weight}" in live and weight in live


def test_reports_and_errors_have_the_names(tmp_path):
    path = tf.train.Checkpoint(model=(model := trained(functional())),
                               optimizer=model.optimizer).write(str(tmp_path / "ckpt"))
    report = regraft.restore(path, functional())
    assert set(report.restored) == ROW
    assert "model/{a,b}/{bias,kernel}" in str(report) and "layer_with" not in str(report)
    inputs = keras.Input((4,))
    other = keras.Model(inputs, layers.Dense(5, name="b")(layers.Dense(4, name="a")(inputs)))
    with pytest.raises(regraft.UnmetError) as caught:
        regraft.restore(path, other)
    assert "model/b/kernel float32[4,3]" in str(caught.value)
    assert "_trainable_variables" not in str(caught.value)


@pytest.mark.parametrize("name", [
    "a/kernel", "layer_with_weights-0/kernel", "**/layer_with_weights-0/kernel", "a/k*"])
def test_rules_take_every_spelling(name, tmp_path):
    path = tf.train.Checkpoint(model=(model := functional())).write(str(tmp_path / "ckpt"))
    new = functional()
    assert regraft.restore(path, new, include=name).restored == ["a/kernel"]
    np.testing.assert_array_equal(new.get_layer("a").kernel.numpy(),
                                  model.get_layer("a").kernel.numpy())


@pytest.mark.parametrize("source", ["model/a/kernel", "model/layer_with_weights-0/kernel"])
@pytest.mark.parametrize("target", ["a/kernel", "layer_with_weights-0/kernel"])
def test_maps_take_every_spelling(source, target, tmp_path):
    if KERAS_3 and "layer_with" in source:
        source = "model/_operations/1/_kernel"
    path = tf.train.Checkpoint(model=(model := functional())).write(str(tmp_path / "ckpt"))
    new = functional()
    report = regraft.restore(path, new, map={source: target}, include=target)
    assert report.restored == ["a/kernel"]
    np.testing.assert_array_equal(new.get_layer("a").kernel.numpy(),
                                  model.get_layer("a").kernel.numpy())
