"""Models that have no variables yet are restored when they make them."""
import gc
import subprocess
import sys
import warnings

import numpy as np
import pytest

import regraft
from regraft import train

keras = pytest.importorskip("keras")

KERAS_3 = keras.__version__.startswith("3.")
BACKEND = keras.backend.backend()
TENSORFLOW = BACKEND == "tensorflow"
X = np.random.RandomState(0).rand(8, 3).astype("float32")
Y = np.random.RandomState(1).rand(8, 2).astype("float32")

pytestmark = pytest.mark.filterwarnings("error:.*computes with its initial:RuntimeWarning")
of_tensorflow = pytest.mark.skipif(not TENSORFLOW, reason="a loop of TensorFlow")


class Net(keras.Model):
    def __init__(self, deep=4):
        super().__init__()
        self.norm = keras.layers.BatchNormalization()
        self.hidden = [keras.layers.Dense(deep), keras.layers.Dense(deep)]
        self.out = keras.layers.Dense(2)

    def call(self, x, training=False):
        x = self.norm(x, training=training)
        for layer in self.hidden:
            x = layer(x)
        return self.out(x)


def sequential():
    return keras.Sequential([keras.layers.BatchNormalization(), keras.layers.Dense(4),
                             keras.layers.Dense(2)])


def functional():
    inputs = keras.Input((3,))
    return keras.Model(inputs, keras.layers.Dense(2)(keras.layers.Dense(4)(inputs)))


MODELS = {"subclassed": Net, "sequential": sequential, "functional": functional}


def values(thing):
    return [np.array(v.numpy() if hasattr(v, "numpy") and TENSORFLOW
                     else keras.ops.convert_to_numpy(v)) for v in thing.weights]


def as_array(tensor):
    return np.array(tensor.numpy() if TENSORFLOW else keras.ops.convert_to_numpy(tensor))


def traces(thing):
    """What watching could leave behind."""
    out = []
    for layer in [thing, *getattr(thing, "layers", ())]:
        out.append((type(layer), type(layer).__mro__[0].__module__, sorted(vars(layer))))
    return out


def one_step(model, optimizer):
    import tensorflow as tf

    with tf.GradientTape() as tape:
        loss = tf.reduce_mean((model(X, training=True) - Y) ** 2)
    variables = model.trainable_variables
    optimizer.apply_gradients(zip(tape.gradient(loss, variables), variables))
    return loss


def guides_loop(folder, make, optimizer, steps, step=one_step):
    """The program of TensorFlow's guide to checkpoints, with ``tf.train.`` replaced."""
    import tensorflow as tf

    keras.utils.set_random_seed(3)
    net, opt = make(), optimizer()
    ckpt = train.Checkpoint(step=tf.Variable(1), optimizer=opt, net=net)
    manager = train.CheckpointManager(ckpt, folder, max_to_keep=3)
    ckpt.restore(manager.latest_checkpoint)
    begin, losses = int(ckpt.step), []
    for _ in range(steps):
        losses.append(float(step(net, opt)))
        ckpt.step.assign_add(1)
        if int(ckpt.step) % 2 == 0:
            manager.save()
    return begin, losses, manager


OPTIMIZERS = {"adam": lambda: keras.optimizers.Adam(0.05),
              "momentum": lambda: keras.optimizers.SGD(0.01, momentum=0.9)}
if TENSORFLOW and not KERAS_3:
    OPTIMIZERS["legacy adam"] = lambda: keras.optimizers.legacy.Adam(0.05)


@of_tensorflow
@pytest.mark.parametrize("make", MODELS.values(), ids=MODELS)
@pytest.mark.parametrize("optimizer", OPTIMIZERS.values(), ids=OPTIMIZERS)
@pytest.mark.parametrize("traced", [False, True], ids=["eager", "traced"])
def test_the_guides_loop_continues_with_the_same_losses(tmp_path, make, optimizer, traced):
    import tensorflow as tf

    def step():
        return tf.function(one_step) if traced else one_step

    _, expected, _ = guides_loop(tmp_path / "whole", make, optimizer, 7, step())
    begin, first, _ = guides_loop(tmp_path / "parts", make, optimizer, 3, step())
    assert begin == 1
    begin, second, manager = guides_loop(tmp_path / "parts", make, optimizer, 4, step())
    assert begin == 4
    np.testing.assert_array_equal(first + second, expected)
    assert [path.rsplit("-", 1)[1] for path in manager.checkpoints] == ["2", "3", "4"]


