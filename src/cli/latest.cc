#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>

#include "leftovers.h"
#include "regraft/find.h"
#include "source.h"
#include "verb.h"

namespace regraft::cli {
namespace {

int Run(const std::string& where, const Terminal& terminal) {
  const Result<Latest> latest = FindLatest(where);
  if (!latest) {
    // Perhaps the very first one was never finished.
    std::error_code ignored;
    const bool folder = std::filesystem::is_directory(where, ignored);
    if (!where.empty()) NoteLeftovers(folder ? where : FolderOf(where), terminal);
    return terminal.Fail(latest.error());
  }
  if (!latest->note.empty()) terminal.Note(latest->note);
  NoteLeftovers(FolderOf(latest->prefix), terminal);
  if (terminal.json) {
    const nlohmann::ordered_json out = {{"schema", "regraft.latest/1"}, {"prefix", latest->prefix}};
    terminal.Print(out.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n");
  } else {
    terminal.Print(latest->prefix + "\n");
  }
  return 0;
}

}  // namespace

std::function<int()> SetupLatest(CLI::App& app, const Terminal& terminal) {
  auto where = std::make_shared<std::string>();
  app.add_option("DIR", *where, "folder, state file or stem")->required();
  return [where, &terminal] { return Run(*where, terminal); };
}

}  // namespace regraft::cli
