// Copies, grafts and verifications as JSON (docs/json.md).
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "regraft/copy.h"
#include "regraft/edit.h"
#include "regraft/entry.h"
#include "regraft/graft.h"
#include "regraft/prove.h"
#include "regraft/render.h"
#include "regraft/writer.h"

namespace regraft {
namespace {

using Json = nlohmann::ordered_json;

std::string Dump(const Json& root) {
  return root.dump(1, ' ', false, Json::error_handler_t::replace) + "\n";
}

Json WrittenJson(const Written& written) {
  return {{"prefix", written.prefix},
          {"entries", written.entries},
          {"shards", written.shards},
          {"bytes", written.bytes}};
}

Json CastsJson(const std::vector<CastLoss>& casts) {
  Json list = Json::array();
  for (const CastLoss& loss : casts) {
    list.push_back({{"key", loss.key},
                    {"overflowed", loss.overflowed},
                    {"largest_error", loss.largest_error}});
  }
  return list;
}

Json RulesJson(const std::vector<PlannedRule>& rules) {
  Json list = Json::array();
  for (const PlannedRule& rule : rules) {
    list.push_back({{"rule", Spelled(rule.rule, Face::kCommand)},
                    {"matched", rule.matched},
                    {"problem", rule.problem},
                    {"advice", rule.advice}});
    if (rule.changed) list.back()["changed"] = *rule.changed;
  }
  return list;
}

}  // namespace

std::string CopyJson(const CopyPlan& plan, const EditReport* report) {
  Json root = {{"schema", "regraft.copy/1"}, {"sources", plan.prefixes}};
  root["written"] = report != nullptr ? WrittenJson(report->written) : Json();
  root["entries"] = Json::array();
  for (const CopiedEntry& entry : plan.entries) {
    Json shape = Json::array();
    for (const std::int64_t dim : entry.spec.shape.dims()) shape.push_back(dim);
    root["entries"].push_back({{"key", entry.key},
                               {"name", entry.name},
                               {"source", entry.source},
                               {"from", entry.from},
                               {"from_name", entry.from_name},
                               {"dtype", DTypeName(entry.spec.dtype)},
                               {"shape", std::move(shape)},
                               {"bytes", entry.bytes},
                               {"action", entry.cast ? "cast" : "copied"},
                               {"rule", Spelled(entry.rules, Face::kCommand)},
                               {"class", ClassName(entry.cls).substr(1)}});
  }
  root["left_out"] = Json::array();
  for (const LeftOutEntry& entry : plan.left_out) {
    root["left_out"].push_back({{"source", entry.source},
                                {"key", entry.key},
                                {"name", entry.name},
                                {"class", ClassName(entry.cls).substr(1)},
                                {"rule", Spelled(entry.rules, Face::kCommand)}});
  }
  if (report != nullptr) root["casts"] = CastsJson(report->casts);
  root["rules"] = RulesJson(plan.rules);
  root["notes"] = plan.notes;
  return Dump(root);
}

std::string GraftJson(const GraftReport& report) {
  Json root = Json::parse(ReportJson(report.report));
  root["written"] = WrittenJson(report.written);
  root["casts"] = CastsJson(report.casts);
  return Dump(root);
}

std::string VerificationJson(const Verification& verification) {
  Json root = {{"schema", "regraft.verify/1"}, {"entries", verification.entries},
               {"bytes", verification.bytes},  {"unproven", verification.unproven},
               {"failed", Json::array()},      {"notes", verification.notes}};
  for (const Unverified& failed : verification.failed) {
    Json details = Json::array();
    for (const Error::Detail& detail : failed.error.details) {
      details.push_back({{"label", detail.label}, {"text", detail.Text(Face::kCommand)}});
    }
    root["failed"].push_back({{"key", failed.key},
                              {"slug", failed.error.slug},
                              {"message", failed.error.message},
                              {"file", failed.error.file},
                              {"details", std::move(details)}});
  }
  if (verification.receipt_values > 0) {
    root["receipt"] = {{"values", verification.receipt_values},
                       {"sources_compared", verification.sources_seen}};
  }
  return Dump(root);
}

}  // namespace regraft
