// Any bytes as a plan in JSON: what is accepted is the same after a round trip.
#include "fuzz.h"
#include "regraft/plan.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto plan = regraft::ParsePlan(regraft::fuzz::Text(data, size));
  if (!plan) return 0;
  const auto again = regraft::ParsePlan(regraft::PlanJson(*plan));
  regraft::fuzz::Require(again.has_value() && *again == *plan);
  (void)plan->Check();
  return 0;
}
