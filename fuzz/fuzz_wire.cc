// Any bytes as each protocol buffer message: what is decoded survives a round trip.
#include "fuzz.h"
#include "wire/messages.h"

using regraft::fuzz::Require;

namespace {

// The encoding of what was decoded is a fixed point.
template <typename Decode, typename Encode>
void RoundTrip(std::string_view bytes, Decode decode, Encode encode) {
  const auto first = decode(bytes);
  if (!first) return;
  const std::string encoded = encode(*first);
  const auto second = decode(encoded);
  Require(second.has_value());
  Require(encode(*second) == encoded);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  namespace wire = regraft::wire;
  const std::string_view bytes = regraft::fuzz::Text(data, size);
  RoundTrip(bytes, wire::DecodeBundleHeader, wire::EncodeBundleHeader);
  RoundTrip(bytes, wire::DecodeBundleEntry, wire::EncodeBundleEntry);
  RoundTrip(bytes, wire::DecodeObjectGraph, wire::EncodeObjectGraph);
  return 0;
}
