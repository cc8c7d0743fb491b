#include "edit/cast_entry.h"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <limits>
#include <random>
#include <stop_token>

#include "edit/test_models.h"
#include "regraft/checkpoint.h"
#include "regraft/edit.h"
#include "regraft/elements.h"
#include "testing/files.h"

namespace regraft::edit {
namespace {

using testing::CheckpointFolder;
using testing::TinyBundle;

std::vector<std::byte> Cast(const CheckpointReader& reader, const std::string& key, DType to,
                            CastLoss& loss, const RunOptions& run = {}) {
  std::vector<std::byte> out;
  const Status cast = CastEntry(
      reader, *reader.Find(key), to, run,
      [&](std::span<const std::byte> bytes) -> Status {
        out.insert(out.end(), bytes.begin(), bytes.end());
        return {};
      },
      loss);
  if (!cast) ADD_FAILURE() << cast.error().ToString();
  return out;
}

TEST(CastEntry, GivesTheSameInPartsAsAtOnce) {
  const CheckpointFolder folder;
  // More elements than one part has, along the first axis, the last one, and in between.
  for (const Shape& shape :
       {Shape{3, 700'001}, Shape{1, 2'100'003}, Shape{1'500'000, 1}, Shape{2, 5, 210'001}}) {
    std::vector<float> values(static_cast<std::size_t>(shape.num_elements()));
    for (std::size_t i = 0; i < values.size(); ++i) values[i] = static_cast<float>(i) * 0.37f;
    TinyBundle().AddFloats("x", shape, values).WriteTo(folder / "ckpt");
    const CheckpointReader reader = Open(folder / "ckpt");
    const auto before = std::as_bytes(std::span(values));
    std::vector<std::byte> whole(values.size() * 2);
    const auto cast = CastElements(DType::kFloat32, before, DType::kBfloat16, whole);
    ASSERT_TRUE(cast);
    CastLoss at_once;
    MeasureLoss(DType::kFloat32, before, DType::kBfloat16, whole, 1, at_once);
    for (const std::size_t threads : {0, 1, 2, 5}) {
      for (const std::uint64_t memory : {0, 1}) {
        CastLoss loss;
        const std::vector<std::byte> parts =
            Cast(reader, "x", DType::kBfloat16, loss, {.threads = threads, .memory = memory});
        EXPECT_EQ(parts, whole) << shape.ToString();
        EXPECT_EQ(loss.overflowed, cast->overflowed);
        EXPECT_EQ(loss.largest_error, at_once.largest_error);
      }
    }
  }
}

TEST(CastEntry, TellsWhatItCost) {
  const CheckpointFolder folder;
  const float infinite = std::numeric_limits<float>::infinity();
  TinyBundle()
      .AddFloats("x", {5}, {1.0f, 1.0f + 0x1p-8f, 3.4e38f, infinite, std::nanf("")})
      .AddFloats("half", {3}, {65519.0f, 65520.0f, -1e9f})
      .AddFloats("scalar", {}, {2})
      .AddFloats("empty", {0, 3}, {})
      .WriteTo(folder / "ckpt");
  const CheckpointReader reader = Open(folder / "ckpt");
  CastLoss loss;
  Cast(reader, "x", DType::kBfloat16, loss);
  EXPECT_EQ(loss.overflowed, 1);  // 3.4e38 is above the largest bfloat16; infinity was one.
  EXPECT_DOUBLE_EQ(loss.largest_error, 0x1p-8 / (1 + 0x1p-8));
  loss = {};
  Cast(reader, "half", DType::kFloat16, loss);
  EXPECT_EQ(loss.overflowed, 2);
  loss = {};
  EXPECT_EQ(Cast(reader, "scalar", DType::kFloat64, loss).size(), 8u);
  EXPECT_EQ(loss.largest_error, 0);
  EXPECT_TRUE(Cast(reader, "empty", DType::kFloat64, loss).empty());
}

// The definition in edit.h, element by element.
double LargestErrorOneByOne(DType from, std::span<const std::byte> before, DType to,
                            std::span<const std::byte> after) {
  double largest = 0;
  const std::size_t old_size = ElementBytes(from), new_size = ElementBytes(to);
  for (std::size_t i = 0; i * old_size < before.size(); ++i) {
    const double was = ElementAsDouble(from, before.subspan(i * old_size, old_size));
    const double is = ElementAsDouble(to, after.subspan(i * new_size, new_size));
    if (!std::isfinite(was) || !std::isfinite(is)) continue;
    const double error = std::abs(is - was);
    largest = std::max(largest, was == 0 ? error : error / std::abs(was));
  }
  return largest;
}

TEST(MeasureLoss, FindsTheLargestErrorWhereverItStands) {
  std::mt19937_64 random(5);
  // More than one thread's part; numbers of all magnitudes, or few that are hard to keep.
  for (const std::size_t count : {std::size_t{1}, std::size_t{700}, std::size_t{600'001}}) {
    for (int round = 0; round < 6; ++round) {
      std::vector<double> values(count);
      for (double& value : values) {
        const std::uint64_t bits = random();
        value = round % 2 == 0 ? std::bit_cast<double>(bits)
                               : std::ldexp(static_cast<double>(bits >> 57), -round * 6);
      }
      const auto before = std::as_bytes(std::span(values));
      for (const DType to : {DType::kFloat32, DType::kBfloat16, DType::kFloat16,
                             DType::kFloat8E4m3fn, DType::kFloat64}) {
        std::vector<std::byte> after(count * ElementBytes(to));
        ASSERT_TRUE(CastElements(DType::kFloat64, before, to, after));
        CastLoss loss;
        MeasureLoss(DType::kFloat64, before, to, after, 0, loss);
        EXPECT_EQ(loss.largest_error, LargestErrorOneByOne(DType::kFloat64, before, to, after))
            << DTypeName(to) << " round " << round << " of " << count;
      }
    }
  }
}

// Casts the tensor "x" after its last byte has changed.
Status CastDamaged(TinyBundle& bundle, const CheckpointFolder& folder, DType to) {
  auto files = bundle.Files("ckpt");
  files["ckpt.data-00000-of-00001"].back() ^= 1;
  for (const auto& [name, content] : files) folder.Write(name, content);
  const CheckpointReader reader = Open(folder / "ckpt");
  CastLoss loss;
  return CastEntry(
      reader, *reader.Find("x"), to, {}, [](std::span<const std::byte>) -> Status { return {}; },
      loss);
}

TEST(CastEntry, NoticesADamagedTensor) {
  const CheckpointFolder folder;
  for (const std::int64_t size : {std::int64_t{10}, std::int64_t{1'100'000}}) {
    TinyBundle bundle;
    bundle.AddFloats("x", {size}, std::vector<float>(static_cast<std::size_t>(size), 1.5f));
    const Status cast = CastDamaged(bundle, folder, DType::kFloat16);
    ASSERT_FALSE(cast);
    EXPECT_EQ(cast.error().slug, "bundle/checksum");
  }
}

// A value that does not fit is no news if the bytes are not those that were written.
TEST(CastEntry, TellsDamageBeforeLoss) {
  const CheckpointFolder folder;
  TinyBundle bundle;
  bundle.AddFloats("x", {2}, {1.5f, 2.5f});
  const Status cast = CastDamaged(bundle, folder, DType::kInt32);
  ASSERT_FALSE(cast);
  EXPECT_EQ(cast.error().slug, "bundle/checksum");
}

// Three parts, of which the second one has what no integer of 8 bits is.
TEST(CastEntry, HandsOutNothingAfterAFailure) {
  const CheckpointFolder folder;
  std::vector<float> values(2'500'000, 1.0f);
  TinyBundle().AddFloats("x", {2'500'000}, values).WriteTo(folder / "fits");
  values[1'500'000] = 1000;
  TinyBundle().AddFloats("x", {2'500'000}, values).WriteTo(folder / "lost");
  for (const std::size_t threads : {1, 4}) {
    for (const std::string name : {"fits", "lost"}) {
      const CheckpointReader reader = Open(folder / name);
      CastLoss loss;
      int taken = 0;
      const auto take = [&](std::span<const std::byte>) -> Status {
        if (++taken == 1 || name == "lost") return {};
        return Fail(Error(ErrorCode::kIo, "test/take", "the disk is full"));
      };
      const Status cast =
          CastEntry(reader, *reader.Find("x"), DType::kInt8, {.threads = threads}, take, loss);
      ASSERT_FALSE(cast);
      EXPECT_EQ(cast.error().slug, name == "fits" ? "test/take" : "tensor/cast-loss");
      EXPECT_EQ(taken, name == "fits" ? 2 : 1);
    }
  }
}

TEST(CastEntry, StopsWhenItIsAskedTo) {
  const CheckpointFolder folder;
  TinyBundle()
      .AddFloats("x", {2'500'000}, std::vector<float>(2'500'000, 1.0f))
      .WriteTo(folder / "ckpt");
  const CheckpointReader reader = Open(folder / "ckpt");
  for (const std::size_t threads : {1, 4}) {
    std::stop_source stop;
    CastLoss loss;
    int taken = 0;
    const auto take = [&](std::span<const std::byte>) -> Status {
      ++taken;
      stop.request_stop();
      return {};
    };
    const Status cast = CastEntry(reader, *reader.Find("x"), DType::kInt8,
                                  {.stop = stop.get_token(), .threads = threads}, take, loss);
    ASSERT_FALSE(cast);
    EXPECT_EQ(cast.error().code, ErrorCode::kCancelled);
    EXPECT_EQ(taken, 1);
  }
}

TEST(CastEntry, ReadsEachByteOnce) {
  constexpr std::size_t kSize = 1'100'000;
  TinyBundle bundle;
  bundle.AddFloats("x", {std::int64_t{kSize}}, std::vector<float>(kSize, 1.5f));
  const testing::MemoryFiles memory(bundle.Files("ckpt"));
  const testing::CountingFiles files(memory);
  const auto reader = CheckpointReader::Open(files, "ckpt", {});
  ASSERT_TRUE(reader);
  CastLoss loss;
  std::size_t taken = 0;
  ASSERT_TRUE(CastEntry(
      *reader, *reader->Find("x"), DType::kBfloat16, {},
      [&](std::span<const std::byte> bytes) -> Status {
        taken += bytes.size();
        return {};
      },
      loss));
  EXPECT_EQ(taken, 2 * kSize);
  EXPECT_EQ(files.bytes_read("ckpt.data-00000-of-00001"), 4 * kSize);
}

}  // namespace
}  // namespace regraft::edit
