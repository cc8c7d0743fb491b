// Writing tensors and objects, numbered saves, the manager.
#include <span>
#include <unordered_map>

#include "common.h"
#include "options.h"
#include "regraft/checkpoint.h"
#include "regraft/entry.h"
#include "regraft/manager.h"
#include "regraft/object_graph.h"
#include "regraft/savable.h"
#include "regraft/write_objects.h"
#include "regraft/writer.h"

namespace regraft::python {
namespace {

using train::CheckpointManager;
using train::Savable;

// The spec of a value as AddValue() takes it.
TensorSpec SpecOf(const nb::handle& value) {
  if (nb::isinstance<CheckpointReader>(value[0])) {
    const auto& from = nb::cast<const CheckpointReader&>(value[0]);
    return from.entries()[nb::cast<std::size_t>(value[1])].spec;
  }
  return SpecFrom(nb::cast<std::string>(value[0]), nb::cast<std::vector<std::int64_t>>(value[1]));
}

// A value as Python gives it: (dtype, shape, contiguous array), ("string", shape, bytes), or
// (reader, entry) for what another checkpoint has stored.
Status AddValue(const std::string& key, const nb::handle& value, CheckpointWriter& writer) {
  if (nb::isinstance<CheckpointReader>(value[0])) {
    const auto& from = nb::cast<const CheckpointReader&>(value[0]);
    const Entry& entry = from.entries()[nb::cast<std::size_t>(value[1])];
    nb::gil_scoped_release released;
    return writer.AddStored(key, from, entry);
  }
  const auto dtype = nb::cast<std::string>(value[0]);
  const TensorSpec spec = SpecFrom(dtype, nb::cast<std::vector<std::int64_t>>(value[1]));
  if (spec.dtype == DType::kString) {
    std::vector<std::string> elements;
    for (const nb::handle element : value[2]) {
      const nb::bytes bytes = nb::cast<nb::bytes>(element);
      elements.emplace_back(bytes.c_str(), bytes.size());
    }
    return writer.AddStrings(key, spec.shape, elements);
  }
  const BytesView view(value[2]);
  nb::gil_scoped_release released;
  return writer.Add(key, spec, view.bytes());
}

// What is stored of an attribute: a list of (end of its key, value, None), or, for a slice of a
// value, (end of its key, (dtype, whole shape, array), [(start, length)]).
Status AddParts(const std::string& key, const nb::handle& parts, CheckpointWriter& writer) {
  for (const nb::handle part : parts) {
    const std::string name = key + nb::cast<std::string>(part[0]);
    const nb::object value = part[1];
    if (nb::object(part[2]).is_none()) {
      if (Status status = AddValue(name, value, writer); !status) return status;
      continue;
    }
    const TensorSpec spec =
        SpecFrom(nb::cast<std::string>(value[0]), nb::cast<std::vector<std::int64_t>>(value[1]));
    std::vector<SliceRange> ranges;
    for (const nb::handle range : part[2]) {
      ranges.push_back({nb::cast<std::int64_t>(range[0]), nb::cast<std::int64_t>(range[1])});
    }
    const BytesView view(value[2]);
    if (Status status = writer.AddSlice(name, spec, ranges, view.bytes()); !status) return status;
  }
  return {};
}

// Objects as Python gives them, node 0 the root: a list of
// (edges [(name, node)], attributes [(name, full name)], slots [(variable, name, slot)]).
std::vector<ObjectGraph::Node> NodesFrom(nb::handle given) {
  std::vector<ObjectGraph::Node> nodes;
  for (const nb::handle each : given) {
    ObjectGraph::Node node;
    for (const nb::handle edge : each[0]) {
      node.children.push_back({nb::cast<std::int32_t>(edge[1]), NameFrom(edge[0])});
    }
    for (const nb::handle attribute : each[1]) {
      node.attributes.push_back({NameFrom(attribute[0]), NameFrom(attribute[1]), ""});
    }
    for (const nb::handle slot : each[2]) {
      node.slots.push_back(
          {nb::cast<std::int32_t>(slot[0]), NameFrom(slot[1]), nb::cast<std::int32_t>(slot[2])});
    }
    nodes.push_back(std::move(node));
  }
  const auto count = static_cast<std::int32_t>(nodes.size());
  const auto check = [&](std::int32_t node) {
    if (node < 0 || node >= count) throw nb::value_error("an edge leads to no object");
  };
  for (const ObjectGraph::Node& node : nodes) {
    for (const ObjectGraph::Edge& edge : node.children) check(edge.node);
    for (const ObjectGraph::Slot& slot : node.slots) check(slot.slot), check(slot.variable);
  }
  return nodes;
}

Result<Written> WriteNodes(io::Disk* disk, const std::string& prefix,
                           const std::vector<ObjectGraph::Node>& nodes, const nb::object& value_of,
                           const WriteOptions& options, Callbacks& callbacks) {
  std::vector<std::size_t> asked(nodes.size());  // So many attributes of a node are written.
  const auto add = [&](std::size_t node, const std::string& key, CheckpointWriter& writer) {
    Status status;
    if (!callbacks.Call([&] { status = AddParts(key, value_of(node, asked[node]++), writer); })) {
      return Status(Fail(Raised()));
    }
    return status;
  };
  nb::gil_scoped_release released;
  return disk != nullptr ? WriteObjects(*disk, prefix, nodes, add, options)
                         : WriteObjects(prefix, nodes, add, options);
}

// The methods of a Python object: saves(), set_saves(count), continues(), objects(count), which
// gives (nodes, value_of). It restores by itself.
class PythonSavable final : public Savable {
 public:
  explicit PythonSavable(nb::object object) : object_(std::move(object)) {}
  ~PythonSavable() override {
    const nb::gil_scoped_acquire held;
    object_.reset();
  }
  PythonSavable(const PythonSavable&) = delete;

