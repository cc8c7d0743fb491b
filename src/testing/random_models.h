// testing/random_models.h - random models, edits that keep who is who, and the names that files
// and live objects have of them.
#pragma once

#include <cstdint>
#include <map>
#include <random>
#include <string>
#include <vector>

#include "regraft/catalog.h"
#include "regraft/identity.h"
#include "regraft/part_kind.h"

namespace regraft::testing {

class Random {
 public:
  explicit Random(std::uint64_t seed) : bits_(seed * 0x9e3779b97f4a7c15u + 1) {}
  /// 0 … n-1.
  std::size_t Below(std::size_t n) { return static_cast<std::size_t>(bits_() % n); }
  bool OneIn(std::size_t n) { return Below(n) == 0; }
  template <typename T>
  const T& Of(const std::vector<T>& all) {
    return all[Below(all.size())];
  }
  template <typename T>
  void Shuffle(std::vector<T>& all) {
    for (std::size_t i = all.size(); i > 1; --i) std::swap(all[i - 1], all[Below(i)]);
  }

 private:
  std::mt19937_64 bits_;
};

/// A layer, a block of layers, a list of them, or a model. Whoever has the same `id` is the same.
struct Layer {
  enum class Kind { kLeaf, kAttributes, kList, kRow };

  int id = 0;
  Kind kind = Kind::kLeaf;
  std::string cls;                    ///< In snake case: what Keras counts by.
  std::string attribute;              ///< What an owner with attributes calls it.
  std::string name;                   ///< Given; empty: counted.
  std::vector<std::int64_t> extents;  ///< Of a leaf: {in, out}.
  bool frozen = false;
  std::vector<Layer> parts;
};

/// A program that saves or restores: one or two models, and how they are called.
struct ModelProgram {
  enum class Optimizer { kNone, kOld, kLists2, kLists3 };

  std::vector<Layer> models;  ///< `attribute` is the keyword of Checkpoint.
  bool rooted = true;         ///< Checkpoint(model=m); else the one model is the root.
  bool keras_3 = false;
  bool scoped = true;  ///< Names of variables begin with that of the model.
  Optimizer optimizer = Optimizer::kNone;
  std::uint64_t first_number = 0;  ///< That automatic names begin with.
  std::uint64_t order = 0;         ///< Not 0: attributes are assigned in another order.
};

/// A tensor of a program: who it is and what it is called.
struct Called {
  std::string id;       ///< "7.kernel", "7.kernel.momentum", "iterations".
  std::string of_slot;  ///< For a slot the id of its variable.
  std::string group;   ///< Of the one row or list that it is in, if all above is given; else empty.
  std::size_t at = 0;  ///< There.
  std::string given_path;  ///< From the model on, if all of it is given.
  std::string given_name;  ///< From the layer on, likewise.
  std::string live_name;
  std::vector<PartKind> live_kinds;
  bool in_file_named = false;  ///< Files have the name of its layer.
};

/// What a program saves.
struct Saved {
  Catalog catalog;
  std::vector<Called> called;  ///< Of each entry.
};
Saved Save(const ModelProgram& program);

/// The same by the names of variables alone.
Saved SaveByName(const ModelProgram& program);

/// What a program restores into: the live objects, or their variables in a list.
struct Live {
  std::vector<Target> targets;
  std::vector<Called> called;  ///< Of each target.
};
Live LiveObjects(const ModelProgram& program);
Live LiveVariables(const ModelProgram& program);

ModelProgram RandomProgram(Random& random);

struct Edited {
  ModelProgram program;
  std::string words;        ///< What was done.
  bool renumbered = false;  ///< Automatic names are not the same.
  bool resized = false;
};
/// The same program after an edit that keeps who is who: names may tell less, but do not lie.
Edited EditProgram(const ModelProgram& program, Random& random);

/// The program in words, a line a tensor.
std::string InWords(const Saved& saved);

}  // namespace regraft::testing
