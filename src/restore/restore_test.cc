#include "regraft/restore.h"

#include <gmock/gmock.h>

#include <algorithm>

#include "digest/crc32c.h"
#include "regraft/buffer.h"
#include "regraft/checkpoint.h"
#include "regraft/rules.h"
#include "restore/test_arrays.h"

namespace regraft::restore {
namespace {

using testing::BytesOf;
using testing::CountingFiles;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::MemoryFiles;
using testing::TinyBundle;

constexpr char kData[] = "p.data-00000-of-00001";

// A bundle in memory, opened.
struct Source {
  explicit Source(const TinyBundle& bundle) : files(bundle.Files("p")), reader(Opened(files)) {}
  MemoryFiles files;
  CheckpointReader reader;
};

TEST(Restore, ReadsOnlyTheBytesOfThePlannedTensors) {
  TinyBundle bundle;
  bundle.AddFloats("a", {2}, {1, 2})
      .AddFloats("big", {2000}, std::vector<float>(2000, 9))
      .AddFloats("c", {3}, {3, 4, 5});
  const MemoryFiles memory(bundle.Files("p"));
  const CountingFiles files(memory);
  const CheckpointReader reader = Opened(files);
  EXPECT_EQ(files.bytes_read(kData), 0u);
  Arrays model;
  model.AddFloats("a", {2}, 0).AddFloats("big", {2000}, 7).AddFloats("c", {3}, 0);
  const auto report = Restore(reader, model.destination(), {.select = {.exclude = {"big"}}});
  ASSERT_TRUE(report) << report.error().ToString();
  EXPECT_EQ(files.bytes_read(kData), 20u);
  EXPECT_EQ(report->bytes_read, 20u);
  EXPECT_EQ(model.Floats("c"), (std::vector<float>{3, 4, 5}));
  EXPECT_EQ(model.Floats("big"), std::vector<float>(2000, 7));
}

// A target that takes itself beside one that does not.
class OwnTaker final : public Destination {
 public:
  Result<std::vector<Target>> Targets() const override {
    std::vector<Target> targets(2);
    targets[0].name = "table";
    targets[0].key = "t";
    targets[0].spec = {dtype, Shape{7}};
    targets[0].takes_itself = true;
    targets[1].name = targets[1].key = "a";
    targets[1].spec = {DType::kFloat32, Shape{2}};
    return targets;
  }
  Status ReadCurrent(std::size_t, std::span<std::byte>) const override { return {}; }
  Status Commit(std::span<Staged> values) override {
    for (const Staged& staged : values) taken.emplace_back(staged.index, staged.value.size());
    return {};
  }
  DType dtype = DType::kString;
  std::vector<std::pair<std::size_t, std::size_t>> taken;
};

TEST(Restore, StagesNothingForWhatTakesItself) {
  for (const bool variant : {false, true}) {
    TinyBundle bundle;
    bundle.AddFloats("a", {2}, {1, 2});
    if (variant) {
      bundle.AddVariants("t", {2}, {"x", "y"});
    } else {
      bundle.AddStrings("t", {2}, {"x", "y"});
    }
    const Source source(bundle);
    OwnTaker own;
    own.dtype = variant ? DType::kVariant : DType::kString;
    const auto plan = MakePlan(source.reader, *own.Targets(), {});
    ASSERT_TRUE(plan);
    const auto again = ParsePlan(PlanJson(*plan));
    ASSERT_TRUE(again) << again.error().ToString();
    const auto report = Restore(source.reader, *again, own);
    ASSERT_TRUE(report) << report.error().ToString();
    EXPECT_THAT(own.taken, ElementsAre(std::pair(1, 8), std::pair(0, 0)));
    ASSERT_EQ(report->restored.size(), 2u);
    EXPECT_EQ(report->restored[1].planned, 1u);
    EXPECT_EQ(report->restored[1].bytes, source.reader.Find("t")->bytes);
  }
}

TEST(Restore, ComparesTheTypeOfWhatTakesItself) {
  TinyBundle bundle;
  bundle.AddFloats("a", {2}, {1, 2}).AddFloats("t", {2}, {1, 2});
  const Source source(bundle);
  OwnTaker own;
  Rules rules;
  rules.on_dtype = OnDtype::kCast;
  const auto report = Restore(source.reader, own, rules);
  ASSERT_FALSE(report);
  EXPECT_EQ(report.error().slug, "select/dtype");
  EXPECT_TRUE(own.taken.empty());
}

TEST(Restore, ReportsSourceBytesAndChecksumOfEachTarget) {
  TinyBundle bundle;
  bundle.AddFloats("a", {2}, {1, 2}).AddFloats("b", {3}, {3, 4, 5});
  const Source source(bundle);
  Arrays model;
  model.AddFloats("b", {3}, 0).AddFloats("a", {2}, 0);
  const auto report = Restore(source.reader, model.destination());
  ASSERT_TRUE(report);
  ASSERT_EQ(report->restored.size(), 2u);
  EXPECT_EQ(report->plan.targets[0].source, "a");
  const std::string bytes = BytesOf<float>({1, 2});
  EXPECT_EQ(report->restored[0],
            (RestoredTarget{0, digest::Crc32c(std::as_bytes(std::span(bytes))), 8, 0}));
  EXPECT_EQ(report->restored[1].planned, 1u);
  EXPECT_EQ(report->restored[1].bytes, 12u);
}

TEST(Restore, GivesAnEqualReportHoweverTargetsAreOrdered) {
  TinyBundle bundle;
  bundle.AddFloats("a", {2}, {1, 2}).AddFloats("b", {1}, {3}).AddFloats("c", {1}, {4});
  const Source source(bundle);
  Arrays one, other;
  one.AddFloats("a", {2}, 0).AddFloats("b", {1}, 0).AddFloats("c", {1}, 0);
  other.AddFloats("c", {1}, 0).AddFloats("a", {2}, 0).AddFloats("b", {1}, 0);
  const auto plan = MakePlan(source.reader, other.Targets(), {});
  ASSERT_TRUE(plan);
  const auto first = Restore(source.reader, *plan, one.destination(), {.threads = 1});
  const auto second = Restore(source.reader, other.destination(), {}, {.threads = 3});
  ASSERT_TRUE(first && second);
  EXPECT_EQ(*first, *second);
  for (const char* name : {"a", "b", "c"}) EXPECT_EQ(one.Floats(name), other.Floats(name));
}

TEST(Restore, CastsAndCountsWhatBecameInfinite) {
  TinyBundle bundle;
  bundle.Add("x", DType::kFloat64, {3}, BytesOf<double>({1.5, 1e300, -2}));
  const Source source(bundle);
  Arrays model;
  model.AddFloats("x", {3}, 0);
  const auto report = Restore(source.reader, model.destination(), {.on_dtype = OnDtype::kCast});
  ASSERT_TRUE(report);
  EXPECT_EQ(model.Floats("x"),
            (std::vector<float>{1.5, std::numeric_limits<float>::infinity(), -2}));
  EXPECT_EQ(report->restored[0].overflowed, 1);
  EXPECT_EQ(report->restored[0].bytes, 12u);
  EXPECT_EQ(report->bytes_read, 24u);
}

TEST(Restore, SlicesTheLeadingCorner) {
  TinyBundle bundle;
  bundle.AddFloats("x", {3, 3}, {1, 2, 3, 4, 5, 6, 7, 8, 9});
  const Source source(bundle);
  Arrays model;
  model.AddFloats("x", {2, 2}, 0);
  ASSERT_TRUE(Restore(source.reader, model.destination(), {.on_shape = OnShape::kSlice}));
  EXPECT_EQ(model.Floats("x"), (std::vector<float>{1, 2, 4, 5}));
}

TEST(Restore, PadsWithZerosOrKeepsTheRest) {
  TinyBundle bundle;
  bundle.AddFloats("x", {2, 2}, {1, 2, 3, 4});
  const Source source(bundle);
  Arrays model;
  model.AddFloats("x", {3, 3}, -1);
  ASSERT_TRUE(Restore(source.reader, model.destination(), {.on_shape = OnShape::kPadKeep}));
  EXPECT_EQ(model.Floats("x"), (std::vector<float>{1, 2, -1, 3, 4, -1, -1, -1, -1}));
  ASSERT_TRUE(Restore(source.reader, model.destination(), {.on_shape = OnShape::kPad}));
  EXPECT_EQ(model.Floats("x"), (std::vector<float>{1, 2, 0, 3, 4, 0, 0, 0, 0}));
}

TEST(Restore, CastsBeforeItPads) {
  TinyBundle bundle;
  bundle.Add("x", DType::kInt32, {2}, BytesOf<std::int32_t>({5, 6}));
  const Source source(bundle);
  Arrays model;
  model.AddFloats("x", {3}, -1);
  ASSERT_TRUE(Restore(source.reader, model.destination(),
                      {.on_shape = OnShape::kPadKeep, .on_dtype = OnDtype::kCast}));
  EXPECT_EQ(model.Floats("x"), (std::vector<float>{5, 6, -1}));
}

TEST(Restore, LeavesWhatPoliciesKeep) {
  TinyBundle bundle;
  bundle.AddFloats("a", {2}, {1, 2}).AddFloats("b", {2}, {3, 4});
  const Source source(bundle);
  Arrays model;
  model.AddFloats("a", {2}, 0).AddFloats("b", {5}, -1).AddFloats("new", {1}, -2);
  const auto report = Restore(source.reader, model.destination(),
                              {.missing = OnMissing::kKeep, .on_shape = OnShape::kSkip});
  ASSERT_TRUE(report);
  EXPECT_EQ(report->restored.size(), 1u);
  EXPECT_EQ(model.Floats("a"), (std::vector<float>{1, 2}));
  EXPECT_EQ(model.Floats("b"), std::vector<float>(5, -1));
  EXPECT_EQ(model.Floats("new"), std::vector<float>{-2});
}

TEST(Restore, SwapsWhatABigEndianMachineWrote) {
  TinyBundle bundle;
  bundle.AddFloats("x", {2}, {1.5, -2}).SetBigEndian();
  const Source source(bundle);
  ASSERT_TRUE(source.reader.big_endian());
  Arrays model;
  model.AddFloats("x", {2}, 0);
  ASSERT_TRUE(Restore(source.reader, model.destination()));
  EXPECT_EQ(model.Floats("x"), (std::vector<float>{1.5, -2}));
}

TEST(Restore, AssemblesPartsAndChecksumsTheWhole) {
  TinyBundle bundle;
  bundle.AddSlice("x", DType::kFloat32, {2, 2}, {{0, -1}, {0, 1}}, BytesOf<float>({1, 3}));
  bundle.AddSlice("x", DType::kFloat32, {2, 2}, {{0, -1}, {1, 1}}, BytesOf<float>({2, 4}));
  const Source source(bundle);
  Arrays model;
  model.AddFloats("x", {2, 2}, 0);
  const auto report = Restore(source.reader, model.destination());
  ASSERT_TRUE(report);
  EXPECT_EQ(model.Floats("x"), (std::vector<float>{1, 2, 3, 4}));
  const std::string whole = BytesOf<float>({1, 2, 3, 4});
  EXPECT_EQ(report->restored[0].crc32c, digest::Crc32c(std::as_bytes(std::span(whole))));
}

TEST(Restore, ReadsASourceOfManyTargetsOnce) {
  TinyBundle bundle;
  bundle.AddFloats("x", {2}, {1, 2});
  const MemoryFiles memory(bundle.Files("p"));
  const CountingFiles files(memory);
  const CheckpointReader reader = Opened(files);
  Arrays model;
  model.AddFloats("a", {2}, 0).AddFloats("b", {3}, -1).AddFloats("c", {2}, 0);
  model.Add("d", DType::kFloat64, {2}, BytesOf<double>({0, 0}));
  Rules rules{.on_shape = OnShape::kPad, .on_dtype = OnDtype::kCast};
  for (const char* to : {"a", "b", "c", "d"}) rules.map.push_back({"x", to});
  const auto report = Restore(reader, model.destination(), rules);
  ASSERT_TRUE(report) << report.error().ToString();
  EXPECT_EQ(files.bytes_read(kData), 8u);
  EXPECT_EQ(report->bytes_read, 8u);
  EXPECT_EQ(model.Floats("a"), (std::vector<float>{1, 2}));
  EXPECT_EQ(model.Floats("b"), (std::vector<float>{1, 2, 0}));
  EXPECT_EQ(model.Floats("c"), (std::vector<float>{1, 2}));
  EXPECT_EQ(model.Values<double>("d"), (std::vector<double>{1, 2}));
}

TEST(Restore, TakesEmptyTensors) {
  TinyBundle bundle;
  bundle.AddFloats("none", {0, 3}, {});
  const Source source(bundle);
  Arrays model;
  model.AddFloats("none", {0, 3}, 0);
  std::vector<std::uint64_t> totals;
  const auto report =
      Restore(source.reader, model.destination(), {},
              {.progress = [&](std::uint64_t, std::uint64_t total) { totals.push_back(total); }});
  ASSERT_TRUE(report) << report.error().ToString();
  EXPECT_EQ(report->restored.size(), 1u);
  EXPECT_EQ(report->bytes_read, 0u);
  EXPECT_THAT(totals, ElementsAre(0u));
}

TEST(Restore, PadsAnEmptySource) {
  TinyBundle bundle;
  bundle.AddFloats("x", {0}, {});
  const Source source(bundle);
  Arrays model;
  model.AddFloats("x", {2}, -1);
  ASSERT_TRUE(Restore(source.reader, model.destination(), {.on_shape = OnShape::kPadKeep}));
  EXPECT_EQ(model.Floats("x"), (std::vector<float>{-1, -1}));
}

TEST(RestoreProgress, GrowsAndEndsWithEverything) {
  TinyBundle bundle;
  Arrays model;
  for (char name = 'a'; name < 'a' + 20; ++name) {
    bundle.AddFloats(std::string(1, name), {10}, std::vector<float>(10, 1));
    model.AddFloats(std::string(1, name), {10}, 0);
  }
  const Source source(bundle);
  for (const std::size_t threads : {1, 4}) {
    std::vector<std::uint64_t> done;
    ASSERT_TRUE(Restore(source.reader, model.destination(), {},
                        {.progress =
                             [&](std::uint64_t now, std::uint64_t total) {
                               EXPECT_EQ(total, 800u);
                               done.push_back(now);
                             },
                         .threads = threads}));
    EXPECT_EQ(done.size(), 20u);
    EXPECT_TRUE(std::is_sorted(done.begin(), done.end()));
    EXPECT_EQ(done.back(), 800u);
    EXPECT_EQ(std::count(done.begin(), done.end(), 800u), 1);
  }
}

// An owner of its buffers takes the staged ones.
class Owner final : public Destination {
 public:
  Result<std::vector<Target>> Targets() const override {
    Target target;
    target.name = target.full_name = "x";
    target.spec = {DType::kFloat32, {2}};
    return std::vector{target};
  }
  Status ReadCurrent(std::size_t, std::span<std::byte>) const override { return {}; }
  Status Commit(std::span<Staged> values) override {
    for (Staged& staged : values) std::swap(value, staged.value);
    return {};
  }
  Buffer value;
};

TEST(Restore, HandsOverBuffersThatAnOwnerMaySwapIn) {
  TinyBundle bundle;
  bundle.AddFloats("x", {2}, {1, 2});
  const Source source(bundle);
  Owner owner;
  ASSERT_TRUE(Restore(source.reader, owner));
  ASSERT_EQ(owner.value.size(), 8u);
  EXPECT_EQ(std::memcmp(owner.value.bytes().data(), BytesOf<float>({1, 2}).data(), 8), 0);
}

TEST(ArrayDestination, KeepsTheOrderAndGivesPresentValues) {
  Arrays arrays;
  arrays.AddFloats("z", {1}, 5).AddFloats("a", {2}, 6);
  const std::vector<Target> targets = arrays.Targets();
  ASSERT_EQ(targets.size(), 2u);
  EXPECT_EQ(targets[0].name, "z");
  std::vector<float> now(2);
  ASSERT_TRUE(arrays.destination().ReadCurrent(1, std::as_writable_bytes(std::span(now))));
  EXPECT_EQ(now, (std::vector<float>{6, 6}));
}

TEST(Restore, RefusesStrings) {
  TinyBundle bundle;
  bundle.AddStrings("words", {1}, {"hello"}).AddFloats("x", {1}, {1});
  const Source source(bundle);
  Arrays model;
  model.AddFloats("words", {1}, -1).AddFloats("x", {1}, -1);
  const auto before = model.snapshot();
  const auto report = Restore(source.reader, model.destination());
  ASSERT_FALSE(report);
  EXPECT_EQ(report.error().slug, "select/unreadable");
  EXPECT_EQ(model.snapshot(), before);
}

}  // namespace
}  // namespace regraft::restore
