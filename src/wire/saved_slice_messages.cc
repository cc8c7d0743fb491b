// SavedTensorSlices and what it contains (docs/format/tf_v1.md).
#include "wire/messages.h"
#include "wire/shared_messages.h"

namespace regraft::wire {
namespace {

using protozero::pbf_reader;
using protozero::pbf_wire_type;

SavedTensor ReadTensor(pbf_reader reader) {
  SavedTensor out;
  while (reader.next()) {
    switch (reader.tag()) {
      case 1:
        Expect(reader, pbf_wire_type::length_delimited);
        out.name = View(reader.get_view());
        break;
      case 2:
        Expect(reader, pbf_wire_type::length_delimited);
        ReadShape(reader.get_message(), out.shape);
        break;
      case 3:
        Expect(reader, pbf_wire_type::varint);
        out.dtype = Int32(reader);
        break;
      case 4:
        Expect(reader, pbf_wire_type::length_delimited);
        out.slices.push_back(ReadSlice(reader.get_message()));
        break;
      default:
        reader.skip();
    }
  }
  return out;
}

void ReadMeta(pbf_reader reader, SavedTensors& out) {
  while (reader.next()) {
    switch (reader.tag()) {
      case 1:
        Expect(reader, pbf_wire_type::length_delimited);
        out.tensors.push_back(ReadTensor(reader.get_message()));
        break;
      case 2:
        Expect(reader, pbf_wire_type::length_delimited);
        out.version = ReadVersion(reader.get_message());
        break;
      default:
        reader.skip();
    }
  }
}

void ReadData(pbf_reader reader, SavedSlice& out) {
  while (reader.next()) {
    switch (reader.tag()) {
      case 1:
        Expect(reader, pbf_wire_type::length_delimited);
        out.name = View(reader.get_view());
        break;
      case 2:
        Expect(reader, pbf_wire_type::length_delimited);
        out.slice = ReadSlice(reader.get_message());
        break;
      case 3:
        Expect(reader, pbf_wire_type::length_delimited);
        out.data = View(reader.get_view());
        break;
      default:
        reader.skip();
    }
  }
}

// Decodes the message in field `tag` of a SavedTensorSlices.
template <typename T, typename Read>
Result<T> ReadPart(std::string_view bytes, std::uint32_t tag, Read read) {
  return ReadMessage<T>("SavedTensorSlices", bytes, [&](pbf_reader reader, T& out) {
    while (reader.next()) {
      if (reader.tag() == tag) {
        Expect(reader, pbf_wire_type::length_delimited);
        read(reader.get_message(), out);
      } else {
        reader.skip();
      }
    }
  });
}

}  // namespace

Result<SavedTensors> DecodeSavedTensors(std::string_view bytes) {
  return ReadPart<SavedTensors>(bytes, 1, ReadMeta);
}

Result<SavedSlice> DecodeSavedSlice(std::string_view bytes) {
  return ReadPart<SavedSlice>(bytes, 2, ReadData);
}

}  // namespace regraft::wire
