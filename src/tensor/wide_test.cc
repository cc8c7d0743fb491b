#include "tensor/wide.h"

#include <gtest/gtest.h>

#include <bit>
#include <cstdint>
#include <cstring>
#include <random>
#include <vector>

#include "tensor/minifloat_bits.h"

namespace regraft::tensor {
namespace {

// There and back, with what is lost on the way: all that the loops over elements consist of.
template <MiniFormat kFormat>
struct Shortened {
  REGRAFT_IN_LOOP static std::int32_t Run(const float* __restrict in, std::size_t count,
                                          float* __restrict out) {
    std::int32_t overflowed = 0;
    for (std::size_t i = 0; i < count; ++i) {
      const EncodedBits<float> encoded = EncodeBits<kFormat, float>(in[i]);
      overflowed += encoded.overflowed;
      out[i] = DecodeBits<kFormat>(encoded.code) * 1.1f + in[i];
    }
    return overflowed;
  }
};

template <MiniFormat kFormat>
void ExpectTheSame(const std::vector<float>& in) {
  using Both = Compiled<Shortened<kFormat>, std::int32_t(const float*, std::size_t, float*)>;
  std::vector<float> any(in.size()), wide(in.size());
  const std::int32_t overflowed = Both::ForAny(in.data(), in.size(), any.data());
  EXPECT_EQ(Both::ForWide(in.data(), in.size(), wide.data()), overflowed);
  EXPECT_EQ(std::memcmp(any.data(), wide.data(), in.size() * sizeof(float)), 0);
}

TEST(Wide, VectorsGiveTheSame) {
  if (!HasWideVectors()) GTEST_SKIP() << "this machine has none";
  std::mt19937 random(11);
  std::vector<float> in(1'000'003);
  for (float& value : in) value = std::bit_cast<float>(static_cast<std::uint32_t>(random()));
  ExpectTheSame<kFloat16Format>(in);
  ExpectTheSame<kBfloat16Format>(in);
  ExpectTheSame<kFloat8E5m2Format>(in);
  ExpectTheSame<kFloat8E4m3fnFormat>(in);
  ExpectTheSame<kFloat8E4m3fnuzFormat>(in);
}

}  // namespace
}  // namespace regraft::tensor
