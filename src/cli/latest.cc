#include <memory>
#include <nlohmann/json.hpp>

#include "source.h"
#include "verb.h"

namespace regraft::cli {

std::function<int()> SetupLatest(CLI::App& app, const Terminal& terminal) {
  auto where = std::make_shared<std::string>();
  app.add_option("DIR", *where, "folder, state file or stem")->required();
  return [where, &terminal] {
    const Result<Latest> latest = FindLatest(*where);
    if (!latest) return terminal.Fail(latest.error());
    if (!latest->note.empty()) terminal.Note(latest->note);
    if (terminal.json) {
      const nlohmann::ordered_json out = {{"schema", "regraft.latest/1"},
                                          {"prefix", latest->prefix}};
      terminal.Print(out.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n");
    } else {
      terminal.Print(latest->prefix + "\n");
    }
    return 0;
  };
}

}  // namespace regraft::cli
