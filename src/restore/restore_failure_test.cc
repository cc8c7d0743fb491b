// All or nothing: whatever goes wrong, every target has the bytes that it had.
#include <gmock/gmock.h>

#include "regraft/checkpoint.h"
#include "regraft/restore.h"
#include "regraft/rules.h"
#include "restore/test_arrays.h"

namespace regraft::restore {
namespace {

using testing::FaultFiles;
using ::testing::HasSubstr;
using testing::MemoryFiles;
using ::testing::Not;
using testing::TinyBundle;

TinyBundle Source() {
  TinyBundle bundle;
  bundle.AddFloats("a", {2}, {1, 2});
  bundle.SetShards(2).InShard(1).AddFloats("b", {3}, {3, 4, 5});
  bundle.InShard(0).AddSlice("c", DType::kFloat32, {4}, {{0, 2}}, testing::BytesOf<float>({6, 7}));
  bundle.AddSlice("c", DType::kFloat32, {4}, {{2, 2}}, testing::BytesOf<float>({8, 9}));
  bundle.Add("d", DType::kInt32, {2}, testing::BytesOf<std::int32_t>({10, 11}));
  return bundle;
}

Arrays Model() {
  Arrays model;
  model.AddFloats("a", {2}, -1)
      .AddFloats("b", {3}, -1)
      .AddFloats("c", {4}, -1)
      .AddFloats("d", {2}, -1);
  return model;
}

void ExpectRestored(const Arrays& model) {
  EXPECT_EQ(model.Floats("a"), (std::vector<float>{1, 2}));
  EXPECT_EQ(model.Floats("b"), (std::vector<float>{3, 4, 5}));
  EXPECT_EQ(model.Floats("c"), (std::vector<float>{6, 7, 8, 9}));
  EXPECT_EQ(model.Floats("d"), (std::vector<float>{10, 11}));
}

const Rules kCast = {.on_dtype = OnDtype::kCast};

TEST(RestoreFailure, OfAnyReadLeavesEveryTargetAndARetryWorks) {
  const MemoryFiles plain(Source().Files("p"));
  for (const bool together : {false, true}) {
    for (const std::size_t threads : {1, 3}) {
      const testing::CostlyFiles memory(plain, {.gap = together ? 100u : 0u});
      std::uint64_t failures = 0;
      for (std::uint64_t read = 1;; ++read) {
        FaultFiles files(memory, 0);
        const CheckpointReader reader = Opened(files);
        Arrays model = Model();
        const auto before = model.snapshot();
        files.FailAt(read);
        const auto report = Restore(reader, model.destination(), kCast, {.threads = threads});
        if (report) {
          EXPECT_FALSE(files.failed());
          ExpectRestored(model);
          break;
        }
        ++failures;
        EXPECT_EQ(report.error().slug, "test/fault");
        EXPECT_EQ(report.error().code, ErrorCode::kIo);
        EXPECT_EQ(model.snapshot(), before) << "read " << read;
        files.FailAt(0);
        ASSERT_TRUE(Restore(reader, model.destination(), kCast, {.threads = threads}));
        ExpectRestored(model);
      }
      // Two files; four tensors, one of them in two slices.
      EXPECT_GE(failures, together ? 2u : 5u);
    }
  }
}

// Arrays that refuse what they are given, after some of their reads or at commit.
class Refusing final : public Destination {
 public:
  Refusing(ArrayDestination& inner, bool at_commit) : inner_(inner), at_commit_(at_commit) {}
  Result<std::vector<Target>> Targets() const override { return inner_.Targets(); }
  Status ReadCurrent(std::size_t index, std::span<std::byte> out) const override {
    return at_commit_ ? inner_.ReadCurrent(index, out) : Refuse();
  }
  Status Commit(std::span<Staged> values) override {
    return at_commit_ ? Refuse() : inner_.Commit(values);
  }

