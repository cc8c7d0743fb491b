"""Checkpoints written by TensorFlow's saving operations themselves: types, slices, shards."""
import numpy as np
import tensorflow as tf
from tensorflow.core.framework import types_pb2

SEED = 20240229
SHAPES = {"scalar": (), "vector": (5,), "cube": (2, 3, 4), "empty": (0, 3)}


def save(prefix, tensors, specs=None):
    """`tensors`: pairs of a name and a tensor, in the order in which they are stored."""
    tf.raw_ops.SaveV2(
        prefix=prefix, tensor_names=[name for name, _ in tensors],
        shape_and_slices=specs or [""] * len(tensors),
        tensors=[tf.convert_to_tensor(value) for _, value in tensors])


def dtypes(out):
    """Every type that this TensorFlow has, each in four shapes."""
    random = np.random.default_rng(SEED)
    tensors = []
    for number in sorted(types_pb2.DataType.values()):
        if not 0 < number < types_pb2.DT_FLOAT_REF:
            continue
        try:
            dtype = tf.dtypes.as_dtype(number)
        except (TypeError, KeyError):
            continue  # Known to the format, not yet to Python.
        if dtype in (tf.string, tf.resource, tf.variant):
            continue
        for name, shape in SHAPES.items():
            if dtype.is_complex:
                values = random.normal(size=shape) + 1j * random.normal(size=shape)
            elif dtype.is_bool:
                values = random.integers(0, 2, size=shape)
            elif dtype.is_floating:
                values = random.integers(-8, 9, size=shape) / 4
            else:  # Whole numbers that 2 bits hold.
                low = 0 if "uint" in dtype.name else -2
                values = random.integers(low, low + 4, size=shape)
            array = np.asarray(values).astype(dtype.as_numpy_dtype)
            tensors.append((f"{dtype.name}/{name}", tf.constant(array, dtype)))
    save(f"{out}/dtypes", tensors)
    limits = [(d.name, tf.constant(np.array([d.min, d.max], d.as_numpy_dtype)))
              for d in (tf.int8, tf.uint8, tf.int16, tf.uint16, tf.int32, tf.uint32, tf.int64,
                        tf.uint64, tf.float16, tf.bfloat16, tf.float32, tf.float64)]
    odd = np.array([0.0, -0.0, np.inf, -np.inf, np.nan, 1e-45], np.float32)
    save(f"{out}/limits", limits + [("odd_floats", tf.constant(odd))])


def strings(out):
    save(f"{out}/strings", [
        ("none", tf.zeros([0], tf.string)),
        ("none_of_rank_3", tf.zeros([2, 0, 3], tf.string)),
        ("scalar", tf.constant("abc")),
        ("scalar_empty", tf.constant("")),
        ("matrix", tf.constant([["a", "", "ccc"],
                                ["\u00e4\u00f6\u00fc", "\u65e5\u672c", "\U0001f600"]])),
        ("binary", tf.constant([bytes(range(256)), b"\x00", b"\x00\xff\n"])),
        ("varint_of_2_bytes", tf.constant(["x" * 127, "y" * 128])),
        ("varint_of_3_bytes", tf.constant([b"z" * 16384, b"", b"w" * 16383])),
    ])


def variants(out):
    one = tf.raw_ops.TensorListFromTensor(tensor=tf.constant([[1.0, 2.0]]), element_shape=[2])
    two = tf.raw_ops.TensorListFromTensor(tensor=tf.constant([[3, 4], [5, 6]]), element_shape=[2])
    save(f"{out}/variants", [("scalar", one), ("pair", tf.stack([one, tf.identity(one)])),
                             ("ints", two), ("plain", tf.constant(7))])


