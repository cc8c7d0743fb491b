#include "formats/shards/shards.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <span>
#include <utility>
#include <vector>

#include "base/sort_unique.h"
#include "base/text.h"
#include "base/try.h"
#include "io/byte_source.h"
#include "io/directory.h"

namespace regraft::shards {
namespace {

using Json = nlohmann::json;

constexpr std::uint64_t kMostIndex = 100'000'000;

// A data file of a shard.
struct Inner {
  std::shared_ptr<const archive::Archive> shard;
  std::uint32_t file = 0;  // In the shard.
  std::uint32_t disk = 0;  // The shard's number.
};

// The tensors of several archives, whose data files are asked for them. Those on disk are numbered
// as the index has them; what shards make is numbered behind.
class ShardedArchive final : public archive::Archive {
 public:
  ShardedArchive(const Kind& kind, const io::Files& files, std::vector<std::string> paths,
                 std::vector<Inner> inner, std::vector<archive::StoredTensor> tensors,
                 std::vector<std::string> notes, std::map<std::string, std::string> metadata)
      : Archive(files, kind.slugs, IsBigEndian(inner), std::move(tensors)),
        paths_(std::move(paths)),
        inner_(std::move(inner)) {
    notes_ = std::move(notes);
    metadata_ = std::move(metadata);
  }

  std::uint32_t num_files() const override { return static_cast<std::uint32_t>(paths_.size()); }
  std::string FilePath(std::uint32_t file) const override {
    if (file < paths_.size()) return paths_[file];
    return file < inner_.size() ? inner_[file].shard->FilePath(inner_[file].file) : "";
  }
  bool IsOnDisk(std::uint32_t file) const override { return file < paths_.size(); }
  std::uint32_t MadeOf(std::uint32_t file) const override {
    return file < inner_.size() ? inner_[file].disk : 0;
  }

 private:
  static bool IsBigEndian(std::span<const Inner> inner) {
    return std::any_of(inner.begin(), inner.end(),
                       [](const Inner& one) { return one.shard && one.shard->big_endian(); });
  }

  Result<std::shared_ptr<const io::ByteSource>> OpenData(std::uint32_t file) const override {
    if (inner_[file].shard) return inner_[file].shard->OpenFile(inner_[file].file);
    return Archive::OpenData(file);
  }

  const std::vector<std::string> paths_;
  const std::vector<Inner> inner_;  // Of each data file; null for a shard that is not there.
};

// The names of an index with the files that they are said to be in.
class Reader {
 public:
  Reader(const Kind& kind, const io::Files& files, std::string index,
         const archive::OpenOptions& options)
      : kind_(kind), files_(files), index_(std::move(index)), options_(options) {}

  Result<std::unique_ptr<const archive::Archive>> Open() {
    REGRAFT_TRY(const Json json, Parse());
    REGRAFT_CHECK(ReadMap(json));
    inner_.resize(names_.size());
    for (std::uint32_t file = 0; file < names_.size(); ++file) ReadShard(file);
    AddNotes(json);
    std::vector<std::string> paths;
    for (const std::string& name : names_) paths.push_back(PathOf(name));
    std::sort(tensors_.begin(), tensors_.end(),
              [](const auto& a, const auto& b) { return a.key < b.key; });
    return std::make_unique<const ShardedArchive>(kind_, files_, std::move(paths),
                                                  std::move(inner_), std::move(tensors_),
                                                  std::move(notes_), std::move(metadata_));
  }

 private:
  Error Bad(std::string message) const {
    return Error(ErrorCode::kCorrupt, std::string(kind_.bad_index), std::move(message))
        .InFile(index_);
  }

  std::string PathOf(const std::string& name) const {
    const std::size_t slash = index_.rfind('/');
    return slash == std::string::npos ? name : index_.substr(0, slash + 1) + name;
  }

  Result<Json> Parse() const {
    REGRAFT_TRY(const std::string text, io::ReadWholeFile(files_, index_, kMostIndex));
    Json json = Json::parse(text, nullptr, /*allow_exceptions=*/false);
    if (json.is_discarded() || !json.is_object()) return Fail(Bad("the index is no JSON object"));
    return json;
  }

  Status ReadMap(const Json& json) {
    const auto map = json.find("weight_map");
    if (map == json.end() || !map->is_object()) return Fail(Bad("the index has no weight_map"));
    std::map<std::string, std::vector<std::string>> by_file;
    for (const auto& [key, value] : map->items()) {
      if (!value.is_string()) {
        return Fail(Bad(fmt::format("the file of the tensor '{}' is no text", Printable(key))));
      }
      const auto& name = value.get_ref<const std::string&>();
      // A name that leads elsewhere could read what nobody has asked for.
      if (name.empty() || name == "." || name == ".." ||
          name.find_first_of("/\\:") != std::string::npos || name.find('\0') != std::string::npos) {
        return Fail(Bad(fmt::format("'{}' is not the bare name of a file", Printable(name))));
      }
      by_file[name].push_back(key);
    }
    for (auto& [name, keys] : by_file) {
      names_.push_back(name);
      wanted_.push_back(std::move(keys));
    }
    return {};
  }

  void AddFault(const std::string& key, Error error) {
    archive::StoredTensor tensor;
    tensor.key = key;
    tensor.pieces.emplace_back();
    tensor.fault.push_back(std::move(error).ForKey(key));
    tensors_.push_back(std::move(tensor));
  }

