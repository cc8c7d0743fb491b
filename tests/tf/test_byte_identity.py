"""What the command writes has the very bytes that TensorFlow writes for the same tensors.

usage: test_byte_identity.py COMMAND [TEST...]
"""
import keras
import numpy as np
import tensorflow as tf

import keras_checkpoints
import object_checkpoints
import raw_checkpoints
import regraft_command
import tf1_checkpoints
import write_checkpoints
from trained_models import KINDS, OPTIMIZERS, Trained

FEWEST_CHECKPOINTS = 55  # Of write_checkpoints.py, in either version.

# TensorFlow writes slices with holes and overlaps, but does not read them.
BROKEN = ("raw/slices_hole", "raw/slices_overlap")
CORRUPT = 4  # The exit code.


class ByteIdentity(regraft_command.CommandTest):
    def assert_same_files(self, written, expected):
        """Equal names and bytes of the index and of every data file."""
        written, expected = (regraft_command.files_of(p) for p in (written, expected))
        self.assertTrue(expected)
        self.assertEqual(sorted(written), sorted(expected))
        for name, data in expected.items():
            self.assertTrue(written[name] == data, f"other bytes in {name}")


class WholeCopies(ByteIdentity):
    def test_of_every_kind_of_checkpoint(self):
        prefixes = write_checkpoints.write_all(self.folder)
        self.assertGreaterEqual(len(prefixes), FEWEST_CHECKPOINTS)
        for prefix in prefixes:
            source = f"{self.folder}/{prefix}"
            for flag in ([], ["--link"]):
                with self.subTest(checkpoint=prefix, flag=flag):
                    if prefix in BROKEN:
                        self.regraft("copy", *flag, source, f"{self.folder}/none", status=CORRUPT)
                    else:
                        self.assert_same_files(self.copy(*flag, source), source)

    def test_with_an_empty_data_file(self):
        parts = [f"{self.folder}/part-{i}" for i in range(3)]
        for part, value in zip(parts, ([1.0], [], [2.0, 3.0])):
            raw_checkpoints.save(part, [(part[-1], tf.constant(value, tf.float32))])
        source = f"{self.folder}/merged"
        tf.raw_ops.MergeV2Checkpoints(checkpoint_prefixes=parts, destination_prefix=source)
        self.assertEqual(regraft_command.files_of(source)[".data-00001-of-00003"], b"")
        self.assert_same_files(self.copy(source), source)


class SubsetsOfNames(ByteIdentity):
    """A part of a file of names is what TensorFlow writes for those tensors in their order."""

    def setUp(self):
        super().setUp()
        tf1_checkpoints.partitioned(self.folder)
        tf1_checkpoints.optimizers(self.folder)
        tf1_checkpoints.moving_averages(self.folder)

    def source(self, name):
        return tf.train.latest_checkpoint(f"{self.folder}/tf1_{name}")

    def check(self, name, keep, arguments, new_name=lambda name: name):
        """Compares with the tensors of which keep(name) is true, in the order of their names,
        which is the one in which a Saver stores them."""
        source = self.source(name)
        names = sorted(filter(keep, regraft_command.values_of(source)), key=str.encode)
        self.assertTrue(names)
        reader = tf.train.load_checkpoint(source)
        expected = f"{self.folder}/expected"
        raw_checkpoints.save(expected, [(new_name(n), reader.get_tensor(n)) for n in names])
        self.assert_same_files(self.copy(source, *arguments), expected)

    def test_by_pattern(self):
        self.check("adam", lambda name: name.startswith("dense/"), ["-i", "dense/**"])
        self.check("rmsprop", lambda name: "dense" not in name, ["-X", "dense"])

    def test_without_the_optimizer(self):
        for name in ("adam", "momentum", "rmsprop", "adagrad", "adadelta", "ftrl"):
            with self.subTest(optimizer=name):
                variables = {"bn/beta", "bn/gamma", "bn/moving_mean", "bn/moving_variance",
                             "dense/bias", "dense/kernel", "dense_1/bias", "dense_1/kernel",
                             "embedding/table"}
                self.check(name, variables.__contains__,
                           ["--drop", "@optimizer", "--drop", "@step"])

    def test_slots_and_averages_go_with_their_variable(self):
        self.check("adam", lambda name: not name.startswith("dense/"),
                   ["-x", "dense/{kernel,bias}"])
        self.check("ema", lambda name: not name.startswith("dense_1/"),
                   ["-x", "dense_1/{kernel,bias}"])

    def test_under_new_names(self):
        self.check("adam", lambda name: name.startswith("dense/"),
                   ["-i", "dense/**", "--map", "dense/=>head/dense/"],
                   new_name=lambda name: "head/" + name)
        self.check("ftrl", lambda name: True, ["--add-prefix", "net/"],
                   new_name=lambda name: "net/" + name)

    def test_of_slices_in_several_data_files(self):
        source = self.source("sharded")
        values = regraft_command.values_of(source)
        rows = values["dir/rows"]
        expected = f"{self.folder}/expected"
        raw_checkpoints.save(expected, [("dir/rows", rows[:3]), ("dir/rows", rows[3:])],
                             ["5 3 0,3:0,3", "5 3 3,2:0,3"])
        self.assert_same_files(self.copy(source, "-i", "dir/rows"), expected)
        expected = f"{self.folder}/expected-in-two"
        parts = [f"{self.folder}/part-{i}" for i in range(2)]
        raw_checkpoints.save(parts[0], [("dir/rows", rows[:3]), ("dir/rows", rows[3:])],
                             ["5 3 0,3:0,3", "5 3 3,2:0,3"])
        raw_checkpoints.save(parts[1], [("word", values["word"])])
        tf.raw_ops.MergeV2Checkpoints(checkpoint_prefixes=parts, destination_prefix=expected)
        self.assert_same_files(self.copy(source, "-i", "{dir/rows,word}"), expected)


