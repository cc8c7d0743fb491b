// The one line that says what happened, or would.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>

#include "base/text.h"
#include "regraft/report.h"
#include "report/fold.h"

namespace regraft {
namespace {

constexpr std::size_t kNamed = 2;  // Globs that the line spells out for one outcome.

std::vector<std::string> NamesOf(const Plan& plan, Outcome outcome) {
  std::vector<std::string> names;
  for (const PlannedTarget& planned : plan.targets) {
    if (planned.outcome == outcome) names.push_back(planned.target.name);
  }
  return names;
}

std::string Named(const std::vector<std::string>& names) {
  const std::vector<std::string> globs = FoldNames(names);
  std::string out;
  for (std::size_t i = 0; i < globs.size() && i < kNamed; ++i) out += (i ? ", " : "") + Printable(globs[i]);
  if (globs.size() > kNamed) out += " …";
  return out;
}

std::string UnusedByClass(const Plan& plan) {
  std::map<EntryClass, std::size_t> counts;
  for (const UnusedEntry& entry : plan.unused) ++counts[entry.cls];
  std::vector<std::pair<EntryClass, std::size_t>> sorted(counts.begin(), counts.end());
  std::stable_sort(sorted.begin(), sorted.end(), [](const auto& a, const auto& b) { return a.second > b.second; });
  std::string out;
  for (const auto& [cls, count] : sorted) {
    out += fmt::format("{}{} {}", out.empty() ? "" : ", ", count, ClassName(cls).substr(1));
  }
  return out;
}

std::string Line(const Plan& plan, std::string_view verb, const TextOptions& options) {
  std::int64_t restored = 0, all = 0;
  for (const PlannedTarget& planned : plan.targets) {
    all += planned.target.spec.shape.num_elements();
    if (planned.outcome == Outcome::kRestore) restored += planned.target.spec.shape.num_elements();
  }
  std::vector<std::string> parts = {
      fmt::format("{} {}/{} variable{} ({} of {} parameters)", verb, plan.Count(Outcome::kRestore),
                  plan.targets.size(), plan.targets.size() == 1 ? "" : "s",
                  CountText(static_cast<std::uint64_t>(restored)), CountText(static_cast<std::uint64_t>(all)))};
  constexpr std::array<std::pair<Outcome, std::string_view>, 8> kOthers = {{
      {Outcome::kMissing, "missing"},
      {Outcome::kAmbiguous, "ambiguous"},
      {Outcome::kConflict, "in conflict"},
      {Outcome::kShapeMismatch, "of another shape"},
      {Outcome::kDtypeMismatch, "of another dtype"},
      {Outcome::kUnreadable, "unreadable"},
      {Outcome::kKeep, "kept"},
      {Outcome::kNotSelected, "not selected"},
  }};
  for (const auto& [outcome, word] : kOthers) {
    const std::vector<std::string> names = NamesOf(plan, outcome);
    if (!names.empty()) parts.push_back(fmt::format("{} {}: {}", names.size(), word, Named(names)));
  }
  if (!plan.unused.empty()) parts.push_back(fmt::format("{} unused: {}", plan.unused.size(), UnusedByClass(plan)));
  std::string line = Join(parts, options.ascii ? " - " : " · ");
  if (options.ascii) {
    for (std::size_t at; (at = line.find("…")) != std::string::npos;) line.replace(at, std::string("…").size(), "...");
  }
  return line;
}

}  // namespace

std::string Headline(const Plan& plan, const TextOptions& options) { return Line(plan, "would restore", options); }
std::string Headline(const Report& report, const TextOptions& options) { return Line(report.plan, "restored", options); }

}  // namespace regraft