  void ReadShard(std::uint32_t file) {
    const std::string path = PathOf(names_[file]);
    auto opened = OpenShard(path, names_[file]);
    if (!opened) {
      for (const std::string& key : wanted_[file]) AddFault(key, opened.error());
      return;
    }
    const std::shared_ptr<const archive::Archive> shard = *std::move(opened);
    inner_[file] = {shard, 0, file};
    for (const std::string& note : shard->notes()) notes_.push_back(note);
    metadata_.insert(shard->metadata().begin(), shard->metadata().end());
    for (const archive::StoredTensor& tensor : shard->tensors()) {
      const auto& wanted = wanted_[file];
      bytes_ += archive::StoredBytes(tensor);
      if (!std::binary_search(wanted.begin(), wanted.end(), tensor.key)) {
        unlisted_.push_back({tensor.key, names_[file]});
        if (IsListed(tensor.key)) continue;
      }
      // Nobody can tell which of two that no index lists is meant.
      if (!found_.insert(tensor.key).second) continue;
      Add(tensor, shard, file);
    }
    for (const std::string& key : wanted_[file]) {
      if (found_.contains(key)) continue;
      AddFault(key, Error(ErrorCode::kCorrupt, std::string(kind_.not_in_shard),
                          fmt::format("the index says that it is in {}, which does not have it",
                                      names_[file]))
                        .InFile(path)
                        .Hint("index and shards are of different checkpoints: copy them again"));
    }
  }

  void Add(archive::StoredTensor tensor, const std::shared_ptr<const archive::Archive>& shard,
           std::uint32_t file) {
    for (archive::StoredPiece& piece : tensor.pieces) {
      if (shard->IsOnDisk(piece.where.file)) {
        piece.where.file = file;
        continue;
      }
      inner_.push_back({shard, piece.where.file, file});
      piece.where.file = static_cast<std::uint32_t>(inner_.size() - 1);
    }
    tensors_.push_back(std::move(tensor));
  }

  Result<std::unique_ptr<const archive::Archive>> OpenShard(const std::string& path,
                                                            const std::string& name) const {
    auto shard = kind_.open(files_, path, options_);
    if (shard || shard.error().code != ErrorCode::kNotFound) return shard;
    return Fail(Error(ErrorCode::kNotFound, std::string(kind_.slugs.file_missing),
                      "the data file that holds this tensor is missing")
                    .InFile(path)
                    .Hint(fmt::format("put {} beside {}", name, index_)));
  }

  bool IsListed(const std::string& key) const {
    return std::any_of(wanted_.begin(), wanted_.end(), [&](const auto& wanted) {
      return std::binary_search(wanted.begin(), wanted.end(), key);
    });
  }

  void AddNotes(const Json& json) {
    SortUnique(notes_);
    if (!unlisted_.empty()) {
      notes_.push_back(
          fmt::format("{} in the shards that the index does not list there: {} in {}{}",
                      Plural(unlisted_.size(), "tensor"), unlisted_[0].first, unlisted_[0].second,
                      unlisted_.size() > 1 ? ", …" : ""));
    }
    const auto metadata = json.find("metadata");
    if (metadata == json.end() || !metadata->is_object()) return;
    const auto total = metadata->find("total_size");
    if (total == metadata->end() || !total->is_number_unsigned()) return;
    if (total->get<std::uint64_t>() == bytes_) return;
    notes_.push_back(
        fmt::format("the index says that there are {} bytes of tensors, and there "
                    "are {}",
                    total->get<std::uint64_t>(), bytes_));
  }

  const Kind& kind_;
  const io::Files& files_;
  const std::string index_;
  const archive::OpenOptions options_;
  std::vector<std::string> names_;
  std::vector<std::vector<std::string>> wanted_;  // By file, each sorted.
  std::vector<Inner> inner_;
  std::vector<archive::StoredTensor> tensors_;
  std::set<std::string> found_;
  std::vector<std::pair<std::string, std::string>> unlisted_;
  std::vector<std::string> notes_;
  std::map<std::string, std::string> metadata_;
  std::uint64_t bytes_ = 0;
};

}  // namespace

bool IsIndex(const Kind& kind, const io::ByteSource& file) {
  constexpr std::uint64_t kHead = 65536;
  // Nobody begins a JSON with much white space, and what is something else need not be read.
  std::string start(static_cast<std::size_t>(std::min<std::uint64_t>(16, file.size())), '\0');
  if (!file.ReadAt(0, std::as_writable_bytes(std::span(start)))) return false;
  const std::size_t brace = start.find_first_not_of(" \t\n\r");
  if (brace == std::string::npos || start[brace] != '{') return false;
  std::string head(static_cast<std::size_t>(std::min(kHead, file.size())), '\0');
  if (!file.ReadAt(0, std::as_writable_bytes(std::span(head)))) return false;
  return head.find("\"weight_map\"") != std::string::npos &&
         head.find(std::string(kind.suffix) + '"') != std::string::npos;
}

std::string InFolder(const Kind& kind, const io::Files& files, const std::string& folder) {
  const auto names = files.List(folder);
  if (!names) return "";
  const std::string start = folder.empty() || folder.ends_with('/') ? folder : folder + "/";
  std::vector<std::string> indices, plain;
  for (const std::string& name : *names) {
    if (name.ends_with(kind.index_suffix)) indices.push_back(name);
    if (name.ends_with(kind.suffix)) plain.push_back(name);
  }
  if (indices.size() == 1) return start + indices[0];
  if (plain.size() == 1) return start + plain[0];
  const bool usual = std::find(plain.begin(), plain.end(), kind.usual) != plain.end();
  return usual ? start + std::string(kind.usual) : "";
}

Result<std::unique_ptr<const archive::Archive>> Open(const Kind& kind, const io::Files& files,
                                                     const std::string& index,
                                                     const archive::OpenOptions& options) {
  return Reader(kind, files, index, options).Open();
}

}  // namespace regraft::shards
