"""Files that Keras wrote, into live models of it: every value where it belongs."""
import warnings

import numpy as np
import pytest

import regraft

keras = pytest.importorskip("keras")

import keras_zoo as zoo  # noqa: E402
from keras import layers  # noqa: E402

pytestmark = pytest.mark.filterwarnings("ignore")
KINDS = [".keras", ".weights.h5", ".h5"]
if zoo.IS_KERAS_3:
    KINDS.append(".weights.json")


def saved(model, path):
    """The path; skips what this Keras cannot write in this layout."""
    path = str(path)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            if path.endswith(".weights.json"):
                model.save_weights(path, max_shard_size=1e-6)
            elif path.endswith(".weights.h5") or path.endswith("-weights.h5"):
                model.save_weights(path)
            else:
                model.save(path)
        except (NotImplementedError, ValueError) as error:
            pytest.skip(f"Keras does not write it: {error}")
    return path


@pytest.mark.parametrize("kind", [*KINDS, *([] if zoo.IS_KERAS_3 else ["-weights.h5"])])
@pytest.mark.parametrize("make", zoo.MODELS, ids=lambda make: make.__name__)
def test_a_fresh_model_gets_every_value(make, kind, tmp_path):
    zoo.clear()
    model = zoo.filled(make, 1)
    path = saved(model, tmp_path / f"model{kind}")
    wanted, said = zoo.values(model.weights), zoo.output(model)
    # Alike, and then made when the same layers have been counted before.
    for fresh in (True, False):
        if fresh:
            zoo.clear()
        other = zoo.filled(make, 2)
        report = regraft.restore(path, other)
        assert zoo.differing(other.weights, wanted) == []
        assert len(report.restored) == len(wanted)
        np.testing.assert_allclose(zoo.output(other), said, atol=1e-5)


OPTIMIZERS = {
    "sgd": lambda: keras.optimizers.SGD(),
    "momentum": lambda: keras.optimizers.SGD(momentum=0.9),
    "adam": lambda: keras.optimizers.Adam(),
    "amsgrad": lambda: keras.optimizers.Adam(amsgrad=True),
    "adamw": lambda: keras.optimizers.AdamW(),
    "average": lambda: keras.optimizers.Adam(use_ema=True),
    "rmsprop": lambda: keras.optimizers.RMSprop(momentum=0.9, centered=True),
    "adagrad": lambda: keras.optimizers.Adagrad(),
    "adadelta": lambda: keras.optimizers.Adadelta(),
    "adamax": lambda: keras.optimizers.Adamax(),
    "ftrl": lambda: keras.optimizers.Ftrl(),
    "lion": lambda: keras.optimizers.Lion(),
}


def trained(make, optimizer, seed):
    """A model and its optimizer's slots, with values of their own."""
    model = make()
    model.compile(optimizer(), "mse")
    outputs = model.outputs[0].shape[1:]
    model.train_on_batch(np.ones((2, zoo.WIDTH), np.float32), np.ones((2, *outputs), np.float32))
    zoo.fill(model.weights, seed)
    zoo.fill(zoo.state_of(model.optimizer), seed + 100)
    return model


@pytest.mark.parametrize("kind", [".keras", ".h5"])
@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_an_optimizer_gets_its_slots(optimizer, kind, tmp_path):
    def make():
        first = zoo.inputs()
        x = layers.BatchNormalization()(layers.Dense(zoo.WIDTH, name="a")(first))
        return keras.Model(first, layers.Dense(2)(layers.Dense(zoo.WIDTH)(x)))

    zoo.clear()
    model = trained(make, OPTIMIZERS[optimizer], 1)
    path = saved(model, tmp_path / f"model{kind}")
    wanted, state = zoo.values(model.weights), zoo.values(zoo.state_of(model.optimizer))
    other = trained(make, OPTIMIZERS[optimizer], 2)
    own = zoo.values(zoo.state_of(other.optimizer))
    # Without its optimizer being named, a model is restored for its weights.
    regraft.restore(path, other)
    assert zoo.differing(other.weights, wanted) == []
    assert zoo.differing(zoo.state_of(other.optimizer), own) == []
    zoo.fill(other.weights, 3)
    regraft.restore(path, {"model": other, "optimizer": other.optimizer})
    assert zoo.differing(other.weights, wanted) == []
    assert zoo.differing(zoo.state_of(other.optimizer), state) == []


@pytest.mark.skipif(not zoo.IS_KERAS_3, reason="Keras 2 does not put optimizers there")
def test_weights_alone_do_not_tell_what_an_optimizer_was(tmp_path):
    zoo.clear()
    path = saved(trained(zoo.given, OPTIMIZERS["momentum"], 1), tmp_path / "model.weights.h5")
    # The numbers and shapes are the same, and their meaning is not.
    other = trained(zoo.given, OPTIMIZERS["adagrad"], 2)
    own = zoo.values(zoo.state_of(other.optimizer))
    with pytest.raises(regraft.UnmetError):
        regraft.restore(path, {"model": other, "optimizer": other.optimizer})
    assert zoo.differing(zoo.state_of(other.optimizer), own) == []


