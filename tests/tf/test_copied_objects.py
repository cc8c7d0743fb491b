"""TensorFlow restores an edited checkpoint into the object that it was edited for, completely.

usage: test_copied_objects.py COMMAND [TEST...]

assert_consumed() passes only if every value of the file went into an object and every object
got its value. It counts save_counter: of a file that save() made it passes after restore(),
of one that write() made only after read().
"""
import keras
import numpy as np
import tensorflow as tf

import keras_checkpoints
import object_checkpoints
import oracle
import regraft_command
from regraft_command import IS_KERAS_3
from tensorflow.core.protobuf import trackable_object_graph_pb2
from trained_models import BY_NAME, KINDS, OPTIMIZERS, Attributes, Trained

NAMES = ["a", "b", "n", "c"]


class CopiedObjects(regraft_command.CommandTest):
    def assert_same_values(self, actual, expected):
        self.assertTrue(expected)
        self.assertEqual(actual.keys(), expected.keys())
        for key, value in expected.items():
            self.assert_equal(actual[key], value, key)

    def assert_restores(self, prefix, program, expected):
        """The whole file goes into the program, and gives it these values."""
        program.checkpoint().restore(prefix).assert_consumed()
        self.assert_same_values(program.values(), expected)

    def save(self, program):
        return program.checkpoint().save(f"{self.folder}/{program.kind}/ckpt")

    def for_each(self, check, kinds=KINDS):
        """Calls check(kind, optimizer)."""
        for kind in kinds:
            for optimizer in OPTIMIZERS:
                with self.subTest(kind=kind, optimizer=optimizer):
                    check(kind, optimizer)


