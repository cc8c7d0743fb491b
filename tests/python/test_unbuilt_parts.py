"""Layers without variables and optimizers without slots are restored whole, or left alone."""
import numpy as np
import pytest

import regraft
from regraft import train

keras = pytest.importorskip("keras")
tf = pytest.importorskip("tensorflow")
if keras.backend.backend() != "tensorflow":
    pytest.skip("files are TensorFlow's", allow_module_level=True)

KERAS_3 = keras.__version__.startswith("3.")


class Net(keras.Model):
    def __init__(self):
        super().__init__(name="net")
        self.used, self.never = keras.layers.Dense(2), keras.layers.Dense(3)

    def call(self, x):
        return self.used(x)


def net(value):
    model = Net()
    model(np.ones((1, 2), "float32"))
    for variable in model.weights:
        variable.assign(np.full(variable.shape, value))
    return model


@pytest.fixture
def file(tmp_path):
    tf.train.Checkpoint(root=net(1.0)).write(str(tmp_path / "root"))
    return tf.train.Checkpoint(model=net(1.0)).write(str(tmp_path / "net"))


@pytest.mark.parametrize("rules", [
    {"exclude": "never/**"}, {"exclude": "**/never/**"}, {"exclude": ["never/*"]},
    {"include": "used/**"}, {"include": ["used/kernel", "**/used/bias"]}, {"missing": "keep"},
    {"exclude_regex": "never"}, {"include_regex": "used"}], ids=str)
def test_rules_leave_out_a_layer_that_no_call_uses(file, rules):
    model = net(-1.0)
    report = regraft.restore(file, model, **rules)
    assert model.used.bias.numpy()[0] == 1.0 and not model.never.built
    assert not any("never" in name for name in report.restored)
    train.Checkpoint(root=model).restore(file.replace("/net", "/root"), when_built=False, **rules)


def test_without_such_a_rule_it_is_refused_with_the_rule_that_works(file):
    model = net(-1.0)
    for rules in ({}, {"include": "**"}, {"exclude": "used/**"}, {"include": "**/bias"}, {"include": "*/*"},
                  {"include": "@weights"}, {"classes": "weights"}, {"where": "numel>1"}):
        with pytest.raises(regraft.UnmetError) as refused:
            regraft.restore(file, model, **rules)
        assert refused.value.slug == "train/not-built"
        assert "exclude='never/**'" in refused.value.hint
    assert model.used.bias.numpy()[0] == -1.0


def test_a_rule_that_names_nothing_is_still_refused(file):
    with pytest.raises(regraft.NameNotFoundError, match="select/unused-rule"):
        regraft.restore(file, net(-1.0), exclude=["never/**", "nevermore/**"])


def model(compiled=None):
    keras.backend.clear_session()
    out = keras.Sequential([keras.layers.Dense(4, name="a"), keras.layers.Dense(2, name="b")])
    out.build((None, 3))
    if compiled is not None:
        out.compile(compiled, "mse")
    return out


def variables(optimizer):
    found = optimizer.variables
    return found() if callable(found) else found


MAKERS = {"adam": lambda: keras.optimizers.Adam(0.5),
          "momentum": lambda: keras.optimizers.SGD(0.5, momentum=0.9),
          "plain": lambda: keras.optimizers.SGD(0.5)}
if not KERAS_3:
    MAKERS["legacy adam"] = lambda: keras.optimizers.legacy.Adam(0.5)
    MAKERS["legacy plain"] = lambda: keras.optimizers.legacy.SGD(0.5)
    MAKERS["scaled"] = lambda: keras.mixed_precision.LossScaleOptimizer(keras.optimizers.Adam(0.5))
else:
    MAKERS["scaled"] = lambda: keras.optimizers.LossScaleOptimizer(keras.optimizers.Adam(0.5))


def stepped(net, optimizer, steps=3):
    for _ in range(steps):
        optimizer.apply_gradients([(tf.ones_like(v), v) for v in net.trainable_variables])
    return [v.numpy() for v in variables(optimizer)]


def assert_values(optimizer, expected):
    found = [v.numpy() for v in variables(optimizer)]
    assert len(found) == len(expected) > 0
    for value, known in zip(found, expected):
        np.testing.assert_array_equal(value, known)


@pytest.mark.parametrize("make", MAKERS.values(), ids=MAKERS)
def test_an_optimizer_that_is_handed_over_is_restored_whole(tmp_path, make):
    old, optimizer = model(), make()
    expected = stepped(old, optimizer)
    path = tf.train.Checkpoint(model=old, optimizer=optimizer).write(str(tmp_path / "ck"))
    for restore in (regraft.restore, lambda file, into: train.Checkpoint(**into).restore(file),
                    lambda file, into: regraft.plan(file, into).apply()):
        new, fresh = model(), make()
        restore(path, {"model": new, "optimizer": fresh})
        assert_values(fresh, expected)


