// Large tensors in blocks, small ones together, lent memory, and sinks that take one at a time.
#include "restore/engine.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <atomic>
#include <bit>
#include <chrono>
#include <condition_variable>
#include <cstring>
#include <mutex>
#include <random>
#include <thread>

#include "regraft/checkpoint.h"
#include "regraft/restore.h"
#include "regraft/rules.h"
#include "restore/test_arrays.h"

namespace regraft::restore {
namespace {

using testing::CostlyFiles;
using ::testing::HasSubstr;
using testing::MemoryFiles;
using testing::TinyBundle;

std::vector<float> Random(std::mt19937_64& random, std::size_t count) {
  std::vector<float> values(count);
  for (float& value : values) value = static_cast<float>(static_cast<std::int64_t>(random()) >> 40);
  return values;
}

std::vector<float> Columns(const std::vector<float>& values, std::size_t width, std::size_t start,
                           std::size_t length) {
  std::vector<float> out;
  for (std::size_t row = 0; row < values.size() / width; ++row) {
    const auto at = values.begin() + static_cast<std::ptrdiff_t>(row * width + start);
    out.insert(out.end(), at, at + static_cast<std::ptrdiff_t>(length));
  }
  return out;
}

TEST(Engine, GivesTheSameHoweverBytesAreCut) {
  std::mt19937_64 random(1);
  for (int round = 0; round < 60; ++round) {
    const std::int64_t rows = 1 + static_cast<std::int64_t>(random() % 90);
    const auto count = static_cast<std::size_t>(rows * 6);
    const std::vector<float> whole = Random(random, count), rowwise = Random(random, count),
                             columnwise = Random(random, count);
    TinyBundle bundle;
    bundle.AddFloats("whole", {rows, 6}, whole);
    const std::int64_t cut = rows / 2;
    if (cut > 0) {
      const auto middle = rowwise.begin() + cut * 6;
      bundle.AddSlice("rows", DType::kFloat32, {rows, 6}, {{0, cut}, {0, -1}},
                      testing::BytesOf(std::vector<float>(rowwise.begin(), middle)));
      bundle.AddSlice("rows", DType::kFloat32, {rows, 6}, {{cut, rows - cut}, {0, -1}},
                      testing::BytesOf(std::vector<float>(middle, rowwise.end())));
    } else {
      bundle.AddFloats("rows", {rows, 6}, rowwise);
    }
    bundle.AddSlice("columns", DType::kFloat32, {rows, 6}, {{0, -1}, {0, 2}},
                    testing::BytesOf(Columns(columnwise, 6, 0, 2)));
    bundle.AddSlice("columns", DType::kFloat32, {rows, 6}, {{0, -1}, {2, 4}},
                    testing::BytesOf(Columns(columnwise, 6, 2, 4)));
    if (round % 3 == 0) bundle.SetBigEndian();
    const MemoryFiles memory(bundle.Files("p"));
    const CostlyFiles files(memory, {random() % 100, 64 + random() % 500, random() % 3});
    const CheckpointReader reader = Opened(files);
    Arrays model;
    for (const char* name : {"whole", "rows", "columns"}) model.AddFloats(name, {rows, 6}, -1);
    model.Add("double", DType::kFloat64, {rows, 6}, std::string(count * 8, '?'));
    model.AddFloats("padded", {rows + 1, 6}, 7);
    const auto report =
        Restore(reader, model.destination(),
                {.map = {{"whole", "double"}, {"columns", "padded"}},
                 .on_shape = OnShape::kPadKeep,
                 .on_dtype = OnDtype::kCast},
                {.threads = random() % 4, .memory = random() % 2 == 0 ? 1000u : 0u});
    ASSERT_TRUE(report) << report.error().ToString();
    EXPECT_EQ(model.Floats("whole"), whole);
    EXPECT_EQ(model.Floats("rows"), rowwise);
    EXPECT_EQ(model.Floats("columns"), columnwise);
    EXPECT_EQ(model.Values<double>("double"), std::vector<double>(whole.begin(), whole.end()));
    std::vector<float> padded = columnwise;
    padded.resize(count + 6, 7);
    EXPECT_EQ(model.Floats("padded"), padded);
  }
}

TEST(Engine, CountsWhatACastLosesOverAllBlocks) {
  std::vector<float> values(500, 1);
  values[100] = 0.5;
  values[400] = 0.25;
  TinyBundle bundle;
  bundle.AddFloats("x", {500}, values);
  const MemoryFiles memory(bundle.Files("p"));
  std::vector<std::string> errors;
  for (const std::uint64_t block : {64u, 1u << 20}) {
    const CostlyFiles files(memory, {.block = block});
    Arrays model;
    model.Add("x", DType::kInt32, {500}, std::string(2000, '?'));
    const auto report =
        Restore(Opened(files), model.destination(), {.on_dtype = OnDtype::kCast}, {.threads = 3});
    ASSERT_FALSE(report);
    EXPECT_EQ(report.error().slug, "tensor/cast-loss");
    errors.push_back(report.error().ToString());
  }
  EXPECT_EQ(errors[0], errors[1]);
}

TEST(Engine, StopsWithinALargeTensorAndLeavesEverything) {
  TinyBundle bundle;
  bundle.AddFloats("x", {1000}, std::vector<float>(1000, 1));
  const MemoryFiles memory(bundle.Files("p"));
  const CostlyFiles files(memory, {.block = 64});
  const testing::CountingFiles counted(files);
  const CheckpointReader reader = Opened(counted);
  for (const std::size_t threads : {1, 3}) {
    const std::uint64_t before = counted.reads();
    Arrays model;
    model.AddFloats("x", {1000}, -1);
    const auto snapshot = model.snapshot();
    std::stop_source stop;
    int calls = 0;
    const auto report = Restore(reader, model.destination(), {},
                                {.progress =
                                     [&](std::uint64_t, std::uint64_t) {
                                       if (++calls == 5) stop.request_stop();
                                     },
                                 .stop = stop.get_token(),
                                 .threads = threads});
    ASSERT_FALSE(report);
    EXPECT_EQ(report.error().slug, "restore/cancelled");
    EXPECT_LE(counted.reads() - before, 5 + threads);
    EXPECT_EQ(model.snapshot(), snapshot);
  }
}

TEST(Engine, StopsReadingOfOneTensor) {
  TinyBundle bundle;
  bundle.AddFloats("x", {1000}, std::vector<float>(1000, 1));
  const MemoryFiles memory(bundle.Files("p"));
  const CostlyFiles files(memory, {.block = 64});
  const CheckpointReader reader = Opened(files);
  std::string out(4000, '?');
  std::stop_source stop;
  const Status read =
      reader.Read(*reader.Find("x"), std::as_writable_bytes(std::span(out)),
                  {.progress = [&](std::uint64_t, std::uint64_t) { stop.request_stop(); },
                   .stop = stop.get_token()});
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().slug, "checkpoint/cancelled");
}

// Lends parts of one arena, and sees if it gets them back.
class Arena final : public Destination {
 public:
  explicit Arena(std::vector<Target> targets) : targets_(std::move(targets)) {
    std::size_t at = 0;
    for (const Target& target : targets_) {
      offsets_.push_back(at);
      at += static_cast<std::size_t>(*target.spec.Bytes());
    }
    bytes_.resize(at);
  }
  Result<std::vector<Target>> Targets() const override { return targets_; }
  Status ReadCurrent(std::size_t, std::span<std::byte>) const override { return {}; }
  Buffer Allocate(std::size_t index, std::size_t bytes) const override {
    ++out_;
    return Buffer::Lent({bytes_.data() + offsets_[index], bytes},
                        std::shared_ptr<void>(nullptr, [this](void*) { --out_; }));
  }
  Status Commit(std::span<Staged> values) override {
    for (const Staged& staged : values) {
      in_place_ += staged.value.bytes().data() == bytes_.data() + offsets_[staged.index];
    }
    return {};
  }
  std::size_t in_place() const { return in_place_; }
  int out() const { return out_; }
  std::vector<float> floats() const {
    std::vector<float> values(bytes_.size() / sizeof(float));
    std::memcpy(values.data(), bytes_.data(), bytes_.size());
    return values;
  }

