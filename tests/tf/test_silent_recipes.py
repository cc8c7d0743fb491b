"""TensorFlow restores nothing, and raises nothing, for recipes that people write.

This is why Regraft exists; each test here has a counterpart in C++ (tests/recipes) in which
Regraft restores what was meant, or refuses. If one of these fails, TensorFlow has changed.
"""
import os
import tempfile
import unittest

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import numpy as np
import tensorflow as tf

IS_KERAS_3 = keras.__version__.startswith("3.")


class Old(keras.Model):
    def __init__(self):
        super().__init__()
        self.dense1_old = keras.layers.Dense(4, name="old_dense1")
        self.dense2 = keras.layers.Dense(2, name="dense2")

    def call(self, x):
        return self.dense2(self.dense1_old(x))


class Words(keras.Model):
    def __init__(self):
        super().__init__()
        self.embedding_layer = keras.layers.Embedding(10, 3, name="embedding_layer")
        self.dense_layer_1 = keras.layers.Dense(4, name="dense_layer_1")

    def call(self, x):
        return self.dense_layer_1(self.embedding_layer(x))


class InLists(keras.Model):
    def __init__(self):
        super().__init__()
        self.base_layers = [keras.layers.Dense(4)]
        self.head_layers = [keras.layers.Dense(2)]

    def call(self, x):
        for layer in self.base_layers + self.head_layers:
            x = layer(x)
        return x


class SilentRecipes(unittest.TestCase):
    def setUp(self):
        keras.utils.set_random_seed(1)
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name

    def build(self, model_class, x):
        keras.backend.clear_session()  # Automatic names start anew.
        model = model_class()
        model(x)
        return model

    def save(self, model_class, x):
        model = self.build(model_class, x)
        for variable in model.variables:
            variable.assign(np.full(variable.shape, 7.0, np.float32))
        return tf.train.Checkpoint(model=model).save(f"{self.folder}/ckpt_model_A")

    def assert_nothing_restored(self, checkpoint, path, variables):
        """Neither an exception nor a log line nor a changed value."""
        before = [variable.numpy().copy() for variable in variables]
        with self.assertNoLogs("tensorflow"):
            status = checkpoint.restore(path)
        for variable, value in zip(variables, before):
            np.testing.assert_array_equal(variable.numpy(), value)
        return status

    def test_a_list_under_a_keyword_restores_nothing(self):
        x = tf.ones([1, 3])
        path = self.save(Old, x)
        model = self.build(Old, x)
        variables = list(model.dense1_old.trainable_variables)
        checkpoint = tf.train.Checkpoint(vars_to_restore=variables)
        status = self.assert_nothing_restored(checkpoint, path, variables)
        status.assert_nontrivial_match()  # Passes: save_counter was restored.
        with self.assertRaises(AssertionError):
            status.assert_existing_objects_matched()
        status.expect_partial()

    def test_a_variable_name_as_keyword_restores_nothing(self):
        x = tf.ones([1, 3])
        path = self.save(Old, x)
        model = self.build(Old, x)
        kernel = model.dense1_old.kernel
        kernel = kernel.value if IS_KERAS_3 else kernel
        checkpoint = tf.train.Checkpoint(**{"old_dense1/kernel:0": kernel})
        self.assert_nothing_restored(checkpoint, path, [kernel]).expect_partial()

    def test_latest_of_a_stem_is_none_and_restoring_none_does_nothing(self):
        x = tf.ones([1, 3])
        path = self.save(Old, x)
        self.assertEqual(path, f"{self.folder}/ckpt_model_A-1")
        self.assertIsNone(tf.train.latest_checkpoint(f"{self.folder}/ckpt_model_A"))
        model = self.build(Old, x)
        self.assert_nothing_restored(tf.train.Checkpoint(model=model), None, model.variables)

    def test_a_filter_on_names_keeps_everything_in_keras_3(self):
        model = self.build(Words, tf.zeros([1, 5], tf.int32))
        kept = [v.name for v in model.variables if "embedding_layer" not in v.name]
        if IS_KERAS_3:
            self.assertEqual(kept, ["embeddings", "kernel", "bias"])
            self.assertEqual([v.path for v in model.variables],
                             ["words/embedding_layer/embeddings", "words/dense_layer_1/kernel",
                              "words/dense_layer_1/bias"])
        else:
            self.assertEqual(kept, ["words/dense_layer_1/kernel:0", "words/dense_layer_1/bias:0"])

    def test_a_map_of_short_names_comes_out_empty(self):
        x = tf.ones([1, 3])
        path = self.save(Old, x)
        model = self.build(Old, x)
        mapping = {v.name: v for v in model.variables if v.name == "old_dense1/kernel:0"}
        self.assertEqual(mapping, {})
        names = [v.name for v in model.dense1_old.variables]
        self.assertEqual(names, ["kernel", "bias"] if IS_KERAS_3 else
                         ["old/old_dense1/kernel:0", "old/old_dense1/bias:0"])
        status = self.assert_nothing_restored(tf.train.Checkpoint(**mapping), path, model.variables)
        status.expect_partial()

    def test_keras_3_saves_no_layer_of_a_python_list(self):
        x = tf.ones([1, 3])
        path = self.save(InLists, x)
        values = [name for name, _ in tf.train.list_variables(path) if "layers" in name]
        if not IS_KERAS_3:
            self.assertEqual(len(values), 4)
            return
        self.assertEqual(values, [])
        model = self.build(InLists, x)
        checkpoint = tf.train.Checkpoint(model=model)
        status = self.assert_nothing_restored(checkpoint, path, model.variables)
        status.assert_consumed()
        status.assert_existing_objects_matched()


if __name__ == "__main__":
    print(f"TensorFlow {tf.__version__}, Keras {keras.__version__}")
    unittest.main()
