#include "regraft/copy.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <iterator>

#include "edit/test_models.h"
#include "regraft/checkpoint.h"
#include "regraft/edit.h"
#include "regraft/elements.h"
#include "regraft/entry.h"

namespace regraft {
namespace {

using edit::Floats;
using edit::Keys;
using edit::Open;
using edit::Trained;
using testing::CheckpointFolder;
using testing::TinyBundle;

std::string FileText(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

std::string Key(std::string_view path) { return testing::ValueKey(path); }

class CopyTest : public ::testing::Test {
 protected:
  using Carry = Result<EditReport> (*)(std::span<const EditSource>, const CopyPlan&,
                                       const std::string&, const EditOptions&);

  Result<EditReport> Try(const std::string& from, const CopyRules& rules, const std::string& to,
                         const EditOptions& options = {}, Carry carry = Copy) {
    const CheckpointReader reader = Open(folder_ / from);
    const EditSource source{&reader};
    const auto plan = PlanCopy({&source, 1}, rules);
    if (!plan) return Fail(plan.error());
    return carry({&source, 1}, *plan, folder_ / to, options);
  }
  EditReport Do(const std::string& from, const CopyRules& rules, const std::string& to,
                const EditOptions& options = {}, Carry carry = Copy) {
    auto report = Try(from, rules, to, options, carry);
    if (!report) {
      ADD_FAILURE() << report.error().ToString();
      return {};
    }
    return *std::move(report);
  }
  std::vector<std::string> Files() const {
    std::vector<std::string> names;
    for (const auto& file : std::filesystem::directory_iterator(folder_.path())) {
      names.push_back(file.path().filename());
    }
    std::sort(names.begin(), names.end());
    return names;
  }

  CheckpointFolder folder_;
};

TEST_F(CopyTest, GivesTheSameBytes) {
  TinyBundle bundle = Trained();
  bundle.AddStrings("vocabulary", {2}, {"a", "bc"});
  bundle.AddSlice("cut", DType::kFloat32, {4}, {{0, 2}}, testing::BytesOf<float>({1, 2}));
  bundle.SetShards(2).InShard(1).AddFloats("late", {3}, {1, 2, 3});
  bundle.AddSlice("cut", DType::kFloat32, {4}, {{2, 2}}, testing::BytesOf<float>({3, 4}));
  bundle.WriteTo(folder_ / "a");
  Do("a", {}, "b");
  for (const std::string end : {".index", ".data-00000-of-00002", ".data-00001-of-00002"}) {
    EXPECT_EQ(FileText(folder_ / ("a" + end)), FileText(folder_ / ("b" + end))) << end;
  }
}

TEST_F(CopyTest, WritesASubsetThatReadsLikeTheSource) {
  Trained().WriteTo(folder_ / "a");
  CopyRules rules;
  rules.select.exclude = {"model/a/**", "save_counter"};
  rules.map = {{"model/", "net/"}};
  const EditReport report = Do("a", rules, "b");
  const CheckpointReader a = Open(folder_ / "a"), b = Open(folder_ / "b");
  EXPECT_EQ(b.entries().size(), 7u);  // Two of b, two slots, two of the optimizer, the graph.
  EXPECT_EQ(Floats(b, Key("net/b/kernel")), Floats(a, Key("model/b/kernel")));
  EXPECT_EQ(Floats(b, Key("net/b/kernel/.OPTIMIZER_SLOT/optimizer/m")),
            Floats(a, Key("model/b/kernel/.OPTIMIZER_SLOT/optimizer/m")));
  const Entry* kernel = b.Find(Key("net/b/kernel"));
  ASSERT_NE(kernel, nullptr);
  EXPECT_EQ(kernel->paths, (std::vector<std::string>{"net/b/kernel"}));
  const Entry* slot = b.Find(Key("net/b/kernel/.OPTIMIZER_SLOT/optimizer/m"));
  EXPECT_EQ(slot->cls, EntryClass::kOptimizer);
  EXPECT_EQ(report.written.entries, 7u);
  EXPECT_EQ(report.origins.size(), 6u);
}

TEST_F(CopyTest, JoinsSources) {
  Trained().WriteTo(folder_ / "a");
  Trained(100).WriteTo(folder_ / "b");
  const CheckpointReader a = Open(folder_ / "a"), b = Open(folder_ / "b");
  const std::vector<EditSource> sources = {{&a, "", "enc/"}, {&b, "model/", "gen/"}};
  const auto plan = PlanCopy(sources, {});
  ASSERT_TRUE(plan);
  ASSERT_TRUE(Copy(sources, *plan, folder_ / "c"));
  const CheckpointReader c = Open(folder_ / "c");
  EXPECT_EQ(Floats(c, Key("enc/model/a/kernel")), Floats(a, Key("model/a/kernel")));
  EXPECT_EQ(Floats(c, Key("gen/a/kernel")), Floats(b, Key("model/a/kernel")));
  EXPECT_EQ(c.num_files(), 1u);
}

TEST_F(CopyTest, CastsAndTellsWhatItCost) {
  Trained(1000.5f).WriteTo(folder_ / "a");
  CopyRules rules;
  rules.cast = {{DType::kFloat32, DType::kBfloat16}};
  const EditReport report = Do("a", rules, "b");
  const CheckpointReader a = Open(folder_ / "a"), b = Open(folder_ / "b");
  const Entry* entry = b.Find(Key("model/a/kernel"));
  ASSERT_NE(entry, nullptr);
  EXPECT_EQ(entry->spec.dtype, DType::kBfloat16);
  std::vector<std::byte> expected(8), found(8);
  const std::vector<float> values = Floats(a, Key("model/a/kernel"));
  ASSERT_TRUE(
      CastElements(DType::kFloat32, std::as_bytes(std::span(values)), DType::kBfloat16, expected));
  ASSERT_TRUE(b.Read(*entry, found));
  EXPECT_EQ(found, expected);
  EXPECT_FALSE(report.casts.empty());
  EXPECT_GT(report.casts[0].largest_error, 0);
}

TEST_F(CopyTest, WritesAnewWhatAnotherByteOrderStored) {
  TinyBundle bundle = Trained();
  bundle.AddStrings("vocabulary", {2}, {"a", "bc"}).SetBigEndian();
  bundle.WriteTo(folder_ / "a");
  Do("a", {}, "b");
  const CheckpointReader a = Open(folder_ / "a"), b = Open(folder_ / "b");
  EXPECT_TRUE(a.big_endian());
  EXPECT_FALSE(b.big_endian());
  EXPECT_EQ(Keys(a), Keys(b));
  for (const Entry& entry : a.entries()) {
    EXPECT_EQ(a.Sha256(entry), b.Sha256(*b.Find(entry.key))) << entry.key;
  }
}

TEST_F(CopyTest, CutsIntoShards) {
  TinyBundle bundle;
  for (int i = 0; i < 10; ++i) {
    bundle.AddFloats("t" + std::to_string(i), {100}, std::vector<float>(100, 1.0f));
  }
  bundle.WriteTo(folder_ / "a");
  EditOptions options;
  options.shards = 3;
  EXPECT_EQ(Do("a", {}, "b", options).written.shards, 3);
  options.shards = 0;
  options.write.max_shard_bytes = 900;
  EXPECT_EQ(Do("a", {}, "c", options).written.shards, 5);
  const CheckpointReader a = Open(folder_ / "a"), b = Open(folder_ / "b"), c = Open(folder_ / "c");
  EXPECT_EQ(Keys(a), Keys(b));
  for (const Entry& entry : c.entries()) EXPECT_TRUE(c.Verify(entry)) << entry.key;
}

TEST_F(CopyTest, ReplacesOnlyIfAskedTo) {
  Trained().WriteTo(folder_ / "a");
  CheckpointFolder::Small().WriteTo(folder_ / "b");
  const auto refused = Try("a", {}, "b");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().slug, "checkpoint/exists");
  EXPECT_EQ(Keys(Open(folder_ / "b")), (std::vector<std::string>{"a", "b"}));
  EditOptions options;
  options.write.overwrite = true;
  Do("a", {}, "b", options);
  EXPECT_EQ(Keys(Open(folder_ / "b")), Keys(Open(folder_ / "a")));
}

TEST_F(CopyTest, NeverWritesOntoASource) {
  Trained().WriteTo(folder_ / "a");
  std::filesystem::create_directory_symlink(folder_.path(), folder_ / "link");
  EditOptions options;
  options.write.overwrite = true;
  for (const std::string to : {"a", "./a", "link/a"}) {
    const auto refused = Try("a", {}, to, options);
    ASSERT_FALSE(refused) << to;
    EXPECT_EQ(refused.error().slug, "edit/onto-source");
  }
}

TEST_F(CopyTest, LeavesNothingBehindWhenASourceIsDamaged) {
  auto files = Trained().Files("a");
  files["a.data-00000-of-00001"][40] ^= 1;
  for (const auto& [name, content] : files) folder_.Write(name, content);
  const std::vector<std::string> before = Files();
  const auto failed = Try("a", {}, "b");
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().slug, "bundle/checksum");
  EXPECT_EQ(Files(), before);
}

TEST_F(CopyTest, CanBeCancelled) {
  Trained().WriteTo(folder_ / "a");
  const std::vector<std::string> before = Files();
  std::stop_source stop;
  EditOptions options;
  options.run.stop = stop.get_token();
  options.run.progress = [&](std::uint64_t, std::uint64_t) { stop.request_stop(); };
  const auto cancelled = Try("a", {}, "b", options);
  ASSERT_FALSE(cancelled);
  EXPECT_EQ(cancelled.error().code, ErrorCode::kCancelled);
  EXPECT_EQ(Files(), before);
}

TEST_F(CopyTest, RefusesAPlanForAnotherCheckpoint) {
  Trained().WriteTo(folder_ / "a");
  Trained(50).WriteTo(folder_ / "b");
  const CheckpointReader a = Open(folder_ / "a"), b = Open(folder_ / "b");
  const EditSource of_a{&a}, of_b{&b};
  const auto plan = PlanCopy({&of_a, 1}, {});
  ASSERT_TRUE(plan);
  const auto refused = Copy({&of_b, 1}, *plan, folder_ / "c");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().slug, "edit/other-source");
}

