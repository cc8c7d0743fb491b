// Rules as a value.
#include "regraft/rules.h"

#include <set>
#include <string>
#include <string_view>

#include "common.h"
#include "regraft/entry.h"

namespace regraft::python {
namespace {

const std::set<std::string, std::less<>> kNames = {
    "include",  "exclude", "include_regex", "exclude_regex", "classes",
    "where",    "only",    "map",           "leave",         "require",
    "identity", "missing", "on_shape",      "on_dtype",      "allow_unused_rules"};

// Errors: ValueError; regraft._rules says it better before.
void Set(Rules& rules, const nb::kwargs& given) {
  for (const auto& [name, value] : given) {
    if (!kNames.contains(nb::cast<std::string>(name))) {
      throw nb::type_error(("there is no rule '" + nb::cast<std::string>(name) + "'").c_str());
    }
  }
  const auto names = [&](const char* name, std::vector<std::string>& out) {
    if (given.contains(name)) out = NamesFrom(given[name]);
  };
  names("include", rules.include);
  names("exclude", rules.exclude);
  names("include_regex", rules.include_regex);
  names("exclude_regex", rules.exclude_regex);
  names("require", rules.require);
  names("leave", rules.leave);
  if (given.contains("only") && !given["only"].is_none()) rules.only = NamesFrom(given["only"]);
  if (given.contains("where")) rules.where = NameFrom(given["where"]);
  if (given.contains("classes")) {
    rules.classes.clear();
    for (const std::string& name : NamesFrom(given["classes"])) {
      const auto cls = ParseClass(name);
      if (!cls) throw nb::value_error(("there is no class '" + name + "'").c_str());
      rules.classes.push_back(*cls);
    }
  }
  if (given.contains("map")) {
    rules.map.clear();
    for (const nb::handle pair : given["map"]) {
      rules.map.push_back({NameFrom(pair[0]), NameFrom(pair[1])});
    }
  }
  const auto policy = [&](const char* name, auto parse, auto& out) {
    if (!given.contains(name)) return;
    const std::string text = NameFrom(given[name]);
    const auto parsed = parse(text);
    if (!parsed) throw nb::value_error((std::string(name) + " cannot be '" + text + "'").c_str());
    out = *parsed;
  };
  policy("identity", ParseIdentity, rules.identity);
  policy("missing", ParseOnMissing, rules.missing);
  policy("on_shape", ParseOnShape, rules.on_shape);
  policy("on_dtype", ParseOnDtype, rules.on_dtype);
  if (given.contains("allow_unused_rules")) {
    rules.allow_unused_rules = nb::cast<bool>(given["allow_unused_rules"]);
  }
}

}  // namespace

void BindRules(nb::module_& m) {
  const auto names = [](std::vector<std::string> Rules::*field) {
    return [field](const Rules& rules) { return NamesTo(rules.*field); };
  };
  nb::class_<Rules>(m, "Rules", "What takes part, and where each gets its value.")
      .def(
          "__init__",
          [](Rules* self, const nb::kwargs& given) {
            Rules rules;
            Set(rules, given);
            new (self) Rules(std::move(rules));
          },
          nb::sig("def __init__(self, **given: Any) -> None"))
      .def(
          "but",
          [](Rules rules, const nb::kwargs& given) {
            Set(rules, given);
            return rules;
          },
          nb::sig("def but(self, **given: Any) -> Rules"), "The same with others in their place.")
      .def_prop_ro("include", names(&Rules::include))
      .def_prop_ro("exclude", names(&Rules::exclude))
      .def_prop_ro("include_regex", names(&Rules::include_regex))
      .def_prop_ro("exclude_regex", names(&Rules::exclude_regex))
      .def_prop_ro("require", names(&Rules::require))
      .def_prop_ro("classes",
                   [](const Rules& rules) {
                     Names texts;
                     for (const EntryClass cls : rules.classes) {
                       texts.append(NameTo(std::string(ClassName(cls))));
                     }
                     return texts;
                   })
      .def_prop_ro("map",
                   [](const Rules& rules) {
                     nb::typed<nb::list, nb::typed<nb::tuple, nb::str, nb::str>> pairs;
                     for (const MapRule& rule : rules.map) {
                       pairs.append(nb::make_tuple(NameTo(rule.from), NameTo(rule.to)));
                     }
                     return pairs;
                   })
      .def_prop_ro("keeps_missing",
                   [](const Rules& rules) { return rules.missing == OnMissing::kKeep; });
}

}  // namespace regraft::python
