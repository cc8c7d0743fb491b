"""Whatever TensorFlow stores of an object, Regraft stores and restores, or says that it does not:
every kind of object, saved by one and restored by the other."""
import collections

import numpy as np
import pytest

import regraft
from regraft import train

tf = pytest.importorskip("tensorflow")
keras = pytest.importorskip("keras")
ShardedVariable = pytest.importorskip(
    "tensorflow.python.distribute.sharded_variable").ShardedVariable
saveables = pytest.importorskip("tensorflow.python.training.saver").BaseSaverBuilder

KERAS_3 = keras.__version__.startswith("3.")
Pair = collections.namedtuple("Pair", ("p", "q"))


class Python(tf.train.experimental.PythonState):
    """Python state that has nothing to tell before it is filled."""

    def __init__(self, text):
        self.text = text

    def serialize(self):
        if self.text is None:
            raise RuntimeError("still empty")
        return self.text

    def deserialize(self, text):
        self.text = text


class Tensors(tf.__internal__.tracking.Trackable):
    """An object with the newer methods."""

    names = "n", "text"

    def __init__(self, n):
        self.n = n

    def _serialize_to_tensors(self):
        n, text = self.names
        return {n: tf.constant([self.n] * 3), text: tf.constant(str(self.n) + "\0")}

    def _restore_from_tensors(self, tensors):
        n, text = (tensors[name].numpy() for name in self.names)
        assert text == b"%d\0" % n[0]
        self.n = int(n[0])


class Escaped(Tensors):
    """TensorFlow does not find its own keys of such names."""

    names = "x/y", "p.q"


class Older(tf.__internal__.tracking.Trackable):
    """An object with the older method: a saveable, and a variable."""

    def __init__(self, n):
        self.n, self.variable = n, tf.Variable([n])

    def _gather_saveables_for_checkpoint(self):
        owner = self

        class Saveable(saveables.SaveableObject):
            def __init__(self, name):
                super().__init__(owner, [
                    saveables.SaveSpec(tf.constant(owner.n), "", name + "-number")], name)

            def restore(self, restored_tensors, restored_shapes):
                owner.n = int(restored_tensors[0].numpy())

        return {"kept": Saveable, "own": lambda name: self.variable}


def table(n, dense=False):
    if dense:
        made = tf.lookup.experimental.DenseHashTable(tf.int64, tf.float32, -1.0, -100, -200,
                                                         initial_num_buckets=8)
        made.insert(tf.range(n, dtype=tf.int64), tf.ones(n) * n)
    else:
        made = tf.lookup.experimental.MutableHashTable(tf.string, tf.int64, -1)
        made.insert(tf.constant([f"k{i}" for i in range(n)], tf.string), tf.range(n, dtype=tf.int64))
    return made


def content(made):
    keys, found = made.export()
    return sorted((k, float(v)) for k, v in zip(keys.numpy().tolist(), found.numpy().ravel().tolist())
                  if k not in (-100, -200))


def iterator(n):
    made = iter(tf.data.Dataset.range(100).shuffle(10, seed=1).map(lambda x: x * 2))
    for _ in range(n):
        next(made)
    return made


def numbers(made, n=5):
    """What comes next; it moves on, so it is asked last."""
    return [next(made).numpy() for _ in range(n)]


def sharded(n):
    rows = np.arange(15, dtype=np.float32).reshape(5, 3) * n
    return ShardedVariable([tf.Variable(rows[:3]), tf.Variable(rows[3:])], name="rows")


def whole(made):
    return np.concatenate([part.numpy() for part in made.variables]).tolist()


def module(n):
    made = tf.Module()
    made.weight, made.words = tf.Variable([1.0 * n], name="weight"), table(n)
    made.text, made.inner = Python(b"%d" % n), tf.Module()
    made.inner.pair = [table(n, True), tf.Variable(n, name="second")]
    made.same = made.words
    return made


def of_module(made):
    return (made.weight.numpy()[0], content(made.words), made.text.text,
            content(made.inner.pair[0]), made.inner.pair[1].numpy())


