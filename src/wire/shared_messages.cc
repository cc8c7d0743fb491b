#include "wire/shared_messages.h"

#include <cstddef>

namespace regraft::wire {
namespace {

using protozero::pbf_reader;
using protozero::pbf_wire_type;

constexpr std::size_t kUsualRank = 4;

std::int64_t ReadDim(pbf_reader reader) {
  std::int64_t size = 0;
  while (reader.next()) {
    if (reader.tag() == 1) {
      Expect(reader, pbf_wire_type::varint);
      size = reader.get_int64();
    } else {
      reader.skip();
    }
  }
  return size;
}

SliceExtent ReadExtent(pbf_reader reader) {
  SliceExtent out;
  while (reader.next()) {
    if (reader.tag() == 1) {
      Expect(reader, pbf_wire_type::varint);
      out.start = reader.get_int64();
    } else if (reader.tag() == 2) {
      Expect(reader, pbf_wire_type::varint);
      out.length = reader.get_int64();
    } else {
      reader.skip();
    }
  }
  return out;
}

}  // namespace

VersionDef ReadVersion(pbf_reader reader) {
  VersionDef out;
  while (reader.next()) {
    switch (reader.tag()) {
      case 1:
        Expect(reader, pbf_wire_type::varint);
        out.producer = Int32(reader);
        break;
      case 2:
        Expect(reader, pbf_wire_type::varint);
        out.min_consumer = Int32(reader);
        break;
      case 3:
        // Repeated numbers come packed or one by one; a reader takes both.
        if (reader.wire_type() == pbf_wire_type::varint) {
          out.bad_consumers.push_back(Int32(reader));
        } else {
          Expect(reader, pbf_wire_type::length_delimited);
          for (const std::int32_t version : reader.get_packed_int32()) {
            out.bad_consumers.push_back(version);
          }
        }
        break;
      default:
        reader.skip();
    }
  }
  return out;
}

void ReadShape(pbf_reader reader, TensorShape& out) {
  while (reader.next()) {
    if (reader.tag() == 2) {
      Expect(reader, pbf_wire_type::length_delimited);
      if (out.dims.empty()) out.dims.reserve(kUsualRank);
      out.dims.push_back(ReadDim(reader.get_message()));
    } else if (reader.tag() == 3) {
      Expect(reader, pbf_wire_type::varint);
      out.unknown_rank = reader.get_uint64() != 0;
    } else {
      reader.skip();
    }
  }
}

TensorSlice ReadSlice(pbf_reader reader) {
  TensorSlice out;
  while (reader.next()) {
    if (reader.tag() == 1) {
      Expect(reader, pbf_wire_type::length_delimited);
      out.push_back(ReadExtent(reader.get_message()));
    } else {
      reader.skip();
    }
  }
  return out;
}

}  // namespace regraft::wire