class Pruned(CopiedObjects):
    def test_without_a_layer(self):
        """One by name goes from the middle; from a list or a sequence, the last."""
        def check(kind, optimizer):
            whole = Trained(kind, NAMES, optimizer)
            dropped = "n" if kind in BY_NAME else "c"
            copied = self.copy(self.save(whole), "-x", f"model/{whole.path(dropped)}/**")
            smaller = Trained(kind, [n for n in NAMES if n != dropped], optimizer, seed=2)
            expected = {k: v for k, v in whole.values().items() if k[0] != dropped}
            self.assert_restores(copied, smaller, expected)
        self.for_each(check)

    def test_without_a_layer_of_a_sequence_and_the_others_moved_up(self):
        def check(kind, optimizer):
            whole = Trained(kind, NAMES, optimizer)
            smaller = Trained(kind, ["a", "b", "c"], optimizer, seed=2)
            copied = self.copy(self.save(whole), "-x", f"model/{whole.path('n')}/**", "--map",
                               f"model/{whole.path('c')}/=>model/{smaller.path('c')}/")
            expected = {k: v for k, v in whole.values().items() if k[0] != "n"}
            self.assert_restores(copied, smaller, expected)
        self.for_each(check, ["sequential", "functional", "containers"])

    def test_without_all_layers_but_one(self):
        def check(kind, optimizer):
            whole = Trained(kind, NAMES, optimizer)
            others = [word for n in NAMES[1:] for word in ("-x", f"model/{whole.path(n)}/**")]
            copied = self.copy(self.save(whole), *others)
            smaller = Trained(kind, ["a"], optimizer, seed=2)
            expected = {k: v for k, v in whole.values().items() if k[0] in ("a", "iterations")}
            self.assert_restores(copied, smaller, expected)
        self.for_each(check, ["attributes", "module"])

    def test_without_the_optimizer(self):
        def check(kind, optimizer):
            whole = Trained(kind, NAMES, optimizer)
            copied = self.copy(self.save(whole), "--drop", "@optimizer")
            expected = {k: v for k, v in whole.values().items()
                        if k[2] == "" and k[0] != "iterations"}
            self.assert_restores(copied, Trained(kind, NAMES, seed=2), expected)
        self.for_each(check)

    def test_without_the_optimizer_of_a_compiled_model(self):
        """In Keras 3 the optimizer's lists own the keys of the weights."""
        def build(loss):
            model, x, y = keras_checkpoints.make("functional")
            if loss:
                model.compile(optimizer="adam", loss=loss, metrics=["mae"])
                model.fit(x, y, epochs=1, verbose=0)
            return model
        whole = build("mse")
        source = tf.train.Checkpoint(model=whole).save(f"{self.folder}/ckpt")
        copied = self.copy(source, "--drop", "@optimizer", "-x", "**/keras_api/**",
                           "--allow-unused-rules")  # Keras 2's metrics.
        plain = build(None)
        tf.train.Checkpoint(model=plain).restore(copied).assert_consumed()
        self.assertTrue(plain.weights)  # All variables but the seeds of dropout.
        for old, new in zip(whole.weights, plain.weights, strict=True):
            self.assert_equal(new.numpy(), old.numpy())

    def test_without_the_optimizer_that_owns_the_keys(self):
        whole = Trained("attributes", NAMES, "adam")
        source = tf.train.Checkpoint(aopt=whole.optimizer, model=whole.model).save(
            f"{self.folder}/ckpt")
        owned = any(key.startswith("aopt/_trainable_variables")
                    for key in regraft_command.values_of(source))
        self.assertEqual(owned, IS_KERAS_3)
        copied = self.copy(source, "--drop", "@optimizer")
        expected = {k: v for k, v in whole.values().items() if k[2] == "" and k[0] != "iterations"}
        self.assert_restores(copied, Trained("attributes", NAMES, seed=2), expected)

    def test_the_optimizer_alone_or_the_model_alone(self):
        whole = Trained("attributes", NAMES, "adam")
        source = whole.checkpoint().write(f"{self.folder}/written")
        copied = self.copy(source, "-i", "model/**")
        plain = Trained("attributes", NAMES, "adam", seed=2)
        # Slots follow their variables, but the optimizer's counter and rate do not.
        status = plain.checkpoint().read(copied)
        with self.assertRaises(AssertionError):
            status.assert_consumed()
        status.expect_partial()
        expected = {k: v for k, v in whole.values().items() if k[0] != "iterations"}
        actual = {k: v for k, v in plain.values().items() if k[0] != "iterations"}
        self.assert_same_values(actual, expected)
        bare = Trained("attributes", NAMES, seed=2)
        copied = self.copy(source, "-i", "model/**", "--no-follow-slots")
        bare.checkpoint().read(copied).assert_consumed()
        self.assert_same_values(bare.values(), {k: v for k, v in expected.items() if k[2] == ""})


    def test_slots_of_variables_of_one_name(self):
        """Keras 2's newer optimizers tell by names alone whose slots they have. Where several
        variables have one, the slots stay, and a note says so; TensorFlow finds them left over."""
        def build(*names):
            module = tf.Module()
            for name in names:
                setattr(module, name, object_checkpoints.Linear(3, 3))
            optimizer = keras.optimizers.Adam()
            variables = [v for name in names
                         for v in (getattr(module, name).kernel, getattr(module, name).bias)]
            optimizer.apply_gradients([(tf.ones_like(v), v) for v in variables])
            return tf.train.Checkpoint(model=module, optimizer=optimizer)
        source = build("a", "b", "c").write(f"{self.folder}/written")
        copied = f"{self.folder}/copied"
        said = self.regraft("copy", "-x", "model/b/**", source, copied)
        status = build("a", "c").read(copied)
        self.assertEqual("do not go with their variables" in said, not IS_KERAS_3)
        if IS_KERAS_3:
            status.assert_consumed()
        else:
            with self.assertRaises(AssertionError):
                status.assert_consumed()
            status.expect_partial()


