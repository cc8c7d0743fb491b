// formats/shards/shards.h - files of one format that a JSON index makes one archive of.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "archive/archive.h"
#include "archive/format.h"
#include "regraft/error.h"
#include "regraft/files.h"

namespace regraft::shards {

/// What a format says of its shards. Static storage.
struct Kind {
  std::string_view suffix;        ///< Of a shard's name: ".safetensors".
  std::string_view index_suffix;  ///< ".safetensors.index.json".
  std::string_view usual;         ///< The file that is meant if there are several, or "".
  std::string_view bad_index;     ///< Slug, kCorrupt: no map of names to bare names of files.
  std::string_view not_in_shard;  ///< Slug, kCorrupt: a shard lacks a name.
  const archive::Slugs& slugs;    ///< Those of a shard.
  /// The name that a shard has for what the index calls so; null: the same.
  std::string (*in_shard)(const std::string& name) = nullptr;
  /// What all tensors are called, one each, where their keys are not their names; else null.
  std::vector<archive::TensorNames> (*names)(std::span<const archive::StoredTensor> tensors) =
      nullptr;
  /// Opens one shard.
  Result<std::unique_ptr<const archive::Archive>> (*open)(const io::Files& files,
                                                          const std::string& path,
                                                          const archive::OpenOptions& options);
};

/// True for JSON with a "weight_map" to shards of the kind: {"weight_map": {name: file}}, as
/// huggingface_hub and transformers write it. Reads at most 64 KiB.
bool IsIndex(const Kind& kind, const io::ByteSource& file);

/// The index in a folder, or its only shard, or the usual one; "" if it is not clear.
std::string InFolder(const Kind& kind, const io::Files& files, const std::string& folder);

/// The tensors of all shards. Of a shard that is missing or damaged, and of a name that its shard
/// lacks, the tensors have faults; so have two that their shard has one name for. A tensor that is
/// listed elsewhere than it is, or a wrong total, is a note. Errors: Kind::bad_index.
Result<std::unique_ptr<const archive::Archive>> Open(const Kind& kind, const io::Files& files,
                                                     const std::string& index,
                                                     const archive::OpenOptions& options);

}  // namespace regraft::shards
