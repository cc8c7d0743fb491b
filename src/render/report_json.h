// render/report_json.h - a report as a JSON value, for JSON that has more.
#pragma once

#include "regraft/restore.h"
#include "render/json.h"

namespace regraft::render {

/// "regraft.report/1".
Json ReportValue(const Report& report);

}  // namespace regraft::render
