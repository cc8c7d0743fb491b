#include <cstddef>
#include <string_view>
#include <utility>

#include "classify/classify.h"
#include "classify/roles.h"
#include "regraft/entry.h"
#include "regraft/key.h"

namespace regraft::classify {
namespace {

class Classifier {
 public:
  explicit Classifier(const ObjectGraph& graph) : graph_(graph), roles_(FindRoles(graph)) {}

  void Classify(const Owner& owner, Entry& entry) const {
    const auto set = [&entry](EntryClass cls, auto reason) {
      entry.cls = cls;
      entry.class_reason = std::move(reason);
    };
    if (entry.key == kObjectGraphKey)
      return set(EntryClass::kMeta, "it is the object graph itself");
    if (owner.node < 0) {
      return set(EntryClass::kWeights, "no object has it, and unknown tensors count as weights");
    }
    const std::string& attribute = owner.attribute->name;
    if (attribute == "py_state" || attribute == "OBJECT_CONFIG_JSON") {
      return set(EntryClass::kMeta, "it is the Python state of an object");
    }
    if (attribute == "ITERATOR") return set(EntryClass::kMeta, "it is a place in a dataset");

    const Role& role = roles_[static_cast<std::size_t>(owner.node)];
    if (role.save_counter) return set(EntryClass::kMeta, "it counts the saves of this checkpoint");
    if (role.slot != nullptr) {
      return set(EntryClass::kOptimizer,
                 Sentence({"slot '", role.slot->name, "' of the optimizer '",
                           PathOf(role.optimizer), "' for '", PathOf(role.slot->variable), "'"}));
    }
    if (role.optimizer_average) {
      return set(EntryClass::kEma, Sentence({"the optimizer '", PathOf(role.optimizer),
                                             "' keeps it as a moving average"}));
    }
    if (role.hyperparameter || (role.optimizer >= 0 && !role.in_model)) {
      return set(EntryClass::kOptimizer,
                 Sentence({"it belongs to the optimizer '", PathOf(role.optimizer), "'"}));
    }
    if (role.in_metrics && !role.in_model) {
      return set(EntryClass::kMeta, "it belongs to a metric of a Keras model");
    }
    if (role.statistics) {
      return set(EntryClass::kBnStats, "it is a moving statistic of a batch normalization");
    }
    if (role.average || owner.attribute->full_name.ends_with("/ExponentialMovingAverage")) {
      return set(EntryClass::kEma, "it belongs to an exponential moving average");
    }
    if (role.step_edge != nullptr && IsCounter(entry.spec)) {
      return set(EntryClass::kStep,
                 Sentence({"it is an integer scalar called '", *role.step_edge, "'"}));
    }
    if (owner.is_part) return set(EntryClass::kWeights, "it is the content of a lookup table");
    set(EntryClass::kWeights, "nothing says that it is anything else");
  }

 private:
  std::string_view PathOf(std::int32_t node) const {
    if (node == 0) return "(root)";
    const auto& paths = graph_.PathsTo(node);
    return paths.empty() ? std::string_view("?") : std::string_view(paths.front());
  }

  const ObjectGraph& graph_;
  const std::vector<Role> roles_;
};

}  // namespace

void ClassifyByGraph(const ObjectGraph& graph, std::span<const Owner> owners,
                     std::vector<Entry>& entries) {
  const Classifier classifier(graph);
  for (std::size_t i = 0; i < entries.size(); ++i) classifier.Classify(owners[i], entries[i]);
}

void ClassifyByKey(std::vector<Entry>& entries) {
  for (Entry& entry : entries) {
    const std::string_view key = entry.key;
    const auto parts = ParseKey(key);
    const auto set = [&entry](EntryClass cls, auto reason) {
      entry.cls = cls;
      entry.class_reason = std::move(reason);
    };
    if (key == kObjectGraphKey) {
      set(EntryClass::kMeta, "it is the object graph itself");
    } else if (parts && !parts->is_slot && parts->object == "save_counter") {
      set(EntryClass::kMeta, "it counts the saves of this checkpoint");
    } else if (SplitSlot(key)) {
      set(EntryClass::kOptimizer, "its key is that of a slot variable");
    } else if (key.find("keras_api/metrics/") != std::string_view::npos) {
      set(EntryClass::kMeta, "it belongs to a metric of a Keras model");
    } else {
      set(EntryClass::kWeights, "the object graph, which would tell more, cannot be read");
    }
  }
}

}  // namespace regraft::classify
