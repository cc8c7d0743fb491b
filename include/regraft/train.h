// regraft/train.h - tf.train's way of restoring and saving.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "regraft/error.h"
#include "regraft/restore.h"
#include "regraft/rules.h"
#include "regraft/savable.h"
#include "regraft/trackable.h"
#include "regraft/variable.h"
#include "regraft/writer.h"

namespace regraft::train {

struct Node;              // An object's place in the tree; internal.
struct PendingState;      // What a PendingRestore waits with; internal.
struct SaveCounter;       // How often a Checkpoint has been saved; internal.
struct ObjectTree;        // The object graph of what is to be saved; internal.
class ObjectTreeBuilder;  // Internal.

/// A restore that waits until its objects are built. Made by Checkpoint::RestoreOnBuild().
class [[nodiscard]] PendingRestore {
 public:
  PendingRestore(PendingRestore&&) noexcept;
  PendingRestore& operator=(PendingRestore&&) noexcept;
  /// Tells the handler if the restore has not been carried out.
  ~PendingRestore();

  /// True once the values are in place.
  bool done() const;
  /// The report, or the error that the restore met. Restores now if everything has been
  /// built without its noticing.
  /// Errors: kUnmet "train/not-built"; whatever Checkpoint::Restore() says.
  Result<Report> Finish();

 private:
  friend class Checkpoint;
  explicit PendingRestore(std::shared_ptr<PendingState> state);
  void Drop() noexcept;
  std::shared_ptr<PendingState> state_;  // Null after a move.
};

/// tf.train.Checkpoint's shape, doing what it says. Each keyword holds one of
///  - a list of variables: exactly these are restored, each found by its own names;
///  - a variable: it takes the value that the checkpoint calls by the keyword, any spelling;
///  - a map of names to variables: the same for each pair;
///  - an object (a layer, a model): everything below it, at the edge that the keyword names.
///
/// Saved, the keywords are edges of the root, as in TensorFlow: a list has the edges 0, 1 ...,
/// a map its names (docs/models.md, "Saving"). To save and restore, give objects.
///
/// A value: it holds handles of variables and, of objects given by reference, only knows
/// that they lived; an object that has died is an error. Copies count their saves together.
class Checkpoint final : public Destination, private Savable {
 public:
  class Value {
   public:
    Value(Variable variable);                         // NOLINT: implicit by purpose.
    Value(std::vector<Variable> list);                // NOLINT
    Value(std::initializer_list<Variable> list);      // NOLINT
    Value(Trackable& object);                         // NOLINT
    Value(const std::shared_ptr<Trackable>& object);  // NOLINT
    template <std::derived_from<Trackable> T>
    Value(std::shared_ptr<T> object)  // NOLINT
        : Value(std::shared_ptr<Trackable>(std::move(object))) {}
    template <NamedVariables R>
    Value(const R& map)  // NOLINT
        : held_(Pairs(map)) {}

   private:
    friend class Checkpoint;
    struct Object {
      std::weak_ptr<Node> node;
      std::shared_ptr<Trackable> owner;  // Null if given by reference.
    };
    using Names = std::vector<std::pair<std::string, Variable>>;
    template <typename R>
    static Names Pairs(const R& map) {
      Names names;
      for (const auto& [name, variable] : map) names.emplace_back(name, variable);
      return names;
    }
    std::variant<Variable, std::vector<Variable>, Names, Object> held_;
  };
  struct Item {
    std::string keyword;
    Value value;
  };

  Checkpoint(std::initializer_list<Item> items) : items_(items) {}
  /// A map of names, or Python's Checkpoint(**mapping).
  template <NamedVariables R>
  explicit Checkpoint(const R& map) : items_{{"", Value(map)}} {}
  /// An object that is itself the root of the checkpoint's graph.
  explicit Checkpoint(Trackable& root);

  /// Plans, checks and restores. `path` is anything that CheckpointReader::Open() accepts.
  ///
  /// Errors: kInvalidArgument "train/no-path" for an empty path or none (where TensorFlow
  ///         does nothing in silence), "select/empty-list" for an empty list or map, showing
  ///         names that the file has; what Targets(), Open(), MakePlan(), Plan::Check() and
  ///         regraft::Restore() say. On any error every variable keeps its value.
  [[nodiscard]] Result<Report> Restore(const std::optional<std::string>& path,
                                       const Rules& rules = {}, const RestoreOptions& options = {});
  /// The same for an exact prefix, as save() or write() returned it.
  /// Errors: as Restore(), and kInvalidArgument "train/not-a-prefix".
  [[nodiscard]] Result<Report> Read(const std::optional<std::string>& prefix,
                                    const Rules& rules = {}, const RestoreOptions& options = {});

