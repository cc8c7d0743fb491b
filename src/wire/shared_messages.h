// wire/shared_messages.h - messages that are parts of several others.
#pragma once

#include "wire/messages.h"
#include "wire/reading.h"

namespace regraft::wire {

/// Throws BadField if the field that is next has another wire type.
inline void Expect(const protozero::pbf_reader& reader, protozero::pbf_wire_type type) {
  if (reader.wire_type() != type) throw BadField{"a field has the wrong wire type"};
}

VersionDef ReadVersion(protozero::pbf_reader reader);
void ReadShape(protozero::pbf_reader reader, TensorShape& out);
TensorSlice ReadSlice(protozero::pbf_reader reader);

}  // namespace regraft::wire
