// regraft/trackable.h - objects of models, which own variables and other objects.
#pragma once

#include <concepts>
#include <cstddef>
#include <memory>
#include <ranges>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "regraft/error.h"
#include "regraft/restore.h"
#include "regraft/variable.h"

namespace regraft::train {

class Trackable;
struct Node;  // An object's place in the tree; internal.

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

  /// False while variables are still to be made; Targets() then fails.
  virtual bool built() const { return true; }
  /// True while the first use of the object is making its variables.
  bool building() const;
  /// The name of this object in errors, such as "dense_1 (Dense)".
  virtual std::string Describe() const { return "object"; }

  /// The live objects that hold this one directly.
  std::vector<Trackable*> parents() const;
  /// The objects below this one, itself first, each once, in edge order.
  std::vector<Trackable*> Descendants() const;

  /// Errors: kUnmet "train/not-built", naming the objects that are not built, and how to.
  Result<std::vector<Target>> Targets() const override;
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

}  // namespace regraft::train