def slices(out):
    """Tensors stored in pieces, in the spellings and shapes that SaveV2 accepts."""
    whole = tf.reshape(tf.range(12, dtype=tf.float32), [4, 3])
    quarters = [("4 3 0,2:0,1", whole[:2, :1]), ("4 3 0,2:1,2", whole[:2, 1:]),
                ("4 3 2,2:0,2", whole[2:, :2]), ("4 3 2,2:2,1", whole[2:, 2:])]

    def save_pieces(name, pieces):
        save(f"{out}/slices_{name}", [("p", piece) for _, piece in pieces],
             [spec for spec, _ in pieces])

    save_pieces("rows", [("4 3 0,1:0,3", whole[:1]), ("4 3 1,3:0,3", whole[1:])])
    save_pieces("rows_short", [("4 3 0,1:-", whole[:1]), ("4 3 1,3:-", whole[1:])])
    save_pieces("columns", [("4 3 -:0,2", whole[:, :2]), ("4 3 -:2,1", whole[:, 2:])])
    save_pieces("patches", quarters)
    save_pieces("full", [("4 3 -:-", whole)])
    save_pieces("full_explicit", [("4 3 0,4:0,3", whole)])
    save_pieces("hole", quarters[:3])
    save_pieces("overlap", [("4 3 0,3:-", whole[:3]), ("4 3 2,2:-", whole[2:])])
    cube = tf.reshape(tf.range(60, dtype=tf.int64), [3, 4, 5])
    bricks = [(f"3 4 5 {a},{la}:{b},2:{c},{lc}", cube[a:a + la, b:b + 2, c:c + lc])
              for a, la in ((2, 1), (0, 2)) for b in (0, 2) for c, lc in ((0, 1), (1, 4))]
    save_pieces("bricks", bricks)
    tensors, specs = [], []
    for dtype in (tf.float64, tf.int8, tf.int32, tf.bool, tf.bfloat16, tf.complex64, tf.complex128,
                  tf.float16, tf.uint16, tf.uint64):
        values = tf.cast(tf.range(6), dtype)
        tensors += [(f"of/{dtype.name}", values[:4]), (f"of/{dtype.name}", values[4:])]
        specs += ["6 0,4", "6 4,2"]
    words = tf.constant(["a", "bb", "ccc"])
    tensors += [("of/string", words[:1]), ("of/string", words[1:]), ("whole", tf.constant([1, 2]))]
    specs += ["3 0,1", "3 1,2", ""]
    save(f"{out}/slices_dtypes", tensors, specs)


def shards(out):
    """Merged parts, one tensor across them, and names that tell byte order from char order."""
    table = tf.reshape(tf.range(20, dtype=tf.float32), [10, 2])
    parts = [f"{out}/part-{i}" for i in range(3)]
    save(parts[0], [("table", table[:3]), ("a/first", tf.constant([1.5]))], ["10 2 0,3:0,2", ""])
    save(parts[1], [("table", table[3:9]), ("text", tf.constant(["second shard"]))],
         ["10 2 3,6:0,2", ""])
    save(parts[2],
         [("table", table[9:]), ("z\u00e9", tf.constant(3)), ("z~", tf.constant(4)),
          ("Z", tf.constant(5)), ("\x01", tf.constant(6))], ["10 2 9,1:0,2", "", "", "", ""])
    tf.raw_ops.MergeV2Checkpoints(checkpoint_prefixes=parts, destination_prefix=f"{out}/shards",
                                  delete_old_dirs=False)


def many(out):
    """An index of several blocks: 20,000 scalars with shared key prefixes, in stored order
    other than the order of names."""
    order = np.random.default_rng(SEED).permutation(20000)
    save(f"{out}/many", [(f"layer_{i:05d}/kernel", tf.constant(float(i))) for i in order])


def keys(out):
    """Names that are no paths, and one longer than an index block."""
    names = ["/", "//", "a b", "a\nb", "a\\b", ".", "..", "\u00fc", "a:0", "a", "A", "k" * 300000,
             "a/.ATTRIBUTES/VARIABLE_VALUE", "\u007f", "\u0080"]
    save(f"{out}/keys", [(name, tf.constant(i)) for i, name in enumerate(names)])


WRITERS = (dtypes, strings, variants, slices, shards, many, keys)
