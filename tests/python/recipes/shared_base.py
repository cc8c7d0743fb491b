"""Recipe 1: a base trained in one model, restored below another head by a list of variables.

The test runs this as it is and with ``tf.train.`` replaced, in an empty folder.
"""
import numpy as np
import tensorflow as tf


class Classifier(tf.keras.Model):
    def __init__(self, base, head):
        super().__init__()
        self.base_layers = base
        self.head_layers = head

    def call(self, x):
        for layer in [*self.base_layers, *self.head_layers]:
            x = layer(x)
        return x


images = np.linspace(-1, 1, 28 * 28 * 3, dtype=np.float32).reshape(1, 28, 28, 3)

base = [tf.keras.layers.Conv2D(8, 3), tf.keras.layers.MaxPool2D()]
model_A = Classifier(base, [tf.keras.layers.Dense(10)])
model_A(images)
tf.train.Checkpoint(model=model_A).save("ckpt_model_A")
trained = [v.numpy() for layer in base for v in layer.trainable_variables]

if SEPARATE_BASE:  # noqa: F821 - the test says.
    base = [tf.keras.layers.Conv2D(8, 3), tf.keras.layers.MaxPool2D()]
head = [tf.keras.layers.Dense(5)]
model_B = Classifier(base, head)
model_B(images)
for layer in base:  # As if the base had been trained on something else since.
    for v in layer.trainable_variables:
        v.assign(np.full(v.shape, 9, np.float32))
initial_head = [v.numpy() for v in head[0].trainable_variables]

restorable = []
for layer in model_B.base_layers:
    for v in layer.trainable_variables:
        restorable.append(v)
partial = tf.train.Checkpoint(vars_to_restore=restorable)
status = partial.restore(tf.train.latest_checkpoint("ckpt_model_A"))
