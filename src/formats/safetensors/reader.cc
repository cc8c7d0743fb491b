#include "formats/safetensors/reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <string_view>
#include <utility>
#include <vector>

#include "base/sort_unique.h"
#include "base/text.h"
#include "base/try.h"
#include "formats/safetensors/header.h"
#include "io/byte_source.h"
#include "io/directory.h"

namespace regraft::safetensors {
namespace {

using Json = nlohmann::json;

constexpr std::string_view kSuffix = ".safetensors";
constexpr std::string_view kIndexSuffix = ".safetensors.index.json";

const archive::Slugs kSlugs = {
    .truncated = "safetensors/truncated",
    .checksum = "",  // There are none.
    .file_missing = "safetensors/shard-missing",
    .opaque = "safetensors/opaque-dtype",
    .not_strings = "safetensors/not-strings",
    .partitioned = "",  // Every tensor is stored whole.
    .bad_strings = "",
};

class SafetensorsArchive final : public archive::Archive {
 public:
  SafetensorsArchive(const io::Files& files, std::vector<std::string> paths,
                     std::vector<archive::StoredTensor> tensors, std::vector<std::string> notes,
                     std::map<std::string, std::string> metadata)
      : Archive(files, kSlugs, /*big_endian=*/false, std::move(tensors)), paths_(std::move(paths)) {
    notes_ = std::move(notes);
    metadata_ = std::move(metadata);
  }

  std::uint32_t num_files() const override { return static_cast<std::uint32_t>(paths_.size()); }
  std::string FilePath(std::uint32_t file) const override {
    return file < paths_.size() ? paths_[file] : "";
  }

 private:
  const std::vector<std::string> paths_;
};

bool IsIndex(const io::ByteSource& file) {
  constexpr std::uint64_t kHead = 65536;
  // Nobody begins a JSON with much white space, and what is something else need not be read.
  std::string start(static_cast<std::size_t>(std::min<std::uint64_t>(16, file.size())), '\0');
  if (!file.ReadAt(0, std::as_writable_bytes(std::span(start)))) return false;
  const std::size_t brace = start.find_first_not_of(" \t\n\r");
  if (brace == std::string::npos || start[brace] != '{') return false;
  std::string head(static_cast<std::size_t>(std::min(kHead, file.size())), '\0');
  if (!file.ReadAt(0, std::as_writable_bytes(std::span(head)))) return false;
  return head.find("\"weight_map\"") != std::string::npos &&
         head.find(kSuffix) != std::string::npos;
}

void NoteOpaque(const Header& header, std::vector<std::string>& notes) {
  if (header.opaque_types.empty()) return;
  std::vector<std::string> types = header.opaque_types;
  SortUnique(types);
  notes.push_back(fmt::format("of {} only the stored bytes can be had: nothing here is like {}",
                              Plural(header.opaque_types.size(), "tensor"), Join(types, ", ")));
}

// The names of an index with the files that they are said to be in.
class Shards {
 public:
  Shards(const io::Files& files, std::string index) : files_(files), index_(std::move(index)) {}

  Result<std::unique_ptr<const archive::Archive>> Open() {
    REGRAFT_TRY(const Json json, Parse());
    REGRAFT_CHECK(ReadMap(json));
    for (std::uint32_t file = 0; file < names_.size(); ++file) ReadShard(file);
    AddNotes(json);
    std::vector<std::string> paths;
    for (const std::string& name : names_) paths.push_back(PathOf(name));
    std::sort(tensors_.begin(), tensors_.end(),
              [](const auto& a, const auto& b) { return a.key < b.key; });
    return std::make_unique<const SafetensorsArchive>(files_, std::move(paths), std::move(tensors_),
                                                      std::move(notes_), std::move(metadata_));
  }

 private:
  Error Bad(std::string message) const {
    return Error(ErrorCode::kCorrupt, "safetensors/bad-index", std::move(message)).InFile(index_);
  }

  std::string PathOf(const std::string& name) const {
    const std::size_t slash = index_.rfind('/');
    return slash == std::string::npos ? name : index_.substr(0, slash + 1) + name;
  }

