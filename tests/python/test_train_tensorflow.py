"""What regraft.train saves is TensorFlow's, and the other way round."""
import numpy as np
import pytest

import regraft
from regraft import train
from regraft._collect import collect
from regraft._sources import reader_of
from regraft._restore import plan_places
from regraft._rules import rules

tf = pytest.importorskip("tensorflow")
keras = pytest.importorskip("keras")

KERAS_3 = keras.__version__.startswith("3.")


class Lists(keras.Model):
    """Layers in a list, in a dict, in a tuple, and plain."""

    def __init__(self):
        super().__init__()
        self.base_layers = [keras.layers.Dense(4), [keras.layers.Dense(3)]]
        self.branches = {"left": keras.layers.Dense(2), "right": keras.layers.Dense(2)}
        self.pair = (keras.layers.Dense(2), keras.layers.BatchNormalization())
        self.plain = keras.layers.Dense(2)

    def call(self, x):
        x = self.base_layers[1][0](self.base_layers[0](x))
        x = self.branches["left"](x) + self.branches["right"](x)
        return self.plain(self.pair[1](self.pair[0](x)))


def built(cls=Lists):
    model = cls()
    model(np.ones((1, 5), np.float32))
    return model


def values(thing):
    return [v.numpy() for v in thing.variables]


def assert_same(thing, expected):
    assert len(expected) > 0
    for variable, value in zip(thing.variables, expected):
        np.testing.assert_array_equal(variable.numpy(), value)


def disturb(thing):
    for variable in thing.variables:
        variable.assign(np.ones_like(variable.numpy()) * 9)


KEYS = ["model/base_layers/0/kernel", "model/base_layers/0/bias", "model/base_layers/1/0/kernel",
        "model/branches/left/kernel", "model/branches/right/bias", "model/pair/0/kernel",
        "model/pair/1/gamma", "model/pair/1/moving_variance", "model/plain/kernel"]


def test_layers_in_lists_are_saved_under_the_edges_of_keras_2(tmp_path):
    model = built()
    path = train.Checkpoint(model=model).save(tmp_path / "ckpt")
    stored = dict(tf.train.list_variables(path))
    for key in KEYS:
        assert key + "/.ATTRIBUTES/VARIABLE_VALUE" in stored
    np.testing.assert_array_equal(
        tf.train.load_variable(path, KEYS[0] + "/.ATTRIBUTES/VARIABLE_VALUE"),
        model.base_layers[0].kernel.numpy())
    saved = values(model)
    disturb(model)
    train.Checkpoint(model=model).restore(path).assert_consumed()
    assert_same(model, saved)


def test_tensorflow_restores_what_was_saved(tmp_path):
    """By objects of the same edges, whatever Keras there is."""
    model = built()
    path = train.Checkpoint(model=model).save(tmp_path / "ckpt")
    dense = tf.train.Checkpoint(kernel=tf.Variable(tf.zeros((5, 4))), bias=tf.Variable(tf.zeros(4)))
    like = tf.train.Checkpoint(model=tf.train.Checkpoint(base_layers=[dense]))
    like.restore(path).assert_existing_objects_matched().expect_partial()
    np.testing.assert_array_equal(dense.kernel.numpy(), model.base_layers[0].kernel.numpy())
    assert int(like.save_counter) == 1
    if not KERAS_3:
        saved = values(model)
        disturb(model)
        tf.train.Checkpoint(model=model).restore(path).assert_consumed()
        assert_same(model, saved)


def plain_model():
    inputs = keras.Input((5,))
    x = keras.layers.Dense(4, activation="relu")(inputs)
    x = keras.layers.BatchNormalization()(x)
    return keras.Model(inputs, keras.layers.Dense(2)(x))


def sequential_model():
    return keras.Sequential([keras.Input((5,)), keras.layers.Dense(4), keras.layers.Dense(2)])


class Module(tf.Module):
    def __init__(self):
        super().__init__()
        self.weights = [tf.Variable([1.0, 2.0]), tf.Variable(3)]
        self.by_name = {"a": tf.Variable(True), "b": tf.Variable(tf.constant([1, 2], tf.int64))}
        self.itself = self

    @property
    def variables(self):
        return [*self.weights, *self.by_name.values()]


OBJECTS = {"Functional": plain_model, "Sequential": sequential_model, "tf.Module": Module}


