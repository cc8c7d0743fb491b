#include "select/unmet.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/text.h"
#include "regraft/entry.h"

namespace regraft::select {

std::vector<const PlannedRule*> UnmetRules(std::span<const PlannedRule> rules) {
  std::vector<const PlannedRule*> unmet;
  for (const PlannedRule& rule : rules) {
    if (rule.problem) unmet.push_back(&rule);
  }
  return unmet;
}

std::string UnmetSentence(const PlannedRule& rule, std::size_t of) {
  return rule.matched == 0 ? fmt::format("{} matched nothing of {}", InWords(rule.rule), of)
                           : fmt::format("{} is not met", InWords(rule.rule));
}

void AddAdvice(std::span<const PlannedRule* const> unmet, Error& error) {
  for (const PlannedRule* rule : unmet) {
    if (rule->advice.empty()) continue;
    error.details.push_back({"rule", "", {rule->rule}, ": " + rule->advice});
  }
}

Error UnmetError(std::span<const PlannedRule* const> unmet, std::size_t of, std::string_view prefix,
                 std::string_view kind) {
  std::vector<std::string> sentences;
  for (const PlannedRule* rule : unmet) sentences.push_back(UnmetSentence(*rule, of));
  Error error(ErrorCode::kNotFound, "select/unused-rule", Join(sentences, "; "));
  error.details.push_back({"checkpoint", fmt::format("{} ({})", prefix, kind)});
  AddAdvice(unmet, error);
  error.remedies = {AcceptUnusedRules()};
  return error;
}

Remedy AcceptUnusedRules() {
  return {{{Option::kAllowUnusedRules}}, "accepts rules that match nothing"};
}

bool HoldWeights(std::span<const UnusedEntry> entries) {
  return std::any_of(entries.begin(), entries.end(), [](const UnusedEntry& entry) {
    return entry.cls == EntryClass::kWeights || entry.cls == EntryClass::kBnStats;
  });
}

Error HollowError(std::string_view prefix, std::span<const UnusedEntry> entries,
                  std::span<const std::string> hollow) {
  Error error(ErrorCode::kUnmet, "select/hollow",
              "the checkpoint holds no weights, so nothing can be restored from it");
  error.details.push_back({"checkpoint", std::string(prefix)});
  std::string keys;
  for (const UnusedEntry& entry : entries) keys += (keys.empty() ? "" : ", ") + entry.key;
  error.details.push_back({"it holds", keys.empty() ? "nothing but the object graph" : keys});
  for (const std::string& path : hollow) {
    error.details.push_back(
        {"hollow",
         fmt::format("the object '{}' is there, without a single variable below it", path)});
  }
  if (!hollow.empty()) {
    error.details.push_back(
        {"reason",
         "Keras 3 does not track layers that a subclassed model keeps in a Python list "
         "or dict: saving such a model stores none of their weights"});
    error.hint =
        "in the program that saves, hold the layers as attributes or in a tuple, and save again";
  } else {
    error.remedies = {{{{Option::kList, std::string(prefix)}}, "shows what there is"}};
  }
  return error;
}

Error NothingError(std::string_view prefix, std::size_t kept, std::size_t not_selected) {
  Error error(ErrorCode::kUnmet, "select/nothing", "nothing would be restored");
  error.details.push_back({"checkpoint", std::string(prefix)});
  error.details.push_back(
      {"targets", fmt::format("{} kept by a policy, {} not selected", kept, not_selected)});
  error.hint = "loosen the selection";
  error.remedies = {{{{Option::kList, std::string(prefix)}}, "shows names to compare"}};
  return error;
}

}  // namespace regraft::select