  Result<Json> Parse() const {
    REGRAFT_TRY(const std::string text, io::ReadWholeFile(files_, index_, kMostHeader));
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
    auto header = HeaderOf(path, file);
    if (!header) {
      for (const std::string& key : wanted_[file]) AddFault(key, header.error());
      return;
    }
    NoteOpaque(*header, notes_);
    metadata_.merge(header->metadata);
    for (archive::StoredTensor& tensor : header->tensors) {
      const auto& wanted = wanted_[file];
      const bool listed = std::binary_search(wanted.begin(), wanted.end(), tensor.key);
      bytes_ += tensor.pieces.front().where.bytes;
      if (!listed) {
        unlisted_.push_back({tensor.key, names_[file]});
        if (IsListed(tensor.key)) continue;
      }
      found_.insert(tensor.key);
      tensors_.push_back(std::move(tensor));
    }
    for (const std::string& key : wanted_[file]) {
      if (found_.contains(key)) continue;
      AddFault(key, Error(ErrorCode::kCorrupt, "safetensors/not-in-shard",
                          fmt::format("the index says that it is in {}, which does not have it",
                                      names_[file]))
                        .InFile(path)
                        .Hint("index and shards are of different checkpoints: copy them again"));
    }
  }

  Result<Header> HeaderOf(const std::string& path, std::uint32_t file) const {
    auto source = files_.Open(path);
    if (source) return ReadHeader(**source, file);
    if (source.error().code != ErrorCode::kNotFound) return Fail(std::move(source).error());
    return Fail(Error(ErrorCode::kNotFound, std::string(kSlugs.file_missing),
                      "the data file that holds this tensor is missing")
                    .InFile(path)
                    .Hint(fmt::format("put {} beside {}", names_[file], index_)));
  }

  bool IsListed(const std::string& key) const {
    return std::any_of(wanted_.begin(), wanted_.end(), [&](const auto& wanted) {
      return std::binary_search(wanted.begin(), wanted.end(), key);
    });
  }

  void AddNotes(const Json& json) {
    if (!unlisted_.empty()) {
      notes_.push_back(
          fmt::format("{} in the shards that the index does not list there: {} in {}{}",
                      Plural(unlisted_.size(), "tensor"), unlisted_[0].first, unlisted_[0].second,
                      unlisted_.size() > 1 ? ", …" : ""));
    }
    const auto metadata = json.find("metadata");
    const auto total =
        metadata != json.end() && metadata->is_object() ? metadata->find("total_size") : json.end();
    const bool stated = metadata != json.end() && metadata->is_object() &&
                        total != metadata->end() && total->is_number_unsigned();
    if (stated && total->get<std::uint64_t>() != bytes_) {
      notes_.push_back(
          fmt::format("the index says that there are {} bytes of tensors, and there "
                      "are {}",
                      total->get<std::uint64_t>(), bytes_));
    }
  }

  const io::Files& files_;
  const std::string index_;
  std::vector<std::string> names_;
  std::vector<std::vector<std::string>> wanted_;  // By file, each sorted.
  std::vector<archive::StoredTensor> tensors_;
  std::set<std::string> found_;
  std::vector<std::pair<std::string, std::string>> unlisted_;
  std::vector<std::string> notes_;
  std::map<std::string, std::string> metadata_;
  std::uint64_t bytes_ = 0;
};

}  // namespace

bool Matches(const io::ByteSource& file) { return LooksLikeHeader(file) || IsIndex(file); }

std::string InFolder(const io::Files& files, const std::string& folder) {
  const auto names = files.List(folder);
  if (!names) return "";
  const std::string start = folder.empty() || folder.ends_with('/') ? folder : folder + "/";
  std::vector<std::string> indices, plain;
  for (const std::string& name : *names) {
    if (name.ends_with(kIndexSuffix)) indices.push_back(name);
    if (name.ends_with(kSuffix)) plain.push_back(name);
  }
  if (indices.size() == 1) return start + indices[0];
  if (plain.size() == 1) return start + plain[0];
  const bool usual = std::find(plain.begin(), plain.end(), "model.safetensors") != plain.end();
  return usual ? start + "model.safetensors" : "";
}

Result<std::unique_ptr<const archive::Archive>> Open(const io::Files& files,
                                                     const std::string& path,
                                                     const archive::OpenOptions&) {
  REGRAFT_TRY(const auto source, files.Open(path));
  if (!LooksLikeHeader(*source) && IsIndex(*source)) return Shards(files, path).Open();
  REGRAFT_TRY(Header header, ReadHeader(*source, 0));
  std::vector<std::string> notes;
  NoteOpaque(header, notes);
  return std::make_unique<const SafetensorsArchive>(files, std::vector{path},
                                                    std::move(header.tensors), std::move(notes),
                                                    std::move(header.metadata));
}

}  // namespace regraft::safetensors
