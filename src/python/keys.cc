// Keys of values that objects store.
#include <algorithm>
#include <string>
#include <vector>

#include "common.h"
#include "regraft/key.h"

namespace regraft::python {
namespace {

// A path of names as it stands in a key.
std::string Escaped(nb::handle path) {
  std::string out;
  for (const std::string& name : NamesFrom(path)) {
    out += out.empty() ? "" : "/";
    out += EscapeEdge(name);
  }
  return out;
}

nb::typed<nb::tuple, nb::str, nb::ellipsis> Edges(std::string_view escaped) {
  nb::list edges;
  while (!escaped.empty()) {
    const std::size_t end = std::min(escaped.find('/'), escaped.size());
    edges.append(NameTo(UnescapeEdge(escaped.substr(0, end))));
    escaped.remove_prefix(std::min(end + 1, escaped.size()));
  }
  return nb::typed<nb::tuple, nb::str, nb::ellipsis>(nb::tuple(edges));
}

}  // namespace

void BindKeys(nb::module_& m) {
  m.attr("VALUE_ATTRIBUTE") = NameTo(std::string(kValueAttribute));
  m.attr("SAVE_COUNTER_KEY") = NameTo(std::string(kSaveCounterKey));
  m.def(
      "escape_edge", [](nb::handle name) { return NameTo(EscapeEdge(NameFrom(name))); },
      nb::arg("name"));
  // `local` is what is stored of the object, as it stands in the key.
  m.def(
      "object_key",
      [](nb::handle path, nb::handle local) {
        return NameTo(AttributeKey(Escaped(path), "") + NameFrom(local));
      },
      nb::arg("path"), nb::arg("local"));
  m.def(
      "value_key", [](nb::handle path) { return NameTo(ValueKey(Escaped(path))); },
      nb::arg("path"));
  m.def(
      "object_path", [](nb::handle key) { return NameTo(std::string(ObjectPath(NameFrom(key)))); },
      nb::arg("key"));
  // The path to the object, or to the variable of a slot, and what is stored of it; nothing for a
  // name of another form.
  m.def(
      "split_key",
      [](nb::handle key) -> nb::object {
        const std::string text = NameFrom(key);
        const auto parts = ParseKey(text);
        if (!parts) return nb::none();
        return nb::make_tuple(Edges(parts->object), NameTo(std::string(parts->attribute)));
      },
      nb::arg("key"), nb::sig("def split_key(key: object) -> tuple[tuple[str, ...], str] | None"));
  // Of a slot: the paths of its variable and of its optimizer, as they stand in the key.
  m.def(
      "split_slot_key",
      [](nb::handle key) -> nb::object {
        const std::string text = NameFrom(key);
        const auto parts = ParseKey(text);
        if (!parts || !parts->is_slot) return nb::none();
        return nb::make_tuple(NameTo(std::string(parts->object)),
                              NameTo(std::string(parts->optimizer)));
      },
      nb::arg("key"), nb::sig("def split_slot_key(key: object) -> tuple[str, str] | None"));
}

}  // namespace regraft::python
