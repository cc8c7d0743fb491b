// What every source of files promises to those who read checkpoints from it (regraft/files.h).
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <map>
#include <memory>
#include <ostream>
#include <string>
#include <thread>
#include <vector>

#include "io/byte_source.h"
#include "regraft/files.h"
#include "testing/checkpoint_folder.h"
#include "testing/files.h"

namespace regraft::contract {
namespace {

using ::testing::ElementsAre;

const std::map<std::string, std::string>& Sample() {
  static const std::map<std::string, std::string> sample = {
      {"b.index", "index"}, {"a", std::string("\0\xff", 2)},
      {"sub/c", "deep"},    {"empty", ""},
      {"a*[x]", "glob"},    {".hidden", "dot"}};
  return sample;
}

// Files below a folder of their own, kept while the test runs.
class Kept {
 public:
  virtual ~Kept() = default;
  virtual const io::Files& files() const = 0;
  virtual std::string folder() const = 0;
  std::string operator/(const std::string& name) const { return folder() + "/" + name; }
};

class InMemory : public Kept {
 public:
  InMemory() : memory_(Below("run")) {}
  const io::Files& files() const override { return memory_; }
  std::string folder() const override { return "run"; }

 protected:
  static std::map<std::string, std::string> Below(const std::string& folder) {
    std::map<std::string, std::string> content;
    for (const auto& [name, bytes] : Sample()) content[folder + "/" + name] = bytes;
    return content;
  }
  testing::MemoryFiles memory_;
};

class OnDisk final : public Kept {
 public:
  OnDisk() {
    for (const auto& [name, bytes] : Sample()) folder_.Write(name, bytes);
  }
  const io::Files& files() const override { return io::RealFiles(); }
  std::string folder() const override { return folder_.path(); }

 private:
  testing::CheckpointFolder folder_;
};

class Forwarded final : public InMemory {
 public:
  const io::Files& files() const override { return forwarding_; }

 private:
  testing::ForwardingFiles forwarding_{memory_};
};

class Counted final : public InMemory {
 public:
  const io::Files& files() const override { return counting_; }

 private:
  testing::CountingFiles counting_{memory_};
};

class Unfailing final : public InMemory {
 public:
  const io::Files& files() const override { return faults_; }

 private:
  testing::FaultFiles faults_{memory_, 0};
};

struct FilesCase {
  std::string name;
  std::unique_ptr<Kept> (*make)();
};
template <typename T>
std::unique_ptr<Kept> Make() {
  return std::make_unique<T>();
}
void PrintTo(const FilesCase& files, std::ostream* out) { *out << files.name; }

class EveryFiles : public ::testing::TestWithParam<FilesCase> {
 protected:
  std::string Content(const std::string& name) const {
    const auto file = kept_->files().Open(*kept_ / name);
    EXPECT_TRUE(file) << file.error().ToString();
    if (!file) return "";
    std::string bytes((*file)->size(), '?');
    const Status read = (*file)->ReadAt(0, std::as_writable_bytes(std::span(bytes)));
    EXPECT_TRUE(read) << read.error().ToString();
    return bytes;
  }

