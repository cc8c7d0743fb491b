"""TensorFlow restores what C++ saved, goes on with its folders, and would write the same bytes.

usage: test_saving.py SAVE_MODELS EXAMPLE

SAVE_MODELS is the program of save_models.cc, EXAMPLE that of examples/saved_in_cpp.cc.
"""
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import numpy as np
import tensorflow as tf
from tensorflow.core.protobuf import trackable_object_graph_pb2

import oracle

IS_KERAS_3 = keras.__version__.startswith("3.")
PROGRAM = EXAMPLE = ""


def run(*arguments):
    return subprocess.run([str(a) for a in arguments], check=True, capture_output=True,
                          text=True).stdout


class Net(keras.Model):
    def __init__(self):
        super().__init__(name="net")
        self.conv = keras.layers.Conv2D(3, 2, name="conv")
        self.depthwise = keras.layers.DepthwiseConv2D(2, name="depthwise")
        self.norm = keras.layers.BatchNormalization(name="norm")
        # Keras 3 loses layers in a list; edges of a tuple are the same.
        container = tuple if IS_KERAS_3 else list
        self.blocks = container([
            keras.layers.Flatten(), keras.layers.Dense(4, name="first"),
            keras.layers.LayerNormalization(), keras.layers.Dense(2, name="second")])

    def call(self, x):
        x = self.norm(self.depthwise(self.conv(x)))
        for layer in self.blocks:
            x = layer(x)
        return x

    def in_order(self):
        kernel = "kernel" if IS_KERAS_3 else "depthwise_kernel"
        _, first, norm, second = self.blocks
        return [self.conv.kernel, self.conv.bias, getattr(self.depthwise, kernel),
                self.depthwise.bias, self.norm.gamma, self.norm.beta, self.norm.moving_mean,
                self.norm.moving_variance, first.kernel, first.bias, norm.gamma, norm.beta,
                second.kernel, second.bias]


class Words(keras.Model):
    def __init__(self):
        super().__init__(name="words")
        self.embedding = keras.layers.Embedding(10, 3, name="embedding")
        self.dense = keras.layers.Dense(2, use_bias=False, name="dense")

    def call(self, x):
        return self.dense(self.embedding(x))

    def in_order(self):
        return [self.embedding.embeddings, self.dense.kernel]


class ModelA(keras.Model):
    def __init__(self):
        super().__init__()
        container = tuple if IS_KERAS_3 else list
        self.base_layers = container([
            keras.layers.Conv2D(32, 3, activation="relu"), keras.layers.MaxPool2D()])
        self.head_layers = container([keras.layers.Dense(10)])

    def call(self, x):
        for layer in self.base_layers + self.head_layers:
            x = layer(x)
        return x


class Dense(tf.Module):
    def __init__(self, name, first):
        super().__init__()
        self.kernel = tf.Variable([[first], [first + 1]], name=f"{name}/kernel", dtype=tf.float32)
        self.bias = tf.Variable([first + 2], name=f"{name}/bias", dtype=tf.float32)


def trees():
    """The checkpoint objects of SaveTrees() in save_models.cc."""
    dense = Dense("dense", 1)
    yield "golden", tf.train.Checkpoint(model=dense)

    types = tf.Module()
    types.i64 = tf.Variable(-5, name="i64", dtype=tf.int64)
    types.i32 = tf.Variable([1, 2, 3], name="i32", dtype=tf.int32)
    types.u8 = tf.Variable([[0, 1], [254, 255]], name="u8", dtype=tf.uint8)
    types.f64 = tf.Variable([0.1], name="f64", dtype=tf.float64)
    types.none = tf.Variable(np.zeros([0, 3], np.float32), name="none")
    yield "types", tf.train.Checkpoint(t=types)

    tree = tf.Module()
    tree.layers = [dense, Dense("second", 10), dense]
    tree.named = {"a.b": Dense("third", 20), "c/d": Dense("fourth", 30)}
    tree.variables_list = [tf.Variable([7.0], name="x"), tf.Variable([8.0], name="y")]
    tree.empty = tf.Module()
    tree.self = tree
    tree.again = dense
    yield "tree", tf.train.Checkpoint(tree=tree)
    yield "root", tf.train.Checkpoint(root=tree)

    v = tf.Variable([1.0, 2.0], name="v")
    w = tf.Variable(3.0, name="w")
    yield "values", tf.train.Checkpoint(
        **{"list": [w, v], "dict": {"two": w, "one": v}, "a/b:0": v, "Z": w})

    many = tf.Module()
    for i in range(4000):
        setattr(many, f"layer_{i}", tf.Variable(float(i), name=f"layer_{i}"))
    yield "many", tf.train.Checkpoint(model=many)


