// regraft/render.h - plans and reports as text and JSON.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "regraft/copy.h"
#include "regraft/graft.h"
#include "regraft/plan.h"
#include "regraft/prove.h"
#include "regraft/restore.h"
#include "regraft/setting.h"

namespace regraft {

struct TextOptions {
  std::size_t width = 80;  ///< Columns.
  bool color = false;      ///< ANSI colours; no meaning rests on them alone.
  bool ascii = false;      ///< No characters outside ASCII.
  bool all = false;        ///< Every target on its own line, nothing folded or cut.
  Face face = Face::kCpp;  ///< Whose words rules and what would help are in.
};

/// The one line that says it: "restored 161/163 variables (109.5 M of 109.5 M parameters) ·
/// 2 kept: head/{bias,kernel} · 398 unused: 397 optimizer, 1 step". A plan says "would
/// restore".
std::string Headline(const Plan& plan, const TextOptions& options = {});
std::string Headline(const Report& report, const TextOptions& options = {});

/// Headline first, then what was restored from where (numbered layers folded), what was
/// kept, which rules fired, notes. Ends with a newline. All lines keep to the width but the
/// headline and what is there to be copied.
std::string PlanText(const Plan& plan, const TextOptions& options = {});
std::string ReportText(const Report& report, const TextOptions& options = {});

/// Every witness for one target of the plan, in any spelling: what it said, and why it counted
/// or not. Errors: kNotFound "select/unknown-name" with the nearest names.
Result<std::string> WhyText(const Plan& plan, std::string_view name,
                            const TextOptions& options = {});

/// Everything, for machines: "schema": "regraft.report/1". (PlanJson is in regraft/plan.h.)
std::string ReportJson(const Report& report);

/// "would copy 197 of 561 entries (418.0 MB of 1.3 GB) · 364 left out: 362 optimizer, 2 step",
/// then new names and old ones, what is cast, what is left out by which rule, rules, notes.
std::string CopyPlanText(const CopyPlan& plan, const TextOptions& options = {});
/// "wrote DST: copied 197 of 561 entries (…)", the same list, and what casts have cost.
std::string CopyText(const CopyPlan& plan, const EditReport& report,
                     const TextOptions& options = {});
/// Everything, for machines: "schema": "regraft.copy/1". Without a report, what would be.
std::string CopyJson(const CopyPlan& plan, const EditReport* report = nullptr);

/// ReportText() and ReportJson() of a restore into a file, with what was written.
std::string GraftText(const GraftReport& report, const TextOptions& options = {});
std::string GraftJson(const GraftReport& report);

/// "318 of 318 entries verified (1.3 GB)", or every one that does not, with its reason.
std::string VerificationText(const Verification& verification, const TextOptions& options = {});
/// "schema": "regraft.verify/1".
std::string VerificationJson(const Verification& verification);

/// Folds names that differ in numbers or in one component: "layer_{0..11}/dense/{bias,kernel}".
/// The result can be pasted back as globs that match exactly `names`. Natural order.
std::vector<std::string> FoldNames(std::span<const std::string> names);

}  // namespace regraft
