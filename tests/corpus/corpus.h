// The corpus of real checkpoints: the selection in tests/corpus/data, or the folder that the
// environment variable REGRAFT_CORPUS names. tests/corpus/README.md tells what is in it.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace regraft {

struct CorpusItem {
  std::string id;     // "D001".
  std::string group;  // "V2-name".
  std::string path;   // In the file system.
  std::string remarks;

  /// Whether all that belongs to a checkpoint is there. Some data files were too large to keep.
  bool IsWhole() const;
};

std::filesystem::path CorpusFolder();

/// The items of the manifest whose group begins so.
std::vector<CorpusItem> CorpusItems(std::string_view group = "");

}  // namespace regraft