@pytest.mark.parametrize("make", OBJECTS.values(), ids=OBJECTS)
def test_what_one_saves_the_other_restores(tmp_path, make):
    thing = make()
    saved = values(thing)
    for index, (writer, reader) in enumerate([(train, tf.train), (tf.train, train)]):
        path = writer.Checkpoint(model=thing).save(str(tmp_path / f"{index}" / "ckpt"))
        disturb(thing)
        reader.Checkpoint(model=thing).restore(path).assert_consumed()
        assert_same(thing, saved)


def test_the_root_itself_is_saved_as_tensorflow_does(tmp_path):
    module = Module()
    step = tf.Variable(5, dtype=tf.int64)
    mine = train.Checkpoint(module, step=step).write(tmp_path / "mine")
    theirs = tf.train.Checkpoint(module, step=step).write(str(tmp_path / "theirs"))
    assert [key for key, _ in tf.train.list_variables(mine)] == [
        key for key, _ in tf.train.list_variables(theirs)]
    tf.train.Checkpoint(module, step=step).read(mine).assert_consumed()
    for end in ".index", ".data-00000-of-00001":
        assert (tmp_path / f"mine{end}").read_bytes() == (tmp_path / f"theirs{end}").read_bytes()


def test_a_folder_is_managed_by_both_in_turns(tmp_path):
    variable = tf.Variable([1.0, 2.0])
    folder = str(tmp_path / "runs")

    def managers():
        mine = train.Checkpoint(v=[variable], module=Module())
        theirs = tf.train.Checkpoint(v=[variable], module=Module())
        return [(module.CheckpointManager(checkpoint, folder, max_to_keep=3), checkpoint)
                for module, checkpoint in ((train, mine), (tf.train, theirs))]

    for turn in range(4):
        manager, checkpoint = managers()[turn % 2]
        manager.restore_or_initialize()
        for _ in range(2):
            variable.assign_add([1.0, 0.0])
            manager.save()
        assert int(checkpoint.save_counter) == 2 * (turn + 1)
        assert len(manager.checkpoints) == min(3, 2 * (turn + 1))
        assert manager.latest_checkpoint.endswith(f"ckpt-{2 * (turn + 1)}")
    assert train.latest_checkpoint(folder) == tf.train.latest_checkpoint(folder)


def test_a_list_of_unnamed_variables_is_told_by_number(tmp_path):
    path = train.Checkpoint(v=[tf.Variable(1.0), tf.Variable(2.0)]).save(tmp_path / "ckpt")
    again = [tf.Variable(0.0), tf.Variable(0.0)]
    train.Checkpoint(v=again).restore(path)
    assert [float(v) for v in again] == [1, 2]
    named = [tf.Variable(1.0, name="one"), tf.Variable(2.0, name="two")]
    path = train.Checkpoint(v=named).save(tmp_path / "named")
    second = tf.Variable(0.0, name="two")
    train.Checkpoint(v=[second]).restore(path)  # Its name tells more than its number.
    assert float(second) == 2


def test_a_manager_does_what_its_arguments_say(tmp_path):
    step = tf.Variable(0, dtype=tf.int64)
    called = []
    manager = train.CheckpointManager(
        train.Checkpoint(module=Module()), tmp_path, max_to_keep=None, checkpoint_name="c",
        step_counter=step, checkpoint_interval=2, init_fn=lambda: called.append(1))
    assert manager.restore_or_initialize() is None and called == [1]
    assert manager.save() == str(tmp_path / "c-1")
    step.assign(1)
    assert manager.save() is None
    step.assign(2)
    assert manager.save(checkpoint_number=40) == str(tmp_path / "c-40")
    assert manager.checkpoints == [str(tmp_path / "c-1"), str(tmp_path / "c-40")]
    assert manager.directory == str(tmp_path) and manager.checkpoint_interval == 2


def test_a_manager_does_not_replace_what_another_run_left(tmp_path):
    train.CheckpointManager(train.Checkpoint(module=Module()), tmp_path, None).save()
    manager = train.CheckpointManager(train.Checkpoint(module=Module()), tmp_path, None)
    with pytest.raises(regraft.UnmetError, match="train/would-replace") as caught:
        manager.save()
    # In the words of Python, and what it says works.
    assert "restore_or_initialize()  before the first save" in str(caught.value)
    assert caught.value.hint in str(caught.value) and "RestoreOr" not in str(caught.value)
    manager.restore_or_initialize()
    assert manager.save() == str(tmp_path / "ckpt-2")


