// testing/checkpoint_folder.h - a folder of its own for a test, gone when the test ends.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>

#include "testing/tiny_bundle.h"

namespace regraft::testing {

/// A folder that checkpoints, and other files, are written to.
class CheckpointFolder {
 public:
  CheckpointFolder() {
    std::string name = std::filesystem::temp_directory_path() / "regraft_test_XXXXXX";
    path_ = mkdtemp(name.data());
  }
  CheckpointFolder(const CheckpointFolder&) = delete;
  CheckpointFolder& operator=(const CheckpointFolder&) = delete;
  ~CheckpointFolder() { std::filesystem::remove_all(path_); }

  std::string operator/(std::string_view name) const { return path_ + "/" + std::string(name); }
  const std::string& path() const { return path_; }

  void Write(std::string_view name, std::string_view content) const {
    const std::filesystem::path file = *this / name;
    std::filesystem::create_directories(file.parent_path());
    std::ofstream(file, std::ios::binary) << content;
  }
  /// A complete checkpoint of two float variables, "a" and "b".
  void Save(std::string_view prefix) const { Small().WriteTo(*this / prefix); }
  void Remove(std::string_view name) const { std::filesystem::remove(*this / name); }

  static TinyBundle Small() {
    TinyBundle bundle;
    bundle.AddFloats("a", {2}, {1, 2}).AddFloats("b", {}, {3});
    return bundle;
  }

 private:
  std::string path_;
};

}  // namespace regraft::testing
