// Layers of Keras through the layouts, beside the weights of torch that compute the same.
#include <gtest/gtest.h>

#include <string>

#include "regraft/checkpoint.h"
#include "regraft/mapped.h"

namespace regraft {
namespace {

CheckpointReader Golden(const std::string& name) {
  auto opened =
      CheckpointReader::Open(std::string(REGRAFT_SOURCE_DIR) + "/tests/golden/layouts/" + name);
  EXPECT_TRUE(opened) << (opened ? "" : opened.error().ToString());
  return *std::move(opened);
}

std::string Bytes(const CheckpointReader& reader, const Entry& entry) {
  std::string out(entry.spec.Bytes().value_or(0), '\0');
  EXPECT_TRUE(reader.Read(entry, std::as_writable_bytes(std::span(out)))) << entry.key;
  return out;
}

TEST(Layouts, GiveTheWeightsThatComputeTheSame) {
  const auto view =
      Viewed(Golden("keras.safetensors"), {.layout = "keras->torch", .layers = {{"*", "Dense"}}});
  ASSERT_TRUE(view) << view.error().ToString();
  const CheckpointReader torch = Golden("torch.safetensors");
  ASSERT_EQ(view->num_entries(), torch.num_entries());
  for (const Entry& wanted : torch.entries()) {
    const Entry* const found = view->Find(wanted.key);
    ASSERT_NE(found, nullptr) << wanted.key;
    EXPECT_EQ(found->spec, wanted.spec) << wanted.key;
    EXPECT_EQ(Bytes(*view, *found), Bytes(torch, wanted)) << wanted.key;
  }
}

}  // namespace
}  // namespace regraft
