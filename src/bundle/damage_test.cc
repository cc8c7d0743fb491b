// Damaged files: every cut and every changed byte ends in an error or the same answer.
#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "bundle/bundle_reader.h"
#include "bundle/ordered_code.h"
#include "testing/files.h"
#include "testing/tiny_bundle.h"

namespace regraft::bundle {
namespace {

using testing::BytesOf;
using testing::TinyBundle;

constexpr char kIndex[] = "p.index";
constexpr char kData[] = "p.data-00000-of-00001";

TinyBundle Sample() {
  TinyBundle bundle;
  bundle.AddFloats("f", {2, 2}, {1, 2, 3, 4})
      .AddStrings("s", {3}, {"one", "", std::string(130, 'x')})
      .AddVariants("v", {1}, {"variant"})
      .AddStrings("none", {0}, {})
      .AddSlice("p", DType::kInt64, {3}, {{0, 2}}, BytesOf<std::int64_t>({5, 6}))
      .AddSlice("p", DType::kInt64, {3}, {{2, 1}}, BytesOf<std::int64_t>({7}))
      .AddInt64s("step", {}, {42});
  return bundle;
}

// What a file says: for each key its type and bytes, or "error".
using Answer = std::map<std::string, std::string>;

std::string Value(const BundleReader& reader, const archive::StoredTensor& tensor, bool verify) {
  const std::string spec = tensor.spec.ToString() + " ";
  if (KindOf(tensor.spec.dtype) == DTypeKind::kString) {
    const auto values = reader.ReadStrings(tensor, verify);
    if (!values) return "error";
    std::string out = spec;
    for (const std::string& value : *values) out += std::to_string(value.size()) + ":" + value;
    return out;
  }
  if (KindOf(tensor.spec.dtype) != DTypeKind::kNumeric) {
    const auto raw = reader.ReadRaw(tensor, verify);
    return raw ? spec + *raw : "error";
  }
  if (!tensor.fault.empty()) return "error";  // Its size may be absurd.
  std::uint64_t stored = 0;
  for (const archive::StoredPiece& piece : tensor.pieces) stored += piece.where.bytes;
  if (stored > 1 << 20) return "error";  // More than the file has; a caller may allocate it.
  std::string out(static_cast<std::size_t>(tensor.spec.Bytes().value()), '\0');
  if (!reader.Read(tensor, std::as_writable_bytes(std::span(out)), verify)) return "error";
  return spec + out;
}

Answer Ask(const std::map<std::string, std::string>& content, bool verify = true) {
  const testing::MemoryFiles files(content);
  const auto reader = BundleReader::Open(files, "p", {.verify_checksums = verify});
  if (!reader) {
    EXPECT_FALSE(reader.error().slug.empty());
    return {};
  }
  Answer answer;
  for (const archive::StoredTensor& tensor : (*reader)->tensors()) {
    EXPECT_LE(tensor.fault.size(), 1u);
    EXPECT_TRUE(tensor.partitioned || tensor.pieces.size() == 1u);
    answer[tensor.key] = Value(**reader, tensor, verify);
  }
  return answer;
}

// True if `answer` says nothing that `truth` does not.
::testing::AssertionResult NoLies(const Answer& answer, const Answer& truth) {
  if (answer.empty()) return ::testing::AssertionSuccess();
  for (const auto& [key, value] : truth) {
    if (!answer.contains(key)) return ::testing::AssertionFailure() << key << " is not listed";
  }
  for (const auto& [key, value] : answer) {
    if (value != "error" && (!truth.contains(key) || truth.at(key) != value)) {
      return ::testing::AssertionFailure() << key << " has another value";
    }
  }
  return ::testing::AssertionSuccess();
}

TEST(DamagedBundle, IsTheSampleIfNothingIsDamaged) {
  const Answer truth = Ask(Sample().Files("p"));
  EXPECT_EQ(truth.size(), 6u);
  for (const auto& [key, value] : truth) EXPECT_NE(value, "error") << key;
}

TEST(DamagedBundle, CutIndexIsAnError) {
  auto content = Sample().Files("p");
  const std::string index = content[kIndex];
  for (std::size_t length = 0; length < index.size(); ++length) {
    content[kIndex] = index.substr(0, length);
    EXPECT_TRUE(Ask(content).empty()) << length;
    Ask(content, false);
  }
}

TEST(DamagedBundle, CutDataIsAnErrorOfTheTensorsBehindTheCut) {
  auto content = Sample().Files("p");
  const Answer truth = Ask(content);
  const std::string data = content[kData];
  for (std::size_t length = 0; length < data.size(); ++length) {
    content[kData] = data.substr(0, length);
    const Answer answer = Ask(content);
    EXPECT_TRUE(NoLies(answer, truth)) << length;
    EXPECT_EQ(answer.at("step"), "error") << "it is the last";
    EXPECT_EQ(answer.at("f") == "error", length < 16) << "it is the first";
    Ask(content, false);
  }
}

TEST(DamagedBundle, ChangedByteOfTheIndexIsNoOtherAnswer) {
  auto content = Sample().Files("p");
  const Answer truth = Ask(content);
  const std::string index = content[kIndex];
  for (std::size_t at = 0; at < index.size(); ++at) {
    for (int bit = 0; bit < 8; ++bit) {
      content[kIndex] = index;
      content[kIndex][at] = static_cast<char>(index[at] ^ (1 << bit));
      EXPECT_TRUE(NoLies(Ask(content), truth)) << at << " bit " << bit;
      Ask(content, false);
    }
  }
}

TEST(DamagedBundle, ChangedByteOfTheDataIsAnErrorOfItsTensor) {
  auto content = Sample().Files("p");
  const Answer truth = Ask(content);
  const std::string data = content[kData];
  for (std::size_t at = 0; at < data.size(); ++at) {
    for (int bit = 0; bit < 8; ++bit) {
      content[kData] = data;
      content[kData][at] = static_cast<char>(data[at] ^ (1 << bit));
      const Answer answer = Ask(content);
      EXPECT_TRUE(NoLies(answer, truth)) << at << " bit " << bit;
      std::size_t errors = 0;
      for (const auto& [key, value] : answer) errors += value == "error";
      EXPECT_EQ(errors, 1u) << at << " bit " << bit;
      Ask(content, false);
    }
  }
}

TEST(DamagedBundle, ChangedEntryUnderAGoodChecksumLeavesTheOthersAlone) {
  // The index is built anew around each changed entry, so no checksum of it can help.
  const std::string slice = EncodeSliceKey("p", {{2, 1}});
  std::map<std::string, wire::BundleEntry> entries;
  TinyBundle original = Sample();
  for (const std::string& key : {std::string("f"), std::string("s"), std::string("p"), slice}) {
    original.Edit(key, [&entries, key](wire::BundleEntry& entry) { entries[key] = entry; });
  }
  const Answer truth = Ask(original.Files("p"));
  ASSERT_EQ(entries.size(), 4u);
  for (const auto& [key, entry] : entries) {
    const std::string bytes = wire::EncodeBundleEntry(entry);
    const std::string tensor = key == slice ? "p" : key;
    const auto check = [&](std::string changed, std::size_t at) {
      const Answer answer = Ask(Sample().PutRaw(key, std::move(changed)).Files("p"));
      for (const auto& [other, value] : truth) {
        EXPECT_TRUE(other == tensor || answer.at(other) == value) << key << " at " << at;
      }
    };
    for (std::size_t at = 0; at < bytes.size(); ++at) {
      check(bytes.substr(0, at), at);
      for (int bit = 0; bit < 8; ++bit) {
        std::string changed = bytes;
        changed[at] = static_cast<char>(bytes[at] ^ (1 << bit));
        check(std::move(changed), at);
      }
    }
  }
}

}  // namespace
}  // namespace regraft::bundle