def with_head(units):
    def make():
        first = zoo.inputs()
        x = layers.BatchNormalization(scale=False)(layers.Dense(zoo.WIDTH)(first))
        return keras.Model(first, layers.Dense(units)(layers.Dense(zoo.WIDTH)(x)))
    return make


@pytest.mark.parametrize("kind", KINDS)
def test_another_head_is_refused_by_its_shape_and_can_be_left_out(kind, tmp_path):
    zoo.clear()
    model = zoo.filled(with_head(3), 1)
    path = saved(model, tmp_path / f"model{kind}")
    wanted = zoo.values(model.weights)
    other = zoo.filled(with_head(5), 2)
    own = zoo.values(other.weights)
    with pytest.raises(regraft.UnmetError, match="shape") as caught:
        regraft.restore(path, other)
    assert "skip" in str(caught.value)
    assert zoo.differing(other.weights, own) == []
    head = other.layers[-1].name
    regraft.restore(path, other, exclude=f"{head}/**")
    assert zoo.differing(other.weights[:-2], wanted[:-2]) == []
    assert zoo.differing(other.weights[-2:], own[-2:]) == []


def named(*names):
    def make():
        first = x = zoo.inputs()
        for name in names:
            x = layers.Dense(zoo.WIDTH, name=name)(x)
        return keras.Model(first, x)
    return make


# In a .weights.h5 of Keras 2 there is no name.
@pytest.mark.parametrize("kind", [kind for kind in KINDS
                                  if zoo.IS_KERAS_3 or kind != ".weights.h5"])
@pytest.mark.parametrize("names", ["ba", "ca", "bcd"])
def test_layers_of_one_shape_are_never_swapped(names, kind, tmp_path):
    zoo.clear()
    model = zoo.filled(named("a", "b"), 1)
    path = saved(model, tmp_path / f"model{kind}")
    wanted = {zoo.name_of(variable).split(":")[0]: zoo.array(variable)
              for variable in model.weights}
    other = zoo.filled(named(*names), 2)
    own = zoo.values(other.weights)
    for rules in ({}, {"missing": "keep"}):
        try:
            regraft.restore(path, other, **rules)
        except regraft.UnmetError:
            assert names != "ba"
            assert zoo.differing(other.weights, own) == []
            continue
        assert names == "ba" or rules
        for variable, before in zip(other.weights, own):
            name = zoo.name_of(variable).split(":")[0]
            np.testing.assert_array_equal(zoo.array(variable), wanted.get(name, before))


def test_a_part_of_a_model_by_names_and_by_a_map(tmp_path):
    zoo.clear()
    model = zoo.filled(zoo.given, 1)
    path = saved(model, tmp_path / "model.keras")
    other = zoo.filled(named("a", "other"), 2)
    own = zoo.values(other.weights)
    regraft.restore(path, other.get_layer("a"))
    assert zoo.differing(other.get_layer("a").weights,
                         zoo.values(model.get_layer("a").weights)) == []
    zoo.fill(other.get_layer("a").weights, 4)
    regraft.restore(path, other, include="a/**")
    assert zoo.differing(other.get_layer("a").weights,
                         zoo.values(model.get_layer("a").weights)) == []
    assert zoo.differing(other.get_layer("other").weights, own[2:]) == []
    regraft.restore(path, other, map={"c/": "other/"}, include="other/**")
    assert zoo.differing(other.get_layer("other").weights,
                         zoo.values(model.get_layer("c").weights)) == []


@pytest.mark.parametrize("kind", KINDS)
def test_checkpoints_take_such_files_as_well(kind, tmp_path):
    zoo.clear()
    model = zoo.filled(zoo.convolutional, 1)
    path = saved(model, tmp_path / f"model{kind}")
    other = zoo.filled(zoo.convolutional, 2)
    regraft.train.Checkpoint(model=other).restore(path).assert_existing_objects_matched()
    assert zoo.differing(other.weights, zoo.values(model.weights)) == []


@pytest.mark.parametrize("kind", KINDS)
def test_variables_by_themselves_go_by_their_names(kind, tmp_path):
    zoo.clear()
    model = zoo.filled(zoo.given, 1)
    path = saved(model, tmp_path / f"model{kind}")
    other = zoo.filled(zoo.given, 2)
    if zoo.IS_KERAS_3 or kind != ".weights.h5":
        regraft.restore(path, other.weights)
        assert zoo.differing(other.weights, zoo.values(model.weights)) == []
    else:  # Keras 2 has no names in there.
        with pytest.raises(regraft.UnmetError):
            regraft.restore(path, other.weights)
