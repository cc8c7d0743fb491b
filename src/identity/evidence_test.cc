#include "identity/evidence.h"

#include <gtest/gtest.h>

namespace regraft::identity {
namespace {

// "g:a p2.0 n:dense.1": kind, row, text, number.
std::string Text(const Parts& parts) {
  std::string out;
  for (const Part& part : parts) {
    if (!out.empty()) out += ' ';
    out += PartKindLetter(part.kind);
    if (part.kind == PartKind::kPlace) out += std::to_string(static_cast<int>(part.row));
    out += ":" + std::string(part.text);
    if (part.kind != PartKind::kGiven) out += "." + std::to_string(part.number);
  }
  return out;
}

bool None(std::string_view) { return false; }

TEST(Evidence, AttributesAreGivenAndElementsAndLayersArePlaces) {
  EXPECT_EQ(Text(PartsOfPath("model/a/kernel")), "g:model g:a g:kernel");
  EXPECT_EQ(Text(PartsOfPath("blocks/3/kernel")), "g:blocks p0:.3 g:kernel");
  EXPECT_EQ(Text(PartsOfPath("layer_with_weights-2/bias")), "p1:.2 g:bias");
  EXPECT_EQ(Text(PartsOfPath("layer-7/bias")), "p3:.7 g:bias");
}

TEST(Evidence, TheTwoRowsOfKeras3AreNotOne) {
  EXPECT_EQ(Text(PartsOfPath("_operations/4/bias")), "p2:.4 g:bias");
  EXPECT_EQ(Text(PartsOfPath("_layers/3/bias")), "p3:.3 g:bias");
}

TEST(Evidence, ASpellingIsNoPart) {
  EXPECT_EQ(Text(PartsOfPath("_functional/_operations/1/_kernel")), "p2:.1 g:kernel");
}

TEST(Evidence, APathThroughBookkeepingTellsNothing) {
  EXPECT_EQ(Text(PartsOfPath("optimizer/_trainable_variables/3")), "");
  EXPECT_EQ(Text(PartsOfPath("_all_variables/3")), "");
  EXPECT_EQ(Text(PartsOfPath("keras_api/layers/0/kernel")), "");
  EXPECT_EQ(Text(PartsOfPath("layer-1/trainable_variables/0")), "");
}

TEST(Evidence, TheVariablesOfAnExportedModelAreARow) {
  EXPECT_EQ(Text(PartsOfPath("variables/3")), "p4:.3");
  EXPECT_EQ(Text(PartsOfPath("model/variables/3")), "g:model p4:.3");
}

TEST(Evidence, ANumberThatIsTheKeyOfADictionaryIsGiven) {
  const std::vector<PartKind> kinds = {PartKind::kGiven, PartKind::kGiven, PartKind::kGiven};
  EXPECT_EQ(Text(PartsOfPath("by_size/0/kernel", kinds)), "g:by_size g:0 g:kernel");
}

TEST(Evidence, NamesOfKerasClassesCount) {
  EXPECT_EQ(Text(PartsOfName("net/dense_12/kernel", {}, None)), "g:net n:dense.12 g:kernel");
  EXPECT_EQ(Text(PartsOfName("dense/kernel", {}, None)), "n:dense.0 g:kernel");
  EXPECT_EQ(Text(PartsOfName("Variable_3", {}, None)), "n:Variable.3");
}

TEST(Evidence, TheNameOfAVariableItselfDoesNotCount) {
  EXPECT_EQ(Text(PartsOfName("a/dense", {}, None)), "g:a g:dense");
}

TEST(Evidence, OwnersSayWhatCounts) {
  const auto block = [](std::string_view stem) { return stem == "my_block"; };
  EXPECT_EQ(Text(PartsOfName("my_block_1/kernel", {}, None)), "g:my_block_1 g:kernel");
  EXPECT_EQ(Text(PartsOfName("my_block_1/kernel", {}, block)), "n:my_block.1 g:kernel");
  const std::vector<PartKind> given = {PartKind::kGiven, PartKind::kGiven};
  EXPECT_EQ(Text(PartsOfName("dense_1/kernel", given, block)), "g:dense_1 g:kernel");
}

TEST(Evidence, TheChosenEndBeginsAtALayer) {
  const auto end = [](std::string_view name) {
    return Joined(ChosenEnd(PartsOfName(name, {}, None)));
  };
  EXPECT_EQ(end("net/a/kernel"), "net/a/kernel");
  EXPECT_EQ(end("sequential_1/a/kernel"), "a/kernel");
  EXPECT_EQ(end("a/dense/kernel"), "");  // The layer itself is counted.
  EXPECT_EQ(end("scale"), "scale");
}

TEST(Evidence, PartsOfAnotherKindAreOtherEvidence) {
  EXPECT_NE(Joined(PartsOfPath("blocks/1")), Joined(PartsOfPath("blocks", {})) + "/1");
  EXPECT_NE(Joined(PartsOfPath("_layers/1/bias")), Joined(PartsOfPath("_operations/1/bias")));
}

}  // namespace
}  // namespace regraft::identity
