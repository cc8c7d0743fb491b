// Live objects, which cross once.
#include "common.h"
#include "regraft/live_objects.h"

namespace regraft::python {
namespace {

// What the bits of a node's facts say.
constexpr std::uint32_t kValue = 1, kHasKeys = 2, kOptimizer = 4;

// Edges stand node after node, so many for each, as their names, the nodes that they lead to, and
// their kinds as numbers of EdgeKind.
LiveObjects TreeFrom(const std::vector<std::uint32_t>& counts,
                     const std::vector<std::uint32_t>& facts, const nb::list& names,
                     const std::vector<std::int32_t>& children,
                     const std::vector<std::uint8_t>& kinds) {
  if (counts.empty() || counts.size() != facts.size() || names.size() != children.size() ||
      names.size() != kinds.size()) {
    throw nb::value_error("the lists of a tree differ in length");
  }
  std::vector<LiveObjects::Node> nodes(counts.size());
  std::size_t next = 0;
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    nodes[i].value = (facts[i] & kValue) != 0;
    nodes[i].has_keys = (facts[i] & kHasKeys) != 0;
    nodes[i].optimizer = (facts[i] & kOptimizer) != 0;
    for (std::uint32_t k = 0; k < counts[i]; ++k, ++next) {
      if (next == names.size()) throw nb::value_error("a tree has too few edges");
      const std::int32_t child = children[next];
      if (child < 0 || static_cast<std::size_t>(child) >= nodes.size() ||
          kinds[next] > static_cast<std::uint8_t>(LiveObjects::EdgeKind::kExtra)) {
        throw nb::value_error("an edge leads to no object, or is of no kind");
      }
      nodes[i].edges.push_back(
          {child, NameFrom(names[next]), static_cast<LiveObjects::EdgeKind>(kinds[next])});
    }
  }
  return LiveObjects(std::move(nodes));
}

void Check(const LiveObjects& tree, std::size_t node) {
  if (node >= tree.size()) throw nb::index_error("there is no such node");
}

nb::str LettersOf(const std::vector<PartKind>& kinds) {
  std::string letters;
  for (const PartKind kind : kinds) letters += PartKindLetter(kind);
  return NameTo(letters);
}

using Ways = nb::typed<nb::list, nb::typed<nb::tuple, nb::str, nb::ellipsis>>;

}  // namespace

void BindTree(nb::module_& m) {
  nb::class_<LiveObjects>(m, "Tree", "Live objects, by the numbers of their nodes; 0 is the root.")
      .def(
          "__init__",
          [](LiveObjects* self, const std::vector<std::uint32_t>& counts,
             const std::vector<std::uint32_t>& facts, const nb::typed<nb::list, nb::str>& names,
             const std::vector<std::int32_t>& children, const std::vector<std::uint8_t>& kinds) {
            new (self) LiveObjects(TreeFrom(counts, facts, names, children, kinds));
          },
          nb::arg("counts"), nb::arg("facts"), nb::arg("names"), nb::arg("children"),
          nb::arg("kinds"))
      .def("__len__", &LiveObjects::size)
      .def(
          "paths",
          [](const LiveObjects& tree, std::size_t node) {
            Check(tree, node);
            Names texts;
            for (const auto& path : tree.PathsTo(node)) texts.append(NameTo(path.Text()));
            return texts;
          },
          nb::arg("node"), "The paths to a node as text.")
      .def(
          "ways",
          [](const LiveObjects& tree, std::size_t node) {
            Check(tree, node);
            Ways ways;
            for (const auto& path : tree.PathsTo(node)) {
              ways.append(nb::tuple(NamesTo(path.parts)));
            }
            return ways;
          },
          nb::arg("node"), "The same in parts.")
      .def(
          "path_kinds",
          [](const LiveObjects& tree, std::size_t node) {
            Check(tree, node);
            Names letters;
            for (const auto& path : tree.PathsTo(node)) letters.append(LettersOf(path.kinds));
            return letters;
          },
          nb::arg("node"), "A letter for each part of each path, or nothing.")
      .def(
          "key_by_number",
          [](const LiveObjects& tree, std::size_t node) {
            Check(tree, node);
            return NameTo(tree.KeyByNumber(node));
          },
          nb::arg("node"))
      .def(
          "is_optimizers",
          [](const LiveObjects& tree, std::size_t node) {
            Check(tree, node);
            return tree.IsOptimizers(node);
          },
          nb::arg("node"), "True if only an optimizer has it.")
      .def(
          "slot_keys",
          [](const LiveObjects& tree, std::size_t variable, nb::handle name,
             std::size_t optimizer) {
            Check(tree, variable);
            Check(tree, optimizer);
            return NamesTo(tree.SlotKeys(variable, NameFrom(name), optimizer));
          },
          nb::arg("variable"), nb::arg("name"), nb::arg("optimizer"));
}

}  // namespace regraft::python
