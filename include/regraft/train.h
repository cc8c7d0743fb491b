// regraft/train.h - variables, the objects that own them, and tf.train's way of restoring and
// saving.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <memory>
#include <optional>
#include <ranges>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "regraft/error.h"
#include "regraft/restore.h"
#include "regraft/savable.h"
#include "regraft/select.h"
#include "regraft/tensor.h"
#include "regraft/writer.h"

namespace regraft::train {

class Trackable;
struct Node;          // An object's place in the tree; internal.
struct PendingState;  // What a PendingRestore waits with; internal.
struct SaveCounter;   // How often a Checkpoint has been saved; internal.
struct ObjectTree;        // The object graph of what is to be saved; internal.
class ObjectTreeBuilder;  // Internal.

/// The element types that Variable::data() can show.
template <typename T>
constexpr DType DTypeOf() {
  if constexpr (std::same_as<T, float>) return DType::kFloat32;
  if constexpr (std::same_as<T, double>) return DType::kFloat64;
  if constexpr (std::same_as<T, std::int8_t>) return DType::kInt8;
  if constexpr (std::same_as<T, std::int16_t>) return DType::kInt16;
  if constexpr (std::same_as<T, std::int32_t>) return DType::kInt32;
  if constexpr (std::same_as<T, std::int64_t>) return DType::kInt64;
  if constexpr (std::same_as<T, std::uint8_t>) return DType::kUint8;
  if constexpr (std::same_as<T, std::uint16_t>) return DType::kUint16;
  if constexpr (std::same_as<T, std::uint32_t>) return DType::kUint32;
  if constexpr (std::same_as<T, std::uint64_t>) return DType::kUint64;
  if constexpr (std::same_as<T, bool>) return DType::kBool;
  return DType::kInvalid;
}

/// Where a variable's full name comes from. A numbered one ("net/dense_1/kernel") depends on
/// what else its program made before it, so it identifies the variable in a file of names
/// alone, and not in an object-based one, where the paths are the better evidence.
enum class NameOrigin { kGiven, kNumbered };

/// A named tensor that a model owns. A handle: copies name the same variable.
///
/// Threads: values may be read from many threads, while nobody writes or restores.
class Variable {
 public:
  /// Zeros. `full_name` is what TensorFlow calls it ("net/dense/kernel"); a final ":0" is
  /// left out. Pre: a numeric dtype, and a size that memory holds.
  Variable(std::string full_name, TensorSpec spec, bool trainable = true,
           NameOrigin origin = NameOrigin::kGiven);
  /// Stands for a variable that does not exist, because its object is not built or never
  /// makes it: no elements, the dtype kInvalid. Restoring into it is an error that says so.
  static Variable Absent(std::string full_name);
  bool exists() const { return spec().dtype != DType::kInvalid; }

  /// "net/dense/kernel".
  const std::string& full_name() const;
  /// "net/dense/kernel:0", as Keras 2 prints it.
  std::string name() const;
  const TensorSpec& spec() const;
  const Shape& shape() const { return spec().shape; }
  bool trainable() const;
  NameOrigin name_origin() const;

  /// The values, row-major, aligned to 64 bytes. A restore or a write through another handle
  /// is seen; a restore ends the life of every span taken before it.
  std::span<const std::byte> bytes() const;
  std::span<std::byte> mutable_bytes() const;

  /// The same as elements. Pre: the dtype is T's; otherwise the span is empty.
  template <typename T>
  std::span<const T> data() const {
    return mutable_data<T>();
  }
  template <typename T>
  std::span<T> mutable_data() const {
    static_assert(DTypeOf<T>() != DType::kInvalid, "no element type of TensorFlow is like this");
    if (spec().dtype != DTypeOf<T>()) return {};
    const std::span<std::byte> raw = mutable_bytes();
    return {reinterpret_cast<T*>(raw.data()), raw.size() / sizeof(T)};
  }

  /// Takes the buffer as the new value, without a copy.
  /// Errors: kInvalidArgument "train/wrong-size".
  Status Assign(Buffer value);

  /// True if both handles are of one variable.
  friend bool operator==(const Variable& a, const Variable& b) { return a.state_ == b.state_; }

  struct State;  // Internal.