def test_a_first_run_is_told_how_to_begin(tmp_path):
    checkpoint = train.Checkpoint(module=Module())
    manager = train.CheckpointManager(checkpoint, tmp_path, None)
    for path in manager.latest_checkpoint, tf.train.latest_checkpoint(tmp_path):
        with pytest.raises(regraft.InvalidArgumentError, match="train/no-path") as caught:
            checkpoint.restore(path)
        assert "manager.restore_or_initialize()" in caught.value.hint
    assert manager.restore_or_initialize() is None


@pytest.mark.parametrize("folder", ["gs://bucket/runs", "~/runs"])
def test_a_manager_refuses_a_folder_that_it_could_not_write_to(folder):
    with pytest.raises(regraft.RegraftError, match="Google Cloud|home folder"):
        train.CheckpointManager(train.Checkpoint(module=Module()), folder, None)


def test_attributes_that_are_set_later_are_tracked(tmp_path):
    checkpoint = train.Checkpoint(module=Module())
    checkpoint.step = tf.Variable(7, dtype=tf.int64)
    path = checkpoint.save(tmp_path / "ckpt")
    checkpoint.step.assign(0)
    checkpoint.restore(path).assert_consumed()
    assert int(checkpoint.step) == 7 and checkpoint.module.itself is checkpoint.module


def test_an_unbuilt_model_is_refused_with_how_to_build_it(tmp_path):
    path = train.Checkpoint(model=built()).save(tmp_path / "ckpt")
    with pytest.raises(regraft.UnmetError, match=r"call .*once|build\(input_shape\)") as refused:
        train.Checkpoint(model=Lists()).restore(path, when_built=False)
    assert refused.value.slug == "train/not-built"


def test_an_optimizer_beside_two_models_must_be_built(tmp_path):
    one, two = built(), built()
    adam = keras.optimizers.Adam()
    adam.build(one.trainable_variables)
    path = train.Checkpoint(one=one, two=two, adam=adam).save(tmp_path / "ckpt")
    fresh = keras.optimizers.Adam()
    if KERAS_3:  # The file says which model the optimizer knows.
        train.Checkpoint(one=one, two=two, adam=fresh).restore(path).assert_consumed()
        return
    with pytest.raises(regraft.UnmetError, match="build"):
        train.Checkpoint(one=one, two=two, adam=fresh).restore(path)
    fresh.build(one.trainable_variables)
    train.Checkpoint(one=one, two=two, adam=fresh).restore(path).assert_consumed()


def test_a_failing_assignment_takes_the_earlier_ones_back(tmp_path):
    good, bad = tf.Variable([1.0, 2.0]), tf.Variable([3.0])
    path = train.Checkpoint(module=tf.train.Checkpoint(good=good, bad=bad)).write(tmp_path / "c")
    good.assign([0, 0])
    bad.assign([0])

    places = collect({"module/good": good, "module/bad": bad})

    def refuse(block, shape):
        raise RuntimeError("the device is gone")

    places.places[1].adopt = refuse
    with pytest.raises(RuntimeError, match="the device is gone"):
        plan_places(reader_of(path), places, rules(), False).apply()
    assert good.numpy().tolist() == [0, 0] and bad.numpy().tolist() == [0]


def test_init_from_checkpoint_takes_variables_and_scopes(tmp_path):
    path = regraft.save(tmp_path / "tf1", {"old/a": np.ones(2, np.float32),
                                           "old/b": np.full(2, 2, np.float32)})
    a, b = tf.Variable([0.0, 0.0], name="new/a"), tf.Variable([0.0, 0.0], name="new/b")
    train.init_from_checkpoint(path, {"old/a": a})
    assert a.numpy().tolist() == [1, 1] and b.numpy().tolist() == [0, 0]
    train.init_from_checkpoint(path, {"old/": "new/"}, into=[a, b])
    assert b.numpy().tolist() == [2, 2]
    with pytest.raises(regraft.InvalidArgumentError, match="into=model"):
        train.init_from_checkpoint(path, {"old/": "new/"})
    with pytest.raises(regraft.InvalidArgumentError, match="empty"):
        train.init_from_checkpoint(path, {})


def test_lists_alone_leave_the_counter_as_it_is(tmp_path):
    v = tf.Variable([1.0], name="v")
    train.Checkpoint(v=v).save(tmp_path / "ckpt")
    for held, count in [({"picked": [v]}, 0), ({"picked": (v,)}, 0), ({"v": v}, 1),
                        ({"by": {"v": v}}, 1)]:
        checkpoint = train.Checkpoint(**held)
        checkpoint.restore(tmp_path)
        assert int(checkpoint.save_counter) == count
