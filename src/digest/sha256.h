// digest/sha256.h - SHA-256 over pieces, for digests that people compare.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>

namespace regraft::digest {

class Sha256 {
 public:
  Sha256();
  ~Sha256();
  void Update(std::span<const std::byte> bytes);
  /// 64 lower-case hexadecimal digits. Call once, last.
  std::string Hex();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace regraft::digest
