"""Live objects that both sides restore into."""

import pathlib

import keras
import numpy as np
import tensorflow as tf

from asked import Work


def resnet(_):
    model = keras.applications.ResNet50(weights=None)
    return {"model": model}, model.weights


def dense(width):
    """36 layers; of 2048 units they are 604 MB."""
    model = keras.Sequential([keras.layers.Input((width,)),
                              *(keras.layers.Dense(width) for _ in range(36))])
    return {"model": model}, model.weights


def variables(count):
    made = [tf.Variable(tf.zeros([512]), name=f"v{number}") for number in range(count)]
    return {"v": made}, made


KINDS = {"resnet": resnet, "dense": dense, "variables": variables}


def make(kind, size, path):
    """Writes the file that is restored."""
    what, held = KINDS[kind](int(size))
    for number, variable in enumerate(held):
        variable.assign(np.full(variable.shape, number % 97 + 0.5, np.float32))
    tf.train.Checkpoint(**what).write(path)


def restoring(kind, size, path, restore):
    """`restore(path, what)` is timed; every value is looked at."""
    assert pathlib.Path(path + ".index").exists(), path
    what, held = KINDS[kind](int(size))

    def found(_):
        for number, variable in enumerate(held):
            if number % max(1, len(held) // 50) == 0:
                value = variable.numpy()
                assert (value == number % 97 + 0.5).all(), number
        return [len(held), float(sum(np.prod(variable.shape) for variable in held))]

    def reset():
        for variable in held:
            variable.assign(tf.zeros(variable.shape))

    return Work(lambda: restore(path, what), found, reset)
