// testing/prefixes.h - damaged copies of some bytes, for decoders that must survive them.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <memory>
#include <string_view>

namespace regraft::testing {

/// Calls f(copy) with a heap block of exactly those bytes, so that reading one byte past
/// them is seen by the address sanitizer.
template <typename F>
void WithExactCopy(std::string_view bytes, F f) {
  const auto copy = std::make_unique<char[]>(bytes.size());
  if (!bytes.empty()) std::memcpy(copy.get(), bytes.data(), bytes.size());
  f(std::string_view(copy.get(), bytes.size()));
}

/// Calls f(prefix) for every proper prefix, the empty one first.
template <typename F>
void ForEveryPrefix(std::string_view bytes, F f) {
  for (std::size_t size = 0; size < bytes.size(); ++size) WithExactCopy(bytes.substr(0, size), f);
}

/// Calls f(changed, at) with every byte changed in several ways.
template <typename F>
void ForEveryByteFlip(std::string_view bytes, F f) {
  for (std::size_t at = 0; at < bytes.size(); ++at) {
    for (const unsigned flip : {0x01u, 0x80u, 0x7fu, 0xffu}) {
      const auto copy = std::make_unique<char[]>(bytes.size());
      std::memcpy(copy.get(), bytes.data(), bytes.size());
      copy[at] = static_cast<char>(static_cast<unsigned char>(copy[at]) ^ flip);
      f(std::string_view(copy.get(), bytes.size()), at);
    }
  }
}

}  // namespace regraft::testing
