#include "object_graph/settle_keys.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_set>
#include <utility>

#include "base/text.h"
#include "object_graph/write.h"
#include "regraft/key.h"

namespace regraft::object_graph {
namespace {

using Node = ObjectGraph::Node;

// Finds nodes by escaped paths.
class Walker {
 public:
  explicit Walker(std::span<const Node> nodes) {
    for (std::size_t i = 0; i < nodes.size(); ++i) {
      for (const ObjectGraph::Edge& edge : nodes[i].children) {
        edges_.push_back({static_cast<std::int32_t>(i), edge.name, edge.node});
      }
      for (const ObjectGraph::Slot& slot : nodes[i].slots) {
        slots_.emplace_back(slot.slot, Holder{static_cast<std::int32_t>(i), &slot});
      }
    }
    std::stable_sort(edges_.begin(), edges_.end(), Less);
    std::stable_sort(slots_.begin(), slots_.end(),
                     [](const auto& a, const auto& b) { return a.first < b.first; });
  }

  // True if `key` leads to `node`.
  bool Leads(const KeyParts& key, std::int32_t node) const {
    return key.is_slot ? LeadsToSlot(key, node) : NodeAt(key.object) == node;
  }

 private:
  struct Link {
    std::int32_t from;
    std::string_view name;
    std::int32_t to;
  };
  struct Holder {
    std::int32_t optimizer;
    const ObjectGraph::Slot* slot;
  };
  static bool Less(const Link& a, const Link& b) {
    return std::pair(a.from, a.name) < std::pair(b.from, b.name);
  }

  std::int32_t NodeAt(std::string_view path) const {
    std::int32_t node = 0;
    if (path.empty()) return node;
    for (const std::string_view escaped : Split(path, '/')) {
      const std::string name = UnescapeEdge(escaped);
      const Link wanted{node, name, 0};
      const auto found = std::lower_bound(edges_.begin(), edges_.end(), wanted, Less);
      if (found == edges_.end() || found->from != node || found->name != name) return -1;
      node = found->to;
    }
    return node;
  }

  bool LeadsToSlot(const KeyParts& key, std::int32_t node) const {
    const std::int32_t variable = NodeAt(key.object);
    const std::int32_t optimizer = NodeAt(key.optimizer);
    const std::string name = UnescapeEdge(key.slot);
    const auto [begin, end] =
        std::equal_range(slots_.begin(), slots_.end(), std::pair(node, Holder{}),
                         [](const auto& a, const auto& b) { return a.first < b.first; });
    return std::any_of(begin, end, [&](const auto& held) {
      return held.second.optimizer == optimizer && held.second.slot->variable == variable &&
             held.second.slot->name == name;
    });
  }

  std::vector<Link> edges_;
  std::vector<std::pair<std::int32_t, Holder>> slots_;
};

class Settler {
 public:
  explicit Settler(Draft& draft) : draft_(draft), old_(draft.nodes) { AssignKeys(draft_.nodes); }

  Status Run() && {
    const Walker walker(old_);
    ForEach([&](std::size_t node, const std::string& old, std::size_t part, const std::string&) {
      const auto key = ParseKey(old);
      if (key && walker.Leads(*key, static_cast<std::int32_t>(node))) Settle(part, old, old);
    });
    // A key of another form says nothing of a path.
    ForEach([&](std::size_t, const std::string& old, std::size_t part, const std::string&) {
      if (!ParseKey(old)) Settle(part, old, old);
    });
    ForEach([&](std::size_t, const std::string& old, std::size_t part, const std::string& fresh) {
      if (settled_.contains({part, old})) return;
      // The ending is the attribute's own, whatever it is called.
      const std::string_view ending = std::string_view(old).substr(ObjectPath(old).size());
      if (!ending.empty() && Settle(part, old, std::string(ObjectPath(fresh)).append(ending))) {
        return;
      }
      if (!Settle(part, old, fresh)) clash_ = fresh;
    });
    if (clash_) {
      return Fail(Error(ErrorCode::kUnmet, "object-graph/collision",
                        fmt::format("two different values would be stored as '{}'", *clash_))
                      .Hint("rename one of the two, or leave it out"));
    }
    for (std::size_t i = 0; i < draft_.nodes.size(); ++i) {
      for (std::size_t j = 0; j < draft_.nodes[i].attributes.size(); ++j) {
        draft_.nodes[i].attributes[j].checkpoint_key =
            settled_.at({draft_.provenance[i][j].part, old_[i].attributes[j].checkpoint_key});
      }
    }
    return {};
  }

 private:
  template <typename Visit>
  void ForEach(Visit visit) const {
    for (std::size_t i = 0; i < old_.size(); ++i) {
      for (std::size_t j = 0; j < old_[i].attributes.size(); ++j) {
        visit(i, old_[i].attributes[j].checkpoint_key, draft_.provenance[i][j].part,
              draft_.nodes[i].attributes[j].checkpoint_key);
      }
    }
  }

  // False if the key is taken by another value.
  bool Settle(std::size_t part, const std::string& old, std::string key) {
    if (settled_.contains({part, old})) return true;
    if (!taken_.insert(key).second) return false;
    settled_.emplace(std::pair(part, old), std::move(key));
    return true;
  }

  Draft& draft_;
  const std::vector<Node> old_;  // With the old keys.
  std::map<std::pair<std::size_t, std::string>, std::string> settled_;
  std::unordered_set<std::string> taken_;
  std::optional<std::string> clash_;
};

}  // namespace

Status SettleKeys(Draft& draft) { return Settler(draft).Run(); }

}  // namespace regraft::object_graph
