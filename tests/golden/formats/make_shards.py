"""Weights in several files: writes keras/m.weights.json (Keras 3) or keras/tf_model.h5.index.json
(transformers, with TensorFlow), and the files that they list.

Usage: make_shards.py keras | transformers

Made by Keras 3.15.1, and by transformers 4.44.2 with TensorFlow and Keras 2.15.
"""
import os
import pathlib
import sys

import numpy as np

folder = pathlib.Path(__file__).resolve().parent / "keras"


def count(variables):
    """The i-th variable has the numbers from 10 i on."""
    for i, variable in enumerate(variables):
        size = int(np.prod(variable.shape))
        variable.assign(np.arange(size, dtype=np.float32).reshape(variable.shape) + 10 * i)


def keras_3():
    import keras

    # Classes and names of layers differ, and the statistics are in two files.
    model = keras.Sequential([
        keras.layers.Input((2,)),
        keras.layers.Dense(2, name="dense_1"),
        keras.layers.BatchNormalization(name="bn"),
        keras.layers.Dense(1, name="dense"),
    ], name="m")
    count(model.weights)
    model.save_weights(folder / "m.weights.json", max_shard_size=40 / 1024**3)


def transformers():
    import tensorflow as tf
    from transformers import PretrainedConfig, TFPreTrainedModel
    from transformers.modeling_tf_utils import keras

    class Tiny(TFPreTrainedModel):
        config_class = PretrainedConfig
        base_model_prefix = "tiny"

        def __init__(self, config):
            super().__init__(config, name="tiny")
            self.first = keras.layers.Dense(2, name="first")
            self.head = keras.layers.Dense(1, name="head")

        def call(self, x):
            return self.head(self.first(x))

    model = Tiny(PretrainedConfig())
    model(tf.ones((1, 2)))
    count(model.weights)
    model.save_pretrained(folder, max_shard_size=24)
    (folder / "config.json").unlink()


os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
folder.mkdir(exist_ok=True)
{"keras": keras_3, "transformers": transformers}[sys.argv[1]]()
