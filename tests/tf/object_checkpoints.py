"""Object-based checkpoints without Keras: tf.train.Checkpoint, tf.Module, SavedModel, managers."""
import collections

import numpy as np
import tensorflow as tf


class Linear(tf.Module):
    def __init__(self, rows, columns, name=None):
        super().__init__(name=name)
        random = np.random.default_rng(rows * 100 + columns)
        self.kernel = tf.Variable(
            random.normal(size=(rows, columns)), name="kernel", dtype=tf.float32)
        self.bias = tf.Variable(random.normal(size=columns), name="bias", dtype=tf.float32)

    @tf.function(input_signature=[tf.TensorSpec([None, 3], tf.float32)])
    def __call__(self, x):
        return x @ self.kernel + self.bias


Pair = collections.namedtuple("Pair", ("p", "q"))


class Tree(tf.Module):
    """Nesting, lists, dictionaries, tuples, one object under several edges, and cycles."""

    def __init__(self):
        super().__init__()
        shared = tf.Variable([1, 2, 3], name="shared")
        self.first = Linear(2, 2)
        self.layers = [Linear(1, 2), [Linear(2, 1), tf.Variable(5.0)],
                       {"deep": tf.Variable("text")}]
        self.by_name = {"b": shared, "a": tf.Variable(True), "c/d": Linear(1, 1)}
        self.pair = Pair(p=tf.Variable(1.0), q=Linear(3, 1))
        self.tuple = (shared, tf.Variable([2.0, 3.0], dtype=tf.float64))
        self.again = shared
        self.first_again = self.first
        self.empty = []
        self.me = self
        self.child = tf.Module()
        self.child.parent = self
        self.child.sibling = self.first
        self.first.up = self.child


def trees(out):
    tf.train.Checkpoint(model=Tree()).save(f"{out}/tree/ckpt")
    tf.train.Checkpoint(Tree(), extra=tf.Variable(9)).save(f"{out}/tree_as_root/ckpt")
    tf.train.Checkpoint(model=Tree()).write(f"{out}/written")
    tf.train.Checkpoint(tf.Variable([4.0])).write(f"{out}/variable_as_root")
    tf.train.Checkpoint().save(f"{out}/nothing/ckpt")


def many_paths(out):
    """More paths to one variable than are kept: a ladder of which every rung has two edges."""
    bottom = tf.Module()
    bottom.variable = tf.Variable(1.0)
    for _ in range(7):
        above = tf.Module()
        above.left = above.right = bottom
        bottom = above
    tf.train.Checkpoint(ladder=bottom).write(f"{out}/many_paths")
    ring = [tf.Module() for _ in range(6)]
    for i, module in enumerate(ring):
        module.value = tf.Variable(float(i))
        for j, other in enumerate(ring):
            setattr(module, f"to_{j}", other)
    tf.train.Checkpoint(ring=ring[0]).write(f"{out}/all_to_all")


def odd_edges(out):
    names = ["old_dense1/kernel:0", "a/b/c", "d/.S", "d/.ATTRIBUTES/f", ".ATTRIBUTES", "..", ".",
             ".S", "S", "x.Sy", "a b", "a\nb", "a\\b", "\u00fc\u65e5", ".OPTIMIZER_SLOT", "a.b",
             "/", "0"]
    tf.train.Checkpoint(**{name: tf.Variable(i) for i, name in enumerate(names)}).save(
        f"{out}/odd_edges/ckpt")
    tf.train.Checkpoint(**{"": tf.Variable(1.0)}).write(f"{out}/edge_without_name")


class TextState(tf.train.experimental.PythonState):
    def serialize(self):
        return "state of a Python object"

    def deserialize(self, string_value):
        del string_value


class OwnTensors(tf.Module):
    """Says itself what is saved of it, under names that have to be escaped."""

    def _serialize_to_tensors(self):
        return {"x/y": tf.constant([1, 2]), "p.q": tf.constant(3.0)}

    def _restore_from_tensors(self, restored_tensors):
        del restored_tensors


def not_variables(out):
    """Values that are not variables: hash tables, the state of a dataset iterator and of a Python
    object, and what an object saves by its own means."""
    keys, values = tf.constant(["x", "y", "z"]), tf.constant([1, 2, 3], tf.int64)
    table = tf.lookup.experimental.MutableHashTable(tf.string, tf.int64, default_value=-1)
    table.insert(keys, values)
    dense = tf.lookup.experimental.DenseHashTable(
        tf.int64, tf.float32, default_value=0.0, empty_key=-1, deleted_key=-2)
    dense.insert(values, tf.constant([0.5, 1.5, 2.5]))
    iterator = iter(tf.data.Dataset.range(10).shuffle(4, seed=1).batch(2))
    next(iterator)
    module = tf.Module()
    module.table, module.dense, module.weight = table, dense, tf.Variable([1.0, 2.0])
    tf.train.Checkpoint(m=module, it=iterator, text=TextState(), own=OwnTensors()).save(
        f"{out}/not_variables/ckpt")


def managed(out):
    variable = tf.Variable(0.0, name="v")
    manager = tf.train.CheckpointManager(
        tf.train.Checkpoint(step=tf.Variable(0, dtype=tf.int64), v=variable), f"{out}/managed",
        max_to_keep=2)
    for _ in range(3):
        variable.assign_add(1.5)
        manager.save()


def saved_models(out):
    module = tf.Module()
    module.linear = Linear(3, 2)
    module.call = module.linear.__call__
    tf.saved_model.save(module, f"{out}/saved_module")


def max_shard_size(out):
    """One variable cut along several axes into several shards, where TensorFlow can."""
    if not hasattr(tf.train.experimental, "MaxShardSizePolicy"):
        return
    random = np.random.default_rng(5)
    for size in (20, 64, 100):
        variables = {
            "a": tf.Variable(random.normal(size=(10, 4)), dtype=tf.float32),
            "b": tf.Variable(random.normal(size=6), dtype=tf.float64),
            "c": tf.Variable(7), "s": tf.Variable("s" * 32),
            "w": tf.Variable(random.integers(0, 99, size=(2, 12)), dtype=tf.int32)}
        options = tf.train.CheckpointOptions(
            experimental_sharding_callback=tf.train.experimental.MaxShardSizePolicy(size))
        tf.train.Checkpoint(**variables).save(f"{out}/max_shard_{size}/ckpt", options=options)


WRITERS = (trees, many_paths, odd_edges, not_variables, managed, saved_models, max_shard_size)