class SmallerObjects(ByteIdentity):
    """A pruned checkpoint is what TensorFlow writes for the object without that part."""

    def check(self, whole, smaller, *arguments):
        tf.train.Checkpoint(**whole).write(f"{self.folder}/whole")
        tf.train.Checkpoint(**smaller).write(f"{self.folder}/smaller")
        copied = self.copy(f"{self.folder}/whole", *arguments)
        self.assert_same_files(copied, f"{self.folder}/smaller")

    def linears(self, *names):
        module = tf.Module()
        for i, name in enumerate(names):
            setattr(module, name, object_checkpoints.Linear(i + 2, 3))
        return module

    def test_of_modules(self):
        whole, smaller = self.linears("a", "b", "c"), self.linears("a", "b")
        self.check({"model": whole, "step": tf.Variable(3)},
                   {"model": smaller, "step": tf.Variable(3)}, "-x", "model/c/**")

    def test_of_modules_and_containers(self):
        def build(with_all):
            module = tf.Module()
            shared = tf.Variable([1, 2, 3])
            module.layers = [object_checkpoints.Linear(1, 2)]
            module.by_name = {"b": shared, "c/d": tf.Variable("text")}
            module.again = shared
            if with_all:
                module.layers.append(object_checkpoints.Linear(3, 2))
                module.by_name["e.f"] = tf.Variable(True)
                module.table = tf.Variable(np.arange(6.0))
            return module
        self.check({"model": build(True)}, {"model": build(False)}, "-x", "model/layers/1/**",
                   "-x", "model/by_name/e.f", "-x", "model/table")

    def test_of_a_model_without_its_optimizer(self):
        makes = [keras.optimizers.Adam, keras.optimizers.SGD]
        if not regraft_command.IS_KERAS_3:
            makes += [keras.optimizers.legacy.Adam, keras.optimizers.legacy.SGD]
        for make in makes:
            with self.subTest(optimizer=make):
                module, optimizer = self.linears("a", "b"), make(0.1, **(
                    {"momentum": 0.9} if "SGD" in make.__name__ else {}))
                variables = [module.a.kernel, module.a.bias, module.b.kernel, module.b.bias]
                optimizer.apply_gradients([(tf.ones_like(v), v) for v in variables])
                self.check({"model": module, "optimizer": optimizer}, {"model": module},
                           "--drop", "@optimizer")


