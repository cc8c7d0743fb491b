// What the bundle reader says of real V2 checkpoints, against the listings of the corpus.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "bundle/bundle_reader.h"
#include "corpus.h"
#include "digest/crc32c.h"
#include "io/byte_source.h"

namespace regraft::bundle {
namespace {

namespace fs = std::filesystem;

struct Listing {
  std::string index;               // Path of the index below the corpus; empty: not V2.
  std::vector<std::string> lines;  // "key TAB dtype TAB shape TAB more".
};

// The first line is "# owner/repository @ commit  path"; the file is kept as
// "owner__repository/<12 digits of commit>/path".
Listing ReadListing(const fs::path& path) {
  Listing listing;
  std::ifstream in(path);
  std::string line;
  std::getline(in, line);
  if (line.ends_with(".index")) {
    const std::size_t slash = line.find('/'), at = line.find(" @ "), gap = line.find("  ", at);
    listing.index = fmt::format("{}__{}/{}/{}", line.substr(2, slash - 2),
                                line.substr(slash + 1, at - slash - 1), line.substr(at + 3, 12),
                                line.substr(gap + 2));
  }
  while (std::getline(in, line)) {
    if (!line.empty() && !line.starts_with('#')) listing.lines.push_back(line);
  }
  return listing;
}

std::string Verdict(const BundleReader& reader, const archive::StoredTensor& tensor) {
  Status status;
  if (KindOf(tensor.spec.dtype) == DTypeKind::kNumeric) {
    std::vector<std::byte> out(tensor.spec.Bytes().value());
    status = reader.Read(tensor, out, true);
  } else if (const auto strings = reader.ReadStrings(tensor, true); !strings) {
    status = Fail(strings.error());
  }
  if (status) return "ok";
  return status.error().slug == "bundle/shard-missing" ? "noshard" : status.error().ToString();
}

std::string Describe(const BundleReader& reader, const archive::StoredTensor& tensor) {
  std::string shape;
  for (const std::int64_t dim : tensor.spec.shape.dims()) {
    shape += fmt::format("{}{}", shape.empty() ? "" : ", ", dim);
  }
  const archive::StoredPiece& piece = tensor.pieces.at(0);
  return fmt::format("{}\t{}\t[{}]\tshard={} off={} size={} crc={:08x} {}", tensor.key,
                     DTypeName(tensor.spec.dtype), shape, piece.where.file, piece.where.offset,
                     piece.where.bytes, digest::MaskCrc(piece.checksum.value),
                     Verdict(reader, tensor));
}

TEST(BundleCorpus, ListsAndReadsEveryV2Checkpoint) {
  const fs::path corpus = CorpusFolder();
  std::size_t checkpoints = 0;
  for (const auto& file : fs::directory_iterator(corpus / "listings")) {
    const Listing listing = ReadListing(file.path());
    if (listing.index.empty()) continue;
    SCOPED_TRACE(file.path().filename().string() + " " + listing.index);
    std::string prefix = (corpus / listing.index).string();
    prefix.resize(prefix.size() - std::string_view(".index").size());
    const auto reader = BundleReader::Open(io::RealFiles(), prefix, {});
    if (listing.lines.empty()) {
      EXPECT_FALSE(reader) << "a Git LFS pointer named like an index";
      continue;
    }
    if (!reader) {
      ADD_FAILURE() << reader.error().ToString();
      continue;
    }
    std::vector<std::string> lines;
    for (const archive::StoredTensor& tensor : (*reader)->tensors()) {
      lines.push_back(Describe(**reader, tensor));
    }
    EXPECT_EQ(lines, listing.lines);
    ++checkpoints;
  }
  EXPECT_EQ(checkpoints, CorpusItems("V2-").size());
}

TEST(BundleCorpus, ReadsStringsOfTheFirstYears) {
  const fs::path corpus = CorpusFolder();
  const Listing listing = ReadListing(corpus / "listings" / "D019.tsv");
  std::string prefix = (corpus / listing.index).string();
  prefix.resize(prefix.size() - std::string_view(".index").size());
  const auto reader = BundleReader::Open(io::RealFiles(), prefix, {});
  ASSERT_TRUE(reader) << reader.error().ToString();
  const auto strings = [&](std::string_view key) {
    const std::ptrdiff_t at = (*reader)->Find(key);
    return (*reader)->ReadStrings((*reader)->tensors()[static_cast<std::size_t>(at)], true);
  };
  EXPECT_EQ(strings("string_tensor"), std::vector<std::string>{""});
  EXPECT_EQ(strings("scalar"), std::vector<std::string>{"hello"});
  EXPECT_EQ(strings("strs"),
            (std::vector<std::string>{"hello", "", "x01", std::string(1024, 'c')}));
}

}  // namespace
}  // namespace regraft::bundle