# What makes one for a number, and what it then holds.
KINDS = {
    "a table": (table, content),
    "a dense table": (lambda n: table(n, True), content),
    "an iterator": (iterator, numbers),
    "Python state": (lambda n: Python(b"\0state %d\0" % n), lambda made: made.text),
    "tensors of its own": (Tensors, lambda made: made.n),
    "saveables of its own": (Older, lambda made: (made.n, made.variable.numpy().tolist())),
    "a random generator": (tf.random.Generator.from_seed, lambda made: made.state.numpy().tolist()),
    "a sharded variable": (sharded, whole),
    "a module with many": (module, of_module),
    "a list": (lambda n: [table(n), tf.Variable(n), [table(n + 1)]],
               lambda made: (content(made[0]), made[1].numpy(), content(made[2][0]))),
    "a dict": (lambda n: {"a/b": table(n), "c.d": tf.Variable(n)},
               lambda made: (content(made["a/b"]), made["c.d"].numpy())),
    "a tuple": (lambda n: (sharded(n), table(n)), lambda made: (whole(made[0]), content(made[1]))),
    "a named tuple": (lambda n: Pair(table(n), tf.Variable(n)),
                      lambda made: (content(made.p), made.q.numpy())),
    "a checkpoint": (lambda n: tf.train.Checkpoint(x=tf.Variable(n), y=table(n)),
                     lambda made: (made.x.numpy(), content(made.y))),
    "a checkpoint with a root": (lambda n: tf.train.Checkpoint(root=module(n), x=tf.Variable(n)),
                                 lambda made: (of_module(made.root), made.x.numpy())),
}
each_kind = pytest.mark.parametrize("make, held", KINDS.values(), ids=KINDS)


def files_of(prefix):
    return [open(prefix + end, "rb").read() for end in (".index", ".data-00000-of-00001")]


@each_kind
def test_what_regraft_saves_tensorflow_restores(tmp_path, make, held):
    path = train.Checkpoint(thing=make(3), step=tf.Variable(1)).write(tmp_path / "ckpt")
    other = make(5)
    tf.train.Checkpoint(thing=other, step=tf.Variable(0)).read(path).assert_consumed()
    assert held(other) == held(make(3))


@pytest.mark.parametrize("make", [make for make, _ in KINDS.values()] + [Escaped],
                         ids=[*KINDS, "escaped names"])
def test_the_files_are_those_that_tensorflow_writes(tmp_path, make):
    thing, step = make(3), tf.Variable(1)
    theirs = tf.train.Checkpoint(thing=thing, step=step).write(str(tmp_path / "theirs"))
    ours = train.Checkpoint(thing=thing, step=step).write(tmp_path / "ours")
    if make is iterator:  # Told twice, it need not be told in the same bytes.
        assert rows_of(ours) == rows_of(theirs)
    else:
        assert files_of(ours) == files_of(theirs)


def rows_of(prefix):
    opened = regraft.open(prefix)
    graph = opened["_CHECKPOINTABLE_OBJECT_GRAPH"].read_raw()
    return graph, [(key, tensor.tf_dtype) for key, tensor in opened.items()]


def test_names_that_want_escapes_are_restored(tmp_path):
    path = tf.train.Checkpoint(thing=Escaped(3)).write(str(tmp_path / "ckpt"))
    thing = Escaped(5)
    train.Checkpoint(thing=thing).restore(path).assert_consumed()
    assert thing.n == 3


@each_kind
def test_what_tensorflow_saves_regraft_restores(tmp_path, make, held):
    path = tf.train.Checkpoint(thing=make(3), step=tf.Variable(1)).write(str(tmp_path / "ckpt"))
    other = make(5)
    status = train.Checkpoint(thing=other, step=tf.Variable(0)).restore(path)
    status.assert_consumed()
    assert held(other) == held(make(3)) and not status.notes


@each_kind
def test_the_function_restores_it_too(tmp_path, make, held):
    thing = tf.train.Checkpoint(thing=make(3), step=tf.Variable(1))
    for path in thing.write(str(tmp_path / "a")), regraft.save(tmp_path / "b", thing):
        other = make(5)
        regraft.restore(path, tf.train.Checkpoint(thing=other, step=tf.Variable(0)))
        assert held(other) == held(make(3))