class Renamed(CopiedObjects):
    def test_model(self):
        def check(kind, optimizer):
            whole = Trained(kind, NAMES, optimizer)
            copied = self.copy(self.save(whole), "--map", "model/=>net/")
            other = Trained(kind, NAMES, optimizer, seed=2)
            tf.train.Checkpoint(net=other.model, optimizer=other.optimizer).restore(
                copied).assert_consumed()
            self.assert_same_values(other.values(), whole.values())
        self.for_each(check)

    def test_layer(self):
        def check(kind, optimizer):
            whole = Trained(kind, NAMES, optimizer)
            other = Trained(kind, {"a": "a", "b": "b", "hidden": "n", "c": "c"}, optimizer, seed=2)
            copied = self.copy(self.save(whole), "--map",
                               f"model/{whole.path('n')}/=>model/{other.path('hidden')}/")
            expected = {("hidden" if k[0] == "n" else k[0], *k[1:]): v
                        for k, v in whole.values().items()}
            self.assert_restores(copied, other, expected)
        self.for_each(check, BY_NAME)

    def test_variable_and_optimizer(self):
        """A scope that is deeper, one that is gone, and an optimizer of another name."""
        whole = Trained("attributes", NAMES, "adam")
        other = Trained("attributes", NAMES, "adam", seed=2)
        copied = self.copy(self.save(whole), "--map", "model/=>parts/model/", "--map",
                           "optimizer/=>parts/opt/")
        tf.train.Checkpoint(parts=tf.train.Checkpoint(
            model=other.model, opt=other.optimizer)).restore(copied).assert_consumed()
        self.assert_same_values(other.values(), whole.values())
        other.randomize()
        back = self.copy(copied, "--strip-prefix", "parts")
        tf.train.Checkpoint(model=other.model, opt=other.optimizer).restore(back).assert_consumed()
        self.assert_same_values(other.values(), whole.values())

    def test_layers_swapped(self):
        """The program has the names the other way round, and its layers in the old order: Keras'
        optimizers keep their slots in lists in the order of the layers."""
        def check(kind, optimizer):
            whole = Trained(kind, ["a", "b", "c"], optimizer)
            other = Trained(kind, {"c": "a", "b": "b", "a": "c"}, optimizer, seed=2)
            a, c = (f"model/{whole.path(name)}/" for name in "ac")
            copied = self.copy(self.save(whole), "--map", f"{a}=>{c}", "--map", f"{c}=>{a}")
            names = {"a": "c", "c": "a"}
            expected = {(names.get(k[0], k[0]), *k[1:]): v for k, v in whole.values().items()}
            self.assert_restores(copied, other, expected)
        self.for_each(check, BY_NAME)


class Laid(CopiedObjects):
    """Out in another number of data files, at other places, or over the same data."""

    def test_out_anew(self):
        whole = Trained("functional", NAMES, "adam")
        source = self.save(whole)
        for flags, files in ((["--shards", "4"], 4), (["--max-shard-size", "100"], None),
                             (["--alignment", "64"], 1),
                             (["--link", "--map", "model/=>net/"], 2)):  # One for the graph.
            with self.subTest(flags=flags):
                copied = self.copy(source, *flags)
                written = len(regraft_command.files_of(copied)) - 1
                self.assertTrue(written == files or (files is None and written > 4), written)
                other = Trained("functional", NAMES, "adam", seed=2)
                parts = {"net" if "--map" in flags else "model": other.model}
                tf.train.Checkpoint(optimizer=other.optimizer, **parts).restore(
                    copied).assert_consumed()
                self.assert_same_values(other.values(), whole.values())


