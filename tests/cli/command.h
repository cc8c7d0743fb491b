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
/// variables that steer colour and width are unset first; it runs in the sources' folder, so that
/// relative paths are those of the documentation.
Ran Regraft(const std::string& arguments, const std::string& environment = "");

/// Runs it on a terminal of `columns` columns; what it writes to either stream is in `out`,
/// with "\n" as the end of a line.
Ran RegraftOnTerminal(const std::string& arguments, unsigned short columns,
                      const std::string& environment = "");

/// What any other command of the shell does.
Ran Shell(const std::string& command);

/// A file of the sources, such as "docs/json.md".
std::string ReadSource(const std::string& path);
/// Writes a file, and returns its path.
std::string WriteText(const std::string& path, const std::string& text);

/// A folder of this test's own.
std::string TestFolder();

/// What to put in front of a command ("cd …;") so that it runs in an empty folder of this
/// test's own, in which examples/data is as it is in the sources.
std::string InScratch();

/// A path below examples/data.
std::string Example(const std::string& path);

/// The lines of a text, without their ends.
std::vector<std::string> Lines(const std::string& text);

/// Columns that a line of UTF-8 takes.
std::size_t Columns(const std::string& line);

}  // namespace regraft::cli_test
