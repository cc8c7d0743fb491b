// regraft/copy.h - checkpoints from checkpoints: subsets, renamings, casts, merges.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "regraft/checkpoint.h"
#include "regraft/edit.h"
#include "regraft/entry.h"
#include "regraft/error.h"
#include "regraft/plan.h"
#include "regraft/rules.h"
#include "regraft/selection.h"
#include "regraft/setting.h"
#include "regraft/tensor.h"
#include "regraft/writer.h"

namespace regraft {

/// Numbers of one type are stored as another.
struct CastRule {
  DType from = DType::kInvalid;
  DType to = DType::kInvalid;
  bool operator==(const CastRule&) const = default;
};
/// Reads "float32=>bfloat16". Errors: kInvalidArgument "edit/bad-cast".
Result<CastRule> ParseCastRule(std::string_view text);

/// Says which entries a copy takes, and how they change. A plain value; the default copies
/// everything.
struct CopyRules {
  /// The format of the result: FormatToWrite() of its path. Where that has no object
  /// graph, entries are called by the names that people see.
  std::string format = "tf-v2";
  Selection select = {};  ///< Which entries.
  /// More patterns of what stays behind, as select.exclude; reports call these drops.
  std::vector<std::string> drop = {};
  std::vector<MapRule> map = {};  ///< New names: "old/=>new/", "a/kernel=>b/kernel".
  /// Every chosen variable has the value of its moving average in the result, and no average has
  /// an entry of its own. A variable takes part if it or its average is chosen. Statistics of
  /// batch normalization that have no average keep their values.
  bool ema_into_weights = false;
  std::vector<RegexRule> regex = {};  ///< New names by pattern.
  std::string strip_prefix = {};      ///< Taken away from every name that begins with it.
  std::string add_prefix = {};        ///< Put in front of every name.
  /// For every entry of the type but counters: @step, @meta and integer scalars of optimizers and
  /// averages. A pattern that names a counter (its last part is not all wildcards) casts it, too.
  std::vector<CastRule> cast = {};
  /// Optimizer slots and averages go, stay and are renamed with their variable, unless a rule
  /// names them themselves.
  bool follow_slots = true;
  bool allow_unused_rules = false;  ///< A rule that matches nothing is then only reported.
};

/// One entry of a checkpoint about to be written.
struct CopiedEntry {
  std::size_t source = 0;  ///< Index of its EditSource.
  std::string from;        ///< Its key there.
  std::string key;         ///< Its key in the result.
  TensorSpec spec;         ///< In the result.
  bool cast = false;
  EntryClass cls = EntryClass::kWeights;
  std::uint64_t bytes = 0;          ///< As stored in the result.
  std::vector<Setting> rules = {};  ///< What takes it, what names it and what casts it.
  /// Its Entry::name in the result, and that in the source: the ones that people see.
  std::string name = {};
  std::string from_name = {};

  bool operator==(const CopiedEntry&) const = default;
};

/// An entry that stays behind, and why: the rules, or none if no include took it.
struct LeftOutEntry {
  std::size_t source = 0;
  std::string key;
  EntryClass cls = EntryClass::kWeights;
  std::vector<Setting> rules;
  std::uint64_t bytes = 0;
  std::string name = {};  ///< Its Entry::name.

  bool operator==(const LeftOutEntry&) const = default;
};

/// A copy as it would be: a pure value; no tensor data is read for it.
struct CopyPlan {
  std::string format = "tf-v2";           ///< CopyRules::format.
  std::vector<std::string> prefixes;      ///< Of the sources.
  std::vector<std::string> fingerprints;  ///< Of the sources.
  /// By source and its data files, in the order in which they will be stored: that of the new
  /// object graph, as TensorFlow's is; without one, or if it stays, that of the source.
  std::vector<CopiedEntry> entries;
  std::vector<LeftOutEntry> left_out;
  std::vector<PlannedRule> rules;  ///< Sorted.
  std::vector<std::string> notes;
  /// The object graph to store, after all entries; empty for files of names, and if the
  /// source's own is among the entries because nothing in it changes.
  std::string object_graph;

  /// Success if it may be carried out. Errors: kNotFound "edit/nothing", kUnmet "edit/rules",
  /// each showing what is near.
  Status Check() const;
  bool operator==(const CopyPlan&) const = default;
};

/// Plans a copy of one checkpoint or several.
///
/// The object graph is pruned, renamed and joined with the entries, so that TensorFlow
/// restores the result into the matching smaller or renamed object and finds everything
/// used (docs/editing.md).
/// Errors: kInvalidArgument for rules that cannot be read; kUnmet "edit/collision" if two
///         entries would have one name, "edit/averages" if a chosen variable does not have
///         exactly one average that may take its place; kUnsupported "edit/mixed-kinds" for sources
///         with and without an object graph.
Result<CopyPlan> PlanCopy(std::span<const EditSource> sources, const CopyRules& rules);

struct EditReport {
  Written written;
  std::vector<CastLoss> casts;  ///< Of the entries that were cast.
  std::vector<Origin> origins;  ///< Sorted by key.
};

/// Refuses as Copy(), or CopyLinked(), would before it writes anything: for a dry run. That
/// something has the prefix already is not looked at. Errors: theirs.
Status CheckCopy(std::span<const EditSource> sources, const CopyPlan& plan,
                 const std::string& prefix, const EditOptions& options = {}, bool linked = false);

/// Carries a copy out. Entries that do not change are copied as stored bytes and their
/// checksums verified; where the file system shares bytes between files, it does.
///
/// Errors: Check()'s; kUnmet "edit/other-source" if a source is not what was planned;
///         kInvalidArgument "edit/onto-source"; those of CheckpointReader::Read and
///         CheckpointWriter; kUnmet "tensor/cast-loss"; kCancelled. Nothing is written then.
/// Memory: one tensor that is partitioned and cast; otherwise a constant.
[[nodiscard]] Result<EditReport> Copy(std::span<const EditSource> sources, const CopyPlan& plan,
                                      const std::string& prefix, const EditOptions& options = {});

/// The same by a new index over hard links of the sources' data files: no tensor is read or
/// written, whatever its size, and none is verified. What was left out still takes space.
/// Errors: as Copy; kUnsupported "edit/cannot-link" for casts, shards or an alignment;
///         kIo "io/link" across file systems.
[[nodiscard]] Result<EditReport> CopyLinked(std::span<const EditSource> sources,
                                            const CopyPlan& plan, const std::string& prefix,
                                            const EditOptions& options = {});

}  // namespace regraft
