// edit/test_random_trees.h - checkpoints of random objects, and random rules for their names.
#pragma once

#include <map>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "object_graph/test_programs.h"
#include "regraft/checkpoint.h"
#include "regraft/copy.h"
#include "regraft/dtype.h"
#include "regraft/object_graph.h"
#include "regraft/rules.h"
#include "regraft/tensor.h"
#include "testing/files.h"
#include "testing/tiny_bundle.h"

namespace regraft::edit {

class Random {
 public:
  explicit Random(std::uint64_t seed) : bits_(seed) {}
  /// 0 … n-1.
  std::size_t Below(std::size_t n) { return static_cast<std::size_t>(bits_() % n); }
  bool OneIn(std::size_t n) { return Below(n) == 0; }
  template <typename T>
  const T& Of(const std::vector<T>& all) {
    return all[Below(all.size())];
  }

 private:
  std::mt19937_64 bits_;
};

/// A random checkpoint in memory.
struct RandomCheckpoint {
  std::map<std::string, std::string> files;
  std::vector<std::string> names;   ///< Paths of values, or names.
  std::vector<std::string> scopes;  ///< Beginnings of them, with the '/'.
};

inline const std::vector<std::string>& Words() {
  static const std::vector<std::string> words = {
      "a",       "b",   "c",  "kernel", "bias", "dense",
      "layer-1", "x.y", "..", "w/z",    "k:0",  "\u00fc\u65e5",
      "a b",     "0",   "1",  "it's",   "A",    "_net"};
  return words;
}

inline void AddRandomTensor(Random& random, const std::string& key, testing::TinyBundle& bundle) {
  static const std::vector<DType> types = {DType::kFloat32, DType::kFloat32, DType::kFloat64,
                                           DType::kInt32,   DType::kInt64,   DType::kUint8,
                                           DType::kFloat16, DType::kString};
  const DType dtype = random.Of(types);
  std::vector<std::int64_t> dims;
  for (std::size_t rank = random.Below(4); rank > 0; --rank) {
    dims.push_back(static_cast<std::int64_t>(random.OneIn(9) ? 0 : 1 + random.Below(4)));
  }
  const Shape shape = *Shape::Make(dims);
  const auto count = static_cast<std::size_t>(shape.num_elements());
  if (dtype == DType::kString) {
    std::vector<std::string> values(count);
    for (std::string& value : values) {
      value = std::string(random.Below(200), 'x') + random.Of(Words());
    }
    bundle.AddStrings(key, shape, std::move(values));
    return;
  }
  std::string bytes(count * ElementBytes(dtype), '\0');
  for (char& byte : bytes) byte = static_cast<char>(random.Below(256));
  if (shape.rank() == 0 || dims[0] < 2 || count == 0 || !random.OneIn(4)) {
    bundle.Add(key, dtype, shape, std::move(bytes));
    return;
  }
  const auto rows = static_cast<std::size_t>(dims[0]);
  const std::size_t first_rows = 1 + random.Below(rows - 1);
  const std::size_t at = bytes.size() / rows * first_rows;
  const auto cut = static_cast<std::int64_t>(first_rows);
  wire::TensorSlice first(dims.size(), {0, -1}), second = first;
  first[0] = {0, cut};
  second[0] = {cut, dims[0] - cut};
  bundle.AddSlice(key, dtype, shape, first, bytes.substr(0, at));
  bundle.AddSlice(key, dtype, shape, second, bytes.substr(at));
}

/// Objects, lists and dictionaries to a depth of four, some of them shared.
inline RandomCheckpoint RandomObjects(Random& random, const std::string& prefix) {
  object_graph::Program program;
  std::vector<std::vector<std::int32_t>> above = {{}};  // Of each node.
  std::vector<std::map<std::string, bool>> edges(1);
  std::vector<std::int32_t> depths = {0};
  std::size_t variables = 0;
  const std::size_t size = 2 + random.Below(24);
  for (std::size_t i = 0; i < size; ++i) {
    // Every third object is a list: its edges are numbers in order.
    auto parent = static_cast<std::int32_t>(random.Below(above.size()));
    while (depths[static_cast<std::size_t>(parent)] > 3) {
      parent = above[static_cast<std::size_t>(parent)][0];
    }
    const auto at = static_cast<std::size_t>(parent);
    std::string edge = at % 3 == 2 ? std::to_string(edges[at].size()) : random.Of(Words());
    if (edges[at].contains(edge)) continue;
    edges[at][edge] = true;
    if (random.OneIn(6) && i > 3) {  // An object that is there already, but none above.
      const auto shared = static_cast<std::int32_t>(1 + random.Below(above.size() - 1));
      bool cycle = shared == parent;
      std::vector<std::int32_t> todo = {parent};
      while (!todo.empty() && !cycle) {
        const std::int32_t node = todo.back();
        todo.pop_back();
        for (const std::int32_t up : above[static_cast<std::size_t>(node)]) {
          cycle = cycle || up == shared;
          todo.push_back(up);
        }
      }
      if (cycle) continue;
      program.Edge(parent, edge, shared);
      above[static_cast<std::size_t>(shared)].push_back(parent);
      continue;
    }
    if (random.OneIn(2)) {
      program.Variable(parent, edge, random.Of(Words()) + "/v" + std::to_string(variables++));
    } else {
      program.Object(parent, edge);
    }
    const bool leaf = !program.At(static_cast<std::int32_t>(above.size())).attributes.empty();
    above.push_back({parent});
    edges.emplace_back();
    depths.push_back(leaf ? 99 : depths[at] + 1);  // Nothing comes below a variable.
  }
  program.Variable(0, "last", "last");

  RandomCheckpoint out;
  testing::TinyBundle bundle;
  const ObjectGraph graph = program.Graph();
  for (const ObjectGraph::Place place : graph.by_key()) {
    AddRandomTensor(random, graph.At(place).checkpoint_key, bundle);
    for (const std::string& path : graph.PathsTo(place.node)) {
      out.names.push_back(path);
      for (std::size_t slash = 0; (slash = path.find('/', slash + 1)) != std::string::npos;) {
        out.scopes.push_back(path.substr(0, slash + 1));
      }
    }
  }
  bundle.AddStrings("_CHECKPOINTABLE_OBJECT_GRAPH", {}, {object_graph::Serialize(graph.nodes())});
  out.files = bundle.Files(prefix);
  if (out.scopes.empty()) out.scopes.push_back("a/");
  return out;
}

/// A file of names.
inline RandomCheckpoint RandomNames(Random& random, const std::string& prefix) {
  RandomCheckpoint out;
  testing::TinyBundle bundle;
  std::map<std::string, bool> known;
  for (std::size_t i = 1 + random.Below(20); i > 0; --i) {
    std::string name = random.Of(Words());
    for (std::size_t more = random.Below(3); more > 0; --more) {
      out.scopes.push_back(name + "/");
      name += "/" + random.Of(Words());
    }
    if (!known.emplace(name, true).second) continue;
    out.names.push_back(name);
    AddRandomTensor(random, name, bundle);
  }
  out.files = bundle.Files(prefix);
  if (out.scopes.empty()) out.scopes.push_back("a/");
  return out;
}

/// Rules that mostly fit names of this checkpoint.
inline CopyRules RandomRules(Random& random, const RandomCheckpoint& of) {
  CopyRules rules;
  rules.allow_unused_rules = true;
  const auto pattern = [&]() -> std::string {
    switch (random.Below(6)) {
      case 0:
        return random.Of(of.names);
      case 1:
        return random.Of(of.scopes) + "**";
      case 2:
        return "**/" + random.Of(Words());
      case 3:
        return random.Of(of.scopes) + "*";
      case 4:
        return "{" + random.Of(of.names) + "," + random.Of(Words()) + "}";
      default:
        return "*";
    }
  };
  if (random.OneIn(3)) {
    for (std::size_t i = 1 + random.Below(3); i > 0; --i) rules.select.include.push_back(pattern());
  }
  if (random.OneIn(2)) {
    for (std::size_t i = 1 + random.Below(2); i > 0; --i) rules.select.exclude.push_back(pattern());
  }
  if (random.OneIn(8)) rules.select.exclude_regex.push_back("ern|^b");
  if (random.OneIn(8)) rules.select.include_regex.push_back("[a-z]");
  if (random.OneIn(8)) rules.select.where = "rank > 0 || dtype == int32";
  std::map<std::string, bool> from;
  if (random.OneIn(2)) {
    for (std::size_t i = 1 + random.Below(3); i > 0; --i) {
      MapRule rule;
      switch (random.Below(4)) {
        case 0:
          rule = {random.Of(of.scopes), random.Of(of.scopes)};
          break;
        case 1:
          rule = {random.Of(of.scopes), "new/" + random.Of(Words()) + "/"};
          break;
        case 2:
          rule = {random.Of(of.names), random.Of(of.names)};
          break;
        default:
          rule = {random.Of(of.names), "moved/" + random.Of(Words())};
          break;
      }
      if (from.emplace(rule.from, true).second) rules.map.push_back(rule);
    }
  }
  if (random.OneIn(3)) {
    static const std::vector<RegexRule> regex = {
        {"kernel$", "weight"}, {"^([^/]+)/([^/]+)/", "\\2/\\1/"}, {"e", "3"}, {"/", "/in/"}};
    rules.regex.push_back(random.Of(regex));
  }
  if (random.OneIn(6)) rules.strip_prefix = random.Of(of.scopes);
  if (random.OneIn(6)) rules.add_prefix = random.Of(Words()) + (random.OneIn(2) ? "/" : "");
  static const std::vector<CastRule> casts = {{DType::kFloat32, DType::kBfloat16},
                                              {DType::kFloat64, DType::kFloat32},
                                              {DType::kFloat16, DType::kFloat64},
                                              {DType::kUint8, DType::kInt32}};
  while (random.OneIn(3)) rules.cast.push_back(random.Of(casts));
  return rules;
}

}  // namespace regraft::edit
