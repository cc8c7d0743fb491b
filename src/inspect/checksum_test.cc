#include <gtest/gtest.h>

#include <span>
#include <string_view>

#include "regraft/inspect.h"

namespace regraft {
namespace {

std::uint32_t Of(std::string_view text) {
  return ComputeCrc32c(std::as_bytes(std::span(text.data(), text.size())));
}

TEST(Checksum, IsCastagnolisUnmasked) {
  EXPECT_EQ(Of(""), 0u);
  EXPECT_EQ(Of("123456789"), 0xe3069283u);
}

}  // namespace
}  // namespace regraft
