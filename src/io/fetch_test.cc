#include "io/fetch.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <cstring>
#include <memory>
#include <mutex>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "digest/crc32.h"
#include "digest/crc32c.h"
#include "testing/files.h"

namespace regraft::io {
namespace {

std::span<const std::byte> BytesOf(const std::string& text) {
  return std::as_bytes(std::span(text));
}

Error Bad(std::uint64_t at) {
  return Error(ErrorCode::kIo, "test/bad", "this byte cannot be read").AtOffset(at);
}

// Memory of which some bytes cannot be read, and which keeps in mind how it was read.
class Watched final : public ByteSource {
 public:
  Watched(std::string content, std::set<std::uint64_t> bad)
      : content_(std::move(content)), bad_(std::move(bad)) {}
  const std::string& name() const override { return name_; }
  std::uint64_t size() const override { return content_.size(); }
  Status ReadAt(std::uint64_t offset, std::span<std::byte> out) const override {
    const std::uint64_t number = ++reads;
    std::uint64_t most = largest;
    while (most < out.size() && !largest.compare_exchange_weak(most, out.size())) {
    }
    if (number == fail_at) return Fail(Bad(offset));
    const auto bad = bad_.lower_bound(offset);
    if (bad != bad_.end() && *bad < offset + out.size()) return Fail(Bad(*bad));
    std::memcpy(out.data(), content_.data() + offset, out.size());
    return {};
  }
  const std::string& content() const { return content_; }

  std::uint64_t fail_at = 0;
  mutable std::atomic<std::uint64_t> reads{0}, largest{0};

 private:
  const std::string name_ = "watched";
  const std::string content_;
  const std::set<std::uint64_t> bad_;
};

// Gives memory to every range but each `in_parts`-th.
class Collected final : public Receiver {
 public:
  Collected(std::span<const Range> ranges, std::size_t in_parts) : in_parts_(in_parts) {
    for (const Range& range : ranges) values.emplace_back(range.bytes, '?');
    taken_.resize(ranges.size());
    places_.resize(ranges.size());
    statuses.resize(ranges.size());
    sums.resize(ranges.size());
  }
  std::byte* Place(std::size_t range) override {
    const std::lock_guard lock(mutex_);
    EXPECT_EQ(places_[range]++, 0);
    if (range % in_parts_ == 0) return nullptr;
    return reinterpret_cast<std::byte*>(values[range].data());
  }
  void Take(std::size_t range, std::uint64_t at, std::span<const std::byte> part) override {
    const std::lock_guard lock(mutex_);
    EXPECT_EQ(places_[range], 1);
    EXPECT_FALSE(statuses[range]);
    EXPECT_EQ(at % 64, 0u);
    std::memcpy(values[range].data() + at, part.data(), part.size());
    taken_[range] += part.size();
  }
  void Done(std::size_t range, Status status, const Sums& of_range) override {
    const std::lock_guard lock(mutex_);
    EXPECT_EQ(places_[range], 1);
    EXPECT_FALSE(statuses[range]) << "done twice";
    if (status && range % in_parts_ == 0) {
      EXPECT_EQ(taken_[range], values[range].size());
    }
    statuses[range] = std::move(status);
    sums[range] = of_range;
  }

  std::vector<std::string> values;
  std::vector<std::optional<Status>> statuses;
  std::vector<Sums> sums;