  std::int64_t saves() const override {
    std::int64_t count = 0;
    callbacks_.Call([&] { count = nb::cast<std::int64_t>(object_.attr("saves")()); });
    return count;
  }
  void SetSaves(std::int64_t count) override {
    callbacks_.Call([&] { object_.attr("set_saves")(count); });
  }
  bool continues() const override {
    bool answer = false;
    callbacks_.Call([&] { answer = nb::cast<bool>(object_.attr("continues")()); });
    return answer;
  }
  Status WriteTo(io::Disk& disk, const std::string& prefix, std::int64_t count,
                 const WriteOptions& options) const override {
    Result<Written> written = Fail(Raised());
    callbacks_.Call([&] {
      const nb::object objects = object_.attr("objects")(count);
      const std::vector<ObjectGraph::Node> nodes = NodesFrom(objects[0]);
      const nb::object value_of = objects[1];
      written = WriteNodes(&disk, prefix, nodes, value_of, options, callbacks_);
    });
    if (!written) return Fail(written.error());
    return {};
  }
  void Rethrow() { callbacks_.Rethrow(); }

 private:
  nb::object object_;
  mutable Callbacks callbacks_;
};

// A manager with the objects that it calls.
struct Manager {
  std::shared_ptr<PythonSavable> savable;
  std::optional<train::Variable> step;
  nb::object read_step;
  CheckpointManager manager;