@each_kind
def test_a_failure_leaves_it_as_it_was(tmp_path, make, held):
    path = tf.train.Checkpoint(a=make(3), z=tf.Variable([1.0])).write(str(tmp_path / "ckpt"))
    other, last = make(5), Tensors(9)
    last._restore_from_tensors = None  # Taking anything fails.
    regraft.save(tmp_path / "last", tf.train.Checkpoint(a=make(3), b=Tensors(1)))
    with pytest.raises(regraft.UnsupportedError, match=r"b \(Tensors\) does not take"):
        train.Checkpoint(a=other, b=last).restore(tmp_path / "last")
    with pytest.raises(regraft.UnmetError, match="select/shape"):
        train.Checkpoint(a=other, z=tf.Variable([1.0, 2.0])).restore(path)
    assert held(other) == held(make(5))


def test_python_state_that_is_still_empty_is_filled(tmp_path):
    path = tf.train.Checkpoint(text=Python(b"abc")).write(str(tmp_path / "ckpt"))
    text = Python(None)
    train.Checkpoint(text=text).restore(path).assert_consumed()
    assert text.text == b"abc"
    with pytest.raises(regraft.UnsupportedError, match=r"text \(Python\) cannot be saved"):
        train.Checkpoint(text=Python(None)).write(tmp_path / "none")
    assert not list(tmp_path.glob("none*"))


def test_a_state_without_a_source_is_missing_and_may_be_kept(tmp_path):
    path = tf.train.Checkpoint(module=tf.Module(), v=tf.Variable(1.0)).write(str(tmp_path / "c"))
    made, v = module(2), tf.Variable(0.0)
    held = {"words": made.words, "v": v}
    with pytest.raises(regraft.UnmetError, match="words/table-keys") as refused:
        train.Checkpoint(**held).restore(path)
    assert refused.value.slug == "select/missing" and v.numpy() == 0
    status = train.Checkpoint(**held).restore(path, missing="keep")
    assert status.kept == ["words/table-keys", "words/table-values"] and v.numpy() == 1
    with pytest.raises(AssertionError, match="words/table-keys"):
        status.assert_existing_objects_matched()


def test_rules_choose_among_states(tmp_path):
    path = tf.train.Checkpoint(a=table(3), b=table(4)).write(str(tmp_path / "ckpt"))
    a, b = table(1), table(2)
    status = train.Checkpoint(a=a, b=b).restore(path, exclude="a/**")
    assert status.restored == ["b/table-keys", "b/table-values"]
    assert (content(a), content(b)) == (content(table(1)), content(table(4)))
    train.Checkpoint(a=a, c=b).restore(path, map={"a/": "c/", "b/": "a/"})
    assert content(a) == content(table(4))
    with pytest.raises(regraft.UnmetError, match="train/part-of-object") as refused:
        train.Checkpoint(a=a, b=b).restore(path, exclude="a/table-keys")
    assert "a (MutableHashTable)" in str(refused.value)


def test_a_root_more_or_less_is_seen_through(tmp_path):
    made = module(3)
    below = tf.train.Checkpoint(model=made).write(str(tmp_path / "below"))
    alone = tf.train.Checkpoint(made).write(str(tmp_path / "alone"))
    for path in below, alone:
        for wrap in (lambda m: m), (lambda m: tf.train.Checkpoint(net=m)):
            other = module(5)
            regraft.restore(path, wrap(other))
            assert of_module(other) == of_module(made)


def test_a_table_of_another_part_is_not_taken(tmp_path):
    """Both parts have `words` in the program, one in the file: its name is no evidence alone."""
    path = tf.train.Checkpoint(encoder=tf.train.Checkpoint(w=tf.Variable([1.0])),
                               decoder=module(3)).write(str(tmp_path / "ckpt"))
    encoder = tf.Module()
    encoder.w, encoder.words = tf.Variable([0.0]), table(5)
    for into in tf.train.Checkpoint(encoder=encoder), encoder:
        for how in {}, {"missing": "keep", "exclude": "**w"}:
            with pytest.raises(regraft.UnmetError):
                regraft.restore(path, into, **how)
        assert content(encoder.words) == content(table(5))
    regraft.restore(path, tf.train.Checkpoint(encoder=encoder),
                    map={"decoder/words/": "encoder/words/"})
    assert content(encoder.words) == content(table(3)) and encoder.w.numpy() == 1


