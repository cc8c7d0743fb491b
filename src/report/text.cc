// Plans and reports as text for people.
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <tuple>

#include "base/text.h"
#include "regraft/report.h"
#include "report/fold.h"

namespace regraft {
namespace {

constexpr std::size_t kRows = 20;  // Of one group, unless all are asked for.

std::string_view HowFound(Step step, Spelling spelling) {
  switch (step) {
    case Step::kMap: return "by the map";
    case Step::kPath: return "at the same path";
    case Step::kKey: return "under the same key";
    case Step::kFullName: return spelling == Spelling::kFullName ? "by full name" : "by name";
    case Step::kBelowRoot: return "at the same path below the root";
    case Step::kNone: break;
  }
  return "";
}

std::string Bridged(const PlannedTarget& planned) {
  std::string out;
  const auto add = [&](std::string_view text) { out += fmt::format("{}{}", out.empty() ? "" : ", ", text); };
  if (planned.cast) add(fmt::format("cast {} => {}", DTypeName(planned.source_spec.dtype), DTypeName(planned.target.spec.dtype)));
  if (planned.fit == Fit::kSlice) add("sliced");
  if (planned.fit == Fit::kPad) add("padded with zeros");
  if (planned.fit == Fit::kPadKeep) add("padded, the rest kept");
  return out;
}

std::string SourceName(const PlannedTarget& planned) {
  constexpr std::string_view kSuffix = "/.ATTRIBUTES/VARIABLE_VALUE";
  std::string name = planned.source;
  if (name.size() > kSuffix.size() && name.ends_with(kSuffix)) name.resize(name.size() - kSuffix.size());
  return name;
}

class Writer {
 public:
  Writer(const TextOptions& options, std::string& out) : options_(options), out_(out) {}

  void Heading(std::string_view text) { out_ += fmt::format("{}\n", Paint("1", text)); }

  // "  = left  <- right  [note]"; what does not fit goes on a line of its own.
  void Row(char marker, std::string left, std::string right, const std::string& note) {
    left = Printable(left);
    right = Printable(right);
    const std::string tail = note.empty() ? "" : "  [" + note + "]";
    const std::string shown(1, marker);
    std::string line = fmt::format("  {} {}", Paint(ColorOf(marker), shown), Cut(left, 4));
    if (!right.empty()) {
      const std::size_t width = 4 + left.size() + 4 + right.size() + tail.size();
      line += width <= options_.width ? "  <- " + right : "\n      <- " + Cut(right, 9);
    }
    out_ += line + tail + "\n";
  }

  void More(std::size_t count) {
    out_ += fmt::format("    + {} more; --all lists them\n", count);
  }

  void Line(std::string_view text) { out_ += fmt::format("{}\n", Printable(text)); }

 private:
  static std::string_view ColorOf(char marker) {
    switch (marker) {
      case '=': return "32";
      case '!': return "31";
      case '~': return "33";
      default: return "2";
    }
  }
  std::string Paint(std::string_view color, std::string_view text) const {
    return options_.color ? fmt::format("\x1b[{}m{}\x1b[0m", color, text) : std::string(text);
  }
  // Long names lose their middle, where they differ least.
  std::string Cut(const std::string& text, std::size_t indent) const {
    const std::size_t room = options_.width > indent + 20 ? options_.width - indent : 20;
    if (options_.all || text.size() <= room) return text;
    const std::string_view dots = options_.ascii ? "..." : "…";
    const std::size_t keep = room - 3;
    return text.substr(0, keep / 2) + std::string(dots) + text.substr(text.size() - (keep - keep / 2));
  }

