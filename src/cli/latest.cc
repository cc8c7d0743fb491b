#include <regraft/find.h>
#include <regraft/render.h>

#include <filesystem>
#include <memory>

#include "leftovers.h"
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
  terminal.Print(terminal.json ? LatestJson(*latest) : latest->prefix + "\n");
  return 0;
}

}  // namespace

std::function<int()> SetupLatest(CLI::App& app, const Terminal& terminal) {
  auto where = std::make_shared<std::string>();
  app.add_option("DIR", *where, "folder, state file or stem")->required();
  return [where, &terminal] { return Run(*where, terminal); };
}

}  // namespace regraft::cli
