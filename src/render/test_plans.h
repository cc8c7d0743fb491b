// render/test_plans.h - plans to write about.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "regraft/catalog.h"
#include "regraft/dtype.h"
#include "regraft/entry.h"
#include "regraft/error.h"
#include "regraft/identity.h"
#include "regraft/plan.h"
#include "regraft/restore.h"
#include "regraft/rules.h"
#include "regraft/tensor.h"
#include "testing/catalogs.h"

namespace regraft::render {

inline Plan Planned(const Catalog& source, const std::vector<Target>& targets,
                    const Rules& rules = {}) {
  Result<Plan> plan = MakePlan(source, targets, rules);
  EXPECT_TRUE(plan) << plan.error().ToString();
  return *std::move(plan);
}

/// Variables of twelve layers: "layer_0/bias" and so on.
inline std::vector<std::pair<std::string, Shape>> Layers() {
  std::vector<std::pair<std::string, Shape>> out;
  for (int i = 0; i < 12; ++i) {
    out.push_back({"layer_" + std::to_string(i) + "/kernel", {4, 4}});
    out.push_back({"layer_" + std::to_string(i) + "/bias", {4}});
  }
  return out;
}

/// The layers and a head of ten classes under "net", as an object-based file.
inline Catalog NetCatalog() {
  testing::CatalogBuilder builder(testing::Of::kObjects);
  for (const auto& [name, shape] : Layers()) builder.Variable("net/" + name, name, shape);
  builder.Variable("net/head/kernel", "head/kernel", {4, 10})
      .Variable("net/head/bias", "head/bias", {10});
  builder.Variable("optimizer/iterations", "iterations", {}, DType::kInt64, EntryClass::kStep);
  return builder.Build();
}

/// Targets of the same layers, and a head under some name.
inline std::vector<Target> NetTargets(const std::string& head = "head", std::int64_t classes = 10,
                                      DType dtype = DType::kFloat32) {
  std::vector<Target> out;
  for (const auto& [name, shape] : Layers()) out.push_back(testing::ModelTarget(name, "", shape));
  out.push_back(testing::ModelTarget(head + "/kernel", "", {4, classes}, dtype));
  out.push_back(testing::ModelTarget(head + "/bias", "", {classes}, dtype));
  return out;
}

/// What a restore by that plan reports.
inline Report Done(Plan plan) {
  Report report;
  report.plan = std::move(plan);
  for (std::size_t i = 0; i < report.plan.targets.size(); ++i) {
    const PlannedTarget& planned = report.plan.targets[i];
    if (planned.outcome != Outcome::kRestore) continue;
    report.restored.push_back(
        {i, static_cast<std::uint32_t>(0x1234 + i), planned.target.spec.Bytes().value(), 0});
    report.bytes_read += report.restored.back().bytes;
  }
  return report;
}

}  // namespace regraft::render
