"""Values that the command casts, grafts and carries along, as TensorFlow reads them.

usage: test_copied_values.py COMMAND [TEST...]
"""
import numpy as np
import tensorflow as tf

import raw_checkpoints
import regraft_command
import tf1_checkpoints
from object_checkpoints import Linear
from regraft_command import VALUE, values_of
from trained_models import KINDS, OPTIMIZERS, Trained

tf1 = tf.compat.v1
NAMES = ["a", "b", "n", "c"]


def every_rounding():
    """float32 values on, between and around all neighbours of float16 and bfloat16."""
    random = np.random.default_rng(20240229)
    high = np.arange(1 << 16, dtype=np.uint32) << 16
    low = [0, 1, 0x7fff, 0x8000, 0x8001, 0xffff]
    patterns = [high | bits for bits in low]
    patterns.append(high | random.integers(0, 1 << 16, 1 << 16, np.uint32))
    halves = np.arange(1 << 16, dtype=np.uint16).view(np.float16).astype(np.float32)
    middle = np.arange((1 << 16) - 1, dtype=np.uint16)
    middle = (middle.view(np.float16).astype(np.float64) +
              (middle + 1).view(np.float16).astype(np.float64)) / 2
    with np.errstate(invalid="ignore", over="ignore"):
        middle = middle.astype(np.float32)
        near = [middle, np.nextafter(middle, np.float32(np.inf)),
                np.nextafter(middle, np.float32(-np.inf)), halves]
    return np.concatenate([np.concatenate(patterns).view(np.float32), *near])


class Casts(regraft_command.CommandTest):
    def assert_cast(self, copied, values, dtype):
        expected = tf.cast(tf.constant(values), dtype).numpy()
        actual = tf.train.load_checkpoint(copied).get_tensor("x")
        self.assertEqual((actual.dtype, actual.shape), (expected.dtype, expected.shape))
        # Which NaN a NaN becomes differs between TensorFlow's versions.
        self.assertEqual(np.isnan(actual).tobytes(), np.isnan(values).tobytes())
        unsigned = {2: np.uint16, 4: np.uint32}[actual.itemsize]
        differ = np.flatnonzero((actual.view(unsigned) != expected.view(unsigned)) &
                                ~np.isnan(values))
        self.assertEqual(
            [(values[i], values.view(np.uint32 if values.itemsize == 4 else np.uint64)[i],
              hex(actual.view(unsigned)[i]), hex(expected.view(unsigned)[i]))
             for i in differ[:5]], [], f"{differ.size} values")

    def test_of_floats_are_tensorflows_bit_for_bit(self):
        values = every_rounding()
        source = f"{self.folder}/floats"
        raw_checkpoints.save(source, [("x", tf.constant(values)), ("i", tf.constant([7]))])
        for name, dtype in (("bfloat16", tf.bfloat16), ("half", tf.float16)):
            with self.subTest(dtype=name):
                copied = self.copy("--cast", f"float32=>{name}", source)
                self.assert_cast(copied, values, dtype)
                self.assert_equal(values_of(copied)["i"], np.array([7], np.int32))

    def test_of_doubles_are_tensorflows_bit_for_bit(self):
        random = np.random.default_rng(20240229)
        values = np.concatenate([random.integers(0, 1 << 64, 1 << 18, np.uint64).view(np.float64),
                                 every_rounding().astype(np.float64)])
        # tf.cast makes zeros of what is too small for a normal float32.
        values = values[~(np.abs(values) < np.finfo(np.float32).smallest_normal) | (values == 0)]
        source = f"{self.folder}/doubles"
        raw_checkpoints.save(source, [("x", tf.constant(values))])
        self.assert_cast(self.copy("--cast", "float64=>float32", source), values, tf.float32)

    def test_of_a_trained_model_spare_its_counters(self):
        whole = Trained("attributes", NAMES, "adam")
        source = whole.checkpoint(step=tf.Variable(3)).save(
            f"{self.folder}/ckpt")
        before = values_of(source)
        after = values_of(self.copy("--cast", "float32=>bfloat16", source))
        self.assertEqual(before.keys(), after.keys())
        for key, value in before.items():
            expected = tf.cast(value, tf.bfloat16).numpy() if value.dtype == np.float32 else value
            self.assert_equal(after[key], expected, key)
        kinds = {str(value.dtype) for value in after.values()}
        self.assertEqual(kinds, {"bfloat16", "int32", "int64"})

    def test_are_restored_into_variables_of_that_type(self):
        def build(dtype):
            module = tf.Module()
            module.layers = [tf.Variable(tf.cast(tf.random.normal([3, 2]), dtype))
                             for _ in range(3)]
            module.count = tf.Variable(3, dtype=tf.int64)
            return module
        old, new = build(tf.float32), build(tf.bfloat16)
        source = tf.train.Checkpoint(model=old).save(f"{self.folder}/ckpt")
        copied = self.copy("--cast", "float32=>bfloat16", source)
        tf.train.Checkpoint(model=new).restore(copied).assert_consumed()
        for before, after in zip(old.layers, new.layers):
            self.assert_equal(after.numpy(), tf.cast(before, tf.bfloat16).numpy())