def test_tables_in_lists_of_other_lengths_are_not_guessed(tmp_path):
    path = tf.train.Checkpoint(t=[table(1), table(2)], v=tf.Variable(1)).write(str(tmp_path / "c"))
    mine = [table(3), table(4), table(5)]
    with pytest.raises(regraft.UnmetError, match="select/missing"):
        train.Checkpoint(t=mine, v=tf.Variable(0)).restore(path)
    train.Checkpoint(t=mine, v=tf.Variable(0)).restore(path, missing="keep")
    assert list(map(content, mine)) == [content(table(n)) for n in (3, 4, 5)]


def test_what_refuses_to_be_saved_is_named_and_nothing_is_written(tmp_path):
    data = iter(tf.data.Dataset.from_generator(lambda: iter([1]), tf.int32))
    with pytest.raises(regraft.UnsupportedError) as refused:
        train.Checkpoint(parts={"data": data}, v=tf.Variable(1)).write(tmp_path / "ckpt")
    assert "parts/data (OwnedIterator)" in str(refused.value)
    assert refused.value.slug == "train/object-refuses"
    assert not list(tmp_path.iterdir())


def test_a_saver_of_its_own_is_named(tmp_path):
    register = pytest.importorskip("tensorflow.python.saved_model.registration")

    class Own(tf.__internal__.tracking.AutoTrackable):
        pass

    register.register_checkpoint_saver(
        name="own", predicate=lambda thing: isinstance(thing, Own),
        save_fn=lambda trackables, file_prefix: [], restore_fn=lambda trackables, prefix: None)
    held = [Own(), tf.Variable(1)]
    with pytest.raises(regraft.UnsupportedError, match=r"train/own-saver.*held/0 \(Own\)"):
        train.Checkpoint(held=held).write(tmp_path / "ckpt")
    path = tf.train.Checkpoint(held=[tf.Module(), held[1]]).write(str(tmp_path / "ckpt"))
    status = train.Checkpoint(held=held).restore(path)
    assert status.notes == ["not a variable, so it stays as it is: held/0 (Own)"]


class Anything:
    def __init__(self):
        self.weight = tf.Variable(1.0)


STRAYS = {"an object": Anything, "a number": lambda: 3, "a text": lambda: "seven",
          "nothing": lambda: None, "a tensor": lambda: tf.constant(1.0),
          "a function": lambda: len, "a set": lambda: {3}}


@pytest.mark.parametrize("make", STRAYS.values(), ids=STRAYS)
@pytest.mark.parametrize("wrap", [lambda x: x, lambda x: [tf.Variable(1), x],
                                  lambda x: {"deep": {"x": x}, "v": tf.Variable(1)},
                                  lambda x: (x,)], ids=["bare", "list", "dict", "tuple"])
def test_what_nothing_tracks_is_named(tmp_path, make, wrap):
    with pytest.raises(regraft.InvalidArgumentError, match="train/not-tracked.*'epoch'"):
        train.Checkpoint(epoch=wrap(make()), v=tf.Variable(1))
    later = train.Checkpoint(v=tf.Variable(1))
    path = later.write(tmp_path / "ckpt")
    later.epoch = wrap(make())
    for call in later.write, later.save, later.restore:
        with pytest.raises(regraft.InvalidArgumentError, match="train/not-tracked.*'epoch'"):
            call(path)
    outer = train.Checkpoint(inner=later)
    with pytest.raises(regraft.InvalidArgumentError, match="train/not-tracked.*'epoch'"):
        outer.write(tmp_path / "outer")
    assert not list(tmp_path.glob("outer*"))


def nested(world, n):
    return world.Checkpoint(
        left=world.Checkpoint(w=tf.Variable([1.0 * n]), words=table(n)),
        right=[world.Checkpoint(root=module(n), extra=tf.Variable(n)), tf.Variable(n)])


def of_nested(made):
    pair = made.right[0]
    root = pair.root if hasattr(pair, "root") else pair._root
    return (made.left.w.numpy()[0], content(made.left.words), of_module(root),
            pair.extra.numpy(), made.right[1].numpy())


