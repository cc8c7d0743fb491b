// Copies as text for people.
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <string_view>
#include <utility>

#include "base/text.h"
#include "classify/owners.h"
#include "regraft/copy.h"
#include "regraft/edit.h"
#include "regraft/find.h"
#include "regraft/graft.h"
#include "regraft/key.h"
#include "regraft/prove.h"
#include "regraft/report.h"
#include "regraft/writer.h"
#include "report/by_class.h"
#include "report/columns.h"
#include "report/rows.h"
#include "select/names.h"

namespace regraft {
namespace {

using report::Row;
using report::Writer;

constexpr std::size_t kRows = 20;  // Of one group, unless all are asked for.

std::string Line(const CopyPlan& plan, std::string_view verb, bool ascii) {
  std::uint64_t copied = 0, left_out = 0;
  std::size_t entries = 0;
  bool cast = false;
  for (const CopiedEntry& entry : plan.entries) {
    if (entry.from == classify::kObjectGraphKey) continue;
    ++entries;
    copied += entry.bytes;
    cast = cast || entry.cast;
  }
  for (const LeftOutEntry& entry : plan.left_out) left_out += entry.bytes;
  // With casts, the sum would be of bytes before them and after.
  const std::string sum = BytesText(copied + left_out);
  const bool of_all = !cast && sum != BytesText(copied);
  std::string out =
      fmt::format("{} {} of {} entries ({}{})", verb, entries, entries + plan.left_out.size(),
                  BytesText(copied), of_all ? " of " + sum : "");
  if (!plan.left_out.empty()) {
    out += fmt::format(" {} {} left out: {}", ascii ? "-" : "·", plan.left_out.size(),
                       report::ByClass(plan.left_out));
  }
  return out + "\n";
}

// A plan that was made by hand may know keys only.
std::string NameOrKey(const std::string& name, const std::string& key) {
  return name.empty() ? std::string(ShortKey(key)) : name;
}

// A name, and what it was called before if that is another.
struct Named {
  std::string name, before;
};

// Alike names in one row.
struct NamedRow {
  std::string name, before;
  std::size_t count = 0;
};

// What is different in the two names: "model" became "net".
std::pair<std::string, std::string> ChangeOf(const Named& named) {
  std::string_view before = named.before, name = named.name;
  while (!before.empty() && !name.empty() && before.back() == name.back()) {
    before.remove_suffix(1);
    name.remove_suffix(1);
  }
  while (!before.empty() && !name.empty() && before.front() == name.front()) {
    before.remove_prefix(1);
    name.remove_prefix(1);
  }
  return {std::string(before), std::string(name)};
}

// In a row of folded names each must stand where its old one does: two that were swapped
// would look as if nothing had happened to them.
bool KeepsOrder(std::vector<Named> named) {
  std::sort(named.begin(), named.end(),
            [](const Named& a, const Named& b) { return NaturalLess(a.name, b.name); });
  return std::is_sorted(named.begin(), named.end(), [](const Named& a, const Named& b) {
    return NaturalLess(a.before, b.before);
  });
}

void AddRows(const std::vector<Named>& named, bool all, bool split, std::vector<NamedRow>& rows) {
  std::vector<std::string> names;
  for (const Named& each : named) names.push_back(each.name);
  for (const report::Folded& folded : report::RowsOf(names, all)) {
    std::vector<Named> members;
    std::vector<std::string> before;
    for (const std::size_t member : folded.members) {
      members.push_back(named[member]);
      if (!named[member].before.empty()) before.push_back(named[member].before);
    }
    if (!all) before = FoldNames(before);
    if (split && !before.empty() && (before.size() > 1 || !KeepsOrder(members))) {
      std::map<std::pair<std::string, std::string>, std::vector<Named>> alike;
      for (Named& member : members) {
        const auto change = ChangeOf(member);
        alike[change].push_back(std::move(member));
      }
      for (const auto& [change, group] : alike) AddRows(group, all, false, rows);
      continue;
    }
    std::string shown;
    if (!before.empty()) shown = before.size() == 1 ? before[0] : Plural(before.size(), "source");
    rows.push_back({folded.glob, std::move(shown), members.size()});
  }
}

void WriteGroup(const std::string& heading, char marker, const std::vector<Named>& named,
                const TextOptions& options, Writer& writer) {
  if (named.empty()) return;
  writer.Heading(heading);
  std::vector<NamedRow> all;
  AddRows(named, options.all, true, all);
  std::vector<Row> rows;
  std::size_t more = 0;
  for (NamedRow& row : all) {
    if (options.all || rows.size() < kRows) {
      rows.push_back({std::move(row.name), std::move(row.before), "", {}});
    } else {
      more += row.count;
    }
  }
  writer.Rows(marker, std::move(rows));
  if (more > 0) writer.More(more);
}

// What one source gives.
void WriteCopied(const CopyPlan& plan, std::size_t source, std::string_view copied,
                 const TextOptions& options, Writer& writer) {
  std::vector<Named> same, renamed;
  std::map<std::string, std::vector<Named>> casts;
  for (const CopiedEntry& entry : plan.entries) {
    if (entry.source != source || entry.from == classify::kObjectGraphKey) continue;
    Named named{NameOrKey(entry.name, entry.key), NameOrKey(entry.from_name, entry.from)};
    if (named.before == named.name) named.before.clear();
    if (entry.cast) {
      casts[std::string(DTypeName(entry.spec.dtype))].push_back(std::move(named));
    } else {
      (named.before.empty() ? same : renamed).push_back(std::move(named));
    }
  }
  const std::string head = plan.prefixes.size() == 1
                               ? std::string(copied)
                               : fmt::format("{} from {}", copied, plan.prefixes[source]);
  WriteGroup(head + " under a new name", '=', renamed, options, writer);
  WriteGroup(head + " as they are", '=', same, options, writer);
  for (const auto& [dtype, named] : casts) {
    WriteGroup(fmt::format("{} as {}", head, dtype), '~', named, options, writer);
  }
}

void WriteLeftOut(const CopyPlan& plan, std::size_t source, const TextOptions& options,
                  Writer& writer) {
  std::map<std::vector<Setting>, std::vector<Named>> by_rules;
  for (const LeftOutEntry& entry : plan.left_out) {
    if (entry.source == source)
      by_rules[entry.rules].push_back({NameOrKey(entry.name, entry.key), ""});
  }
  const std::string head =
      plan.prefixes.size() > 1 ? "left out of " + plan.prefixes[source] : "left out";
  for (const auto& [rules, named] : by_rules) {
    const bool reason = !rules.empty() && rules[0].option == Option::kReason;
    const char* const why = rules.empty() ? "" : reason ? ": " : " because of ";
    WriteGroup(head + why + Spelled(rules, options.face), '-', named, options, writer);
  }
}

void WriteBody(const CopyPlan& plan, std::string_view copied, const TextOptions& options,
               Writer& writer) {
  for (std::size_t source = 0; source < plan.prefixes.size(); ++source) {
    WriteCopied(plan, source, copied, options, writer);
  }
  for (std::size_t source = 0; source < plan.prefixes.size(); ++source) {
    WriteLeftOut(plan, source, options, writer);
  }
  writer.Rules(plan.rules);
  for (const std::string& note : plan.notes) writer.Sentence(0, "note: " + note);
}

}  // namespace

namespace report {

void WriteCasts(const std::vector<CastLoss>& casts, Writer& writer) {
  if (casts.empty()) return;
  const auto worst = std::max_element(casts.begin(), casts.end(), [](const auto& a, const auto& b) {
    return a.largest_error < b.largest_error;
  });
  writer.Sentence(0, fmt::format("cast: largest relative error {:.1e}, in {}", worst->largest_error,
                                 NameOrKey(worst->name, worst->key)));
  std::uint64_t overflowed = 0;
  std::vector<std::string> names;
  for (const CastLoss& loss : casts) {
    if (loss.overflowed == 0) continue;
    overflowed += static_cast<std::uint64_t>(loss.overflowed);
    names.push_back(NameOrKey(loss.name, loss.key));
  }
  if (overflowed > 0) {
    writer.Sentence(0, fmt::format("note: {} became infinite by a cast: {}",
                                   Plural(overflowed, "element"), Join(FoldNames(names), ", ")));
  }
}

void WriteWritten(const Written& written, Writer& writer) {
  if (MainFileOf(written.prefix) == written.prefix) {
    const std::string files =
        written.shards == 1 ? "" : fmt::format(" and {} shards", written.shards);
    writer.Verbatim(0,
                    fmt::format("wrote {}{}: {}", written.prefix, files, BytesText(written.bytes)));
    return;
  }
  const std::string last =
      written.shards == 1 ? "data-00000-of-00001" : fmt::format("data-*-of-{:05d}", written.shards);
  writer.Verbatim(
      0, fmt::format("wrote {}.{{index,{}}}: {}", written.prefix, last, BytesText(written.bytes)));
}

}  // namespace report

std::string CopyPlanText(const CopyPlan& plan, const TextOptions& options) {
  std::string out = Line(plan, "would copy", options.ascii);
  Writer writer(options, out);
  WriteBody(plan, "would be copied", options, writer);
  return out;
}

std::string CopyText(const CopyPlan& plan, const EditReport& report, const TextOptions& options) {
  std::string out = Line(plan, "copied", options.ascii);
  Writer writer(options, out);
  WriteBody(plan, "copied", options, writer);
  report::WriteCasts(report.casts, writer);
  report::WriteWritten(report.written, writer);
  return out;
}

std::string GraftText(const GraftReport& report, const TextOptions& options) {
  std::string out = ReportText(report.report, options);
  Writer writer(options, out);
  report::WriteCasts(report.casts, writer);
  report::WriteWritten(report.written, writer);
  return out;
}

std::string VerificationText(const Verification& verification, const TextOptions& options) {
  const std::size_t bad = verification.failed.size();
  std::string out;
  const std::size_t values = verification.receipt_values;
  if (values > 0) {
    std::set<std::string_view> differ;  // A value and its source may both be another.
    for (const Unverified& failed : verification.failed) differ.insert(failed.key);
    out = fmt::format("{} of {} values are as the receipt says; {} compared with their sources\n",
                      values - differ.size(), values, verification.sources_seen);
  } else if (bad == 0 && verification.unproven > 0) {
    const std::size_t verified = verification.entries - verification.unproven;
    out = fmt::format(
        "{} of {} entries are there ({}){}; not verified: the format has no "
        "checksums\n",
        verification.unproven, verification.entries, BytesText(verification.bytes),
        verified > 0 ? fmt::format(", {} verified", verified) : "");
  } else if (bad == 0) {
    out = fmt::format("{} of {} entries verified ({})\n", verification.entries,
                      verification.entries, BytesText(verification.bytes));
  } else {
    out = fmt::format("{} of {} entries {} not verify\n", bad, verification.entries,
                      bad == 1 ? "does" : "do");
  }
  Writer writer(options, out);
  std::vector<Row> rows;
  for (const Unverified& failed : verification.failed) {
    if (!options.all && rows.size() == kRows) break;
    Row row{NameOrKey(failed.name, failed.key), "", "", {failed.error.message}};
    if (!failed.error.file.empty()) {
      row.below.push_back("in " + failed.error.file +
                          (failed.error.offset ? fmt::format(" at {}", *failed.error.offset) : ""));
    }
    for (const Error::Detail& detail : failed.error.details) {
      row.below.push_back(detail.label + ": " + detail.Text(options.face));
    }
    rows.push_back(std::move(row));
  }
  writer.Rows('!', std::move(rows));
  if (!options.all && bad > kRows) writer.More(bad - kRows);
  for (const std::string& note : verification.notes) writer.Sentence(0, "note: " + note);
  return out;
}

}  // namespace regraft
