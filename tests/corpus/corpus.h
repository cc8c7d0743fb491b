// Where the corpus of real checkpoints is: the environment variable REGRAFT_CORPUS, or beside
// the source tree.
#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>

namespace regraft {

/// The folder, or an empty path.
inline std::filesystem::path FindCorpus() {
  const char* named = std::getenv("REGRAFT_CORPUS");
  const std::filesystem::path folder =
      named != nullptr ? std::filesystem::path(named)
                       : std::filesystem::path(REGRAFT_SOURCE_DIR) / ".." / "shared" / "corpus";
  return std::filesystem::is_directory(folder / "listings") ? folder : std::filesystem::path();
}

}  // namespace regraft

#define REGRAFT_SKIP_WITHOUT_CORPUS(corpus)                                                \
  if ((corpus).empty()) GTEST_SKIP() << "no corpus: set REGRAFT_CORPUS to its folder"