  void TakeStep() {
    if (step) step->mutable_data<std::int64_t>()[0] = nb::cast<std::int64_t>(read_step());
  }
};

Manager OpenManager(nb::object savable, nb::handle folder, const Options& given) {
  auto object = std::make_shared<PythonSavable>(std::move(savable));
  train::ManagerOptions options;
  const auto number = [&]<typename T>(const char* name, std::optional<T>& out) {
    if (given.contains(name) && !given[name].is_none()) out = nb::cast<T>(given[name]);
  };
  number("max_to_keep", options.max_to_keep);
  number("keep_checkpoint_every_n_hours", options.keep_checkpoint_every_n_hours);
  number("checkpoint_interval", options.checkpoint_interval);
  if (given.contains("checkpoint_name")) {
    options.checkpoint_name = NameFrom(given["checkpoint_name"]);
  }
  nb::object read_step = nb::none();
  if (given.contains("read_step") && !given["read_step"].is_none()) {
    read_step = given["read_step"];
    options.step_counter.emplace("step", TensorSpec{DType::kInt64, Shape{}}, false);
  }
  std::optional<train::Variable> step = options.step_counter;
  CheckpointManager manager =
      Unwrap(CheckpointManager::Open(object, NameFrom(folder), std::move(options)));
  return {std::move(object), std::move(step), std::move(read_step), std::move(manager)};
}

}  // namespace

void BindSaving(nb::module_& m) {
  m.def(
      "write_tensors",
      [](nb::handle prefix, nb::handle tensors, const Options& options) {
        CheckpointWriter writer =
            Unwrap(CheckpointWriter::Create(NameFrom(prefix), WriteOptionsFrom(options)));
        std::vector<nb::object> pairs;
        std::vector<std::pair<std::string, TensorSpec>> declared;
        for (const nb::handle pair : tensors) {
          pairs.push_back(nb::borrow(pair));
          declared.emplace_back(NameFrom(pair[0]), SpecOf(pair[1]));
        }
        for (const std::size_t i : Unwrap(writer.Declare(declared))) {
          if (PyErr_CheckSignals() != 0) throw nb::python_error();
          Unwrap(AddValue(declared[i].first, pairs[i][1], writer));
        }
        return NameTo(Unwrap(writer.Finish()).prefix);
      },
      nb::arg("prefix"), nb::arg("tensors"), nb::arg("options"));
  m.def(
      "write_objects",
      [](nb::handle prefix, nb::handle nodes, nb::object value_of, const Options& options) {
        Callbacks callbacks;
        Result<Written> written = WriteNodes(nullptr, NameFrom(prefix), NodesFrom(nodes), value_of,
                                             WriteOptionsFrom(options), callbacks);
        callbacks.Rethrow();
        return NameTo(Unwrap(std::move(written)).prefix);
      },
      nb::arg("prefix"), nb::arg("nodes"), nb::arg("value_of"), nb::arg("options"));
  m.def(
      "save_numbered",
      [](nb::object savable, nb::handle prefix, const Options& options) {
        PythonSavable object(std::move(savable));
        Result<std::string> path =
            train::SaveNumbered(object, NameFrom(prefix), WriteOptionsFrom(options));
        object.Rethrow();
        return NameTo(Unwrap(std::move(path)));
      },
      nb::arg("savable"), nb::arg("prefix"), nb::arg("options"));

  nb::class_<Manager>(m, "Manager")
      .def_static("open", &OpenManager, nb::arg("savable"), nb::arg("folder"), nb::arg("options"))
      .def(
          "save",
          [](Manager& self, std::optional<std::int64_t> number,
             bool check_interval) -> std::optional<nb::str> {
            self.TakeStep();
            auto path = self.manager.Save(number, check_interval);
            self.savable->Rethrow();
            const std::optional<std::string> saved = Unwrap(std::move(path));
            if (!saved) return std::nullopt;
            return NameTo(*saved);
          },
          nb::arg("checkpoint_number") = nb::none(), nb::arg("check_interval") = true)
      .def(
          "restored",
          [](Manager& self) {
            self.TakeStep();
            self.manager.Restored();
          },
          "Says that the latest checkpoint has been restored.")
      .def_prop_ro("checkpoints",
                   [](const Manager& self) { return NamesTo(self.manager.checkpoints()); })
      .def_prop_ro("latest_checkpoint", [](const Manager& self) -> std::optional<nb::str> {
        const auto latest = self.manager.latest_checkpoint();
        if (!latest) return std::nullopt;
        return NameTo(*latest);
      });
}

}  // namespace regraft::python
