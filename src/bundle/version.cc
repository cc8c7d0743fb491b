#include "bundle/version.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <string>

namespace regraft::bundle {
namespace {

// The version of the formats that this reader implements ("consumer" in TensorFlow's words).
constexpr std::int32_t kVersion = 1;

}  // namespace

Status CheckVersion(const wire::VersionDef& version) {
  std::string why;
  if (version.producer < 0) {
    why = fmt::format("its writer's version is {}", version.producer);
  } else if (version.min_consumer > kVersion) {
    why = fmt::format("it asks for a reader of version {}", version.min_consumer);
  } else if (std::count(version.bad_consumers.begin(), version.bad_consumers.end(), kVersion) > 0) {
    why = fmt::format("it refuses readers of version {}", kVersion);
  } else {
    return {};
  }
  return Fail(Error(ErrorCode::kUnsupported, "bundle/version",
                    fmt::format("the checkpoint cannot be read: {}, and this reader has version {}",
                                why, kVersion)));
}

}  // namespace regraft::bundle
