#include "formats.h"

#include "tf_v1.h"

namespace regraft::contract {

std::vector<FormatCase> AllFormats() {
  std::vector<FormatCase> all = WrittenFormats();
  for (const FormatCase& each : TfV1Formats()) all.push_back(each);
  return all;
}

}  // namespace regraft::contract