class RestoredInto(regraft_command.CommandTest):
    def restore(self, source, target, *arguments):
        destination = f"{self.folder}/restored/ckpt"
        sources = source if isinstance(source, list) else [source]
        self.regraft("restore", *sources, "--into", target, "-o", destination, "--force",
                     *arguments)
        return destination

    def test_chosen_layers_come_from_the_source(self):
        def check(kind, optimizer):
            old, target = Trained(kind, NAMES, seed=2), Trained(kind, NAMES, optimizer, seed=3)
            folder = f"{self.folder}/{kind}-{optimizer}"
            source = old.checkpoint().save(f"{folder}/source")
            into = target.checkpoint(step=tf.Variable(9)).save(f"{folder}/target")
            # The older optimizers' slots have names below their variables.
            restored = self.restore(source, into, "-i", f"model/{target.path('a')}/**", "-i",
                                    f"model/{target.path('n')}/**", "-x", "@optimizer")
            expected = target.values()
            expected.update((k, v) for k, v in old.values().items() if k[0] in ("a", "n"))
            fresh = Trained(kind, NAMES, optimizer, seed=4)
            fresh.checkpoint(step=tf.Variable(0)).restore(restored).assert_consumed()
            actual = fresh.values()
            self.assertEqual(actual.keys(), expected.keys())
            for key, value in expected.items():
                self.assert_equal(actual[key], value, key)

        for kind in KINDS:
            for optimizer in OPTIMIZERS:
                with self.subTest(kind=kind, optimizer=optimizer):
                    check(kind, optimizer)

    def modules(self, shape, dtype=tf.float32):
        """A checkpoint of a module with a table of this shape, and its values."""
        module = tf.Module()
        module.table = tf.Variable(tf.cast(tf.random.normal(shape), dtype))
        module.bias = tf.Variable(tf.random.normal([3]))
        self.saved = getattr(self, "saved", 0) + 1
        source = tf.train.Checkpoint(model=module).save(f"{self.folder}/module-{self.saved}/ckpt")
        return source, module

    def check_policy(self, source_shape, target_shape, expected, *policy, source_dtype=tf.float32,
                     target_dtype=tf.float32):
        source, old = self.modules(source_shape, source_dtype)
        into, target = self.modules(target_shape, target_dtype)
        restored = self.restore(source, into, *policy)
        _, fresh = self.modules(target_shape, target_dtype)
        tf.train.Checkpoint(model=fresh).restore(restored).assert_consumed()
        self.assert_equal(fresh.table.numpy(), expected(old.table.numpy(), target.table.numpy()))
        self.assert_equal(fresh.bias.numpy(), old.bias.numpy())

    def test_policies_of_shape(self):
        def pad(old, target):
            out = np.zeros_like(target)
            out[:2, :3] = old
            return out

        def pad_keep(old, target):
            out = target.copy()
            out[:2, :3] = old
            return out

        self.check_policy([4, 5], [2, 3], lambda old, _: old[:2, :3], "--on-shape", "slice")
        self.check_policy([2, 3], [4, 5], pad, "--on-shape", "pad")
        self.check_policy([2, 3], [4, 5], pad_keep, "--on-shape", "pad=keep")
        self.check_policy([2, 3], [4, 5], lambda _, target: target, "--on-shape", "skip")

    def test_policies_of_type(self):
        for dtype in (tf.bfloat16, tf.float16, tf.float64):
            self.check_policy([2, 3], [2, 3], lambda old, _: tf.cast(old, dtype).numpy(),
                              "--on-dtype", "cast", target_dtype=dtype)
        self.check_policy([4, 3], [2, 3], lambda old, _: tf.cast(old[:2], tf.bfloat16).numpy(),
                          "--on-dtype", "cast", "--on-shape", "slice", target_dtype=tf.bfloat16)
        self.check_policy([2, 3], [2, 3], lambda _, target: target, "--on-dtype", "skip",
                          target_dtype=tf.float64)

    def test_two_sources_under_scopes(self):
        first, second = Linear(2, 3), Linear(4, 3)
        first.kernel.assign_add(tf.ones([2, 3]))
        second.bias.assign_add(tf.ones([3]))
        a = tf.train.Checkpoint(model=first).save(f"{self.folder}/a/ckpt")
        b = tf.train.Checkpoint(model=second, step=tf.Variable(1)).save(f"{self.folder}/b/ckpt")
        into = tf.train.Checkpoint(enc=Linear(2, 3), gen=Linear(4, 3)).save(f"{self.folder}/t/ckpt")
        restored = self.restore([f"enc={a}:model/", f"gen={b}:model/"], into)
        enc, gen = Linear(2, 3), Linear(4, 3)
        tf.train.Checkpoint(enc=enc, gen=gen).restore(restored).assert_consumed()
        for old, new in ((first, enc), (second, gen)):
            self.assert_equal(new.kernel.numpy(), old.kernel.numpy())
            self.assert_equal(new.bias.numpy(), old.bias.numpy())

    def test_names_into_objects_and_back(self):
        tf1_checkpoints.renamed(self.folder)
        names = f"{self.folder}/tf1_renamed/m"
        a, b = tf.Variable([0.0, 0.0]), tf.Variable([0.0] * 3, dtype=tf.float64)
        into = tf.train.Checkpoint(a=a, b=b).save(f"{self.folder}/objects/ckpt")
        restored = self.restore(names, into, "--map", "other/name=>a", "--map", "x=>b")
        tf.train.Checkpoint(a=a, b=b).restore(restored).assert_consumed()
        values = values_of(names)
        self.assert_equal(a.numpy(), values["other/name"])
        self.assert_equal(b.numpy(), values["x"])
        a.assign([5.0, 6.0])
        b.assign([1.0, 2.0, 3.0])
        objects = tf.train.Checkpoint(a=a, b=b).save(f"{self.folder}/objects/ckpt")
        restored = self.restore(objects, names, "--map", "a=>other/name", "--map", "b=>x")
        values = values_of(restored)
        self.assertEqual(sorted(values), ["other/name", "x"])
        self.assert_equal(values["other/name"], a.numpy())
        self.assert_equal(values["x"], b.numpy())