  std::unique_ptr<Kept> kept_ = GetParam().make();
};

TEST_P(EveryFiles, OpensAFileUnderItsNameWithItsBytes) {
  for (const auto& [name, bytes] : Sample()) {
    EXPECT_EQ(Content(name), bytes);
    EXPECT_EQ((*kept_->files().Open(*kept_ / name))->name(), *kept_ / name);
  }
}

TEST_P(EveryFiles, ReadsAnyRangeAndNoneBeyondTheEnd) {
  const auto file = kept_->files().Open(*kept_ / "b.index");
  ASSERT_TRUE(file);
  for (std::uint64_t from = 0; from <= 7; ++from) {
    for (std::size_t count = 0; count <= 7; ++count) {
      std::string bytes(count, '?');
      const Status read = (*file)->ReadAt(from, std::as_writable_bytes(std::span(bytes)));
      if (from + count <= 5) {
        ASSERT_TRUE(read) << from << " " << count;
        EXPECT_EQ(bytes, std::string("index").substr(from, count));
      } else {
        ASSERT_FALSE(read) << from << " " << count;
        EXPECT_EQ(read.error().slug, "io/past-end");
        EXPECT_EQ(read.error().code, ErrorCode::kCorrupt);
        EXPECT_EQ(read.error().file, *kept_ / "b.index");
        EXPECT_EQ(bytes, std::string(count, '?'));
      }
    }
  }
  for (const std::uint64_t from : {~std::uint64_t{0}, ~std::uint64_t{0} - 3}) {
    std::byte bytes[4];
    EXPECT_FALSE((*file)->ReadAt(from, bytes)) << from;
  }
}

TEST_P(EveryFiles, TellsWhatIsNotThereFromWhatIsNoFile) {
  for (const char* name : {"none", "none/a", "sub/none"}) {
    const auto file = kept_->files().Open(*kept_ / name);
    ASSERT_FALSE(file) << name;
    EXPECT_EQ(file.error().code, ErrorCode::kNotFound) << name;
    EXPECT_EQ(file.error().slug, "io/not-found") << name;
    EXPECT_EQ(file.error().file, *kept_ / name);
  }
  const auto folder = kept_->files().Open(*kept_ / "sub");
  ASSERT_FALSE(folder);
  EXPECT_EQ(folder.error().code, ErrorCode::kIo);
  EXPECT_EQ(folder.error().slug, "io/open");
}

TEST_P(EveryFiles, LooksWithoutOpening) {
  for (const auto& [name, bytes] : Sample()) {
    const auto seen = kept_->files().Look(*kept_ / name);
    ASSERT_TRUE(seen && *seen) << name;
    EXPECT_EQ((*seen)->kind, io::FileKind::kFile);
    EXPECT_EQ((*seen)->size, bytes.size());
    EXPECT_EQ(kept_->files().Stat(*kept_ / name)->size, bytes.size());
  }
  for (const std::string& folder : {kept_->folder(), *kept_ / "sub"}) {
    const auto seen = kept_->files().Look(folder);
    ASSERT_TRUE(seen && *seen) << folder;
    EXPECT_EQ((*seen)->kind, io::FileKind::kDirectory);
  }
  for (const char* name : {"none", "a/none", "none/a"}) {
    const auto seen = kept_->files().Look(*kept_ / name);
    ASSERT_TRUE(seen) << name;
    EXPECT_FALSE(*seen) << name;
    EXPECT_FALSE(kept_->files().Stat(*kept_ / name)) << name;
  }
}

TEST_P(EveryFiles, ListsNamesInTheOrderOfTheirBytes) {
  EXPECT_THAT(kept_->files().List(kept_->folder()).value(),
              ElementsAre(".hidden", "a", "a*[x]", "b.index", "empty", "sub"));
  EXPECT_THAT(kept_->files().List(*kept_ / "sub").value(), ElementsAre("c"));
  for (const char* name : {"none", "a"}) {
    const auto listed = kept_->files().List(*kept_ / name);
    ASSERT_FALSE(listed) << name;
    EXPECT_EQ(listed.error().code, ErrorCode::kNotFound) << name;
    EXPECT_EQ(listed.error().slug, "io/not-found") << name;
  }
}

TEST_P(EveryFiles, IsReadByManyThreads) {
  const auto file = kept_->files().Open(*kept_ / "b.index");
  ASSERT_TRUE(file);
  std::atomic<int> wrong = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&] {
      for (int round = 0; round < 100; ++round) {
        std::string bytes(3, '?');
        const bool read = (*file)->ReadAt(1, std::as_writable_bytes(std::span(bytes))).has_value();
        if (!read || bytes != "nde" || Content("sub/c") != "deep") ++wrong;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(wrong, 0);
}

INSTANTIATE_TEST_SUITE_P(Sources, EveryFiles,
                         ::testing::Values(FilesCase{"memory", Make<InMemory>},
                                           FilesCase{"disk", Make<OnDisk>},
                                           FilesCase{"forwarding", Make<Forwarded>},
                                           FilesCase{"counting", Make<Counted>},
                                           FilesCase{"faults", Make<Unfailing>}),
                         [](const auto& each) { return each.param.name; });

// A source outlives those files that do not count or fail its reads.
TEST(Files, MayGoBeforeWhatTheyOpened) {
  for (const auto make : {Make<InMemory>, Make<OnDisk>, Make<Forwarded>}) {
    std::unique_ptr<Kept> kept = make();
    const auto file = kept->files().Open(*kept / "b.index");
    ASSERT_TRUE(file);
    kept.reset();
    std::string bytes(5, '?');
    EXPECT_TRUE((*file)->ReadAt(0, std::as_writable_bytes(std::span(bytes))));
    EXPECT_EQ(bytes, "index");
  }
}

TEST(Files, TellTheirCostThroughWhatWrapsThem) {
  class Far final : public testing::ForwardingFiles {
   public:
    using ForwardingFiles::ForwardingFiles;
    io::ReadCost Cost() const override { return {.gap = 1 << 20}; }
  };
  const testing::MemoryFiles memory{{}};
  const Far far(memory);
  const testing::CountingFiles counting(far);
  const testing::FaultFiles faults(counting, 0);
  EXPECT_EQ(faults.Cost().gap, std::uint64_t{1} << 20);
  EXPECT_EQ(testing::ForwardingFiles(memory).Cost().gap, memory.Cost().gap);
}

TEST(Files, CountAndFailWhatTheyPassOn) {
  const InMemory kept;
  const testing::CountingFiles counting(kept.files());
  testing::FaultFiles faults(counting, 2);
  const auto file = faults.Open(kept / "b.index");
  ASSERT_TRUE(file);
  std::byte bytes[3];
  EXPECT_TRUE((*file)->ReadAt(0, bytes));
  EXPECT_FALSE(faults.failed());
  EXPECT_EQ((*file)->ReadAt(0, bytes).error().slug, "test/fault");
  EXPECT_TRUE(faults.failed());
  EXPECT_TRUE((*file)->ReadAt(0, bytes));
  EXPECT_EQ(counting.opens(), 1u);
  EXPECT_EQ(counting.reads(), 2u);
  EXPECT_EQ(counting.bytes_read(kept / "b.index"), 6u);
}

}  // namespace
}  // namespace regraft::contract
