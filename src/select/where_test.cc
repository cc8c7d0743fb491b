#include "select/where.h"

#include <gtest/gtest.h>

#include "regraft/entry.h"

namespace regraft::select {
namespace {

bool Holds(std::string_view text, const TensorSpec& spec, EntryClass cls = EntryClass::kWeights) {
  const Result<WherePredicate> predicate = ParseWhere(text);
  EXPECT_TRUE(predicate) << text << "\n" << (predicate ? "" : predicate.error().ToString());
  return predicate && (*predicate)({&spec, cls});
}

const TensorSpec kKernel{DType::kFloat32, {3, 3, 3, 32}};

TEST(Where, ComparesTypeShapeAndSize) {
  EXPECT_TRUE(Holds("dtype==float32 && numel>800", kKernel));
  EXPECT_FALSE(Holds("numel>1e6", kKernel));
  EXPECT_TRUE(Holds("shape==[3,*,*,32]", kKernel));
  EXPECT_FALSE(Holds("shape!=[3,3,3,32]", kKernel));
  EXPECT_FALSE(Holds("shape==[3,3]", kKernel));
  EXPECT_TRUE(Holds("rank >= 4 && bytes == 3456", kKernel));
  EXPECT_TRUE(Holds("dtype='float32'", kKernel));
  EXPECT_TRUE(Holds("class==@optimizer || class==bn-stats", kKernel, EntryClass::kBnStats));
}

TEST(Where, BindsAndTighterThanOr) {
  EXPECT_TRUE(Holds("rank==4 || rank==1 && dtype==int32", kKernel));
  EXPECT_FALSE(Holds("(rank==4 || rank==1) && dtype==int32", kKernel));
  EXPECT_TRUE(Holds("!(rank==1) && !rank==2", kKernel));
}

TEST(Where, PointsAtWhatItCannotRead) {
  for (const char* bad :
       {"", "dtype", "dtype==", "dtype==flaot32", "numel>many", "dtype<float32", "rank==4 rank==4",
        "(rank==4", "shape==[3", "colour==red", "rank==4 &&", "class==weight", "dtype=='x"}) {
    const Result<WherePredicate> predicate = ParseWhere(bad);
    ASSERT_FALSE(predicate) << bad;
    EXPECT_EQ(predicate.error().slug, "select/bad-where");
    EXPECT_NE(predicate.error().message.find("column"), std::string::npos) << bad;
  }
  EXPECT_FALSE(ParseWhere(std::string(5000, '(')));
  EXPECT_FALSE(ParseWhere(std::string(5000, '!')));
}

}  // namespace
}  // namespace regraft::select