def graph_of(prefix):
    reader = tf.train.load_checkpoint(str(prefix))
    return trackable_object_graph_pb2.TrackableObjectGraph.FromString(
        reader.get_tensor(oracle.GRAPH_KEY))


class Saving(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.shared = pathlib.Path(folder.name)
        run(PROGRAM, "models", cls.shared / "models")
        run(PROGRAM, "trees", cls.shared / "trees")

    def setUp(self):
        keras.backend.clear_session()
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def assert_filled(self, variables):
        """The k-th has 1000 k, 1000 k + 1 ..., which Fill() gave it."""
        for k, variable in enumerate(variables):
            count = int(np.prod(variable.shape))
            np.testing.assert_array_equal(
                np.ravel(variable.numpy()), 1000 * k + np.arange(count, dtype=np.float32))

    def restore(self, name, model, variables):
        prefix = str(self.shared / "models" / f"{name}-1")
        checkpoint = tf.train.Checkpoint(model=model)
        status = checkpoint.restore(prefix)
        status.assert_consumed()
        status.assert_existing_objects_matched()
        status.assert_nontrivial_match()
        self.assertEqual(checkpoint.save_counter.numpy(), 1)
        self.assert_filled(variables)

    def test_restores_a_subclassed_model_with_layers_in_a_list(self):
        model = Net()
        model(tf.zeros([1, 5, 5, 1]))
        self.restore("subclassed", model, model.in_order())

    def test_restores_an_embedding(self):
        model = Words()
        model(tf.zeros([1, 4], tf.int32))
        self.restore("words", model, model.in_order())

    def sequential_layers(self):
        return [keras.layers.Conv2D(3, 2), keras.layers.MaxPool2D(), keras.layers.Flatten(),
                keras.layers.Dense(4), keras.layers.Dense(2)]

    def test_restores_a_sequential_model(self):
        model = keras.Sequential(self.sequential_layers())
        model(tf.zeros([1, 5, 5, 1]))
        self.restore("sequential", model, model.weights)

    def test_restores_a_sequential_model_that_knows_its_input(self):
        model = keras.Sequential([keras.Input((5, 5, 1))] + self.sequential_layers())
        self.restore("sequential", model, model.weights)

    def test_restores_a_functional_chain(self):
        x = inputs = keras.Input((5, 5, 1))
        for layer in self.sequential_layers():
            x = layer(x)
        model = keras.Model(inputs, x)
        self.restore("sequential", model, model.weights)

    def test_restores_a_model_that_is_the_root(self):
        model = Net()
        model(tf.zeros([1, 5, 5, 1]))
        prefix = str(self.shared / "models" / "root")
        tf.train.Checkpoint(model).read(prefix).assert_consumed()
        self.assert_filled(model.in_order())
        if not IS_KERAS_3:  # Which takes other files only.
            other = Net()
            other(tf.zeros([1, 5, 5, 1]))
            other.load_weights(prefix).assert_consumed()
            self.assert_filled(other.in_order())

    def test_knows_variables_by_the_keys_and_names_of_keras_2(self):
        if IS_KERAS_3:
            self.skipTest("Keras 3 has keys of its own")
        model = Net()
        model(tf.zeros([1, 5, 5, 1]))
        theirs = tf.train.Checkpoint(model=model).save(str(self.folder / "ck"))
        ours = str(self.shared / "models" / "subclassed-1")
        self.assertEqual(tf.train.list_variables(ours), tf.train.list_variables(theirs))

        def names(prefix):
            graph = graph_of(prefix)
            return {a.checkpoint_key: a.full_name for n in graph.nodes for a in n.attributes}
        # A layer without a name has a number of its program.
        expected = {key: name.replace("layer_normalization_1", "layer_normalization")
                    for key, name in names(theirs).items()}
        self.assertEqual(names(ours), expected)

    def test_would_write_the_same_bytes(self):
        for name, checkpoint in trees():
            with self.subTest(name):
                checkpoint.save(str(self.folder / name))
                checkpoint.save(str(self.folder / name))
                checkpoint.write(str(self.folder / f"{name}-exact"))
                for prefix in (f"{name}-1", f"{name}-2", f"{name}-exact"):
                    for end in (".index", ".data-00000-of-00001"):
                        ours = (self.shared / "trees" / (prefix + end)).read_bytes()
                        theirs = (self.folder / (prefix + end)).read_bytes()
                        self.assertEqual(len(ours), len(theirs))
                        self.assertTrue(ours == theirs, f"{prefix}{end}: other bytes")
                    self.assertEqual(
                        tf.train.list_variables(str(self.shared / "trees" / prefix)),
                        tf.train.list_variables(str(self.folder / prefix)))
        self.assertEqual((self.shared / "trees/checkpoint").read_bytes(),
                         (self.folder / "checkpoint").read_bytes())
        self.assertEqual(sorted(p.name for p in (self.shared / "trees").iterdir()),
                         sorted(p.name for p in self.folder.iterdir()))

    def test_restores_trees_and_leaves_nothing(self):
        for name, checkpoint in trees():
            with self.subTest(name):
                checkpoint.restore(str(self.shared / "trees" / f"{name}-2")).assert_consumed()
                self.assertEqual(checkpoint.save_counter.numpy(), 2)

    def manage(self, saves, keep):
        """A run of a Python program; what its manager keeps."""
        model = tf.Module()
        model.v = tf.Variable([0.0, 5.0], name="v")
        checkpoint = tf.train.Checkpoint(model=model)
        manager = tf.train.CheckpointManager(checkpoint, str(self.folder), max_to_keep=keep)
        if manager.latest_checkpoint:
            checkpoint.restore(manager.latest_checkpoint).assert_consumed()
        for _ in range(saves):
            model.v.assign_add([1.0, 0.0])
            manager.save()
        return manager.checkpoints

    def manage_in_cpp(self, saves, keep):
        return run(PROGRAM, "manage", self.folder, saves, keep).splitlines()

    def assert_holds(self, numbers, kept):
        paths = [str(self.folder / f"ckpt-{n}") for n in numbers]
        self.assertEqual(kept, paths)
        state = tf.train.get_checkpoint_state(str(self.folder))
        self.assertEqual(list(state.all_model_checkpoint_paths), paths)
        self.assertEqual(state.model_checkpoint_path, paths[-1])
        times = list(state.all_model_checkpoint_timestamps)
        self.assertEqual(len(times), len(paths))
        self.assertEqual(times, sorted(times))
        self.assertEqual(sorted(self.folder.glob("*.index")),
                         sorted(self.folder / f"ckpt-{n}.index" for n in numbers))
        self.assertEqual(len(list(self.folder.iterdir())), 2 * len(numbers) + 1)
        for n in numbers:  # Each program adds one before each save.
            value = tf.train.load_variable(str(self.folder / f"ckpt-{n}"),
                                           "model/v/.ATTRIBUTES/VARIABLE_VALUE")
            np.testing.assert_array_equal(value, [n, 5])
        # A manager that only looks sees the same.
        self.assertEqual(self.manage(0, None), paths)
        self.assertEqual(self.manage_in_cpp(0, 9), paths)

    def test_cpp_goes_on_with_a_folder_of_tensorflow(self):
        self.assert_holds([3, 4, 5], self.manage(5, 3))
        self.assert_holds([6, 7], self.manage_in_cpp(2, 2))
        self.assert_holds([7, 8, 9], self.manage(2, 3))
        self.assert_holds([7, 8, 9, 10], self.manage_in_cpp(1, 4))

    def test_tensorflow_goes_on_with_a_folder_of_cpp(self):
        self.assert_holds([2, 3, 4], self.manage_in_cpp(4, 3))
        self.assert_holds([4, 5], self.manage(1, 2))
        self.assert_holds([7], self.manage_in_cpp(2, 1))
        self.assert_holds([7, 8], self.manage(1, 5))

    def test_the_state_file_is_written_the_same(self):
        self.manage_in_cpp(4, 3)
        text = (self.folder / "checkpoint").read_text()
        state = tf.train.get_checkpoint_state(str(self.folder))
        for paths in (state.all_model_checkpoint_paths,):
            relative = [os.path.relpath(path, self.folder) for path in paths]
        from google.protobuf import text_format
        state.model_checkpoint_path = relative[-1]
        state.all_model_checkpoint_paths[:] = relative
        self.assertEqual(text_format.MessageToString(state), text)

    def test_computes_with_what_the_example_saved(self):
        run(EXAMPLE, self.folder)
        expected = tf.train.load_checkpoint(str(self.folder / "expected"))
        x = expected.get_tensor("input")
        model = ModelA()
        model(x)
        status = tf.train.Checkpoint(model=model).restore(
            tf.train.latest_checkpoint(str(self.folder)))
        status.assert_consumed()
        np.testing.assert_allclose(model(x).numpy(), expected.get_tensor("logits"), atol=1e-5)


if __name__ == "__main__":
    print(f"TensorFlow {tf.__version__}, Keras {keras.__version__}")
    PROGRAM, EXAMPLE = sys.argv[1:3]
    unittest.main(argv=sys.argv[:1])
