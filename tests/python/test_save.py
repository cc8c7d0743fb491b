"""regraft.save takes what regraft.restore takes, and drops nothing in silence."""
import numpy as np
import pytest

import regraft
from regraft import train


def arrays(n):
    return {"params": {"dense": {"kernel": np.full((2, 3), n, np.float32), "bias": np.full(3, n)}},
            "steps": [np.full((), n), (np.full(1, n + 1),)]}


NAMES = ["params/dense/bias", "params/dense/kernel", "steps/0", "steps/1/0"]


def test_a_tree_of_arrays_is_saved_by_its_paths(tmp_path):
    path = regraft.save(tmp_path / "tree", arrays(3))
    assert sorted(regraft.open(path)) == NAMES
    restored = regraft.restore(path, arrays(0)).tree
    np.testing.assert_equal(restored, arrays(3))


def test_a_tree_of_jax_is_saved_by_its_paths(tmp_path):
    jax = pytest.importorskip("jax")
    tree = jax.tree_util.tree_map(jax.numpy.asarray, arrays(3))
    path = regraft.save(tmp_path / "tree", tree)
    assert sorted(regraft.open(path)) == NAMES
    restored = regraft.restore(path, jax.tree_util.tree_map(lambda x: x * 0, tree)).tree
    np.testing.assert_equal(jax.tree_util.tree_map(np.asarray, restored),
                            jax.tree_util.tree_map(np.asarray, tree))


def test_what_numpy_makes_an_array_of_is_one(tmp_path):
    path = regraft.save(tmp_path / "ckpt", {
        "one": 1, "text": "x", "list": [[1.0, 2.0], [3.0, 4.0]], "scalar": np.float32(2),
        "deep": {"number": 0.5, "none": None}, "array": np.ones(2)})
    opened = regraft.open(path)
    shapes = {name: tuple(tensor.shape) for name, tensor in opened.items()}
    assert shapes == {"one": (), "text": (), "list": (2, 2), "scalar": (), "deep/number": (),
                      "array": (2,)}


@pytest.mark.parametrize("nothing", [{}, [], (), {"a": {}}, [[], {}], {"a": None}])
def test_nothing_is_refused(tmp_path, nothing):
    with pytest.raises(regraft.RegraftError, match="nothing would be saved") as refused:
        regraft.save(tmp_path / "ckpt", nothing)
    assert refused.value.slug == "train/nothing-to-save" and not list(tmp_path.iterdir())


@pytest.mark.parametrize("what, where", [
    ({"a": object()}, "'a'"), ({"a": {"b": object()}}, "'a/b'"), ([np.ones(1), [print]], "'1/0'"),
    ({"a": np.ones(1), "b": np.array([object()])}, "'b'")])
def test_what_cannot_be_saved_is_named(tmp_path, what, where):
    with pytest.raises(regraft.InvalidArgumentError, match=f"python/dtype.*{where}"):
        regraft.save(tmp_path / "ckpt", what)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("what", [3, "text", object, None, {1, 2}])
def test_what_is_no_container_is_refused(tmp_path, what):
    with pytest.raises(regraft.InvalidArgumentError, match="python/target"):
        regraft.save(tmp_path / "ckpt", what)
    assert not list(tmp_path.iterdir())


def test_two_arrays_of_one_name_are_refused(tmp_path):
    with pytest.raises(regraft.InvalidArgumentError, match="two arrays would be called 'a/b'"):
        regraft.save(tmp_path / "ckpt", {"a/b": np.ones(1), "a": {"b": np.ones(1)}})
    assert not list(tmp_path.iterdir())


def test_objects_by_name_are_saved_as_a_checkpoint_of_them(tmp_path):
    tf = pytest.importorskip("tensorflow")

    def held(n):
        module = tf.Module()
        module.w = tf.Variable([1.0 * n])
        return {"net": module, "count": tf.Variable(n), "by": {"a": tf.Variable(n)},
                "array": np.full(2, n)}

    path = regraft.save(tmp_path / "ckpt", held(3))
    theirs = held(0)
    del theirs["array"]
    tf.train.Checkpoint(**theirs).read(path).assert_existing_objects_matched()
    assert theirs["net"].w.numpy() == 3 and theirs["by"]["a"].numpy() == 3
    ours = held(0)
    train.Checkpoint(**ours).restore(path).assert_consumed()
    assert ours["count"].numpy() == 3 and ours["array"].tolist() == [3, 3]
    for stray in {"net": tf.Module(), "epoch": 3}, {"net": tf.Module(), "deep": {"epoch": None}}:
        with pytest.raises(regraft.InvalidArgumentError, match="train/not-tracked.*epoch"):
            regraft.save(tmp_path / "stray", stray)


def test_what_is_made_anew_is_not_held_by_a_checkpoint():
    jax = pytest.importorskip("jax")
    with pytest.raises(regraft.InvalidArgumentError, match="train/not-tracked.*'params/w'"):
        train.Checkpoint(params={"w": jax.numpy.ones(2)})


def test_an_optimizer_of_torch_is_named_and_not_dropped():
    torch = pytest.importorskip("torch")
    model = torch.nn.Linear(2, 1)
    with pytest.raises(regraft.InvalidArgumentError, match="train/not-tracked.*'optimizer'"):
        train.Checkpoint(model=model, optimizer=torch.optim.SGD(model.parameters(), 0.1))