  /// Restores as soon as the objects are built: by the call or Build() that completes them,
  /// which returns what the restore failed with; at once if they are built already.
  ///
  /// `on_unfinished` is told when the PendingRestore is dropped before that, so that a
  /// restore that never happened cannot go unnoticed. It must not be empty.
  /// Errors: as Restore(), as far as they show without the objects.
  Result<PendingRestore> RestoreOnBuild(const std::optional<std::string>& path,
                                        std::function<void(const Error&)> on_unfinished,
                                        const Rules& rules = {},
                                        const RestoreOptions& options = {}) const;

  /// Writes <prefix>-<N>, where N is one more than the last save, and makes the folder's
  /// `checkpoint` file name it, and nothing else. Returns that path. TensorFlow restores it
  /// as its own, and goes on counting, and so does Restore() here.
  ///
  /// A checkpoint <prefix>-<N> that exists is replaced, whatever `options` say. Files appear
  /// whole or not at all, the state file last.
  /// Errors: kInvalidArgument "checkpoint/bad-prefix"; those of Write(); "train/counter-full".
  ///         On any error the counter does not advance.
  [[nodiscard]] Result<std::string> Save(const std::string& prefix,
                                         const WriteOptions& options = {});
  /// Writes a checkpoint of exactly this prefix: no counting, no state file. Unlike
  /// TensorFlow it replaces one that exists only if `options.overwrite` says so.
  /// Errors: kUnmet "train/not-built", "train/object-gone", "train/nothing-to-save";
  ///         kInvalidArgument "train/empty-name", "train/name-twice";
  ///         those of CheckpointWriter.
  [[nodiscard]] Result<std::string> Write(const std::string& prefix,
                                          const WriteOptions& options = {}) const;
  /// Counts the saves: an int64 scalar, saved under the edge `save_counter`. Restore() takes
  /// it over from the file, unless lists of variables are all that the checkpoint holds; a
  /// manager's RestoreOrInitialize() always does. If the root is an object with such a variable
  /// of its own, it is that one.
  Variable save_counter() const;

  /// Errors: kUnmet "train/not-built", "train/object-gone"; kInvalidArgument
  ///         "select/empty-list", "train/variable-twice".
  Result<std::vector<Target>> Targets() const override;
  Status ReadCurrent(std::size_t index, std::span<std::byte> out) const override;
  Status Commit(std::span<Staged> values) override;

 private:
  friend struct PendingState;
  friend class CheckpointManager;  // It sees the Savable.
  struct Claim;                    // A variable, and what the items say of it.
  static std::shared_ptr<SaveCounter> NewSaveCounter();
  Result<std::vector<Claim>> Claims() const;
  Result<std::vector<Variable>> Variables() const;
  Status CheckItems(const CheckpointReader* source) const;
  enum class Counter { kLeave, kContinue, kStart };
  Result<Report> RestoreValues(const CheckpointReader& source, const Rules& rules,
                               const RestoreOptions& options, Counter counter);
  bool HoldsOnlyLists() const;
  static Result<std::int32_t> AddTo(ObjectTreeBuilder& builder, const Item& item);
  Result<ObjectTree> Tree(bool with_counter) const;
  Status WriteFiles(io::Disk& disk, const std::string& prefix, std::optional<std::int64_t> count,
                    const WriteOptions& options) const;

  std::int64_t saves() const override;
  void SetSaves(std::int64_t count) override;
  bool continues() const override;
  Status WriteTo(io::Disk& disk, const std::string& prefix, std::int64_t count,
                 const WriteOptions& options) const override;
  Result<Report> RestoreFrom(const CheckpointReader& source, const Rules& rules,
                             const RestoreOptions& options) override;

  std::shared_ptr<SaveCounter> counter_ = NewSaveCounter();
  std::vector<Item> items_;
  bool root_ = false;  // The one item is the root itself; its keyword is no edge.
};

/// The prefix of the newest complete checkpoint of a folder, a state file or a stem
/// ("ckpt_model_A" when "ckpt_model_A-1" ... exist). Never empty: see FindLatest() for the
/// errors, and for a note on how it was found.
Result<std::string> LatestCheckpoint(const std::string& where);

}  // namespace regraft::train
