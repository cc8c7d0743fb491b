// cli/usage.h - values that flags take, and what is said of a command line that is wrong.
#pragma once

#include <regraft/error.h>

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

namespace regraft::cli {

/// Accepts only these values.
CLI::Validator OneOf(std::vector<std::string> values);
/// Accepts whole numbers from 0.
CLI::Validator WholeNumber();

/// "cli/usage".
Error Usage(const std::string& message, const std::string& hint);
/// What a parser's refusal of the verb's arguments means to a person.
Error UsageOf(const CLI::ParseError& error, const std::string& verb);

}  // namespace regraft::cli
