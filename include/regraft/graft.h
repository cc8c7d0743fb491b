// regraft/graft.h - a checkpoint written again with values of others.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "regraft/catalog.h"
#include "regraft/checkpoint.h"
#include "regraft/edit.h"
#include "regraft/error.h"
#include "regraft/plan.h"
#include "regraft/restore.h"
#include "regraft/writer.h"

namespace regraft {

/// The sources as one catalog, every name below its source's `to`: what a plan for several
/// sources is made from. Keys in it are those names; Locate says where each comes from.
class JoinedSources {
 public:
  /// Errors: kUnmet "edit/collision".
  static Result<JoinedSources> Make(std::span<const EditSource> sources);

  const Catalog& catalog() const& { return catalog_; }
  const Catalog& catalog() const&& = delete;
  /// The reader and the entry behind an entry of catalog().
  struct Place {
    const CheckpointReader* reader = nullptr;
    const Entry* entry = nullptr;
  };
  /// Pre: `key` is one of catalog()'s.
  Place Find(std::string_view key) const;

 private:
  Catalog catalog_;
  std::vector<Place> places_;  // In the order of the catalog's entries.
};

/// A restore into a file that was carried out.
struct GraftReport {
  Report report;
  Written written;
  std::vector<CastLoss> casts;
  std::vector<Origin> origins;
};

/// Writes `target` again, as `prefix`, with the values that the plan takes from the sources;
/// all others, and its object graph, stay as they are. The plan is one of
/// MakePlan(sources.catalog(), TargetsFrom(target.catalog()), rules).
///
/// Errors: as Copy and Restore().
/// Memory: a tensor that is cut, padded or cast.
[[nodiscard]] Result<GraftReport> RestoreInto(const JoinedSources& sources, const Plan& plan,
                                              const CheckpointReader& target,
                                              const std::string& prefix,
                                              const EditOptions& options = {});
/// As CheckCopy().
Status CheckRestoreInto(const JoinedSources& sources, const Plan& plan,
                        const CheckpointReader& target, const std::string& prefix);

}  // namespace regraft
