// Reports as JSON, "regraft.report/1" (docs/json.md).
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "regraft/render.h"

namespace regraft {

std::string ReportJson(const Report& report) {
  using Json = nlohmann::ordered_json;
  Json root;
  root["schema"] = "regraft.report/1";
  // The plan's own writer knows how names that are not UTF-8 are spelled.
  root["plan"] = Json::parse(PlanJson(report.plan));
  root["summary"] = root["plan"]["summary"];
  root["bytes_read"] = report.bytes_read;
  root["restored"] = Json::array();
  for (const RestoredTarget& restored : report.restored) {
    const Json& planned = root["plan"]["entries"][restored.planned];
    root["restored"].push_back({{"target", planned["target"]},
                                {"source", planned["source"]},
                                {"evidence", planned["evidence"]},
                                {"spelling", planned["spelling"]},
                                {"action", planned["action"]},
                                {"crc32c", fmt::format("0x{:08x}", restored.crc32c)},
                                {"bytes", restored.bytes},
                                {"overflowed", restored.overflowed}});
  }
  return root.dump(1) + "\n";
}

}  // namespace regraft
