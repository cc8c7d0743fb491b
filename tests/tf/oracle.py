"""What TensorFlow says of checkpoints, as JSON for test_differential.py.

usage: oracle.py PREFIX...

Prints one line a checkpoint:
  {"prefix", "kind": "tf2-object" | "tf1-name",
   "entries": [{"key", "dtype", "shape",
                "sha256": hexadecimal, or null with "refused": what TensorFlow said,
                "owners": [{"full_name", "paths"}, ...]}]}

Keys, types, shapes and values are those of tf.train.load_checkpoint. An entry has owners if
attributes of the object graph name its key: usually one; none for a key that is not a
"checkpoint_key" of the graph (the two halves of a hash table, say) or in a name-based file.
Paths lead to variables: values of other kinds have none, and a variable that is itself the
root has none, as it has no name.
"""
import collections
import hashlib
import json
import os
import sys

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np
import tensorflow as tf
from tensorflow.core.framework import tensor_pb2
from tensorflow.core.protobuf import trackable_object_graph_pb2

GRAPH_KEY = "_CHECKPOINTABLE_OBJECT_GRAPH"
VALUE = "VARIABLE_VALUE"
MAX_PATHS = 32  # ObjectGraph::kMaxPaths

# Types of which one element takes a byte in the file, and how much of it counts.
SUB_BYTE_MASKS = {"int4": 0x0F, "uint4": 0x0F, "int2": 0x03, "uint2": 0x03, "float4_e2m1fn": 0x0F}


def paths_of_nodes(graph):
    """For each node the edge paths from node 0 on which no node comes twice, shortest first,
    equal lengths in the order of the file, and at most MAX_PATHS."""
    paths = [[] for _ in graph.nodes]
    paths[0].append("")
    queue = collections.deque([((0,), ())])
    while queue:
        nodes, names = queue.popleft()
        for child in graph.nodes[nodes[-1]].children:
            if child.node_id in nodes or len(paths[child.node_id]) == MAX_PATHS:
                continue
            longer = names + (child.local_name,)
            paths[child.node_id].append("/".join(longer))
            queue.append((nodes + (child.node_id,), longer))
    return paths


def owners_of_keys(graph):
    paths = paths_of_nodes(graph)
    owners = collections.defaultdict(list)
    for number, node in enumerate(graph.nodes):
        for attribute in node.attributes:
            # A variable that is itself the root is reached by no edge.
            named = paths[number] if attribute.name == VALUE and number > 0 else []
            owners[attribute.checkpoint_key].append(
                {"full_name": attribute.full_name, "paths": named})
    return owners


def crc32c(data, crc=0):
    crc ^= 0xFFFFFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = (crc >> 1) ^ (0x82F63B78 if crc & 1 else 0)
    return crc ^ 0xFFFFFFFF


def read_varint(data, at):
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            return value, at


def write_varint(value):
    out = bytearray()
    while value >= 0x80:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def variant_bytes(prefix, key, count):
    """The stored form of variants, made anew from the values that TensorFlow reads."""
    (tensor,) = tf.raw_ops.RestoreV2(
        prefix=prefix, tensor_names=[key], shape_and_slices=[""], dtypes=[tf.variant])
    serialized = tf.io.serialize_tensor(tensor).numpy()
    content = tensor_pb2.TensorProto.FromString(serialized).tensor_content
    lengths, at = [], 0
    for _ in range(count):
        length, at = read_varint(content, at)
        lengths.append(length)
    out, crc = bytearray(), 0
    for length in lengths:
        element = content[at:at + length]
        at += length
        crc = crc32c(element, crc32c(length.to_bytes(8, "little"), crc))
        masked = ((crc >> 15 | crc << 17) + 0xA282EAD8 & 0xFFFFFFFF).to_bytes(4, "little")
        crc = crc32c(masked, crc)
        out += write_varint(length) + element + masked
    assert at == len(content), "variant tensor is encoded in an unknown way"
    return bytes(out)


def canonical_bytes(reader, prefix, key, dtype, shape):
    """What the sha256 of a tensor is taken over."""
    if dtype == tf.variant:
        return variant_bytes(prefix, key, int(np.prod(shape, dtype=np.int64)))
    value = reader.get_tensor(key)
    if dtype == tf.string:
        elements = [value] if isinstance(value, bytes) else np.asarray(value, object).ravel()
        return b"".join(len(e).to_bytes(8, "little") + e for e in elements)
    value = np.ascontiguousarray(value)
    if dtype.name in SUB_BYTE_MASKS:
        return (value.view(np.uint8) & SUB_BYTE_MASKS[dtype.name]).tobytes()
    assert sys.byteorder == "little"
    return value.tobytes()


def describe(prefix):
    reader = tf.train.load_checkpoint(prefix)
    dtypes = reader.get_variable_to_dtype_map()
    shapes = reader.get_variable_to_shape_map()
    owners = {}
    if GRAPH_KEY in dtypes:
        owners = owners_of_keys(trackable_object_graph_pb2.TrackableObjectGraph.FromString(
            reader.get_tensor(GRAPH_KEY)))
    entries = []
    for key in sorted(dtypes, key=str.encode):
        entry = {"key": key, "dtype": dtypes[key].name, "shape": list(shapes[key])}
        try:
            data = canonical_bytes(reader, prefix, key, dtypes[key], shapes[key])
            entry["sha256"] = hashlib.sha256(data).hexdigest()
        except (tf.errors.OpError, ValueError) as error:
            entry["sha256"] = None
            entry["refused"] = str(error)
        entry["owners"] = owners.get(key, [])
        entries.append(entry)
    return {"prefix": prefix, "kind": "tf2-object" if GRAPH_KEY in dtypes else "tf1-name",
            "entries": entries}


def main():
    for prefix in sys.argv[1:]:
        print(json.dumps(describe(prefix)))


if __name__ == "__main__":
    main()
