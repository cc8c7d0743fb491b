// Reports as JSON, "regraft.report/1" (docs/json.md).
#include "render/report_json.h"

#include <fmt/format.h>

#include "regraft/graft.h"
#include "regraft/render.h"
#include "select/plan_json.h"

namespace regraft {

render::Json render::ReportValue(const Report& report) {
  Json root = {{"schema", "regraft.report/1"}, {"plan", select::PlanValue(report.plan)}};
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
                                {"verified", restored.verified},
                                {"bytes", restored.bytes},
                                {"overflowed", restored.overflowed}});
  }
  return root;
}

std::string ReportJson(const Report& report) { return render::Dump(render::ReportValue(report)); }

std::string GraftJson(const GraftReport& report) {
  render::Json root = render::ReportValue(report.report);
  root["written"] = render::WrittenJson(report.written);
  root["casts"] = render::CastsJson(report.casts);
  return render::Dump(root);
}

}  // namespace regraft