class TensorFlowsOwnSelection(regraft_command.CommandTest):
    """What TensorFlow offers to take a part of a checkpoint works on what the command wrote."""

    def test_a_part_of_the_object(self):
        whole = Trained("attributes", NAMES, "adam")
        copied = self.copy(whole.checkpoint().save(f"{self.folder}/ckpt"), "-x", "model/n/**",
                           "--map", "model/=>net/")
        fresh = Trained("attributes", NAMES, seed=2)
        part = tf.train.Checkpoint(net=tf.train.Checkpoint(a=fresh.layers["a"]))
        status = part.restore(copied)
        status.assert_existing_objects_matched()
        status.expect_partial()
        expected = whole.values()
        for i, variable in enumerate(fresh.layers["a"].variables):
            self.assert_equal(variable.numpy(), expected["a", i, ""])

    def test_names_and_values(self):
        whole = Trained("module", NAMES)
        source = whole.checkpoint().save(f"{self.folder}/ckpt")
        copied = self.copy(source, "-x", f"model/{whole.path('n')}/**", "--add-prefix", "all/")
        expected = {"all/" + key: value for key, value in values_of(source).items()
                    if not key.startswith(f"model/{whole.path('n')}/")}
        listed = dict(tf.train.list_variables(copied))
        listed.pop("_CHECKPOINTABLE_OBJECT_GRAPH")
        self.assertEqual(listed, {key: list(value.shape) for key, value in expected.items()})
        for key, value in expected.items():
            self.assert_equal(tf.train.load_variable(copied, key), value)

    def copied_names(self, *arguments):
        tf1_checkpoints.optimizers(self.folder)
        source = tf.train.latest_checkpoint(f"{self.folder}/tf1_adam")
        return values_of(source), self.copy(source, *arguments)

    def run_session(self, build):
        with tf.Graph().as_default(), tf1.Session() as session:
            variables, saver = build()
            session.run(tf1.global_variables_initializer())
            if saver is not None:
                saver(session)
            return session.run(variables)

    def test_a_saver_with_a_list_of_names(self):
        before, copied = self.copied_names("--drop", "@optimizer", "--map", "dense/=>hidden/")

        def build():
            variables = {name: tf1.get_variable(name, before["dense/" + name[7:]].shape)
                         for name in ("hidden/kernel", "hidden/bias")}
            return variables, lambda session: tf1.train.Saver(
                list(variables.values())).restore(session, copied)
        values = self.run_session(build)
        self.assert_equal(values["hidden/kernel"], before["dense/kernel"])
        self.assert_equal(values["hidden/bias"], before["dense/bias"])

    def test_init_from_checkpoint(self):
        before, copied = self.copied_names("-x", "@optimizer", "--map", "dense/=>hidden/")

        def build():
            variables = {name: tf1.get_variable("new/" + name, before["dense/" + name].shape)
                         for name in ("kernel", "bias")}
            tf1.train.init_from_checkpoint(copied, {"hidden/": "new/"})
            return variables, None
        values = self.run_session(build)
        self.assert_equal(values["kernel"], before["dense/kernel"])
        self.assert_equal(values["bias"], before["dense/bias"])

    def test_init_from_checkpoint_of_objects(self):
        old = Linear(2, 3)
        source = tf.train.Checkpoint(model=old, gone=tf.Variable(1)).save(f"{self.folder}/ckpt")
        copied = self.copy(source, "--map", "model/=>net/", "-x", "gone")

        def build():
            kernel = tf1.get_variable("kernel", [2, 3])
            tf1.train.init_from_checkpoint(copied, {"net/kernel" + VALUE: kernel})
            return kernel, None
        self.assert_equal(self.run_session(build), old.kernel.numpy())

    def test_a_saver_over_objects(self):
        """It knows variables by their own names, which are renamed as the paths are."""
        old = tf.Module()
        old.kernel = tf.Variable([[1.0, 2.0]], name="dense/kernel")
        old.gone = tf.Variable([3.0], name="dense/gone")
        source = tf.train.Checkpoint(model=old).save(f"{self.folder}/ckpt")
        copied = self.copy(source, "-x", "model/gone")

        def build():
            kernel = tf1.get_variable("dense/kernel", [1, 2])
            return kernel, lambda session: tf1.train.Saver([kernel]).restore(session, copied)
        self.assert_equal(self.run_session(build), old.kernel.numpy())


