"""Name-based checkpoints, as tf.compat.v1.train.Saver writes them."""
import os

import numpy as np
import tensorflow as tf

tf1 = tf.compat.v1
SEED = 20240229


def run(build, steps=2, devices=1):
    """Builds a graph and runs its training operation, if `build` returns one; then the saving,
    which `build` returns as a function of the session."""
    with tf.Graph().as_default():
        tf1.set_random_seed(SEED)
        train, save = build()
        with tf1.Session(config=tf1.ConfigProto(device_count={"CPU": devices})) as session:
            session.run(tf1.global_variables_initializer())
            session.run(tf1.tables_initializer())
            for _ in range(steps if train is not None else 0):
                session.run(train)
            save(session)


def network():
    """Dense layers, batch normalisation and an embedding; returns the loss."""
    random = np.random.default_rng(SEED)
    x = tf.constant(random.normal(size=(8, 6)), tf.float32)
    ids = tf.constant(random.integers(0, 20, size=8))

    def dense(inputs, units, name):
        with tf1.variable_scope(name):
            kernel = tf1.get_variable("kernel", [inputs.shape[-1], units])
            bias = tf1.get_variable("bias", [units], initializer=tf1.ones_initializer())
            return inputs @ kernel + bias

    table = tf1.get_variable("embedding/table", [20, 4])
    hidden = tf.nn.relu(dense(tf.concat([x, tf.nn.embedding_lookup(table, ids)], 1), 12, "dense"))
    with tf1.variable_scope("bn"):
        shape = [hidden.shape[-1]]
        gamma = tf1.get_variable("gamma", shape, initializer=tf1.ones_initializer())
        beta = tf1.get_variable("beta", shape, initializer=tf1.zeros_initializer())
        mean = tf1.get_variable("moving_mean", shape, trainable=False)
        variance = tf1.get_variable("moving_variance", shape, trainable=False,
                                    initializer=tf1.ones_initializer())
        hidden = tf.nn.batch_normalization(hidden, mean, variance, beta, gamma, 1e-3)
    return tf.reduce_mean(dense(hidden, 3, "dense_1") ** 2)


def optimizers(out):
    makers = {
        "adam": lambda: tf1.train.AdamOptimizer(0.01),
        "momentum": lambda: tf1.train.MomentumOptimizer(0.01, 0.9),
        "rmsprop": lambda: tf1.train.RMSPropOptimizer(0.01, centered=True),
        "adagrad": lambda: tf1.train.AdagradOptimizer(0.01),
        "adadelta": lambda: tf1.train.AdadeltaOptimizer(0.01),
        "ftrl": lambda: tf1.train.FtrlOptimizer(0.01),
    }
    for name, make in makers.items():
        def build(name=name, make=make):
            step = tf1.train.get_or_create_global_step()
            train = make().minimize(network(), global_step=step)
            return train, lambda session: tf1.train.Saver().save(
                session, f"{out}/tf1_{name}/model.ckpt", global_step=step)
        run(build)


def moving_averages(out):
    def build():
        step = tf1.train.get_or_create_global_step()
        train = tf1.train.GradientDescentOptimizer(0.1).minimize(network(), global_step=step)
        average = tf.train.ExponentialMovingAverage(0.9, num_updates=step)
        with tf.control_dependencies([train]):
            train = average.apply(tf1.trainable_variables())
        return train, lambda session: tf1.train.Saver().save(session, f"{out}/tf1_ema/model.ckpt")
    run(build)


def partitioned(out):
    """Variables in parts along either axis, stored as slices of one tensor; and sharded files."""
    for name, sharded in (("partitioned", False), ("sharded", True)):
        def build(name=name, sharded=sharded):
            with tf.device("/cpu:0"):
                tf1.get_variable("dir/rows", [5, 3],
                                 partitioner=tf1.fixed_size_partitioner(2))
                tf1.get_variable("plain", [4])
            with tf.device("/cpu:1"):
                tf1.get_variable("dir/columns", [3, 7],
                                 partitioner=tf1.fixed_size_partitioner(3, axis=1))
                tf1.get_variable("word", initializer=tf.constant(["second", "device"]))
            os.makedirs(f"{out}/tf1_{name}", exist_ok=True)  # A sharded Saver makes no folder.
            return None, lambda session: tf1.train.Saver(sharded=sharded).save(
                session, f"{out}/tf1_{name}/model.ckpt", global_step=7)
        run(build, devices=2)


def renamed(out):
    """A Saver over a map of names, and one over resource variables."""
    def build():
        a = tf1.get_variable("a", [2])
        b = tf1.get_variable("scope/b", [3], tf.float64, use_resource=True)
        saver = tf1.train.Saver({"other/name": a, "x": b})
        return None, lambda session: saver.save(session, f"{out}/tf1_renamed/m")
    run(build)


WRITERS = (optimizers, moving_averages, partitioned, renamed)
