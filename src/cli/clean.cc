#include <regraft/find.h>
#include <regraft/render.h>

#include <memory>
#include <optional>

#include "leftovers.h"
#include "verb.h"

namespace regraft::cli {
namespace {

// The first removal that fails goes to `error`; the others go on.
Cleaning Clean(const std::string& folder, const std::vector<Leftover>& leftovers, bool dry_run,
               std::optional<Error>& error) {
  Cleaning out{.folder = folder, .dry_run = dry_run, .removed = {}, .kept = {}};
  for (const Leftover& leftover : leftovers) {
    if (!IsOld(leftover)) {
      out.kept.push_back(leftover);
    } else if (Status removed = dry_run ? Status() : RemoveLeftover(leftover); removed) {
      out.removed.push_back(leftover);
    } else if (!error) {
      error = removed.error();
    }
  }
  return out;
}

int Run(const std::string& folder, bool dry_run, const Terminal& terminal) {
  const Result<std::vector<Leftover>> leftovers = FindLeftovers(folder);
  if (!leftovers) return terminal.Fail(leftovers.error());
  std::optional<Error> error;
  const Cleaning cleaning = Clean(folder, *leftovers, dry_run, error);
  terminal.Print(terminal.json ? CleaningJson(cleaning) : CleaningText(cleaning, terminal.text()));
  return error ? terminal.Fail(*error) : 0;
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