class WithoutTheOptimizer(ByteIdentity):
    """A checkpoint without its optimizer is what TensorFlow writes for the model alone."""

    DROPS = (["--drop", "@optimizer"],
             ["--drop", "optimizer/**", "--drop", "aopt/**", "--drop", "model/optimizer/**",
              "--allow-unused-rules"])

    def check(self, source, model, **more):
        tf.train.Checkpoint(model=model, **more).write(f"{self.folder}/alone")
        for drop in self.DROPS:
            with self.subTest(drop=drop):
                self.assert_same_files(self.copy(source, *drop), f"{self.folder}/alone")

    def test_beside_the_model(self):
        """Also before it, where in Keras 3 it has the keys of the weights."""
        for kind in KINDS:
            for optimizer in OPTIMIZERS:
                whole = Trained(kind, ["a", "b", "n", "c"], optimizer)
                step = tf.Variable(7)
                for name in ("optimizer", "aopt"):
                    with self.subTest(kind=kind, optimizer=optimizer, keyword=name):
                        source = tf.train.Checkpoint(
                            model=whole.model, zstep=step, **{name: whole.optimizer}).write(
                                f"{self.folder}/whole")
                        self.check(source, whole.model, zstep=step)

    def test_of_a_compiled_model(self):
        """Losses by name leave an object, as traced functions do."""
        for name in keras_checkpoints.MODELS:
            if name == "containers" and regraft_command.IS_KERAS_3:
                continue  # See test_weights_that_only_the_optimizer_leads_to.
            with self.subTest(model=name):
                whole, x, y = keras_checkpoints.make(name)
                whole.compile(optimizer="adam", loss=["mse"], metrics=["mae"])
                whole.fit(x, y, epochs=1, verbose=0)
                whole.evaluate(x, y, verbose=0)
                source = tf.train.Checkpoint(model=whole).write(f"{self.folder}/whole")
                plain, _, _ = keras_checkpoints.make(name)
                for old, new in zip(whole.weights, plain.weights, strict=True):
                    new.assign(old)
                self.check(source, plain)

    def test_weights_that_only_the_optimizer_leads_to(self):
        """Keras 3 keeps layers in lists to itself, but not from the optimizer: nothing is lost."""
        if not regraft_command.IS_KERAS_3:
            self.skipTest("Keras 2 tracks lists")
        model, x, y = keras_checkpoints.make("containers")
        model.compile(optimizer="adam", loss="mse")
        model.fit(x, y, epochs=1, verbose=0)
        source = tf.train.Checkpoint(model=model).write(f"{self.folder}/whole")
        expected = {key: value for key, value in regraft_command.values_of(source).items()
                    if "/_trainable_variables/" in key or "optimizer" not in key}
        self.assertEqual(len(expected), len(model.trainable_variables))
        for drop in self.DROPS:
            with self.subTest(drop=drop):
                copied = regraft_command.values_of(self.copy(source, *drop))
                self.assertEqual(copied.keys(), expected.keys())


class Averages(ByteIdentity):
    """With the averages in the place of variables, a checkpoint is what TensorFlow writes for the
    model that has them."""

    def test_of_an_optimizer(self):
        for kind in ("attributes", "sequential"):
            with self.subTest(kind=kind):
                OPTIMIZERS["averaging"] = lambda: keras.optimizers.SGD(0.1, use_ema=True)
                self.addCleanup(OPTIMIZERS.pop, "averaging", None)
                whole = Trained(kind, ["a", "b", "c"], "averaging")
                source = whole.checkpoint().write(f"{self.folder}/whole")
                averages = whole.optimizer._model_variables_moving_average
                trained = [v for layer in whole.layers.values() for v in layer.trainable_variables]
                for variable, average in zip(trained, averages, strict=True):
                    variable.assign(average)
                tf.train.Checkpoint(model=whole.model).write(f"{self.folder}/averaged")
                self.assert_same_files(
                    self.copy(source, "--ema-into-weights", "--drop", "@optimizer"),
                    f"{self.folder}/averaged")

    def test_of_names(self):
        tf1_checkpoints.moving_averages(self.folder)
        source = tf.train.latest_checkpoint(f"{self.folder}/tf1_ema")
        reader = tf.train.load_checkpoint(source)
        suffix = "/ExponentialMovingAverage"
        names = sorted((name.removesuffix(suffix) for name in regraft_command.values_of(source)
                        if name.endswith(suffix)), key=str.encode)
        self.assertTrue(names)
        copied = regraft_command.values_of(
            self.copy(source, "--ema-into-weights", "-c", "@ema"))
        self.assertEqual(sorted(copied, key=str.encode), names)
        for name in names:
            self.assert_equal(copied[name], reader.get_tensor(name + suffix), name)


if __name__ == "__main__":
    regraft_command.main()
