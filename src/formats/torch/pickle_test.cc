#include "formats/torch/pickle.h"

#include <gtest/gtest.h>

#include "formats/torch/tensors.h"
#include "testing/golden.h"
#include "testing/prefixes.h"

namespace regraft::torch {
namespace {

// {"w": float32 [[1,2],[3,4]], "b": int64 [5,6]}, as torch.save writes it.
std::string Golden() { return testing::Golden("formats/torch.pt").substr(64, 243); }

Result<Found> Read(std::string_view pickle) {
  const auto values = ReadPickle(pickle);
  if (!values) return Fail(values.error());
  return FindTensors(*values);
}

TEST(TorchPickle, FindsTensorsWithTheirStorages) {
  const auto found = Read(Golden());
  ASSERT_TRUE(found) << found.error().ToString();
  ASSERT_EQ(found->tensors.size(), 2u);
  EXPECT_EQ(found->tensors[0].key, "b");
  EXPECT_EQ(found->tensors[0].spec.ToString(), "int64[2]");
  EXPECT_EQ(found->tensors[1].key, "w");
  EXPECT_EQ(found->tensors[1].spec.ToString(), "float32[2,2]");
  EXPECT_EQ(found->tensors[1].strides, (std::vector<std::int64_t>{2, 1}));
  EXPECT_NE(found->tensors[0].storage, found->tensors[1].storage);
}

TEST(TorchPickle, EveryPrefixIsRefusedByName) {
  testing::ForEveryPrefix(Golden(), [](std::string_view prefix) {
    const auto found = Read(prefix);
    ASSERT_FALSE(found);
    EXPECT_TRUE(found.error().slug.starts_with("torch/")) << found.error().slug;
  });
}

TEST(TorchPickle, EveryFlippedByteIsReadOrRefusedByName) {
  std::size_t refused = 0;
  testing::ForEveryByteFlip(Golden(), [&](std::string_view changed, std::size_t at) {
    const auto found = Read(changed);
    if (found) return;
    ++refused;
    EXPECT_TRUE(found.error().slug.starts_with("torch/")) << at << found.error().slug;
  });
  EXPECT_GT(refused, 400u);
}

TEST(TorchPickle, RefusesAnObjectByItsName) {
  // GLOBAL os system, with a call of it behind it.
  const auto found = Read(
      "\x80\x02"
      "cos\nsystem\nX\x02\0\0\0ls\x85R.");
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().slug, "torch/object");
  EXPECT_NE(found.error().message.find("os.system"), std::string::npos);
}

TEST(TorchPickle, RefusesOpcodesThatPyTorchDoesNotWrite) {
  const auto found = Read(std::string_view("\x80\x02i", 3));
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().slug, "torch/opcode");
}

TEST(TorchPickle, AListInItselfComesToAnEnd) {
  // EMPTY_LIST, BINPUT 0, BINGET 0, APPEND, STOP.
  const auto found = Read(std::string_view("\x80\x02]q\0h\0a.", 9));
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().slug, "torch/limit");
}

TEST(TorchPickle, FewBytesDoNotBecomeManyKeys) {
  // A list, and pairs of the pair before, forty times.
  std::string pickle("\x80\x02]q\0", 5);
  for (char i = 0; i < 40; ++i)
    pickle += std::string{'h', i, '\x86', 'q', static_cast<char>(i + 1)};
  const auto found = Read(pickle + '.');
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().slug, "torch/limit");
}

}  // namespace
}  // namespace regraft::torch
