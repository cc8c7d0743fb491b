#include "classify/graph_trouble.h"

#include <fmt/format.h>

namespace regraft::classify {

std::string GraphTrouble(const Error& error) {
  if (error.code == ErrorCode::kNotFound) {
    return fmt::format("the object graph is in {}, which is missing", error.file);
  }
  const std::string where = error.file.empty() ? "" : fmt::format(" (in {})", error.file);
  return fmt::format("the object graph cannot be read, {}{}", error.message, where);
}

}  // namespace regraft::classify