  const TextOptions& options_;
  std::string& out_;
};

// Targets of one heading, and what stands behind each.
struct Group {
  std::string heading;
  char marker = '=';
  std::vector<const PlannedTarget*> targets;
};

void WriteGroup(const Group& group, const TextOptions& options, Writer& writer) {
  writer.Heading(group.heading);
  // Only targets that were bridged alike are folded together.
  std::map<std::string, std::vector<const PlannedTarget*>> by_note;
  for (const PlannedTarget* planned : group.targets) by_note[Bridged(*planned)].push_back(planned);
  std::size_t rows = 0, left_out = 0;
  for (const auto& [note, targets] : by_note) {
    std::vector<std::string> names, sources;
    for (const PlannedTarget* planned : targets) {
      names.push_back(planned->target.name);
      sources.push_back(planned->outcome == Outcome::kRestore ? SourceName(*planned) : "");
    }
    std::vector<report::Folded> folded;
    if (options.all) {
      for (std::size_t i = 0; i < names.size(); ++i) folded.push_back({names[i], {i}});
      std::sort(folded.begin(), folded.end(), [](const auto& a, const auto& b) { return NaturalLess(a.glob, b.glob); });
    } else {
      folded = report::Fold(names);
    }
    for (const report::Folded& one : folded) {
      if (!options.all && rows == kRows) {
        left_out += one.members.size();
        continue;
      }
      ++rows;
      std::vector<std::string> from;
      for (const std::size_t member : one.members) from.push_back(sources[member]);
      std::vector<std::string> source = options.all ? from : FoldNames(from);
      std::string right = source.size() == 1 ? source[0] : Plural(source.size(), "source");
      if (right == one.glob) right.clear();
      writer.Row(group.marker, one.glob, right, note);
    }
  }
  if (left_out > 0) writer.More(left_out);
}

std::vector<Group> GroupsOf(const Plan& plan, std::string_view restored) {
  std::vector<Group> groups;
  const auto group = [&](const std::string& heading, char marker) -> Group& {
    for (Group& g : groups) {
      if (g.heading == heading) return g;
    }
    groups.push_back({heading, marker, {}});
    return groups.back();
  };
  // Problems first, then what is restored, what is kept, what is left out.
  constexpr Outcome kOrder[] = {Outcome::kConflict,      Outcome::kAmbiguous,     Outcome::kMissing,
                                Outcome::kShapeMismatch, Outcome::kDtypeMismatch, Outcome::kUnreadable,
                                Outcome::kRestore,       Outcome::kKeep,          Outcome::kNotSelected};
  for (const Outcome outcome : kOrder) {
    for (const PlannedTarget& planned : plan.targets) {
      if (planned.outcome != outcome) continue;
      std::string heading;
      char marker = '!';
      switch (outcome) {
        case Outcome::kRestore:
          heading = fmt::format("{} {}", restored, HowFound(planned.step, planned.spelling));
          marker = '=';
          break;
        case Outcome::kKeep:
          heading = fmt::format("kept as {} by {}", restored == "restored" ? "they were" : "they are", planned.rule);
          marker = '~';
          break;
        case Outcome::kNotSelected:
          heading = planned.rule.empty() ? "not selected" : "not selected because of " + planned.rule;
          marker = '-';
          break;
        default: heading = OutcomeName(outcome);
      }
      group(heading, marker).targets.push_back(&planned);
    }
  }
  return groups;
}

std::string Text(const Plan& plan, std::string headline, std::string_view restored, const TextOptions& options) {
  std::string out = headline + "\n";
  Writer writer(options, out);
  for (const Group& group : GroupsOf(plan, restored)) WriteGroup(group, options, writer);
  bool heading = false;
  for (const PlannedRule& row : plan.rules) {
    if (!heading) writer.Heading("rules");
    heading = true;
    writer.Row(row.problem ? '!' : ' ', row.rule, "", fmt::format("matched {}", row.matched));
    if (row.problem && !row.advice.empty()) writer.Line("      " + row.advice);
  }
  if (!plan.suggestions.empty()) writer.Heading("what would help");
  for (const Suggestion& suggestion : plan.suggestions) {
    for (const MapRule& rule : suggestion.map) writer.Line("    --map " + ShellQuoted(rule.from + "=>" + rule.to));
    writer.Line(fmt::format("      resolves {} of {}", suggestion.resolves, Plural(suggestion.of, "problem")));
  }
  for (const std::string& note : plan.notes) writer.Line("note: " + note);
  return out;
}

}  // namespace

std::string PlanText(const Plan& plan, const TextOptions& options) {
  return Text(plan, Headline(plan, options), "would be restored", options);
}

std::string ReportText(const Report& report, const TextOptions& options) {
  std::string out = Text(report.plan, Headline(report, options), "restored", options);
  std::int64_t overflowed = 0;
  for (const RestoredTarget& restored : report.restored) overflowed += restored.overflowed;
  if (overflowed > 0) {
    out += fmt::format("note: {} became infinite by a cast\n", Plural(static_cast<std::uint64_t>(overflowed), "element"));
  }
  return out;
}

}  // namespace regraft
