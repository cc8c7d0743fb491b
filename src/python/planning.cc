// Targets, rules and plans.
#include <cstddef>
#include <tuple>

#include "common.h"
#include "regraft/checkpoint.h"
#include "regraft/entry.h"
#include "regraft/naming.h"
#include "regraft/plan.h"
#include "regraft/render.h"
#include "regraft/rules.h"
#include "regraft/targets.h"
#include "regraft/text.h"
#include "regraft/writer.h"
#include "rules.h"

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

Target MakeTarget(nb::handle name, const std::string& dtype, const std::vector<std::int64_t>& shape,
                  nb::handle paths, const std::string& root, nb::handle key, nb::handle full_name,
                  const std::optional<std::string>& cls, nb::handle mapped_from,
                  const std::string& name_kinds, const std::vector<std::string>& path_kinds,
                  nb::handle slot, nb::handle slot_of, nb::handle optimizer, bool takes_itself) {
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

Rules RulesFrom(const Options& given) {
  Rules rules;
  const auto names = [&](const char* name, std::vector<std::string>& out) {
    if (given.contains(name)) out = NamesFrom(given[name]);
  };
  names("include", rules.select.include);
  names("exclude", rules.select.exclude);
  names("include_regex", rules.select.include_regex);
  names("exclude_regex", rules.select.exclude_regex);
  names("require", rules.require);
  names("leave", rules.leave);
  if (given.contains("only") && !given["only"].is_none())
    rules.select.only = NamesFrom(given["only"]);
  if (given.contains("where")) rules.select.where = NameFrom(given["where"]);
  if (given.contains("classes")) {
    for (const std::string& name : NamesFrom(given["classes"])) {
      const auto cls = ParseClass(name);
      if (!cls) throw nb::value_error(("there is no class '" + name + "'").c_str());
      rules.select.classes.push_back(*cls);
    }
  }
  if (given.contains("map")) {
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
  return rules;
}

WriteOptions WriteOptionsFrom(const Options& given) {
  WriteOptions options;
  if (given.contains("overwrite")) options.overwrite = nb::cast<bool>(given["overwrite"]);
  if (given.contains("max_shard_bytes")) {
    options.max_shard_bytes = nb::cast<std::uint64_t>(given["max_shard_bytes"]);
  }
  if (given.contains("data_alignment")) {
    options.data_alignment = nb::cast<std::uint64_t>(given["data_alignment"]);
  }
  return options;
}

void BindPlanning(nb::module_& m) {
  nb::class_<Target>(m, "Target")
      .def(
          "__init__",
          [](Target* self, nb::handle name, const std::string& dtype,
             const std::vector<std::int64_t>& shape, nb::handle paths, const std::string& root,
             nb::handle key, nb::handle full_name, const std::optional<std::string>& cls,
             nb::handle mapped_from, const std::string& name_kinds,
             const std::vector<std::string>& path_kinds, nb::handle slot, nb::handle slot_of,
             nb::handle optimizer, bool takes_itself) {
            new (self)
                Target(MakeTarget(name, dtype, shape, paths, root, key, full_name, cls, mapped_from,
                                  name_kinds, path_kinds, slot, slot_of, optimizer, takes_itself));
          },
          nb::arg("name"), nb::arg("dtype"), nb::arg("shape"), nb::arg("paths") = nb::tuple(),
          nb::arg("root") = "absent", nb::arg("key") = "", nb::arg("full_name") = "",
          nb::arg("cls") = nb::none(), nb::arg("mapped_from") = "", nb::arg("name_kinds") = "",
          nb::arg("path_kinds") = std::vector<std::string>(), nb::arg("slot") = "",
          nb::arg("slot_of") = "", nb::arg("optimizer") = "", nb::arg("takes_itself") = false)
      .def_prop_ro("name", [](const Target& t) { return NameTo(t.name); });

  nb::class_<Plan> plan(m, "Plan");
  DefineText<Plan>(plan, &PlanText);
  plan.def("check", [](const Plan& p) { Unwrap(p.Check()); })
      .def(
          "why",
          [](const Plan& p, nb::handle name, std::size_t width) {
            const TextOptions options{.width = width, .face = Face::kPython};
            return NameTo(Unwrap(WhyText(p, NameFrom(name), options)));
          },
          nb::arg("name"), nb::arg("width") = 80)
      .def("json", [](const Plan& p) { return PlanJson(p); })
      .def(
          "headline",
          [](const Plan& p, bool ascii) { return NameTo(Headline(p, {.ascii = ascii})); },
          nb::arg("ascii") = false)
      .def_prop_ro("source_prefix", [](const Plan& p) { return NameTo(p.source_prefix); });

  m.def(
      "make_plan",
      [](const CheckpointReader& source, const std::vector<Target>& targets, const Options& rules) {
        const Rules parsed = RulesFrom(rules);
        nb::gil_scoped_release released;
        return Unwrap(MakePlan(source, targets, parsed));
      },
      nb::arg("source"), nb::arg("targets"), nb::arg("rules"));
  m.def(
      "targets_of_checkpoint",
      [](const CheckpointReader& reader) { return TargetsFrom(reader.catalog()); },
      nb::arg("reader"));
  m.def(
      "parse_map_file",
      [](const std::string& text) {
        nb::typed<nb::list, nb::typed<nb::tuple, nb::str, nb::str>> out;
        for (const MapRule& rule : Unwrap(ParseMapFile(text))) {
          out.append(nb::make_tuple(NameTo(rule.from), NameTo(rule.to)));
        }
        return out;
      },
      nb::arg("text"));
  m.def(
      "fold_names", [](nb::handle names) { return NamesTo(FoldNames(NamesFrom(names))); },
      nb::arg("names"));
  m.def(
      "nearest",
      [](nb::handle wanted, nb::handle candidates, std::size_t most) {
        return NamesTo(Nearest(NameFrom(wanted), NamesFrom(candidates), most));
      },
      nb::arg("wanted"), nb::arg("candidates"), nb::arg("most") = 3);
  m.def("readable_names", &NamesOfPlaces, nb::arg("places"));
  m.def(
      "slot_name", [](const std::string& list) { return SlotNameOf(list); }, nb::arg("list"));
  m.def("bytes_text", &BytesText, nb::arg("bytes"));
}

}  // namespace regraft::python
