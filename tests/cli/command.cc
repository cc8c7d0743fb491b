#include "command.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>

namespace regraft::cli_test {
namespace {

std::string ReadAll(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace

Ran Regraft(const std::string& arguments, const std::string& environment) {
  const std::string folder = TestFolder();
  const std::string command =
      "unset NO_COLOR CLICOLOR CLICOLOR_FORCE FORCE_COLOR COLUMNS; " + environment + " '" REGRAFT_COMMAND "' " +
      arguments + " >'" + folder + "/out' 2>'" + folder + "/err'";
  const int status = std::system(command.c_str());
  return {WIFEXITED(status) ? WEXITSTATUS(status) : -1, ReadAll(folder + "/out"), ReadAll(folder + "/err")};
}

std::string TestFolder() {
  const auto* test = ::testing::UnitTest::GetInstance()->current_test_info();
  const std::string folder = ::testing::TempDir() + "regraft_cli_" + test->test_suite_name() + "." + test->name() + "_" +
                             std::to_string(::getpid());
  std::filesystem::create_directories(folder);
  return folder;
}

std::string Example(const std::string& path) { return std::string(REGRAFT_SOURCE_DIR) + "/examples/data/" + path; }

std::vector<std::string> Lines(const std::string& text) {
  std::vector<std::string> lines;
  std::stringstream stream(text);
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

std::size_t Columns(const std::string& line) {
  std::size_t columns = 0;
  for (const char c : line) columns += (static_cast<unsigned char>(c) & 0xC0) != 0x80;
  return columns;
}

}  // namespace regraft::cli_test
