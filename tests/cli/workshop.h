// tests/cli/workshop.h - a folder in which the verbs that write are run.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <string>
#include <vector>

#include "command.h"
#include "edit/test_models.h"
#include "regraft/checkpoint.h"

namespace regraft::cli_test {

/// The command runs in a folder of the test's own, so that names in it are relative and
/// whatever it writes is seen.
class Workshop : public ::testing::Test {
 protected:
  Workshop() : folder_(TestFolder() + "/work") { std::filesystem::create_directories(folder_); }

  Ran Run(const std::string& arguments, const std::string& environment = "") const {
    return Regraft(arguments, "cd '" + folder_ + "'; " + environment);
  }
  std::string operator/(const std::string& name) const { return folder_ + "/" + name; }

  /// Every file below the folder, or with a name that begins so, and what is in it. Folders
  /// have a '/' at the end.
  std::map<std::string, std::string> Files(const std::string& prefix = "") const {
    std::map<std::string, std::string> files;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(folder_)) {
      const std::string name = std::filesystem::relative(entry.path(), folder_);
      if (!name.starts_with(prefix)) continue;
      if (entry.is_directory()) {
        files[name + "/"];
        continue;
      }
      std::ifstream file(entry.path(), std::ios::binary);
      files[name] = {std::istreambuf_iterator<char>(file), {}};
    }
    return files;
  }

  CheckpointReader Open(const std::string& name) const { return edit::Open(*this / name); }
  /// The values of a variable of an object-based checkpoint, or of one of names.
  std::vector<float> Floats(const std::string& name, const std::string& path) const {
    const CheckpointReader reader = Open(name);
    const std::string key = testing::ValueKey(path);
    return edit::Floats(reader, reader.Find(key) != nullptr ? key : path);
  }
  /// Its names, without what TensorFlow puts behind them, but for the object graph.
  std::vector<std::string> Names(const std::string& name) const {
    std::vector<std::string> names;
    for (std::string key : edit::Keys(Open(name))) {
      const std::string end = testing::ValueKey("");
      if (key.ends_with(end)) key.resize(key.size() - end.size());
      if (key != "_CHECKPOINTABLE_OBJECT_GRAPH") names.push_back(key);
    }
    return names;
  }

  const std::string folder_;
};

}  // namespace regraft::cli_test