@pytest.mark.parametrize("theirs", [False, True])
def test_checkpoints_hold_checkpoints(tmp_path, theirs):
    ours = nested(train, 3).write(tmp_path / "ours")
    path = nested(tf.train, 3).write(str(tmp_path / "theirs"))
    assert sorted(regraft.open(ours)) == sorted(regraft.open(path))
    other = nested(tf.train if theirs else train, 5)
    if theirs:
        other.read(ours).assert_consumed()
    else:
        other.restore(path).assert_consumed()
    assert of_nested(other) == of_nested(nested(train, 3))
    assert of_nested(regraft.restore(path, nested(train, 5)).tree) == of_nested(other)
    assert sorted(regraft.open(regraft.save(tmp_path / "saved", nested(train, 3)))) == sorted(
        regraft.open(path))


def test_an_inner_checkpoint_keeps_its_count(tmp_path):
    for world in train, tf.train:
        inner = world.Checkpoint(v=tf.Variable(1))
        for _ in range(3):
            inner.save(str(tmp_path / "inner"))
        outer = world.Checkpoint(inner=inner).write(str(tmp_path / world.__name__))
        other = train.Checkpoint(v=tf.Variable(0))
        other.save(tmp_path / "other")
        train.Checkpoint(inner=other).restore(outer).assert_consumed()
        assert int(other.save_counter) == 3


def test_shards_and_wholes_feed_each_other(tmp_path):
    rows = np.arange(15, dtype=np.float32).reshape(5, 3)

    def parts(*sizes):
        cuts = [np.zeros((size, 3), np.float32) for size in sizes]
        return ShardedVariable([tf.Variable(part) for part in cuts], name="table")

    shapes = {"2": (3, 2), "3": (1, 2, 2), "5": (1, 1, 1, 1, 1)}
    stored = ShardedVariable([tf.Variable(rows[:4]), tf.Variable(rows[4:])], name="table")
    paths = [train.Checkpoint(t=stored).write(tmp_path / "sharded"),
             train.Checkpoint(t=tf.Variable(rows)).write(tmp_path / "whole"),
             regraft.save(tmp_path / "named", {"t": stored})]
    for path in paths:
        for sizes in shapes.values():
            for restore in (lambda made: train.Checkpoint(t=made).restore(path),
                            lambda made: regraft.restore(path, {"t": made})):
                made = parts(*sizes)
                assert restore(made).restored and whole(made) == rows.tolist()
                assert [part.shape[0] for part in made.variables] == list(sizes)
        variable = tf.Variable(rows * 0)
        train.Checkpoint(t=variable).restore(path)
        assert variable.numpy().tolist() == rows.tolist()
    assert regraft.restore(paths[0], [parts(3, 2)], map={"t": "table"}).restored == ["table"]
    with pytest.raises(regraft.UnmetError, match="select/shape"):
        train.Checkpoint(t=parts(3, 1)).restore(paths[0])


HELD = {"a variable": lambda n: {"step": tf.Variable(n)},
        "variables": lambda n: {"a": tf.Variable(n), "b": tf.Variable(n)},
        "a list of variables": lambda n: {"all": [tf.Variable(n, name="a")]},
        "a dict of variables": lambda n: {"counts": {"step": tf.Variable(n)}},
        "a nested dict": lambda n: {"counts": {"train": {"step": tf.Variable(n)}}},
        "arrays": lambda n: {"step": np.full(2, n)},
        "a checkpoint": lambda n: {"inner": train.Checkpoint(v=tf.Variable(n))},
        "a table": lambda n: {"words": table(n)}}


@pytest.mark.parametrize("held", HELD.values(), ids=HELD)
def test_a_manager_goes_on_with_the_next_number(tmp_path, held):
    train.CheckpointManager(train.Checkpoint(**held(3)), tmp_path, 3).save()
    for turn in 2, 3:
        checkpoint = train.Checkpoint(**held(0))
        manager = train.CheckpointManager(checkpoint, tmp_path, 3)
        if turn == 2 or "all" in held(0):  # Lists alone pick variables, and count for nothing.
            manager.restore_or_initialize()
        else:
            checkpoint.restore(manager.latest_checkpoint)
        assert manager.save().endswith(f"-{turn}") and int(checkpoint.save_counter) == turn
