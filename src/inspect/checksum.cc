#include "digest/crc32c.h"
#include "regraft/inspect.h"

namespace regraft {

std::uint32_t ComputeCrc32c(std::span<const std::byte> bytes) { return digest::Crc32c(bytes); }

}  // namespace regraft
