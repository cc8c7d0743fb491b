#include "usage.h"

#include <fmt/format.h>
#include <regraft/text.h>

#include <algorithm>

namespace regraft::cli {
namespace {

// Stands between what a validator says and its hint: the parser hands on one text only.
constexpr char kHint = '\t';

std::string Refused(const std::string& value, const std::string& hint) {
  return fmt::format("does not take '{}'{}{}", value, kHint, hint);
}

}  // namespace

CLI::Validator OneOf(std::vector<std::string> values) {
  const auto check = [values](const std::string& value) -> std::string {
    if (std::find(values.begin(), values.end(), value) != values.end()) return "";
    const std::string near = NearWord(value, values);
    return Refused(value, near.empty() ? fmt::format("it takes {}", fmt::join(values, ", "))
                                       : fmt::format("did you mean {}? It takes {}", near,
                                                     fmt::join(values, ", ")));
  };
  return {check, ""};
}

CLI::Validator WholeNumber() {
  const auto check = [](const std::string& value) -> std::string {
    const bool number = !value.empty() && value.size() < 10 &&
                        value.find_first_not_of("0123456789") == std::string::npos;
    return number ? "" : Refused(value, "it takes a whole number from 0");
  };
  return {check, ""};
}

Error Usage(const std::string& message, const std::string& hint) {
  return Error(ErrorCode::kInvalidArgument, "cli/usage", message).Hint(hint);
}

Error UsageOf(const CLI::ParseError& error, const std::string& verb) {
  const std::string what = error.what(), help = fmt::format("regraft {} --help", verb);
  const std::string name = what.substr(0, what.find(':'));
  if (dynamic_cast<const CLI::RequiredError*>(&error) != nullptr) {
    return Usage(fmt::format("'{}' needs {}", verb, what.substr(0, what.find(' '))), help);
  }
  if (dynamic_cast<const CLI::ArgumentMismatch*>(&error) != nullptr) {
    return Usage(fmt::format("{} needs a value", name), help);
  }
  if (dynamic_cast<const CLI::ExcludesError*>(&error) != nullptr) {
    const std::size_t at = what.find(" excludes ");
    return Usage(
        fmt::format("{} does not go together with {}", what.substr(0, at), what.substr(at + 10)),
        help);
  }
  const std::size_t hint = what.find(kHint);
  if (hint == std::string::npos || name.size() + 2 > hint) return Usage(what, help);
  return Error(ErrorCode::kInvalidArgument, "cli/bad-value",
               fmt::format("{} {}", name, what.substr(name.size() + 2, hint - name.size() - 2)))
      .Hint(what.substr(hint + 1));
}

}  // namespace regraft::cli