@of_tensorflow
@pytest.mark.parametrize("held", [
    lambda: {"net": Net()},
    lambda: {"net": functional(), "optimizer": keras.optimizers.Adam()},
], ids=["a model to be built", "an optimizer to be built"])
def test_a_program_that_begins_has_nothing_to_restore(tmp_path, held):
    checkpoint = train.Checkpoint(**held())
    manager = train.CheckpointManager(checkpoint, tmp_path, max_to_keep=1)
    status = checkpoint.restore(manager.latest_checkpoint)
    assert not status.done and "no checkpoint" in str(status)
    with pytest.raises(AssertionError, match="no checkpoint"):
        status.assert_consumed()
    with pytest.raises(regraft.UnmetError):
        status.restored
    checkpoint.net(X)
    manager.save()
    assert checkpoint.restore(manager.latest_checkpoint).assert_consumed().done
    with pytest.raises(regraft.InvalidArgumentError, match="in silence"):
        checkpoint.restore(None)


@of_tensorflow
def test_where_all_is_built_there_has_to_be_a_checkpoint(tmp_path):
    checkpoint = train.Checkpoint(net=functional())
    manager = train.CheckpointManager(checkpoint, tmp_path, max_to_keep=1)
    with pytest.raises(regraft.InvalidArgumentError, match="restore_or_initialize"):
        checkpoint.restore(manager.latest_checkpoint)
    assert manager.restore_or_initialize() is None
    manager.save()
    assert checkpoint.restore(manager.latest_checkpoint).done


def saved(tmp_path, make=Net, **more):
    keras.utils.set_random_seed(5)
    net = make()
    net(X)
    for i, variable in enumerate(net.weights):
        variable.assign(np.full(variable.shape, (i + 1) / 10, "float32"))
    path = train.Checkpoint(net=net, **more).write(str(tmp_path / "net"))
    return path, as_array(net(X)), values(net)


@pytest.mark.parametrize("make", [Net, sequential], ids=["subclassed", "sequential"])
def test_the_first_call_computes_with_the_restored_values_and_nothing_stays(tmp_path, make):
    path, expected, stored = saved(tmp_path, make)
    fresh, untouched = make(), make()
    status = train.Checkpoint(net=fresh).restore(path)
    assert not status.done and status.waiting_for
    np.testing.assert_array_equal(as_array(fresh(X)), expected)
    assert status.done and status.report is status and status.finish() is status
    status.assert_consumed()
    untouched(X)
    assert traces(fresh) == traces(untouched)
    assert type(fresh) is type(untouched)
    for value, known in zip(values(fresh), stored):
        np.testing.assert_array_equal(value, known)
    fresh.weights[0].assign(np.zeros(fresh.weights[0].shape))
    fresh(X)  # It is restored once.
    assert not np.array_equal(values(fresh)[0], stored[0])


def test_building_restores(tmp_path):
    path, expected, _ = saved(tmp_path, sequential)
    fresh = sequential()
    status = train.Checkpoint(net=fresh).restore(path)
    fresh.build((None, 3))
    assert status.done
    np.testing.assert_array_equal(as_array(fresh(X)), expected)


def test_fit_and_predict_begin_with_the_restored_values(tmp_path):
    path, expected, _ = saved(tmp_path)
    fresh = Net()
    train.Checkpoint(net=fresh).restore(path).expect_partial()
    np.testing.assert_allclose(fresh.predict(X, verbose=0), expected, rtol=1e-5)
    fresh = Net()
    fresh.compile(optimizer=keras.optimizers.SGD(0.0), loss="mse")
    status = train.Checkpoint(net=fresh).restore(path, exclude="@optimizer")
    history = fresh.fit(X, Y, epochs=1, batch_size=8, shuffle=False, verbose=0)
    assert status.done
    again = Net()
    again.compile(optimizer=keras.optimizers.SGD(0.0), loss="mse")
    again(X)
    train.Checkpoint(net=again).restore(path, exclude="@optimizer")
    known = again.fit(X, Y, epochs=1, batch_size=8, shuffle=False, verbose=0)
    np.testing.assert_allclose(history.history["loss"], known.history["loss"], rtol=1e-5)


def test_what_waits_has_no_report_and_says_for_what(tmp_path):
    path, _, _ = saved(tmp_path)
    checkpoint = train.Checkpoint(net=Net())
    status = checkpoint.restore(path)
    assert "waits for" in str(status) and "waits for" in repr(status)
    for ask in (lambda: status.restored, lambda: status.report, status.finish,
                lambda: checkpoint.write(str(tmp_path / "other"))):
        with pytest.raises(regraft.UnmetError, match="not done.*waits for"):
            ask()
    for check in (status.assert_consumed, status.assert_existing_objects_matched,
                  status.assert_nontrivial_match):
        with pytest.raises(AssertionError, match="waits for"):
            check()
    assert status.expect_partial() is status
    checkpoint.net(X)
    status.assert_consumed()


def test_waiting_can_be_refused(tmp_path):
    path, _, _ = saved(tmp_path)
    with pytest.raises(regraft.UnmetError, match="train/not-built"):
        train.Checkpoint(net=Net()).restore(path, when_built=False)


