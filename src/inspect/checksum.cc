#include "io/crc32c.h"
#include "regraft/inspect.h"

namespace regraft {

std::uint32_t ComputeCrc32c(std::span<const std::byte> bytes) { return io::Crc32c(bytes); }

}  // namespace regraft
