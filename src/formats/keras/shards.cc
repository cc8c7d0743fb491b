#include "formats/keras/shards.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <utility>
#include <vector>

#include "base/text.h"
#include "base/try.h"
#include "formats/keras/v3_archive.h"
#include "io/directory.h"

namespace regraft::keras {
namespace {

using Json = nlohmann::json;

constexpr std::uint64_t kMostIndex = std::uint64_t{64} << 20;

class Shards {
 public:
  Shards(const io::Files& files, std::string index) : files_(files), index_(std::move(index)) {}

  Result<std::unique_ptr<const archive::Archive>> Open() {
    REGRAFT_TRY(const std::string text, io::ReadWholeFile(files_, index_, kMostIndex));
    const Json json = Json::parse(text, nullptr, /*allow_exceptions=*/false);
    REGRAFT_CHECK(ReadMap(json));
    for (const auto& [name, groups] : groups_) ReadShard(name, groups);
    std::sort(parts_.tensors.begin(), parts_.tensors.end(),
              [](const auto& a, const auto& b) { return a.key < b.key; });
    std::sort(all_.datasets.begin(), all_.datasets.end(),
              [](const auto& a, const auto& b) { return a.path < b.path; });
    return std::make_unique<const V3Archive>(files_, std::move(parts_), std::move(all_),
                                             ModelConfig(), false);
  }

 private:
  Error Bad(std::string message) const {
    return Error(ErrorCode::kCorrupt, "keras/bad-index", std::move(message)).InFile(index_);
  }

  std::string PathOf(const std::string& name) const {
    const std::size_t slash = index_.rfind('/');
    return slash == std::string::npos ? name : index_.substr(0, slash + 1) + name;
  }

  Status Add(const std::string& group, const Json& value) {
    if (!value.is_string()) {
      return Fail(Bad(fmt::format("the file of the group '{}' is no text", Printable(group))));
    }
    const auto& name = value.get_ref<const std::string&>();
    // A name that leads elsewhere could read what nobody has asked for.
    if (name.empty() || name == "." || name == ".." ||
        name.find_first_of("/\\:") != std::string::npos || name.find('\0') != std::string::npos) {
      return Fail(Bad(fmt::format("'{}' is not the bare name of a file", Printable(name))));
    }
    groups_[name].insert(group.substr(group.starts_with('/') ? 1 : 0));
    return {};
  }

  Status ReadMap(const Json& json) {
    const bool is_object = json.is_object();
    const auto map = is_object ? json.find("weight_map") : json.end();
    if (!is_object || map == json.end() || !map->is_object()) {
      return Fail(Bad("the index has no weight_map"));
    }
    for (const auto& [group, value] : map->items()) {
      if (!value.is_array()) {
        REGRAFT_CHECK(Add(group, value));
        continue;
      }
      // A layer may go on in the next file.
      for (const Json& one : value) REGRAFT_CHECK(Add(group, one));
    }
    return {};
  }

  void ReadShard(const std::string& name, const std::set<std::string>& groups) {
    const std::string path = PathOf(name);
    auto contents = ContentsOf(path, name);
    if (!contents) {
      parts_.Add({path}, {});
      for (const std::string& group : groups) AddFault(group, contents.error());
      return;
    }
    std::erase_if(contents->datasets,
                  [&](const hdf5::Dataset& dataset) { return !keys_.insert(dataset.path).second; });
    parts_.Add({path, 0, contents->base, contents->end}, contents->datasets);
    for (auto& [group, attributes] : contents->groups) all_.groups[group].merge(attributes);
    std::move(contents->datasets.begin(), contents->datasets.end(),
              std::back_inserter(all_.datasets));
    for (const std::string& group : groups) {
      if (contents->groups.contains(group)) continue;
      AddFault(group, Error(ErrorCode::kCorrupt, "keras/not-in-shard",
                            fmt::format("the index says that it is in {}, which does not have it",
                                        Printable(name)))
                          .InFile(path)
                          .Hint("index and shards are of different models: copy them again"));
    }
  }

  Result<hdf5::Contents> ContentsOf(const std::string& path, const std::string& name) const {
    auto file = files_.Open(path);
    if (file) return hdf5::ReadContents(**file);
    if (file.error().code != ErrorCode::kNotFound) return Fail(std::move(file).error());
    return Fail(Error(ErrorCode::kNotFound, "keras/shard-missing",
                      "the data file that holds this tensor is missing")
                    .InFile(path)
                    .Hint(fmt::format("put {} beside {}", name, index_)));
  }

  // Which variables a group has, only its shard tells: the group stands for them.
  void AddFault(const std::string& group, const Error& error) {
    if (!keys_.insert(group).second) return;
    hdf5::Dataset& dataset = all_.datasets.emplace_back();
    dataset.path = group;
    dataset.fault = error;
    archive::StoredTensor& tensor = parts_.tensors.emplace_back();
    tensor.key = group;
    tensor.pieces.emplace_back();
    tensor.fault.push_back(Error(error).ForKey(group));
  }

  const io::Files& files_;
  const std::string index_;
  std::map<std::string, std::set<std::string>> groups_;  // By file.
  std::set<std::string> keys_;
  hdf5::Parts parts_;
  hdf5::Contents all_;
};

}  // namespace

bool IsV3Index(const io::ByteSource& file) {
  constexpr std::uint64_t kHead = 65536;
  // Nobody begins a JSON with much white space, and what is something else need not be read.
  std::string start(static_cast<std::size_t>(std::min<std::uint64_t>(16, file.size())), '\0');
  if (!file.ReadAt(0, std::as_writable_bytes(std::span(start)))) return false;
  const std::size_t brace = start.find_first_not_of(" \t\n\r");
  if (brace == std::string::npos || start[brace] != '{') return false;
  std::string head(static_cast<std::size_t>(std::min(kHead, file.size())), '\0');
  if (!file.ReadAt(0, std::as_writable_bytes(std::span(head)))) return false;
  return head.find("\"weight_map\"") != std::string::npos &&
         head.find(".weights.h5\"") != std::string::npos;
}

Result<std::unique_ptr<const archive::Archive>> OpenV3Shards(const io::Files& files,
                                                             const std::string& index) {
  return Shards(files, index).Open();
}

}  // namespace regraft::keras
