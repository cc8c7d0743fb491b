// Any bytes as a `checkpoint` state file.
#include "bundle/checkpoint_state.h"
#include "fuzz.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto state = regraft::bundle::ParseCheckpointState(regraft::fuzz::Text(data, size));
  if (!state) regraft::fuzz::Require(!state.error().slug.empty());
  return 0;
}
