// Plans and reports as text for people.
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <tuple>

#include "base/text.h"
#include "regraft/report.h"
#include "report/columns.h"
#include "report/fold.h"

namespace regraft {
namespace {

constexpr std::size_t kRows = 20;  // Of one group, unless all are asked for.
constexpr std::size_t kNear = 3;   // Candidates of one target.

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

// How the source differs from the target, and what became of that.
std::string Difference(const PlannedTarget& planned) {
  if (planned.outcome == Outcome::kNotSelected || planned.source.empty()) return "";
  if (planned.outcome != Outcome::kRestore) {
    if (planned.source_spec == planned.target.spec) return "";
    return fmt::format("{} in the checkpoint, {} here", planned.source_spec.ToString(), planned.target.spec.ToString());
  }
  std::string out;
  const auto add = [&](std::string_view text) { out += fmt::format("{}{}", out.empty() ? "" : ", ", text); };
  if (planned.cast) add(fmt::format("cast {} => {}", DTypeName(planned.source_spec.dtype), DTypeName(planned.target.spec.dtype)));
  if (planned.fit == Fit::kSlice) add("sliced");
  if (planned.fit == Fit::kPad) add("padded with zeros");
  if (planned.fit == Fit::kPadKeep) add("padded, the rest kept");
  return out;
}

// The source as far as the row of a target shows it.
std::string SourceName(const PlannedTarget& planned) {
  if (planned.outcome == Outcome::kNotSelected || planned.outcome == Outcome::kKeep) return "";
  constexpr std::string_view kSuffix = "/.ATTRIBUTES/VARIABLE_VALUE";
  std::string name = planned.source;
  if (name.size() > kSuffix.size() && name.ends_with(kSuffix)) name.resize(name.size() - kSuffix.size());
  return name;
}

class Writer {
 public:
  Writer(const TextOptions& options, std::string& out) : options_(options), out_(out) {}

  void Heading(std::string_view text) { out_ += fmt::format("{}\n", Paint("1", Cut(text, 0))); }

  // "  = left  <- right  [note]"; what does not fit goes on a line of its own.
  void Row(char marker, std::string_view left, std::string_view right, std::string_view note) {
    const std::string name = Cut(left, 4);
    out_ += fmt::format("  {} {}", Paint(ColorOf(marker), std::string(1, marker)), name);
    std::size_t columns = 4 + report::Columns(name);
    const auto add = [&](const std::string& piece) {
      columns += 2 + report::Columns(piece);
      if (columns <= options_.width) {
        out_ += "  " + piece;
      } else {
        const std::string cut = Cut(piece, kIndent);
        out_ += "\n" + std::string(kIndent, ' ') + cut;
        columns = kIndent + report::Columns(cut);
      }
    };
    if (!right.empty()) add(fmt::format("<- {}", right));
    if (!note.empty()) add(fmt::format("[{}]", note));
    out_ += '\n';
  }

  void More(std::size_t count) { out_ += fmt::format("    + {} more; --all lists them\n", count); }

  // A sentence below a row or at the end, in as many lines as it needs.
  void Sentence(std::size_t indent, std::string_view text) {
    const std::size_t room = options_.width > indent ? options_.width - indent : 1;
    for (const std::string& line : report::Wrapped(report::Shown(text, options_.ascii), room)) {
      out_ += std::string(indent, ' ') + line + "\n";
    }
  }

  // What is there to be copied is never cut or broken.
  void Verbatim(std::size_t indent, std::string_view text) {
    out_ += std::string(indent, ' ') + report::Shown(text, options_.ascii) + "\n";
  }

