#include "regraft/key.h"

#include <gtest/gtest.h>

namespace regraft {
namespace {

struct EscapeCase {
  std::string_view edge, escaped;
};

// What TensorFlow writes for these edge names.
constexpr EscapeCase kEscapes[] = {
    {"a/b/c", "a.Sb.Sc"},
    {"d/.S", "d.S..S"},
    {"d/.ATTRIBUTES/f", "d.S..ATTRIBUTES.Sf"},
    {".ATTRIBUTES", "..ATTRIBUTES"},
    {"old_dense1/kernel:0", "old_dense1.Skernel:0"},
    {"..", "...."},
    {".", ".."},
    {"", ""},
    {".OPTIMIZER_SLOT", "..OPTIMIZER_SLOT"},
    {"\xc3\xa4 b\n\\", "\xc3\xa4 b\n\\"},
    {"p.q", "p..q"},
    {"x/y", "x.Sy"},
};

TEST(Key, EscapesAsTensorFlowDoes) {
  for (const auto& [edge, escaped] : kEscapes) EXPECT_EQ(EscapeEdge(edge), escaped);
}

TEST(Key, UnescapeReversesEscape) {
  for (const auto& [edge, escaped] : kEscapes) EXPECT_EQ(UnescapeEdge(escaped), edge);
}

TEST(Key, UnescapeKeepsWhatEscapeDoesNotWrite) {
  EXPECT_EQ(UnescapeEdge(".ATTRIBUTES"), ".ATTRIBUTES");
  EXPECT_EQ(UnescapeEdge("a."), "a.");
}

// The attribute names of objects that serialize several tensors are escaped twice.
TEST(Key, EscapingTwiceGivesTheKeysOfSeveralTensors) {
  EXPECT_EQ(EscapeEdge(EscapeEdge("x/y")), "x..Sy");
  EXPECT_EQ(EscapeEdge(EscapeEdge("p.q")), "p....q");
}

TEST(Key, HasThePartsOfAnObjectsAttribute) {
  const auto parts = ParseKey("model/a..b/kernel/.ATTRIBUTES/VARIABLE_VALUE");
  ASSERT_TRUE(parts);
  EXPECT_EQ(parts->object, "model/a..b/kernel");
  EXPECT_FALSE(parts->is_slot);
  EXPECT_EQ(parts->optimizer, "");
  EXPECT_EQ(parts->attribute, kValueAttribute);
  EXPECT_TRUE(parts->is_value());
  EXPECT_EQ(UnescapePath(parts->object), "model/a.b/kernel");

  const auto table = ParseKey("table/.ATTRIBUTES/table-keys");
  ASSERT_TRUE(table);
  EXPECT_EQ(table->attribute, "table-keys");
  EXPECT_FALSE(table->is_value());
  // The root itself.
  EXPECT_EQ(ParseKey("/.ATTRIBUTES/VARIABLE_VALUE")->object, "");
}

TEST(Key, HasThePartsOfASlot) {
  const auto parts = ParseKey("net/w/.OPTIMIZER_SLOT/my/adam/m.Sx/.ATTRIBUTES/VARIABLE_VALUE");
  ASSERT_TRUE(parts);
  EXPECT_TRUE(parts->is_slot);
  EXPECT_EQ(parts->object, "net/w");
  EXPECT_EQ(parts->optimizer, "my/adam");
  EXPECT_EQ(parts->slot, "m.Sx");
  EXPECT_EQ(UnescapeEdge(parts->slot), "m/x");
}

TEST(Key, OfAnotherFormHasNoParts) {
  for (const char* const name :
       {"", "dense/kernel", "dense/kernel/Adam", ".ATTRIBUTES/VARIABLE_VALUE", "a/.ATTRIBUTES",
        "w/.OPTIMIZER_SLOT/m/.ATTRIBUTES/VARIABLE_VALUE"}) {
    EXPECT_FALSE(ParseKey(name)) << name;
    EXPECT_EQ(ObjectPath(name), name);
  }
}

TEST(Key, IsMadeOfItsParts) {
  EXPECT_EQ(AttributeKey("a/b", "x.y"), "a/b/.ATTRIBUTES/x..y");
  EXPECT_EQ(ValueKey("a/b"), AttributeKey("a/b", kValueAttribute));
  const std::string slot = ValueKey(SlotPath("net/w", "my/adam", "m/x"));
  EXPECT_EQ(slot, "net/w/.OPTIMIZER_SLOT/my/adam/m.Sx/.ATTRIBUTES/VARIABLE_VALUE");
  EXPECT_EQ(ObjectPath(slot), SlotPath("net/w", "my/adam", "m/x"));
  // An optimizer that is the root itself.
  EXPECT_EQ(ParseKey(ValueKey(SlotPath("w", "", "m")))->optimizer, "");
  EXPECT_EQ(kSaveCounterKey, ValueKey("save_counter"));
}

TEST(Key, IsShortWithoutTheEndingOfAValue) {
  EXPECT_EQ(ShortKey("a/.ATTRIBUTES/VARIABLE_VALUE"), "a");
  for (const char* const name : {"a/.ATTRIBUTES/table-keys", "/.ATTRIBUTES/VARIABLE_VALUE", "a"}) {
    EXPECT_EQ(ShortKey(name), name);
  }
}

}  // namespace
}  // namespace regraft
