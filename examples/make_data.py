"""Makes the checkpoints of the examples, with whatever TensorFlow runs this.

usage: make_data.py FOLDER

Writes FOLDER/keras2/... under Keras 2 (TensorFlow 2.15) and FOLDER/keras3/... under Keras 3
(TensorFlow 2.16 and later). data/README.md describes the result. Weights and inputs come from
a seeded generator, so the checkpoints are the same each time, byte for byte.
"""
import os
import pathlib
import shutil
import sys

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import numpy as np
import tensorflow as tf

IS_KERAS_3 = keras.__version__.startswith("3.")
SEED = 11


class ModelA(keras.Model):
    """A base and a head, each a sequence of layers held in a container of the given kind."""

    def __init__(self, container):
        super().__init__()
        self.base_layers = container([
            keras.layers.Conv2D(32, 3, activation="relu"), keras.layers.MaxPool2D()])
        self.head_layers = container([keras.layers.Dense(10)])

    def record(self, x):
        outputs = {"input": x}
        for layer in self.base_layers:
            x = layer(x)
        outputs["base_output"] = x
        for layer in self.head_layers:
            x = layer(x)
        return outputs | {"logits": x}

    def call(self, x):
        return self.record(x)["logits"]


class NamedModel(keras.Model):
    def __init__(self):
        super().__init__()
        self.embedding_layer = keras.layers.Embedding(100, 10, name="embedding_layer")
        self.dense_layer_1 = keras.layers.Dense(64, activation="relu", name="dense_layer_1")
        self.dense_layer_2 = keras.layers.Dense(10, name="dense_layer_2")

    def record(self, x):
        embedding = self.embedding_layer(x)
        hidden = self.dense_layer_1(embedding)
        return {"input": x, "embedding_layer_output": embedding, "dense_layer_1_output": hidden,
                "logits": self.dense_layer_2(hidden)}

    def call(self, x):
        return self.record(x)["logits"]


class Old(keras.Model):
    def __init__(self):
        super().__init__()
        self.dense1_old = keras.layers.Dense(64, activation="relu", name="old_dense1")
        self.dense2 = keras.layers.Dense(10, name="dense2")

    def record(self, x):
        hidden = self.dense1_old(x)
        return {"input": x, "dense1_output": hidden, "logits": self.dense2(hidden)}

    def call(self, x):
        return self.record(x)["logits"]


def fill(model, random):
    """Values as of a trained model: of the size that keeps activations alike, no zero biases."""
    for variable in model.variables:
        fan_in = np.prod(variable.shape[:-1]) if len(variable.shape) > 1 else 25
        if "embeddings" in variable.name:
            fan_in = 4
        variable.assign(random.normal(0, fan_in ** -0.5, variable.shape).astype(np.float32))


def make(folder, checkpoint_name, build, x):
    """One checkpoint of the model and, in `expected`, what its layers make of `x`."""
    keras.backend.clear_session()  # Automatic names start anew: conv2d, not conv2d_1.
    folder.mkdir(parents=True)
    model = build()
    model(x)
    fill(model, np.random.default_rng(SEED))
    tf.train.Checkpoint(model=model).save(str(folder / checkpoint_name))
    if not any("model" in name for name, _ in tf.train.list_variables(str(folder))):
        return  # The file holds no weights, so there is nothing to expect of it.
    recorded = model.record(x)
    tf.raw_ops.SaveV2(
        prefix=str(folder / "expected"), tensor_names=list(recorded),
        shape_and_slices=[""] * len(recorded), tensors=list(recorded.values()))


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    folder = pathlib.Path(sys.argv[1]) / ("keras3" if IS_KERAS_3 else "keras2")
    shutil.rmtree(folder, ignore_errors=True)
    random = np.random.default_rng(SEED)
    image = tf.constant(random.random((1, 28, 28, 3)), tf.float32)
    words = tf.constant(random.integers(0, 100, (1, 10)), tf.int32)
    row = tf.constant(random.normal(size=(1, 10)), tf.float32)

    make(folder / "shared_base", "ckpt_model_A", lambda: ModelA(list), image)
    if IS_KERAS_3:  # Which tracks layers in a tuple, and loses those in a list.
        make(folder / "shared_base_tuple", "ckpt_model_A", lambda: ModelA(tuple), image)
    make(folder / "skip_embedding", "ckpt_named_model", NamedModel, words)
    make(folder / "renamed_layer", "ckpt_old_model", Old, row)


if __name__ == "__main__":
    main()