 private:
  static Status Refuse() {
    return Fail(Error(ErrorCode::kUnmet, "test/refused", "this destination refuses"));
  }
  ArrayDestination& inner_;
  bool at_commit_;
};

TEST(RestoreFailure, OfCommitIsTheErrorAndNoProgressSaysDone) {
  const MemoryFiles files(Source().Files("p"));
  const CheckpointReader reader = Opened(files);
  Arrays model = Model();
  Refusing destination(model.destination(), true);
  bool done = false;
  const auto report = Restore(
      reader, destination, kCast,
      {.progress = [&](std::uint64_t now, std::uint64_t total) { done = done || now == total; }});
  ASSERT_FALSE(report);
  EXPECT_EQ(report.error().slug, "test/refused");
  EXPECT_FALSE(done);
}

TEST(RestoreFailure, OfReadingWhatATargetKeepsLeavesEverything) {
  const MemoryFiles files(Source().Files("p"));
  const CheckpointReader reader = Opened(files);
  Arrays model;
  model.AddFloats("a", {2}, -1).AddFloats("b", {5}, -1);
  const auto before = model.snapshot();
  Refusing destination(model.destination(), false);
  const auto report = Restore(reader, destination, {.on_shape = OnShape::kPadKeep});
  ASSERT_FALSE(report);
  EXPECT_EQ(report.error().slug, "test/refused");
  EXPECT_EQ(model.snapshot(), before);
}

TEST(RestoreFailure, OfOneChecksumNamesTheKeyAndLeavesEverything) {
  TinyBundle bundle = Source();
  bundle.Edit("b", [](auto& entry) { entry.crc32c ^= 1; });
  const MemoryFiles files(bundle.Files("p"));
  const CheckpointReader reader = Opened(files);
  Arrays model = Model();
  const auto before = model.snapshot();
  const auto report = Restore(reader, model.destination(), kCast);
  ASSERT_FALSE(report);
  EXPECT_EQ(report.error().slug, "bundle/checksum");
  EXPECT_EQ(report.error().key, "b");
  EXPECT_THAT(report.error().ToString(), HasSubstr("nothing has changed"));
  EXPECT_EQ(model.snapshot(), before);
}

TEST(RestoreFailure, OfADamagedTensorSaysWhatCanStillBeHad) {
  // Every set of damaged tensors: what the hint leaves out is what is lost, and no more.
  const std::vector<std::string> keys = {"a", "b,c", "d{e}"};
  for (unsigned damaged = 1; damaged < 8; ++damaged) {
    TinyBundle bundle;
    for (std::size_t i = 0; i < keys.size(); ++i) {
      bundle.AddFloats(keys[i], {2}, {1, 2});
      if (damaged >> i & 1) bundle.Edit(keys[i], [](auto& entry) { entry.crc32c ^= 1; });
    }
    const MemoryFiles files(bundle.Files("p"));
    const CheckpointReader reader = Opened(files);
    Arrays model;
    for (const std::string& key : keys) model.AddFloats(key, {2}, -1);
    const auto report = Restore(reader, model.destination());
    ASSERT_FALSE(report) << damaged;
    const std::string hint = report.error().HintText(Face::kCommand);
    EXPECT_THAT(hint, HasSubstr("regraft verify p")) << damaged;
    if (damaged == 7) {
      EXPECT_THAT(hint, Not(HasSubstr("--exclude")));
      continue;
    }
    ASSERT_TRUE(hint.starts_with("--exclude ")) << hint;
    std::string glob = hint.substr(10, hint.find("  leaves out") - 10);
    if (glob.starts_with('\'')) glob = glob.substr(1, glob.size() - 2);
    const auto rest = Restore(reader, model.destination(), {.select = {.exclude = {glob}}});
    ASSERT_TRUE(rest) << rest.error().ToString();
    for (std::size_t i = 0; i < keys.size(); ++i) {
      const float expected = damaged >> i & 1 ? -1 : 1;
      EXPECT_EQ(model.Floats(keys[i])[0], expected) << damaged << keys[i];
    }
  }
}

TEST(RestoreFailure, OfSeveralIsTheFirstInThePlanAndCountsTheOthers) {
  TinyBundle bundle;
  for (const char* key : {"a", "b", "c"}) bundle.AddFloats(key, {2}, {1, 2});
  for (const char* key : {"a", "c"}) bundle.Edit(key, [](auto& entry) { entry.crc32c ^= 1; });
  const MemoryFiles files(bundle.Files("p"));
  const CheckpointReader reader = Opened(files);
  for (const std::size_t threads : {1, 4}) {
    // The last tensor of the file goes into the first target of the plan.
    Arrays model;
    for (const char* name : {"1", "2", "3", "4", "5"}) model.AddFloats(name, {2}, -1);
    const auto before = model.snapshot();
    const auto report =
        Restore(reader, model.destination(),
                {.map = {{"c", "1"}, {"b", "2"}, {"a", "3"}, {"c", "4"}, {"a", "5"}}},
                {.threads = threads});
    ASSERT_FALSE(report);
    EXPECT_EQ(report.error().key, "c");
    EXPECT_THAT(report.error().ToString(), HasSubstr("3 other variables failed"));
    EXPECT_EQ(model.snapshot(), before);
  }
}

TEST(RestoreFailure, OfOneTargetOfASourceIsNotThatOfTheOthers) {
  TinyBundle bundle;
  bundle.AddFloats("x", {1}, {0.5});
  const MemoryFiles files(bundle.Files("p"));
  Arrays model;
  model.AddFloats("a", {1}, -1).AddFloats("c", {1}, -1);
  model.Add("b", DType::kInt32, {1}, testing::BytesOf<std::int32_t>({7}));
  const auto before = model.snapshot();
  const auto report =
      Restore(Opened(files), model.destination(),
              {.map = {{"x", "a"}, {"x", "b"}, {"x", "c"}}, .on_dtype = OnDtype::kCast});
  ASSERT_FALSE(report);
  EXPECT_EQ(report.error().slug, "tensor/cast-loss");
  EXPECT_THAT(report.error().ToString(), Not(HasSubstr("other variable")));
  EXPECT_EQ(model.snapshot(), before);
}

TEST(RestoreFailure, OfACastNamesKeyAndTarget) {
  TinyBundle bundle;
  bundle.AddFloats("good", {1}, {1}).AddFloats("step", {2}, {1, 0.5});
  const MemoryFiles files(bundle.Files("p"));
  const CheckpointReader reader = Opened(files);
  Arrays model;
  model.AddFloats("good", {1}, -1);
  model.Add("iterations", DType::kInt32, {2}, testing::BytesOf<std::int32_t>({7, 7}), "step");
  const auto before = model.snapshot();
  const auto report = Restore(reader, model.destination(), kCast);
  ASSERT_FALSE(report);
  EXPECT_EQ(report.error().slug, "tensor/cast-loss");
  EXPECT_EQ(report.error().key, "step");
  EXPECT_THAT(report.error().ToString(), HasSubstr("iterations"));
  EXPECT_EQ(model.snapshot(), before);
}

TEST(RestoreFailure, OfAShorterDataFileLeavesEverything) {
  auto content = Source().Files("p");
  content.at("p.data-00001-of-00002").resize(4);
  const MemoryFiles files(content);
  Arrays model = Model();
  const auto before = model.snapshot();
  const auto report = Restore(Opened(files), model.destination(), kCast);
  ASSERT_FALSE(report);
  EXPECT_EQ(report.error().code, ErrorCode::kCorrupt);
  EXPECT_EQ(model.snapshot(), before);
}

TEST(RestoreCancelled, AtAnyProgressCallLeavesEverything) {
  const MemoryFiles files(Source().Files("p"));
  const CheckpointReader reader = Opened(files);
  int cancelled = 0;
  for (int call = 1;; ++call) {
    Arrays model = Model();
    const auto before = model.snapshot();
    std::stop_source stop;
    int calls = 0;
    bool committed = false;
    const auto report = Restore(reader, model.destination(), kCast,
                                {.progress =
                                     [&](std::uint64_t done, std::uint64_t total) {
                                       committed = done == total;
                                       if (++calls == call) stop.request_stop();
                                     },
                                 .stop = stop.get_token(),
                                 .threads = 1});
    if (committed) {  // Too late to stop: the last call says that everything is done.
      ASSERT_TRUE(report);
      ExpectRestored(model);
      break;
    }
    ++cancelled;
    ASSERT_FALSE(report);
    EXPECT_EQ(report.error().code, ErrorCode::kCancelled);
    EXPECT_EQ(report.error().slug, "restore/cancelled");
    EXPECT_EQ(calls, call) << "it went on after the request";
    EXPECT_EQ(model.snapshot(), before);
  }
  // Three tensors, and one in two slices; the last one's call comes after commit.
  EXPECT_EQ(cancelled, 4);
}

TEST(RestoreCancelled, BeforeItBeginsReadsNothing) {
  const MemoryFiles memory(Source().Files("p"));
  const testing::CountingFiles files(memory);
  const CheckpointReader reader = Opened(files);
  const std::uint64_t reads = files.reads();
  std::stop_source stop;
  stop.request_stop();
  Arrays model = Model();
  const auto report = Restore(reader, model.destination(), kCast, {.stop = stop.get_token()});
  ASSERT_FALSE(report);
  EXPECT_EQ(report.error().code, ErrorCode::kCancelled);
  EXPECT_EQ(files.reads(), reads);
}

}  // namespace
}  // namespace regraft::restore