  static constexpr std::size_t kIndent = 6;  // Of what belongs to a row.

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
  std::string Cut(std::string_view text, std::size_t indent) const {
    const std::string shown = report::Shown(text, options_.ascii);
    constexpr std::size_t kLeast = 20;  // Narrower terminals have to wrap.
    const std::size_t room = std::max(options_.width, indent + kLeast) - indent;
    return options_.all ? shown : report::CutMiddle(shown, room, options_.ascii);
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

// What a target without a source might have meant.
void WriteCandidates(const PlannedTarget& planned, Writer& writer) {
  const std::string_view label = planned.outcome == Outcome::kMissing ? "nearest" : "either";
  for (std::size_t i = 0; i < planned.candidates.size() && i < kNear; ++i) {
    writer.Sentence(Writer::kIndent, fmt::format("{} {}", label, planned.candidates[i]));
  }
}

// Alike targets as rows: folded, or one by one if all are asked for.
std::vector<report::Folded> RowsOf(const std::vector<std::string>& names, bool all) {
  if (!all) return report::Fold(names);
  std::vector<report::Folded> rows;
  for (std::size_t i = 0; i < names.size(); ++i) rows.push_back({names[i], {i}});
  std::sort(rows.begin(), rows.end(), [](const auto& a, const auto& b) { return NaturalLess(a.glob, b.glob); });
  return rows;
}

void WriteGroup(const Group& group, const TextOptions& options, Writer& writer) {
  writer.Heading(group.heading);
  // Only targets that differ from their sources alike are folded together.
  std::map<std::string, std::vector<const PlannedTarget*>> by_note;
  for (const PlannedTarget* planned : group.targets) by_note[Difference(*planned)].push_back(planned);
  std::size_t rows = 0, left_out = 0;
  for (const auto& [note, targets] : by_note) {
    std::vector<std::string> names;
    for (const PlannedTarget* planned : targets) names.push_back(planned->target.name);
    for (const report::Folded& row : RowsOf(names, options.all)) {
      if (!options.all && rows == kRows) {
        left_out += row.members.size();
        continue;
      }
      ++rows;
      std::vector<std::string> from;
      for (const std::size_t member : row.members) {
        std::string source = SourceName(*targets[member]);
        if (!source.empty()) from.push_back(std::move(source));
      }
      if (!options.all) from = FoldNames(from);
      std::string right;
      if (!from.empty()) right = from.size() == 1 ? from[0] : Plural(from.size(), "source");
      if (right == row.glob) right.clear();
      writer.Row(group.marker, row.glob, right, note);
      if (row.members.size() == 1) WriteCandidates(*targets[row.members[0]], writer);
    }
  }
  if (left_out > 0) writer.More(left_out);
}

std::string_view ProblemHeading(Outcome outcome) {
  switch (outcome) {
    case Outcome::kMissing: return "missing in the checkpoint";
    case Outcome::kAmbiguous: return "ambiguous, with more than one possible source";
    case Outcome::kConflict: return "in conflict, given two sources by the map";
    case Outcome::kShapeMismatch: return "of another shape in the checkpoint";
    case Outcome::kDtypeMismatch: return "of another dtype in the checkpoint";
    case Outcome::kUnreadable: return "with a source that cannot be read as numbers";
    default: return "";
  }
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
        default: heading = ProblemHeading(outcome);
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
  if (!plan.rules.empty()) writer.Heading("rules");
  for (const PlannedRule& row : plan.rules) {
    writer.Row(row.problem ? '!' : ' ', row.rule, "", fmt::format("matched {}", row.matched));
    if (row.problem && !row.advice.empty()) writer.Sentence(Writer::kIndent, row.advice);
  }
  if (!plan.suggestions.empty()) writer.Heading("what would help");
  for (const Suggestion& suggestion : plan.suggestions) {
    for (const MapRule& rule : suggestion.map) writer.Verbatim(4, "--map " + ShellQuoted(rule.from + "=>" + rule.to));
    writer.Sentence(Writer::kIndent,
                    fmt::format("resolves {} of {}", suggestion.resolves, Plural(suggestion.of, "problem")));
  }
  for (const std::string& note : plan.notes) writer.Sentence(0, "note: " + note);
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