@pytest.mark.parametrize("make", MAKERS.values(), ids=MAKERS)
def test_the_optimizer_of_a_model_is_left_alone_until_it_is_named(tmp_path, make):
    old = model(make())
    expected = stepped(old, old.optimizer)
    path = tf.train.Checkpoint(model=old).write(str(tmp_path / "ck"))
    kernel = old.layers[0].kernel.numpy()
    for rules in ({}, {"missing": "keep"}, {"exclude": "@optimizer"}, {"include": "**/kernel"},
                  {"exclude": "**/bias"}, {"classes": "@weights"}):
        new = model(make())
        report = regraft.restore(path, new, **rules)
        assert int(np.asarray(new.optimizer.iterations)) == 0
        assert not any("optimizer" in name for name in report.restored)
        assert "stays as it is" in " ".join(report.notes)
        assert "not selected" in report.headline or "unused" in report.headline
        np.testing.assert_array_equal(new.layers[0].kernel.numpy(), kernel)
    root = tf.train.Checkpoint(root=old).write(str(tmp_path / "root"))
    for rules in ({"include": ["**", "@optimizer"]}, {"include": ["**", "optimizer/**"]}):
        new = model(make())
        regraft.restore(root, new, **rules)
        assert_values(new.optimizer, expected)
    new = model(make())
    train.Checkpoint(model=new).restore(path)
    assert_values(new.optimizer, expected)


def test_the_optimizer_that_is_handed_over_is_meant_and_not_that_of_the_model(tmp_path):
    old = model("adam")
    expected = stepped(old, old.optimizer)
    path = tf.train.Checkpoint(model=old, optimizer=old.optimizer).write(str(tmp_path / "ck"))
    new, fresh = model("adam"), keras.optimizers.Adam(0.5)
    new.optimizer.build(new.trainable_variables)
    regraft.restore(path, {"model": new, "optimizer": fresh})
    assert_values(fresh, expected)
    assert int(np.asarray(new.optimizer.iterations)) == 0


def test_a_file_without_an_optimizer_restores_a_compiled_model(tmp_path):
    path = tf.train.Checkpoint(model=model()).write(str(tmp_path / "ck"))
    report = regraft.restore(path, model("adam"))
    assert len(report.restored) == 4


def test_an_optimizer_that_was_saved_before_its_first_step_is_restored_so(tmp_path):
    path = tf.train.Checkpoint(model=model(), optimizer=MAKERS["adam"]()).write(
        str(tmp_path / "ck"))
    fresh = keras.optimizers.Adam(0.001)
    regraft.restore(path, {"model": model(), "optimizer": fresh})
    assert float(np.asarray(fresh.learning_rate)) == 0.5


def test_an_optimizer_beside_two_models_is_refused_or_left_out_whole(tmp_path):
    old, other, optimizer = model(), model(), MAKERS["adam"]()
    optimizer.build(old.trainable_variables + other.trainable_variables)
    optimizer.apply_gradients([(tf.ones_like(v), v) for v in
                               old.trainable_variables + other.trainable_variables])
    path = tf.train.Checkpoint(a=old, b=other, optimizer=optimizer).write(str(tmp_path / "ck"))
    fresh = keras.optimizers.Adam(0.001)
    into = {"a": model(), "b": model(), "optimizer": fresh}
    with pytest.raises(regraft.UnmetError, match="2 models"):
        regraft.restore(path, into)
    for rules in ({"exclude": "@optimizer"}, {"missing": "keep"}):
        regraft.restore(path, into, **rules)
        assert int(np.asarray(fresh.iterations)) == 0
        assert float(np.asarray(fresh.learning_rate)) == np.float32(0.001)


@pytest.mark.parametrize("make", MAKERS.values(), ids=MAKERS)
def test_the_file_tells_which_of_two_models_an_optimizer_trained(tmp_path, make):
    def models():
        out = {"generator": model(), "discriminator": keras.Sequential([
            keras.layers.Dense(3, name="c"), keras.layers.Dense(2, name="d")])}
        out["discriminator"].build((None, 3))
        return out

    def optimizers():
        return {"generator_optimizer": make(), "discriminator_optimizer": make()}

    old, trained = models(), optimizers()
    expected = {name: stepped(old[name.split("_")[0]], optimizer, steps)
                for steps, (name, optimizer) in enumerate(trained.items(), 1)}
    path = tf.train.Checkpoint(**old, **trained).write(str(tmp_path / "gan"))
    for restore in (regraft.restore, lambda file, into: train.Checkpoint(**into).restore(file)):
        fresh = optimizers()
        restore(path, {**models(), **fresh})
        for name, optimizer in fresh.items():
            assert_values(optimizer, expected[name])