 private:
  friend struct Node;
  explicit Variable(std::shared_ptr<State> state) : state_(std::move(state)) {}
  std::shared_ptr<State> state_;
};

/// A range of pairs of a name and a Variable, such as std::map<std::string, Variable>.
template <typename R>
concept NamedVariables = std::ranges::input_range<R> &&
    requires(std::ranges::range_reference_t<R> pair) {
  { std::get<0>(pair) } -> std::convertible_to<std::string>;
  { std::get<1>(pair) } -> std::convertible_to<Variable>;
};

/// A range of shared pointers to objects: the shape of a list of layers.
template <typename R>
concept TrackableList = std::ranges::input_range<R> &&
    std::convertible_to<std::ranges::range_reference_t<R>, std::shared_ptr<Trackable>>;

/// A range of pairs of a name and a shared pointer to an object.
template <typename R>
concept TrackableMap = std::ranges::input_range<R> &&
    requires(std::ranges::range_reference_t<R> pair) {
  { std::get<0>(pair) } -> std::convertible_to<std::string>;
  { std::get<1>(pair) } -> std::convertible_to<std::shared_ptr<Trackable>>;
};

/// An object of a model: it owns variables and other objects under edge names, which are
/// what a TF2 checkpoint calls them by (docs/models.md). Every object is a Destination: all
/// variables below it, shared ones once.
///
/// C++ cannot see attribute names, so a subclass says them: Track("dense1", dense1_). To say
/// one again replaces it, as an assignment to the attribute would.
///
/// Threads: building and tracking are for one thread; const members are for many.
class Trackable : public Destination {
 public:
  Trackable(const Trackable&) = delete;
  Trackable& operator=(const Trackable&) = delete;
  ~Trackable() override;

  /// Every variable below, each once: those of an object before those of its children, in
  /// edge order.
  std::vector<Variable> variables() const;
  std::vector<Variable> trainable_variables() const;

  /// False while variables are still to be made; targets() then fails.
  virtual bool built() const { return true; }
  /// True while the first use of the object is making its variables.
  bool building() const;
  /// What errors call this object, such as "dense_1 (Dense)".
  virtual std::string Describe() const { return "object"; }

  /// The live objects that hold this one directly.
  std::vector<Trackable*> parents() const;
  /// The objects below this one, itself first, each once, in edge order.
  std::vector<Trackable*> Descendants() const;

  /// Errors: kUnmet "train/not-built", naming the objects that are not built, and how to.
  Result<std::vector<Target>> targets() const override;
  Status ReadCurrent(std::size_t index, std::span<std::byte> out) const override;
  Status Commit(std::span<Staged> values) override;

 protected:
  Trackable();

  /// Tracks an object that the caller keeps alive, such as a member of its own. An object
  /// that dies is forgotten. A '/' in an edge leads through lists: "layers/0" is the first
  /// element of "layers".
  void Track(std::string_view edge, Trackable& child);
  /// Tracks an object and shares its ownership. (Two objects that track each other must do
  /// it by reference at least one way, or neither ever dies.)
  void Track(std::string_view edge, std::shared_ptr<Trackable> child);
  /// Tracks the elements of a list as edge/0, edge/1 ...
  template <TrackableList R>
  void Track(std::string_view edge, const R& list) {
    Untrack(edge);
    std::size_t i = 0;
    for (const auto& child : list) TrackElement(edge, std::to_string(i++), child);
  }
  /// Tracks the elements of a map as edge/<name>, whatever the name.
  template <TrackableMap R>
  requires(!TrackableList<R>) void Track(std::string_view edge, const R& map) {
    Untrack(edge);
    for (const auto& [name, child] : map) TrackElement(edge, std::string(name), child);
  }
  /// Owns a variable under an edge.
  void AddVariable(std::string_view edge, const Variable& variable);
  /// Gives the variable under `edge` a second edge in checkpoints that are saved, for
  /// programs that know it by that: Keras 3 says "_kernel" where Keras 2 said "kernel".
  /// Pre: AddVariable(edge, ...) was called.
  void AlsoSaveAs(std::string_view edge, std::string_view other);
  /// The variable under an edge of this very object; Absent() without one.
  Variable Own(std::string_view edge) const;
  /// Forgets an edge and those of a list or map of that name.
  void Untrack(std::string_view edge);

  /// For objects that are built by their first use: what is being built takes part in the
  /// names below it, and holds back pending restores until it is done.
  void SetBuilding(bool building);
  /// Carries out the pending restores that waited for this object and have all they need.
  /// True if there was one, so that values computed before are out of date.
  Result<bool> CompletePendingRestores();

 private:
  friend class Checkpoint;
  friend struct Node;
  void TrackElement(std::string_view edge, std::string name, std::shared_ptr<Trackable> child);
  std::shared_ptr<Node> node_;
};

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
  ///         names that the file has; what targets(), Open(), MakePlan(), Plan::Check() and
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
  Result<std::vector<Target>> targets() const override;
  Status ReadCurrent(std::size_t index, std::span<std::byte> out) const override;
  Status Commit(std::span<Staged> values) override;

 private:
  friend struct PendingState;
  friend class CheckpointManager;  // It sees the Savable.
  struct Claim;  // A variable, and what the items say of it.
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