def test_what_has_its_variables_is_restored_at_once(tmp_path):
    path, _, _ = saved(tmp_path, other=numbered(7.0))
    other = numbered(0.0)
    checkpoint = train.Checkpoint(net=Net(), other=other)
    status = checkpoint.restore(path)
    assert not status.done
    assert values(other)[0].max() == 7.0
    for variable in other.weights:
        variable.assign(np.full(variable.shape, 9.0))
    checkpoint.net(X)
    assert status.done and values(other)[0].max() == 9.0  # It was not restored again.
    assert len(status.restored) == len(checkpoint.net.weights) + len(other.weights)


def numbered(value):
    model = keras.Sequential([keras.layers.Dense(1)])
    model.build((None, 2))
    for variable in model.weights:
        variable.assign(np.full(variable.shape, value))
    return model


def test_an_error_comes_from_the_call_that_builds_and_nothing_is_half_restored(tmp_path):
    path, _, _ = saved(tmp_path)
    fresh = Net(deep=5)
    status = train.Checkpoint(net=fresh).restore(path)
    for _ in range(2):  # No call goes on as if nothing was.
        with pytest.raises(regraft.UnmetError, match="select/shape"):
            fresh(X)
    assert not status.done
    assert all(value.max() < 50 and not np.all(value == 0.1) for value in values(fresh)[:1])
    status._pending.stop()


def test_a_restore_that_is_never_finished_is_warned_of(tmp_path):
    path, _, _ = saved(tmp_path)
    train.Checkpoint(net=Net()).restore(path)
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        gc.collect()
    assert any("was not finished" in str(warning.message) for warning in told)


def test_a_program_that_ends_with_an_unfinished_restore_is_warned(tmp_path):
    path, _, _ = saved(tmp_path, sequential)
    program = f"""
import keras
import regraft
net = keras.Sequential([keras.layers.Dense(4)])
regraft.train.Checkpoint(net=net).restore({path!r})
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.returncode == 0 and "was not finished" in done.stderr


@of_tensorflow
def test_an_optimizer_does_not_step_before_the_restore(tmp_path):
    net = functional()
    adam = keras.optimizers.Adam(0.05)
    one_step(net, adam)
    path = train.Checkpoint(net=net, other=[net.layers[1]], optimizer=adam).write(
        str(tmp_path / "net"))
    fresh, adam = functional(), keras.optimizers.Adam(0.05)
    status = train.Checkpoint(net=fresh, other=[keras.layers.Dense(4)], optimizer=adam).restore(path)
    assert status.waiting_for == ["other/0 (Dense)"]
    with pytest.raises(regraft.UnmetError, match="waits for other/0"):
        one_step(fresh, adam)


def test_two_restores_of_one_model_come_one_after_the_other(tmp_path):
    path, _, stored = saved(tmp_path)
    changed = train.Checkpoint(net=loaded(path))
    for variable in changed.net.weights:
        variable.assign(np.full(variable.shape, 5.0))
    second = changed.write(str(tmp_path / "second"))
    fresh = Net()
    checkpoint = train.Checkpoint(net=fresh)
    checkpoint.restore(path)
    checkpoint.restore(second, include="**/bias")
    fresh(X)
    for variable, value, known in zip(fresh.weights, values(fresh), stored):
        expected = 5.0 if "bias" in variable.name else known
        np.testing.assert_array_equal(value, np.broadcast_to(expected, value.shape))


def loaded(path):
    net = Net()
    net(X)
    train.Checkpoint(net=net).restore(path)
    return net


class Unused(Net):
    def __init__(self):
        super().__init__()
        self.never = keras.layers.Dense(3)


def test_a_layer_that_no_call_uses_is_waited_for_only_if_it_is_stored(tmp_path):
    path, expected, _ = saved(tmp_path)
    fresh = Unused()
    status = train.Checkpoint(net=fresh).restore(path)
    np.testing.assert_array_equal(as_array(fresh(X)), expected)
    assert status.done and "net/never (Dense)" in " ".join(status.notes)
    status.assert_existing_objects_matched()
    full = Unused()
    full(X)
    full.never(X)
    path = train.Checkpoint(net=full).write(str(tmp_path / "full"))
    fresh = Unused()
    status = train.Checkpoint(net=fresh).restore(path)
    with pytest.warns(RuntimeWarning, match="still waits for net/never"):
        fresh(X)
    assert not status.done
    fresh.never(X)
    status.assert_consumed()
    for rules in ({"exclude": "**/never/**"}, {"missing": "keep"}):
        fresh = Unused()
        status = train.Checkpoint(net=fresh).restore(path, **rules)
        fresh(X)
        assert status.done
