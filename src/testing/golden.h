// testing/golden.h - files that other programs have written, kept with the tests.
#pragma once

#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>

namespace regraft::testing {

/// The bytes of tests/golden/<name>.
inline std::string Golden(const std::string& name) {
  std::ifstream file(std::string(REGRAFT_SOURCE_DIR) + "/tests/golden/" + name, std::ios::binary);
  if (!file) throw std::runtime_error("there is no tests/golden/" + name);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

}  // namespace regraft::testing
