// wire/reading.h - the one place where protozero's exceptions end.
#pragma once

#include <fmt/format.h>

#include <exception>
#include <protozero/pbf_reader.hpp>
#include <string_view>

#include "regraft/error.h"

namespace regraft::wire {

/// Thrown by a `read` of ReadMessage that finds a field of the wrong kind.
struct BadField {
  const char* what;
};

/// Runs `read` over the fields of one message. protozero reports malformed bytes by throwing;
/// that and BadField become kCorrupt "wire/bad-message".
template <typename T, typename Read>
Result<T> ReadMessage(const char* message, std::string_view bytes, Read read) {
  const auto bad = [&](std::string_view why) {
    return Fail(Error(
        ErrorCode::kCorrupt, "wire/bad-message",
        fmt::format("a {} message of {} bytes cannot be decoded: {}", message, bytes.size(), why)));
  };
  try {
    T out;
    read(protozero::pbf_reader(bytes.data(), bytes.size()), out);
    return out;
  } catch (const BadField& field) {
    return bad(field.what);
  } catch (const protozero::exception& error) {
    return bad(error.what());
  }
}

inline std::string_view View(const protozero::data_view& view) {
  return {view.data(), view.size()};
}

/// A varint as proto3's int32: longer values are cut to their low 32 bits, as TensorFlow's
/// parser does, so that a negative enum written in ten bytes reads back.
inline std::int32_t Int32(protozero::pbf_reader& reader) {
  return static_cast<std::int32_t>(static_cast<std::uint32_t>(reader.get_uint64()));
}

}  // namespace regraft::wire
