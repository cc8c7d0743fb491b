#include <fmt/format.h>
#include <regraft/find.h>
#include <regraft/text.h>

#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>

#include "leftovers.h"
#include "verb.h"

namespace regraft::cli {
namespace {

using Json = nlohmann::ordered_json;

struct Cleaned {
  std::vector<Leftover> removed, kept;  // With -n: what would be.
  std::optional<Error> error;           // The first removal that failed; the others went on.
};

Cleaned Clean(const std::vector<Leftover>& leftovers, bool dry_run) {
  Cleaned out;
  for (const Leftover& leftover : leftovers) {
    if (!IsOld(leftover)) {
      out.kept.push_back(leftover);
    } else if (Status removed = dry_run ? Status() : RemoveLeftover(leftover); removed) {
      out.removed.push_back(leftover);
    } else if (!out.error) {
      out.error = removed.error();
    }
  }
  return out;
}

std::string ToJson(const std::string& folder, bool dry_run, const Cleaned& cleaned) {
  const auto list = [](const std::vector<Leftover>& leftovers) {
    Json rows = Json::array();
    for (const Leftover& leftover : leftovers) {
      rows.push_back({{"path", leftover.path}, {"bytes", leftover.bytes}});
    }
    return rows;
  };
  const Json root = {{"schema", "regraft.clean/1"},
                     {"folder", folder},
                     {"dry_run", dry_run},
                     {"removed", list(cleaned.removed)},
                     {"kept", list(cleaned.kept)}};
  return root.dump(1, ' ', false, Json::error_handler_t::replace) + "\n";
}

std::string Head(const std::string& folder, bool dry_run, const Cleaned& cleaned) {
  const std::size_t kept = cleaned.kept.size();
  const char* const be = kept == 1 ? "is" : "are";
  if (cleaned.removed.empty()) {
    return kept == 0
               ? fmt::format("there are no leftovers of dead writers in {}", Printable(folder))
               : fmt::format("nothing to remove: {} {} younger than an hour, perhaps still in use",
                             Plural(kept, "leftover"), be);
  }
  std::uint64_t bytes = 0;
  for (const Leftover& leftover : cleaned.removed) bytes += leftover.bytes;
  std::string head = fmt::format("{} {} ({})", dry_run ? "would remove" : "removed",
                                 Plural(cleaned.removed.size(), "leftover"), BytesText(bytes));
  if (kept > 0) {
    head += fmt::format("; {} {} younger than an hour, perhaps still in use", kept, be);
  }
  return head;
}

std::string ToText(const std::string& folder, bool dry_run, const Cleaned& cleaned) {
  std::string out = Head(folder, dry_run, cleaned) + "\n";
  std::size_t width = 0;
  for (const auto* list : {&cleaned.removed, &cleaned.kept}) {
    for (const Leftover& leftover : *list) width = std::max(width, Printable(leftover.path).size());
  }
  const auto rows = [&](char marker, const std::vector<Leftover>& leftovers) {
    for (const Leftover& leftover : leftovers) {
      out += fmt::format("  {} {:<{}}  {:>8}\n", marker, Printable(leftover.path), width,
                         BytesText(leftover.bytes));
    }
  };
  rows('-', cleaned.removed);
  rows('=', cleaned.kept);
  return out;
}

int Run(const std::string& folder, bool dry_run, const Terminal& terminal) {
  const Result<std::vector<Leftover>> leftovers = FindLeftovers(folder);
  if (!leftovers) return terminal.Fail(leftovers.error());
  const Cleaned cleaned = Clean(*leftovers, dry_run);
  terminal.Print(terminal.json ? ToJson(folder, dry_run, cleaned)
                               : ToText(folder, dry_run, cleaned));
  return cleaned.error ? terminal.Fail(*cleaned.error) : 0;
}

}  // namespace

std::function<int()> SetupClean(CLI::App& app, const Terminal& terminal) {
  auto folder = std::make_shared<std::string>();
  auto dry_run = std::make_shared<bool>(false);
  app.add_option("DIR", *folder, "a folder of checkpoints")->required();
  app.add_flag("-n,--dry-run", *dry_run, "show what would be removed, remove nothing");
  return [folder, dry_run, &terminal] { return Run(*folder, *dry_run, terminal); };
}

}  // namespace regraft::cli
