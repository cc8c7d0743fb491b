// Places of live objects as targets, and what they are called.
#include "targets.h"

#include <cstddef>
#include <string>
#include <tuple>
#include <utility>

#include "regraft/entry.h"
#include "regraft/naming.h"
#include "regraft/part_kind.h"

namespace regraft::python {
namespace {

std::vector<PartKind> KindsFrom(const std::string& letters) {
  std::vector<PartKind> kinds;
  for (const char letter : letters) {
    const std::optional<PartKind> kind = ParsePartKind(letter);
    if (!kind) throw nb::value_error("a kind of a name's part is one of 'g', 'p', 'n', 's', '-'");
    kinds.push_back(*kind);
  }
  return kinds;
}

RootPart RootFrom(const std::string& text) {
  if (text == "absent") return RootPart::kAbsent;
  if (text == "first") return RootPart::kFirst;
  if (text == "perhaps") return RootPart::kPerhaps;
  throw nb::value_error("root is 'absent', 'first' or 'perhaps'");
}

// Of each target: name, type, shape, paths, root, key, full name, class, mapped_from, kinds of the
// name's parts and of those of the paths, slot, whose it is, optimizer, whether it takes itself.
using Row = std::tuple<nb::object, std::string, std::vector<std::int64_t>, nb::object, std::string,
                       nb::object, nb::object, std::optional<std::string>, nb::object, std::string,
                       std::vector<std::string>, nb::object, nb::object, nb::object, bool>;

Target TargetFrom(const Row& row) {
  const auto& [name, dtype, shape, paths, root, key, full_name, cls, mapped_from, name_kinds,
               path_kinds, slot, slot_of, optimizer, takes_itself] = row;
  Target target;
  target.name = NameFrom(name);
  target.spec = SpecFrom(dtype, shape);
  target.paths = NamesFrom(paths);
  target.root = RootFrom(root);
  target.key = NameFrom(key);
  target.full_name = NameFrom(full_name);
  if (cls) target.cls = ParseClass(*cls);
  target.mapped_from = NameFrom(mapped_from);
  target.name_kinds = KindsFrom(name_kinds);
  for (const std::string& kinds : path_kinds) target.path_kinds.push_back(KindsFrom(kinds));
  target.slot = NameFrom(slot);
  target.slot_of = NameFrom(slot_of);
  target.optimizer = NameFrom(optimizer);
  target.takes_itself = takes_itself;
  return target;
}

// Of each variable: paths, the kinds of their parts, full name, key, whether it is one of a
// model, slot, the place of the slot's variable in the list, optimizer.
using NamingOf = std::tuple<nb::object, std::vector<std::string>, nb::object, nb::object, bool,
                            nb::object, std::ptrdiff_t, nb::object>;

nb::typed<nb::list, nb::str> NamesOfPlaces(const std::vector<NamingOf>& places) {
  struct Texts {
    std::vector<std::string> paths;
    std::vector<std::vector<PartKind>> kinds;
    std::string full_name, key, slot, optimizer;
  };
  std::vector<Texts> texts;
  std::vector<Naming> things;
  texts.reserve(places.size());  // Borrowed from below.
  for (const auto& [paths, kinds, full_name, key, of_model, slot, slot_of, optimizer] : places) {
    Texts& own = texts.emplace_back();
    own.paths = NamesFrom(paths);
    for (const std::string& letters : kinds) own.kinds.push_back(KindsFrom(letters));
    own.full_name = NameFrom(full_name);
    own.key = NameFrom(key);
    own.slot = NameFrom(slot);
    own.optimizer = NameFrom(optimizer);
    things.push_back(
        {own.paths, own.kinds, own.full_name, own.key, of_model, own.slot, slot_of, own.optimizer});
  }
  return NamesTo(ReadableNames(things));
}

}  // namespace

void BindTargets(nb::module_& m) {
  nb::class_<Targets>(m, "Targets", "All targets of one plan.")
      .def(
          "__init__",
          [](Targets* self, const nb::list& rows) {
            std::vector<Target> targets;
            targets.reserve(rows.size());
            for (const nb::handle row : rows) targets.push_back(TargetFrom(nb::cast<Row>(row)));
            new (self) Targets{std::make_shared<const std::vector<Target>>(std::move(targets))};
          },
          nb::arg("rows"), nb::sig("def __init__(self, rows: list[tuple[Any, ...]]) -> None"))
      .def("__len__", [](const Targets& targets) { return targets.all->size(); });
  m.def("readable_names", &NamesOfPlaces, nb::arg("places"));
  m.def(
      "is_automatic_name", [](const std::string& part) { return IsAutomaticName(part); },
      nb::arg("part"));
  m.def(
      "slot_name", [](const std::string& list) { return SlotNameOf(list); }, nb::arg("list"));
}

}  // namespace regraft::python