class PythonState(tf.train.experimental.PythonState):
    def __init__(self, text):
        self.text = text

    def serialize(self):
        return self.text

    def deserialize(self, string_value):
        self.text = string_value


class OwnTensors(tf.Module):
    """Says itself what is saved of it."""

    def __init__(self, values):
        super().__init__()
        self.values = values

    def _serialize_to_tensors(self):
        return {"first": tf.constant(self.values[0]), "second": tf.constant(self.values[1])}

    def _restore_from_tensors(self, restored_tensors):
        self.values = (restored_tensors["first"].numpy(), restored_tensors["second"].numpy())


class NotVariables(regraft_command.CommandTest):
    """Hash tables, iterators, Python state and what an object saves by its own means."""

    def build(self, filled, names=("m", "it", "text", "own", "model")):
        table = tf.lookup.experimental.MutableHashTable(tf.string, tf.int64, default_value=-1)
        dense = tf.lookup.experimental.DenseHashTable(
            tf.int64, tf.float32, default_value=0.0, empty_key=-1, deleted_key=-2)
        iterator = iter(tf.data.Dataset.range(10).shuffle(4, seed=1).batch(2))
        module = tf.Module()
        module.table, module.dense = table, dense
        module.weight = tf.Variable([1.0, 2.0] if filled else [0.0, 0.0])
        if filled:
            table.insert(tf.constant(["x", "y", "z"]), tf.constant([1, 2, 3], tf.int64))
            dense.insert(tf.constant([1, 2, 3], tf.int64), tf.constant([0.5, 1.5, 2.5]))
            next(iterator)
        parts = {"m": module, "it": iterator, "model": Linear(2, 3),
                 "text": PythonState("kept" if filled else ""),
                 "own": OwnTensors((1.5, 2.5) if filled else (0.0, 0.0))}
        self.text, self.own = parts["text"], parts["own"]  # Of the last that was built.
        return tf.train.Checkpoint(**{name: parts[name] for name in names}), module, iterator

    def check(self, restored, module, iterator, expected_next):
        restored.assert_consumed()
        self.assert_equal(module.table.lookup(tf.constant(["x", "z", "w"])).numpy(),
                          np.array([1, 3, -1]))
        self.assert_equal(module.dense.lookup(tf.constant([1, 3, 9], tf.int64)).numpy(),
                          np.array([0.5, 2.5, 0.0], np.float32))
        self.assert_equal(module.weight.numpy(), np.array([1.0, 2.0], np.float32))
        if iterator is not None:
            self.assert_equal(next(iterator).numpy(), expected_next)
            self.assertEqual(self.text.text, b"kept")
            self.assertEqual(self.own.values, (1.5, 2.5))

    def setUp(self):
        super().setUp()
        whole, _, iterator = self.build(True)
        self.source = whole.save(f"{self.folder}/ckpt")
        self.next = next(iterator).numpy()

    def test_copied_whole(self):
        fresh, module, iterator = self.build(False)
        self.check(fresh.restore(self.copy(self.source)), module, iterator, self.next)

    def test_what_is_beside_them_goes(self):
        fresh, module, iterator = self.build(False, ("m", "it", "text", "own"))
        copied = self.copy(self.source, "-x", "model/**")
        self.check(fresh.restore(copied), module, iterator, self.next)

    def test_they_go(self):
        copied = self.copy(self.source, "-x", "it/**", "-x", "own/**", "-x", "text/**")
        fresh, module, _ = self.build(False, ("m", "model"))
        self.check(fresh.restore(copied), module, None, None)
        copied = self.copy(self.source, "-x", "m/{table,dense}/**", "-x", "it/**", "-x", "own/**",
                           "-x", "text/**")
        weight = tf.Variable([0.0, 0.0])
        tf.train.Checkpoint(m=tf.train.Checkpoint(weight=weight),
                            model=Linear(2, 3)).restore(copied).assert_consumed()
        self.assert_equal(weight.numpy(), np.array([1.0, 2.0], np.float32))

    def test_under_new_names(self):
        fresh, module, iterator = self.build(False)
        copied = self.copy(self.source, "--map", "m/=>kept/m/", "--map", "it/=>kept/it/")
        program = tf.train.Checkpoint(
            kept=tf.train.Checkpoint(m=module, it=iterator), text=fresh.text, own=fresh.own,
            model=fresh.model)
        self.check(program.restore(copied), module, iterator, self.next)

    def test_into_another_checkpoint(self):
        """They are the target's: nothing but numbers is restored."""
        other, _, _ = self.build(False)
        source = other.save(f"{self.folder}/other/ckpt")
        destination = f"{self.folder}/restored/ckpt"
        self.regraft("restore", source, "--into", self.source, "-o", destination, "-i", "model/**")
        fresh, module, iterator = self.build(False)
        self.check(fresh.restore(destination), module, iterator, self.next)


if __name__ == "__main__":
    regraft_command.main()
