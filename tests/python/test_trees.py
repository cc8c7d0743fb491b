"""Arrays of NumPy and JAX: dicts in place, trees anew."""
import collections

import numpy as np
import pytest

import regraft

Pair = collections.namedtuple("Pair", "first second")


@pytest.fixture
def source(tmp_path):
    return regraft.save(tmp_path / "ckpt", {
        "params/dense/kernel": np.arange(6, dtype=np.float32).reshape(2, 3),
        "params/dense/bias": np.array([1, 2, 3], np.float32),
        "step": np.int32(4)})


def numpy_tree():
    return {"params": {"dense": {"kernel": np.zeros((2, 3), np.float32),
                                 "bias": np.zeros(3, np.float32)}}}


def test_a_dict_of_arrays_is_changed_in_place(source):
    kernel = np.zeros((3, 2), np.float32).T  # In another order in memory.
    into = {"params/dense/kernel": kernel}
    assert regraft.restore(source, into).tree is into
    assert kernel.tolist() == [[0, 1, 2], [3, 4, 5]]


def test_an_array_that_cannot_be_written_to_changes_nothing(source):
    bias, kernel = np.zeros(3, np.float32), np.zeros((2, 3), np.float32)
    kernel.flags.writeable = False
    with pytest.raises(regraft.InvalidArgumentError, match="python/read-only"):
        regraft.restore(source, {"params/dense/bias": bias, "params/dense/kernel": kernel})
    assert not bias.any() and not kernel.any()


def test_a_nested_tree_is_made_anew(source):
    old = numpy_tree()
    new = regraft.restore(source, old).tree
    assert new["params"]["dense"]["kernel"][1, 2] == 5
    assert not old["params"]["dense"]["kernel"].any()
    partial = regraft.restore(source, old, include="**/bias").tree
    assert partial["params"]["dense"]["bias"].tolist() == [1, 2, 3]
    assert not partial["params"]["dense"]["kernel"].any()


def test_lists_and_named_tuples_keep_their_kind(tmp_path):
    path = regraft.save(tmp_path / "ckpt", {"0/first": np.ones(2), "0/second/0": np.full(1, 7.0)})
    tree = [Pair(np.zeros(2), (np.zeros(1),))]
    new = regraft.restore(path, tree).tree
    assert type(new[0]) is Pair and new[0].second[0][0] == 7


def test_what_is_no_place_is_refused(source):
    for thing in (3, "no such checkpoint", object(), [1, 2], {"a": 1}, None):
        with pytest.raises(regraft.RegraftError):
            regraft.restore(source, thing)
    with pytest.raises(regraft.InvalidArgumentError, match="select/empty-list"):
        regraft.restore(source, {})


def test_trees_of_jax_arrays_are_made_anew(source):
    jax = pytest.importorskip("jax")
    old = jax.tree_util.tree_map(jax.numpy.asarray, numpy_tree())
    report = regraft.restore(source, old)
    new = report.tree
    assert isinstance(new["params"]["dense"]["kernel"], jax.Array)
    assert new["params"]["dense"]["kernel"].sharding == old["params"]["dense"]["kernel"].sharding
    assert new["params"]["dense"]["kernel"][1, 2] == 5
    assert not old["params"]["dense"]["kernel"].any()
    assert report.restored == ["params/dense/bias", "params/dense/kernel"]


def test_bfloat16_trees_of_jax_keep_their_bits(tmp_path):
    jax = pytest.importorskip("jax")
    tree = {"a": {"b": jax.numpy.asarray([1.5, -2], jax.numpy.bfloat16)}}
    path = regraft.save(tmp_path / "ckpt", {"a/b": np.asarray(tree["a"]["b"])})
    new = regraft.restore(path, {"a": {"b": jax.numpy.zeros(2, jax.numpy.bfloat16)}}).tree
    assert new["a"]["b"].dtype == jax.numpy.bfloat16
    assert new["a"]["b"].tolist() == [1.5, -2]


def test_parameters_of_flax_are_found_by_their_paths(source):
    linen = pytest.importorskip("flax.linen")
    import jax

    class Model(linen.Module):
        @linen.compact
        def __call__(self, x):
            return linen.Dense(3, name="dense")(x)

    variables = Model().init(jax.random.PRNGKey(0), np.zeros((1, 2), np.float32))
    new = regraft.restore(source, variables).tree
    out = Model().apply(new, np.array([[1, 0]], np.float32))
    assert out.tolist() == [[1, 3, 5]]


def test_a_keras_optimizer_of_jax_or_torch_is_restored_with_its_model(tmp_path):
    keras = pytest.importorskip("keras")
    if not keras.__version__.startswith("3."):
        pytest.skip("of Keras 3")

    def make():
        model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2)])
        model.compile(optimizer="adam", loss="mse")
        return model

    x, y = np.ones((4, 3), np.float32), np.zeros((4, 2), np.float32)
    model = make()
    model.fit(x, y, epochs=2, verbose=0)
    path = regraft.train.Checkpoint(model=model, optimizer=model.optimizer).save(tmp_path / "c")
    again = make()
    status = regraft.train.Checkpoint(model=again, optimizer=again.optimizer).restore(path)
    status.assert_consumed()
    ours = model.fit(x, y, epochs=2, verbose=0, shuffle=False).history["loss"]
    theirs = again.fit(x, y, epochs=2, verbose=0, shuffle=False).history["loss"]
    np.testing.assert_allclose(ours, theirs, rtol=1e-6)
