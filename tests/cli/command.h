// tests/cli/command.h - runs the built command as a person or a script would.
#pragma once

#include <string>
#include <vector>

namespace regraft::cli_test {

struct Ran {
  int status = -1;
  std::string out;
  std::string err;
};

/// Runs `regraft ARGUMENTS` by the shell, with `environment` in front ("NO_COLOR=1"). The
/// variables that steer colour are unset first.
Ran Regraft(const std::string& arguments, const std::string& environment = "");

/// A folder of this test's own.
std::string TestFolder();

/// A path below examples/data.
std::string Example(const std::string& path);

/// The lines of a text, without their ends.
std::vector<std::string> Lines(const std::string& text);

/// Columns that a line of UTF-8 takes.
std::size_t Columns(const std::string& line);

}  // namespace regraft::cli_test
