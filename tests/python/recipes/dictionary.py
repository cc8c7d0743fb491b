"""Recipe 3: a renamed layer, by a dictionary from old names to new variables.

The test runs this as it is and with ``tf.train.`` replaced, in an empty folder.
"""
import numpy as np
import tensorflow as tf


class OldModel(tf.keras.Model):
    def __init__(self):
        super().__init__()
        self.dense1_old = tf.keras.layers.Dense(64, name="old_dense1")
        self.dense2 = tf.keras.layers.Dense(10, name="dense2")

    def call(self, x):
        return self.dense2(self.dense1_old(x))


class NewModel(tf.keras.Model):
    def __init__(self):
        super().__init__()
        self.dense1_new = tf.keras.layers.Dense(64, name="new_dense1")
        self.dense2 = tf.keras.layers.Dense(10, name="dense2")

    def call(self, x):
        return self.dense2(self.dense1_new(x))


old = OldModel()
old(np.ones((1, 10), np.float32))
tf.train.Checkpoint(model=old).save("ckpt_mapped")
new = NewModel()
new(np.ones((1, 10), np.float32))
before = [v.numpy() for v in new.trainable_variables]

mapping = {}
for v in old.trainable_variables:
    if v.name == NAMES[0]:  # noqa: F821 - the test says which spelling a person would type.
        mapping[v.name] = new.dense1_new.kernel
    if v.name == NAMES[1]:  # noqa: F821
        mapping[v.name] = new.dense1_new.bias
if MAPPING:  # noqa: F821 - names that the program writes down itself.
    mapping = {MAPPING[0]: new.dense1_new.kernel, MAPPING[1]: new.dense1_new.bias}  # noqa: F821
partial = tf.train.Checkpoint(**mapping)
status = partial.restore(tf.train.latest_checkpoint("ckpt_mapped"))
