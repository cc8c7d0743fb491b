"""Checkpoints such as Regraft does not write: of another byte order, in pieces, of variants.

The format is that of docs/format/bundle.md and docs/format/table.md, in its plainest form.
"""
import struct

TYPES = {"float32": 1, "int32": 3, "uint8": 4, "string": 7, "complex64": 8, "int64": 9,
         "variant": 21, "unknown": 99}


def _crc_table():
    for byte in range(256):
        for _ in range(8):
            byte = byte >> 1 ^ (0x82f63b78 if byte & 1 else 0)
        yield byte


_TABLE = list(_crc_table())


def crc32c(data, start=0):
    crc = ~start & 0xffffffff
    for byte in data:
        crc = crc >> 8 ^ _TABLE[(crc ^ byte) & 0xff]
    return ~crc & 0xffffffff


def masked(crc):
    return ((crc >> 15 | crc << 17) + 0xa282ead8) & 0xffffffff


def varint(number):
    out = bytearray()
    while number > 127:
        out.append(number & 127 | 128)
        number >>= 7
    return bytes(out) + bytes([number])


def _field(number, value):
    """A field of a protobuf message: an integer, or bytes."""
    if isinstance(value, bytes):
        return varint(number << 3 | 2) + varint(len(value)) + value
    return varint(number << 3) + varint(value) if value else b""


def _shape(dims):
    return b"".join(_field(2, _field(1, dim)) for dim in dims)


def entry(dtype, shape, offset, size, crc):
    """A tensor whose bytes lie in the one data file."""
    return (_field(1, TYPES[dtype]) + _field(2, _shape(shape)) + _field(4, offset)
            + _field(5, size) + b"\x35" + struct.pack("<I", masked(crc)))


def _extents(box):
    return b"".join(_field(1, _field(1, start) + _field(2, length)) for start, length in box)


def parent(dtype, shape, boxes):
    """A tensor that is stored in pieces."""
    return (_field(1, TYPES[dtype]) + _field(2, _shape(shape))
            + b"".join(_field(7, _extents(box)) for box in boxes))


def slice_key(name, box):
    """The key of a piece; its numbers are below 64."""
    ends = b"".join(bytes([0x80 + start, 0x80 + length]) for start, length in box)
    return b"\0" + name.encode() + b"\0\1\1" + bytes([len(box)]) + ends


def write(prefix, entries, data, big_endian=False):
    """`entries`: messages by their keys, as bytes."""
    header = _field(1, 1) + _field(2, int(big_endian)) + _field(3, _field(1, 1))
    rows = sorted({b"": header, **entries}.items())
    blocks, handles = b"", []
    content = b"".join(b"\0" + varint(len(key)) + varint(len(value)) + key + value
                       for key, value in rows)
    for block in (content, b"", None):
        if block is None:  # The index of the blocks comes last.
            block = b"\0\1" + varint(len(handles[0])) + b"\xff" + handles[0]
        block += struct.pack("<II", 0, 1)
        handles.append(varint(len(blocks)) + varint(len(block)))
        blocks += block + b"\0" + struct.pack("<I", masked(crc32c(block + b"\0")))
    footer = (handles[1] + handles[2]).ljust(40, b"\0") + bytes.fromhex("57fb808b247547db")
    prefix.with_name(prefix.name + ".index").write_bytes(blocks + footer)
    prefix.with_name(prefix.name + ".data-00000-of-00001").write_bytes(data)
    return prefix


def write_pieces(prefix, name, array, boxes):
    """One tensor of numbers in pieces, each box one (start, length) an axis."""
    entries = {name.encode(): parent(str(array.dtype), array.shape, boxes)}
    data = b""
    for box in boxes:
        piece = array[tuple(slice(start, start + length) for start, length in box)].tobytes()
        shape = [length for _, length in box]
        entries[slice_key(name, box)] = entry(str(array.dtype), shape, len(data), len(piece),
                                              crc32c(piece))
        data += piece
    return write(prefix, entries, data)


def write_big_endian(prefix, arrays):
    """Whole tensors, as a big-endian machine stores them."""
    entries, data = {}, b""
    for name, array in arrays.items():
        swapped = array.astype(array.dtype.newbyteorder(">")).tobytes()
        entries[name.encode()] = entry(str(array.dtype), array.shape, len(data), len(swapped),
                                       crc32c(swapped))
        data += swapped
    return write(prefix, entries, data, big_endian=True)


def write_variant(prefix, name, content):
    """A scalar of type variant."""
    size = crc32c(struct.pack("<Q", len(content)))
    checksum = struct.pack("<I", masked(crc32c(content, size)))
    data = varint(len(content)) + content + checksum
    whole = crc32c(checksum, crc32c(content, size))
    return write(prefix, {name.encode(): entry("variant", (), 0, len(data), whole)}, data)
