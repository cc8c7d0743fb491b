// fuzz/replay.cc - runs a fuzz target over files and folders of files, without a fuzzer.
//
// Each file is tried as it is, cut short at every length, and with bytes changed by a
// generator of fixed seed, so that a failing run can be repeated.
#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "fuzz.h"

namespace {

constexpr std::size_t kMostCuts = 4096;
constexpr int kMutations = 500;

// An exact-size heap copy, so that a sanitizer sees a read past its end.
void Try(const std::string& input) {
  const auto copy = std::make_unique<std::uint8_t[]>(input.size());
  std::copy(input.begin(), input.end(), copy.get());
  LLVMFuzzerTestOneInput(copy.get(), input.size());
}

void TryVariants(const std::string& input) {
  Try(input);
  for (std::size_t size = 0; size < std::min(input.size(), kMostCuts); ++size) {
    Try(input.substr(0, size));
  }
  if (input.empty()) return;
  std::mt19937 random(20150615);
  const auto below = [&random](std::size_t bound) { return random() % bound; };
  for (int i = 0; i < kMutations; ++i) {
    std::string changed = input;
    for (std::size_t changes = 1 + below(4); changes > 0; --changes) {
      const std::size_t at = below(changed.size());
      switch (below(4)) {
        case 0:
          changed[at] = static_cast<char>(random());
          break;
        case 1:
          changed[at] = static_cast<char>(changed[at] ^ (1 << below(8)));
          break;
        case 2:
          changed.insert(at, 1, static_cast<char>(random()));
          break;
        default:
          if (changed.size() > 1) changed.erase(at, 1);
      }
    }
    Try(changed);
  }
}

}  // namespace

int main(int argc, char** argv) {
  std::vector<std::filesystem::path> files;
  for (int i = 1; i < argc; ++i) {
    if (std::filesystem::is_regular_file(argv[i])) files.emplace_back(argv[i]);
    if (!std::filesystem::is_directory(argv[i])) continue;
    for (const auto& file : std::filesystem::directory_iterator(argv[i])) files.push_back(file);
  }
  if (files.empty()) {
    std::fputs("no input files\n", stderr);
    return 1;
  }
  std::sort(files.begin(), files.end());
  for (const auto& path : files) {
    std::printf("%s\n", path.c_str());
    std::fflush(stdout);
    std::ifstream file(path, std::ios::binary);
    TryVariants({std::istreambuf_iterator<char>(file), {}});
  }
  return 0;
}
