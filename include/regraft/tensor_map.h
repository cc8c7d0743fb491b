// regraft/tensor_map.h - tensors of one ecosystem as those of another: names, shapes, values.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "regraft/catalog.h"
#include "regraft/error.h"
#include "regraft/tensor.h"

namespace regraft {

/// "these tensors, treated so, are those" (docs/maps.md).
struct TensorRule {
  /// Patterns of names: "layer_{i}/{x=kernel,bias}". What `to` does not name is gathered, in order.
  std::vector<std::string> from;
  /// New names. What `from` does not name is a target each, in order.
  std::vector<std::string> to;
  /// What is done to the values: "transpose 3 2 0 1". Empty: only the name changes.
  std::vector<std::string> ops = {};
  /// The ops of the other direction, where those above do not tell them without the shapes.
  std::optional<std::vector<std::string>> undo = {};
  std::string where = {};  ///< Only for these captures: "s > 0".
  bool optional = false;   ///< It may match nothing, or only some.
  bool lossy = false;      ///< A part of the values may be left behind.
  bool shared = false;     ///< It takes sources that other rules take, too.

  bool operator==(const TensorRule&) const = default;
};

/// Rules that make the tensors of one kind of file those of another. A plain value.
struct TensorMap {
  std::string name = {}, from = {}, to = {}, about = {};  ///< For people.
  /// In front of all source names; exactly one of them fits a file. Empty: nothing.
  std::vector<std::string> prefix = {};
  std::vector<std::string> skip = {};       ///< Globs of sources that are left on purpose.
  std::vector<std::string> skip_back = {};  ///< The same of the other direction.
  std::vector<std::string> unravel = {};    ///< "s r = i by 1 2 2 3": captures made of others.
  std::vector<std::pair<std::string, std::string>> set = {};  ///< What "{heads}" in ops stands for.
  /// How many sources and targets the rules that are neither optional nor shared have: "16*L+8",
  /// where L is the number of values of the capture that `counts` says.
  std::string expected_sources = {}, expected_targets = {};
  std::vector<std::pair<std::string, std::string>> counts = {};  ///< {"L", "i"}.
  /// What becomes of sources that no rule takes and that are not skipped.
  enum class Rest { kError, kKeep, kLeave };
  Rest rest = Rest::kError;
  std::vector<TensorRule> rules = {};

  bool operator==(const TensorMap&) const = default;
};

/// True if the text is a map file with rules for tensors, and not one of mere pairs of names
/// (ParseMapFile() of regraft/rules.h).
bool IsTensorMap(std::string_view text);
/// Reads the TOML of docs/maps.md. Errors: kInvalidArgument "map/bad-file", "map/bad-rule",
/// "transform/bad-op".
Result<TensorMap> ParseTensorMap(std::string_view toml);
/// TOML that ParseTensorMap() reads as the same map.
std::string TensorMapText(const TensorMap& map);

/// The map of the other direction. Errors: kUnsupported "map/no-inverse", naming the rule and the
/// first op that cannot be undone without more being said.
Result<TensorMap> Inverse(const TensorMap& map);

/// One tensor that a map makes.
struct MadeTensor {
  std::string name;
  TensorSpec spec;
  std::vector<std::size_t> sources;   ///< Of the catalog's entries, in the order of the first op.
  std::vector<std::string> ops = {};  ///< With all numbers; none: the source as it is.
  std::size_t part = 0;               ///< Of the arrays that the ops make, this one.
  std::size_t parts = 1;
  /// Shapes of the sources, and of what each op made.
  std::vector<std::vector<Shape>> shapes = {};
  bool bijective = true;     ///< All values of the sources are moved, none is computed.
  bool constructed = false;  ///< Its values come from none of the sources.
  std::string made_of = {};  ///< "transpose 1 0 of bert/pooler/dense/kernel [8,8]"; or empty.

  bool operator==(const MadeTensor&) const = default;
};

/// What a map makes of a catalog: all of it, down to shapes. A plain value.
struct ResolvedMap {
  std::vector<MadeTensor> tensors;   ///< Sorted by name as unsigned bytes.
  std::vector<std::size_t> skipped;  ///< Entries that the map leaves on purpose.
  std::vector<std::size_t> left;     ///< Entries that it says nothing of.
  std::vector<std::size_t> fired;    ///< For each rule, how many tensors it makes.
  std::string prefix;                ///< The one of TensorMap::prefix that fits.

  bool operator==(const ResolvedMap&) const = default;
};

/// Errors: those of ParseTensorMap(); kUnmet "map/unfit", listing sources that no rule takes, rules
///         that match nothing, sources that are missing, counts that differ, and ops that do not
///         fit; kUnmet "map/collision" for two tensors of one name.
Result<ResolvedMap> Resolve(const TensorMap& map, const Catalog& catalog);

/// The map that makes the tensors of `catalog` of those that a map has made of them. Unlike
/// Inverse() of a map alone, it knows the shapes: only what is lossy or computed has no inverse.
/// Errors: kUnsupported "map/no-inverse".
Result<TensorMap> Inverse(const ResolvedMap& resolved, const Catalog& catalog);

/// What one layer is, where names and shapes do not tell it: {"dense", "flatten 7 7 64"},
/// {"up", "Conv2DTranspose"}; "*" speaks of all layers that nothing else tells.
struct LayerRule {
  std::string layer;  ///< Its scope in the file, or in the result.
  std::string what;   ///< A class of Keras or torch, with what it needs (docs/maps.md).
  /// Known of a live model: what is said without it counts before, and no layer needs to have it.
  bool hint = false;
  bool operator==(const LayerRule&) const = default;
};

/// "keras->torch", "torch->keras", "keras->flax", "flax->keras".
std::span<const std::string_view> Layouts();

/// The map that turns the layers of a file into those of another framework. What a layer is comes
/// from `layers`, from the names that Keras gives by itself ("conv2d_transpose_1"), or from its
/// variables: never from shapes that fit two kinds.
/// Errors: kInvalidArgument "layout/unknown"; kUnmet "layout/unclear" for layers that may be two
///         things, listing them and what could be said; kUnsupported "layout/no-counterpart".
Result<TensorMap> LayoutMap(std::string_view layout, const Catalog& catalog,
                            std::span<const LayerRule> layers = {});

/// A map that comes along.
struct Preset {
  std::string_view name;  ///< "bert-tf1-to-hf".
  std::string_view toml;
};
std::span<const Preset> Presets();
/// Errors: kNotFound "map/no-preset", with the nearest.
Result<TensorMap> PresetMap(std::string_view name);
/// The preset that fits all of a catalog's tensors, the one of most rules used first; "" if none
/// does.
std::string PresetFor(const Catalog& catalog);

}  // namespace regraft