TEST_F(CopyTest, LinksTheSameData) {
  TinyBundle bundle = Trained();
  bundle.SetShards(2).InShard(1).AddFloats("late", {3}, {1, 2, 3});
  bundle.WriteTo(folder_ / "a");
  CopyRules rules;
  rules.select.exclude = {"@optimizer", "late"};
  rules.map = {{"model/", "net/"}};
  Do("a", rules, "b", {}, CopyLinked);
  const CheckpointReader a = Open(folder_ / "a"), b = Open(folder_ / "b");
  EXPECT_EQ(Floats(b, Key("net/b/kernel")), Floats(a, Key("model/b/kernel")));
  EXPECT_EQ(b.Find(Key("optimizer/iter")), nullptr);
  ASSERT_NE(b.object_graph(), nullptr);
  struct stat one {
  }, other{};
  const auto piece = b.StoredPieces(*b.Find(Key("net/b/kernel")));
  ASSERT_TRUE(piece);
  ASSERT_EQ(::stat((folder_ / "a.data-00000-of-00002").c_str(), &one), 0);
  ASSERT_EQ(::stat(piece->front().file.c_str(), &other), 0);
  EXPECT_EQ(one.st_ino, other.st_ino);
  for (const Entry& entry : b.entries()) EXPECT_TRUE(b.Verify(entry)) << entry.key;
}

TEST_F(CopyTest, LinksNothingThatHasToBeWrittenAnew) {
  Trained().WriteTo(folder_ / "a");
  CopyRules cast;
  cast.cast = {{DType::kFloat32, DType::kFloat16}};
  EXPECT_EQ(Try("a", cast, "b", {}, CopyLinked).error().slug, "edit/cannot-link");
  EditOptions shards;
  shards.shards = 2;
  EXPECT_EQ(Try("a", {}, "b", shards, CopyLinked).error().slug, "edit/cannot-link");
}

}  // namespace
}  // namespace regraft
