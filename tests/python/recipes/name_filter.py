"""Recipe 2: everything but the embedding, by a filter on names.

The test runs this as it is and with ``tf.train.`` replaced, in an empty folder.
"""
import numpy as np
import tensorflow as tf


class TextModel(tf.keras.Model):
    def __init__(self):
        super().__init__()
        self.embedding_layer = tf.keras.layers.Embedding(100, 10, name="embedding_layer")
        self.dense_layer_1 = tf.keras.layers.Dense(64, name="dense_layer_1")
        self.dense_layer_2 = tf.keras.layers.Dense(10, name="dense_layer_2")

    def call(self, x):
        return self.dense_layer_2(self.dense_layer_1(self.embedding_layer(x)))


model = TextModel()
model(np.arange(10, dtype=np.int32).reshape(1, 10))
tf.train.Checkpoint(model=model).save("ckpt_named_model")
trained = {id(v): v.numpy() for v in model.trainable_variables}
for v in model.trainable_variables:
    v.assign(np.full(v.shape, 9, np.float32))

chosen = []
for v in model.trainable_variables:
    if "embedding_layer" not in v.name:
        chosen.append(v)
partial = tf.train.Checkpoint(vars_to_restore=chosen)
status = partial.restore(tf.train.latest_checkpoint("ckpt_named_model"))
