"""Trees of arrays: of any containers, of JAX and of Flax."""
import collections
import types

import numpy as np
import pytest

import regraft
from regraft._collect import collect

State = collections.namedtuple("State", "count mean")


@pytest.fixture
def source(tmp_path):
    return regraft.save(tmp_path / "ckpt", {
        "params/dense/kernel": np.arange(6, dtype=np.float32).reshape(2, 3),
        "params/dense/bias": np.array([1, 2, 3], np.float32),
        "count": np.int32(4), "mean/0": np.full(2, 7, np.float32)})


def test_containers_keep_their_kind_and_order(source):
    tree = collections.OrderedDict(
        z=State(np.zeros((), np.int32), [np.zeros(2, np.float32)]),
        params=collections.defaultdict(dict, dense={"kernel": np.zeros((2, 3), np.float32),
                                                    "bias": np.zeros(3, np.float32)}))
    report = regraft.restore(source, tree, map={"/": "z/"}, include="z/**")
    new = report.tree
    assert type(new) is collections.OrderedDict and list(new) == ["z", "params"]
    assert type(new["z"]) is State and type(new["z"].mean) is list
    assert type(new["params"]) is collections.defaultdict
    assert new["z"].count == 4 and new["z"].mean[0].tolist() == [7, 7]
    assert tree["z"].mean[0].tolist() == [0, 0] and report.restored == ["z/count", "z/mean/0"]


def test_what_is_no_array_stays_and_is_noted(source):
    tree = {"count": np.zeros((), np.int32), "name": "text", "nothing": None, "step": 3}
    report = regraft.restore(source, {"state": tree}, map={"/": "state/"})
    assert report.tree == {"state": {"count": 4, "name": "text", "nothing": None, "step": 3}}
    (note,) = report.notes
    assert "state/name (str)" in note and "state/step (int)" in note and "nothing" not in note


def test_a_tree_that_could_not_be_filled_is_as_it_was(source):
    places = collect({"a": [np.zeros(2, np.float32)], "b": np.ones(2, np.float32)})
    one, two = (types.SimpleNamespace(array=np.full(2, value, np.float32).view(np.uint8))
                for value in (5, 6))

    def fail(block, shape):
        raise RuntimeError("no memory")

    adopt, places.places[1].adopt = places.places[1].adopt, fail
    with pytest.raises(RuntimeError, match="no memory"):
        places.commit([(0, one), (1, two)])
    assert places.result()["a"][0].tolist() == [0, 0]
    places.places[1].adopt = adopt
    places.commit([(0, one), (1, two)])
    assert places.result()["a"][0].tolist() == [5, 5]
    assert places.result()["b"].tolist() == [6, 6]


def test_arrays_stay_where_they_are(source):
    jax = pytest.importorskip("jax")
    free = jax.numpy.zeros((2, 3))
    bound = jax.device_put(np.zeros(3, np.float32), jax.devices()[0])
    assert not free.committed and bound.committed
    new = regraft.restore(source, {"params": {"dense": {"kernel": free, "bias": bound}}}).tree
    dense = new["params"]["dense"]
    assert not dense["kernel"].committed and dense["bias"].committed
    assert dense["bias"].sharding == bound.sharding
    assert dense["kernel"].tolist() == [[0, 1, 2], [3, 4, 5]]


def test_a_train_state_of_flax_is_made_anew(source):
    pytest.importorskip("flax")
    optax = pytest.importorskip("optax")
    import flax.linen as linen
    import jax
    from flax.training import train_state

    module = linen.Dense(3, name="dense")
    params = {"dense": module.init(jax.random.key(0), np.ones((1, 2)))["params"]}
    state = train_state.TrainState.create(apply_fn=module.apply, params=params,
                                          tx=optax.adam(0.1))
    report = regraft.restore(source, state, include="params/**")
    assert report.tree.params["dense"]["bias"].tolist() == [1, 2, 3]
    assert report.tree.apply_fn == state.apply_fn and report.tree.tx is state.tx
    assert "opt_state/0/mu/dense/kernel" in report.not_selected
    assert report.notes == ["not an array, so it stays as it is: step (int)"]


def test_a_frozen_dict_stays_frozen(source):
    core = pytest.importorskip("flax.core")
    frozen = core.freeze({"params": {"dense": {"bias": np.zeros(3, np.float32)}}})
    new = regraft.restore(source, frozen).tree
    assert type(new) is type(frozen) and new["params"]["dense"]["bias"].tolist() == [1, 2, 3]


def test_modules_of_nnx_have_paths_without_the_word_value(tmp_path):
    nnx = pytest.importorskip("flax.nnx")

    class Model(nnx.Module):
        def __init__(self, rngs):
            self.linear = nnx.Linear(2, 3, rngs=rngs)
            self.dropout = nnx.Dropout(0.5, rngs=rngs)
            self.blocks = nnx.List([nnx.Linear(3, 3, rngs=rngs)])

    model = Model(nnx.Rngs(0))
    names = [name for name in regraft.names(model) if "rngs" not in name]
    assert sorted(names) == ["blocks/0/bias", "blocks/0/kernel", "linear/bias", "linear/kernel"]
    path = regraft.save(tmp_path / "ckpt", {"linear/bias": np.array([1, 2, 3], np.float32)})
    report = regraft.restore(path, model, include="linear/bias")
    assert report.tree.linear.bias[...].tolist() == [1, 2, 3]
    state = regraft.restore(path, nnx.state(model), include="linear/bias").tree
    nnx.update(model, state)
    assert model.linear.bias[...].tolist() == [1, 2, 3]
    assert "dropout/rngs/key" in report.notes[0]  # A random key is no array of numbers.


@pytest.mark.parametrize("nothing", [{}, [], set(), iter([]), {}.values()])
def test_nothing_is_an_error(source, nothing):
    with pytest.raises(regraft.InvalidArgumentError, match="select/empty-list"):
        regraft.restore(source, nothing)


def test_a_list_of_arrays_has_no_names(source):
    with pytest.raises(regraft.InvalidArgumentError, match="a NumPy array in a list has no name"):
        regraft.restore(source, [np.zeros(2)])
