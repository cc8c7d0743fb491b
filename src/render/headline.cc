// The one line that says what happened, or would.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/text.h"
#include "regraft/names.h"
#include "regraft/render.h"
#include "render/by_class.h"
#include "render/columns.h"

namespace regraft {
namespace {

// What the line spells out for one outcome: so many globs, in so many columns.
constexpr std::size_t kNamed = 2;
constexpr std::size_t kNamedColumns = 60;

std::vector<std::string> NamesOf(const Plan& plan, Outcome outcome) {
  std::vector<std::string> names;
  for (const PlannedTarget& planned : plan.targets) {
    if (planned.outcome == outcome) names.push_back(planned.target.name);
  }
  return names;
}

std::string Named(const std::vector<std::string>& names, bool ascii) {
  std::string out;
  std::size_t named = 0;
  const std::vector<std::string> globs = FoldNames(names);
  for (const std::string& glob : globs) {
    const std::string next = (named > 0 ? ", " : "") + render::Shown(glob, ascii);
    if (named == kNamed || Columns(out + next) > kNamedColumns) break;
    out += next;
    ++named;
  }
  if (named == 0) return CutMiddle(render::Shown(globs[0], ascii), kNamedColumns, ascii);
  return named < globs.size() ? out + (ascii ? " ..." : " …") : out;
}

std::string Line(const Plan& plan, std::string_view verb, const TextOptions& options) {
  std::uint64_t restored = 0, all = 0;
  for (const PlannedTarget& planned : plan.targets) {
    const auto elements = static_cast<std::uint64_t>(planned.target.spec.shape.num_elements());
    all += elements;
    if (planned.outcome == Outcome::kRestore) restored += elements;
  }
  std::vector<std::string> parts = {
      fmt::format("{} {}/{} variable{} ({} of {} parameter{})", verb, plan.Count(Outcome::kRestore),
                  plan.targets.size(), plan.targets.size() == 1 ? "" : "s", CountText(restored),
                  CountText(all), all == 1 ? "" : "s")};
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
    if (names.empty()) continue;
    parts.push_back(fmt::format("{} {}: {}", names.size(), word, Named(names, options.ascii)));
  }
  if (!plan.unused.empty()) {
    parts.push_back(fmt::format("{} unused: {}", plan.unused.size(), render::ByClass(plan.unused)));
  }
  return Join(parts, options.ascii ? " - " : " · ");
}

}  // namespace

std::string Headline(const Plan& plan, const TextOptions& options) {
  return Line(plan, "would restore", options);
}
std::string Headline(const Report& report, const TextOptions& options) {
  return Line(report.plan, "restored", options);
}

}  // namespace regraft
