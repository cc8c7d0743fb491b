// wire/writing.h - messages as TensorFlow's proto3 writer writes them.
#pragma once

#include <cstdint>
#include <protozero/pbf_writer.hpp>
#include <string>

namespace regraft::wire {

// proto3 leaves out scalars that have their default value.
inline void AddInt(protozero::pbf_writer& writer, protozero::pbf_tag_type tag, std::int64_t value) {
  if (value != 0) writer.add_int64(tag, value);
}
inline void AddText(protozero::pbf_writer& writer, protozero::pbf_tag_type tag,
                    const std::string& text) {
  if (!text.empty()) writer.add_string(tag, text);
}

/// Adds a submessage, an empty one too (which protozero's nested writer would take back): a
/// dimension of size 0 is an empty message that must be there.
template <typename Fill>
void AddMessage(protozero::pbf_writer& writer, protozero::pbf_tag_type tag, Fill fill) {
  std::string bytes;
  protozero::pbf_writer inner(bytes);
  fill(inner);
  writer.add_message(tag, bytes);
}

}  // namespace regraft::wire