 private:
  const std::vector<Target> targets_;
  std::vector<std::size_t> offsets_;
  mutable std::vector<std::byte> bytes_;
  mutable std::atomic<int> out_{0};
  std::size_t in_place_ = 0;
};

TEST(Engine, PutsEverythingIntoLentMemoryAndLetsItGo) {
  TinyBundle bundle;
  bundle.AddFloats("a", {2}, {1, 2}).AddFloats("b", {1}, {3});
  bundle.Add("c", DType::kInt32, {2}, testing::BytesOf<std::int32_t>({4, 5}));
  bundle.AddFloats("d", {3}, {6, 7, 8});
  const Rules rules = {
      .map = {{"a", "again"}}, .on_shape = OnShape::kPad, .on_dtype = OnDtype::kCast};
  Arrays model;
  for (const char* name : {"a", "b", "c"}) model.AddFloats(name, {2}, 0);
  model.AddFloats("d", {3}, 0).AddFloats("again", {2}, 0);
  Arena arena(model.Targets());
  const MemoryFiles files(bundle.Files("p"));
  const auto report = Restore(Opened(files), arena, rules);
  ASSERT_TRUE(report) << report.error().ToString();
  EXPECT_EQ(arena.in_place(), 5u);
  EXPECT_EQ(arena.out(), 0);
  EXPECT_EQ(arena.floats(), (std::vector<float>{1, 2, 3, 0, 4, 5, 6, 7, 8, 1, 2}));

  bundle.Edit("d", [](auto& entry) { entry.crc32c ^= 1; });
  const MemoryFiles damaged(bundle.Files("p"));
  EXPECT_FALSE(Restore(Opened(damaged), arena, rules));
  EXPECT_EQ(arena.out(), 0);
}

TEST(InOrder, UsesEachOnceInOrderAndHoldsNoMoreThanItMay) {
  std::mt19937_64 random(3);
  for (int round = 0; round < 100; ++round) {
    const std::size_t count = random() % 50;
    std::vector<std::uint64_t> costs(count);
    for (std::uint64_t& cost : costs) cost = random() % 3 == 0 ? 0 : random() % 60;
    std::atomic<std::uint64_t> held{0};
    std::vector<std::atomic<int>> made(count);
    std::vector<std::size_t> used;
    const std::size_t fails_at = round % 4 == 0 ? random() % 50 : count;
    const Status done = InOrder(
        count, {.threads = random() % 5, .memory = 100}, [&](std::size_t i) { return costs[i]; },
        [&](std::size_t i) {
          const std::uint64_t now = held += costs[i];
          EXPECT_LE(now, 100u);
          ++made[i];
        },
        [&](std::size_t i) -> Status {
          EXPECT_EQ(made[i], costs[i] > 0 ? 1 : 0);
          used.push_back(i);
          if (i == fails_at) return Fail(Error(ErrorCode::kIo, "test/use", "it fails"));
          held -= costs[i];
          return {};
        });
    EXPECT_EQ(done.has_value(), fails_at >= count);
    ASSERT_EQ(used.size(), std::min(count, fails_at + 1));
    EXPECT_TRUE(std::ranges::is_sorted(used));
  }
}

TEST(InOrder, MakesAloneWhatIsLargerThanItMayHold) {
  std::atomic<int> held{0};
  EXPECT_TRUE(InOrder(
      20, {.threads = 4, .memory = 10}, [](std::size_t) { return std::uint64_t{1000}; },
      [&](std::size_t) { EXPECT_EQ(++held, 1); },
      [&](std::size_t) -> Status {
        --held;
        return {};
      }));
}

TEST(InOrder, LeavesNoThreadIdleWhileThereIsSomethingToMake) {
  // Of two threads each makes one of a pair, and waits for the other.
  std::mutex mutex;
  std::condition_variable changed;
  std::size_t begun = 0;
  bool waited_in_vain = false;
  EXPECT_TRUE(InOrder(
      20, {.threads = 2, .memory = 100}, [](std::size_t) { return std::uint64_t{1}; },
      [&](std::size_t i) {
        std::unique_lock lock(mutex);
        ++begun;
        changed.notify_all();
        const auto both = [&] { return begun >= i / 2 * 2 + 2 || waited_in_vain; };
        if (!changed.wait_for(lock, std::chrono::seconds(10), both)) waited_in_vain = true;
      },
      [](std::size_t) -> Status { return {}; }));
  EXPECT_FALSE(waited_in_vain);
}

}  // namespace
}  // namespace regraft::restore