 private:
  const std::size_t in_parts_;
  std::mutex mutex_;
  std::vector<std::uint64_t> taken_;
  std::vector<int> places_;
};

struct Case {
  std::vector<std::unique_ptr<Watched>> files;
  std::vector<Range> ranges;
  FetchOptions options;
};

// Ranges of two files: neighbours, with gaps, apart, overlapping, small and large.
Case RandomCase(std::mt19937_64& random, bool with_bad) {
  const auto up_to = [&](std::uint64_t most) { return random() % (most + 1); };
  Case made;
  for (int f = 0; f < 2; ++f) {
    std::string content(1 + up_to(20000), '\0');
    for (char& c : content) c = static_cast<char>(random());
    std::set<std::uint64_t> bad;
    if (with_bad) {
      for (std::uint64_t i = up_to(3); i > 0; --i) bad.insert(up_to(content.size() - 1));
    }
    made.files.push_back(std::make_unique<Watched>(std::move(content), std::move(bad)));
  }
  for (const auto& file : made.files) {
    std::uint64_t at = up_to(10);
    while (at < file->size()) {
      const std::uint64_t most =
          std::min<std::uint64_t>(file->size() - at, random() % 4 == 0 ? 4000 : 40);
      const std::uint64_t bytes = 1 + up_to(most - 1);
      made.ranges.push_back({file.get(), at, bytes, {random() % 2 == 0, random() % 3 == 0}});
      at += bytes;
      if (random() % 3 == 0) at += up_to(100);
      if (random() % 20 == 0) at -= std::min(at, up_to(10));
    }
  }
  made.options.cost = {up_to(60), 64 + up_to(1000), random() % 3};
  made.options.threads = random() % 5;
  if (random() % 2 == 0) made.options.memory = up_to(2000);
  return made;
}

void ExpectRight(const Case& made, const Collected& got, std::size_t i) {
  const Range& range = made.ranges[i];
  const std::string expected =
      static_cast<const Watched*>(range.file)->content().substr(range.offset, range.bytes);
  EXPECT_EQ(got.values[i], expected) << i;
  EXPECT_EQ(got.sums[i].crc32c, range.sums.crc32c ? digest::Crc32c(BytesOf(expected)) : 0) << i;
  EXPECT_EQ(got.sums[i].crc32, range.sums.crc32 ? digest::Crc32(BytesOf(expected)) : 0) << i;
}

TEST(Fetch, GivesWhatPlainReadsGiveAndFailsWhereTheyFail) {
  std::mt19937_64 random(1);
  for (int round = 0; round < 300; ++round) {
    Case made = RandomCase(random, round % 2 == 1);
    Collected got(made.ranges, 1 + random() % 4);
    std::atomic<std::uint64_t> told{0};
    made.options.progress = [&](std::uint64_t bytes) { told += bytes; };
    Fetch(made.ranges, made.options, got);
    std::uint64_t total = 0;
    for (std::size_t i = 0; i < made.ranges.size(); ++i) {
      const Range& range = made.ranges[i];
      total += range.bytes;
      std::string plain(range.bytes, '?');
      const Status read =
          range.file->ReadAt(range.offset, std::as_writable_bytes(std::span(plain)));
      ASSERT_TRUE(got.statuses[i]) << "range " << i << " of round " << round;
      ASSERT_EQ(got.statuses[i]->has_value(), read.has_value()) << i << " of round " << round;
      if (read) {
        ExpectRight(made, got, i);
      } else {
        EXPECT_EQ(got.statuses[i]->error().offset, read.error().offset) << i;
      }
    }
    EXPECT_EQ(told, total);
  }
}

TEST(Fetch, PassesNoFailureOver) {
  std::mt19937_64 random(2);
  for (int round = 0; round < 40; ++round) {
    Case made = RandomCase(random, false);
    for (std::uint64_t nth = 1;; nth += 1 + nth / 8) {
      made.files[0]->reads = 0;
      made.files[0]->fail_at = nth;
      Collected got(made.ranges, 3);
      Fetch(made.ranges, made.options, got);
      std::size_t failed = 0;
      for (std::size_t i = 0; i < made.ranges.size(); ++i) {
        ASSERT_TRUE(got.statuses[i]);
        if (*got.statuses[i]) {
          ExpectRight(made, got, i);
        } else {
          ++failed;
          EXPECT_EQ(got.statuses[i]->error().slug, "test/bad");
        }
      }
      const bool came = made.files[0]->reads >= nth;
      EXPECT_EQ(failed > 0, came) << "read " << nth;
      if (!came) break;
    }
  }
}

TEST(Fetch, ReadsSmallNeighboursTogetherAndCutsWhatIsLarge) {
  Watched file(std::string(200000, 'x'), {});
  std::vector<Range> ranges;
  for (std::uint64_t i = 0; i < 1000; ++i) ranges.push_back({&file, i * 100, 90});
  ranges.push_back({&file, 100000, 100000});
  Collected got(ranges, 2000);
  FetchOptions options;
  options.cost = {.gap = 32, .block = 4096};
  options.threads = 2;
  Fetch(ranges, options, got);
  EXPECT_LE(file.reads, 100000 / 4096 + 2 + 100000 / 4096 + 2u);
  EXPECT_LE(file.largest, 4096u);
}

TEST(Fetch, HoldsNoMoreThanItMay) {
  Watched file(std::string(200000, 'x'), {});
  const Range range{&file, 0, 200000, true};
  for (const std::size_t threads : {1, 2, 4}) {
    Collected got(std::span(&range, 1), 1);  // It has no place: every byte is held here.
    FetchOptions options;
    options.threads = threads;
    options.memory = 8192;
    file.largest = 0;
    Fetch(std::span(&range, 1), options, got);
    EXPECT_TRUE(got.statuses[0] && *got.statuses[0]);
    EXPECT_LE(file.largest * threads, 8192u);
  }
}

TEST(Fetch, StopsWithinALargeRange) {
  Watched file(std::string(100000, 'x'), {});
  const Range range{&file, 0, 100000};
  for (const std::size_t threads : {1, 3}) {
    Collected got(std::span(&range, 1), 2);
    std::stop_source stop;
    FetchOptions options;
    options.cost.block = 1024;
    options.threads = threads;
    options.stop = stop.get_token();
    std::atomic<int> calls{0};
    options.progress = [&](std::uint64_t) {
      if (++calls == 3) stop.request_stop();
    };
    file.reads = 0;
    Fetch(std::span(&range, 1), options, got);
    EXPECT_FALSE(got.statuses[0]);
    EXPECT_LE(file.reads, 3 + threads);
  }
}

}  // namespace
}  // namespace regraft::io