class Merged(CopiedObjects):
    def test_two_checkpoints(self):
        for kind in KINDS:
            with self.subTest(kind=kind):
                encoder = Trained(kind, ["a", "b"], seed=3)
                generator = Trained(kind, NAMES, seed=4)
                a = encoder.checkpoint().save(f"{self.folder}/a-{kind}/ckpt")
                b = tf.train.Checkpoint(model=generator.model, step=tf.Variable(3)).save(
                    f"{self.folder}/b-{kind}/ckpt")
                copied = self.copy(f"enc={a}", f"gen={b}:model/")
                new_encoder = Trained(kind, ["a", "b"], seed=5)
                new_generator = Trained(kind, NAMES, seed=6)
                # Neither part brings its save_counter along, hence read().
                tf.train.Checkpoint(enc=tf.train.Checkpoint(model=new_encoder.model),
                                    gen=new_generator.model).read(copied).assert_consumed()
                self.assert_same_values(new_encoder.values(), encoder.values())
                self.assert_same_values(new_generator.values(), generator.values())

    def test_two_trained_checkpoints(self):
        def check(kind, optimizer):
            first, second = (Trained(kind, NAMES, optimizer, seed=seed) for seed in (3, 4))
            a = first.checkpoint().save(f"{self.folder}/a-{kind}-{optimizer}/ckpt")
            b = second.checkpoint().write(f"{self.folder}/b-{kind}-{optimizer}")
            copied = self.copy(f"one={a}", f"two={b}")
            fresh = [Trained(kind, NAMES, optimizer, seed=seed) for seed in (5, 6)]
            tf.train.Checkpoint(one=fresh[0].checkpoint(), two=fresh[1].checkpoint()).read(
                copied).assert_consumed()
            self.assert_same_values(fresh[0].values(), first.values())
            self.assert_same_values(fresh[1].values(), second.values())
        self.for_each(check)

    def test_into_one_root(self):
        """The second brings what the first lacks; only one counter is kept."""
        first, second = tf.Variable([1.0, 2.0]), tf.Variable([3.0])
        a = tf.train.Checkpoint(u=first).save(f"{self.folder}/a/ckpt")
        b = tf.train.Checkpoint(v=second).save(f"{self.folder}/b/ckpt")
        copied = self.copy(a, b)
        u, v = tf.Variable([0.0, 0.0]), tf.Variable([0.0])
        tf.train.Checkpoint(u=u, v=v).restore(copied).assert_consumed()
        self.assert_equal(u.numpy(), first.numpy())
        self.assert_equal(v.numpy(), second.numpy())


class Aliases(CopiedObjects):
    def build(self, first="first", again="again"):
        layers = {name: keras.layers.Dense(3) for name in (first, "other", again)}
        layers[again] = layers[first]
        for layer in set(layers.values()):
            layer.build((None, 2))
        model = Attributes(layers)
        for i, variable in enumerate(v for layer in layers.values() for v in layer.variables):
            variable.assign(np.random.default_rng(i).normal(size=variable.shape))
        return model, layers

    def paths(self, prefix):
        graph = trackable_object_graph_pb2.TrackableObjectGraph.FromString(
            tf.train.load_checkpoint(prefix).get_tensor(oracle.GRAPH_KEY))
        return [sorted(owner["paths"]) for owners in oracle.owners_of_keys(graph).values()
                for owner in owners]

    def check(self, names, *arguments):
        whole, layers = self.build()
        source = tf.train.Checkpoint(model=whole).save(f"{self.folder}/ckpt")
        copied = self.copy(source, *arguments)
        other, other_layers = self.build(*names)
        for layer in other_layers.values():
            for variable in layer.variables:
                variable.assign(variable * 0)
        tf.train.Checkpoint(model=other).restore(copied).assert_consumed()
        for name in layers:
            renamed = dict(zip(("first", "again"), names)).get(name, name)
            for old, new in zip(layers[name].variables, other_layers[renamed].variables):
                self.assert_equal(new.numpy(), old.numpy())
        self.assertIn(sorted(f"model/{name}/bias" for name in names), self.paths(copied))
        self.assertEqual(len(regraft_command.values_of(copied)), 5)

    def test_a_shared_layer_stays_shared(self):
        self.check(("first", "again"), "--drop", "nothing", "--allow-unused-rules")
        self.check(("first", "again"), "--map", "model/first/=>model/first/",
                   "--allow-unused-rules")

    def test_one_of_its_names_changes(self):
        self.check(("first", "twice"), "--map", "model/again/=>model/twice/")
        self.check(("once", "again"), "--map", "model/first/=>model/once/")

    def test_both_names_change(self):
        self.check(("once", "twice"), "--map", "model/first/=>model/once/", "--map",
                   "model/again/=>model/twice/")

    def test_what_is_beside_it_goes(self):
        whole, layers = self.build()
        source = tf.train.Checkpoint(model=whole).write(f"{self.folder}/written")
        copied = self.copy(source, "-x", "model/other/**")
        kept = keras.layers.Dense(3)
        kept.build((None, 2))
        other = Attributes({"first": kept, "again": kept})
        tf.train.Checkpoint(model=other).read(copied).assert_consumed()
        for old, new in zip(layers["first"].variables, other.first.variables):
            self.assert_equal(new.numpy(), old.numpy())


if __name__ == "__main__":
    regraft_command.main()
