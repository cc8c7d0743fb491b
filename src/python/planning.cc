// Targets, rules and plans.
#include "common.h"
#include "regraft/checkpoint.h"
#include "regraft/plan.h"
#include "regraft/report.h"
#include "regraft/text.h"
#include "rules.h"

namespace regraft::python {
namespace {

Target MakeTarget(nb::handle name, const std::string& dtype,
                  const std::vector<std::int64_t>& shape, nb::handle paths, nb::handle below_root,
                  nb::handle key, nb::handle full_name, const std::optional<std::string>& cls,
                  nb::handle mapped_from) {
  Target target;
  target.name = NameFrom(name);
  target.spec = SpecFrom(dtype, shape);
  target.paths = NamesFrom(paths);
  target.below_root = NamesFrom(below_root);
  target.key = NameFrom(key);
  target.full_name = NameFrom(full_name);
  if (cls) target.cls = ParseClass(*cls);
  target.mapped_from = NameFrom(mapped_from);
  return target;
}

}  // namespace

Rules RulesFrom(const Options& given) {
  Rules rules;
  const auto names = [&](const char* name, std::vector<std::string>& out) {
    if (given.contains(name)) out = NamesFrom(given[name]);
  };
  names("include", rules.include);
  names("exclude", rules.exclude);
  names("include_regex", rules.include_regex);
  names("exclude_regex", rules.exclude_regex);
  names("require", rules.require);
  if (given.contains("only") && !given["only"].is_none()) rules.only = NamesFrom(given["only"]);
  if (given.contains("where")) rules.where = NameFrom(given["where"]);
  if (given.contains("classes")) {
    for (const std::string& name : NamesFrom(given["classes"])) {
      const auto cls = ParseClass(name);
      if (!cls) throw nb::value_error(("there is no class '" + name + "'").c_str());
      rules.classes.push_back(*cls);
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
      .def("__init__",
           [](Target* self, nb::handle name, const std::string& dtype,
              const std::vector<std::int64_t>& shape, nb::handle paths, nb::handle below_root,
              nb::handle key, nb::handle full_name, const std::optional<std::string>& cls,
              nb::handle mapped_from) {
             new (self) Target(MakeTarget(name, dtype, shape, paths, below_root, key, full_name,
                                          cls, mapped_from));
           },
           nb::arg("name"), nb::arg("dtype"), nb::arg("shape"), nb::arg("paths") = nb::tuple(),
           nb::arg("below_root") = nb::tuple(), nb::arg("key") = "", nb::arg("full_name") = "",
           nb::arg("cls") = nb::none(), nb::arg("mapped_from") = "")
      .def_prop_ro("name", [](const Target& t) { return NameTo(t.name); });

  nb::class_<Plan> plan(m, "Plan");
  DefineText<Plan>(plan, &PlanText);
  plan.def("check", [](const Plan& p) { Unwrap(p.Check()); })
      .def("json", [](const Plan& p) { return PlanJson(p); })
      .def("headline",
           [](const Plan& p, bool ascii) { return NameTo(Headline(p, {.ascii = ascii})); },
           nb::arg("ascii") = false)
      .def_prop_ro("source_prefix", [](const Plan& p) { return NameTo(p.source_prefix); });

  m.def("make_plan",
        [](const CheckpointReader& source, const std::vector<Target>& targets,
           const Options& rules) {
          const Rules parsed = RulesFrom(rules);
          nb::gil_scoped_release released;
          return Unwrap(MakePlan(source, targets, parsed));
        },
        nb::arg("source"), nb::arg("targets"), nb::arg("rules"));
  m.def("targets_of_checkpoint",
        [](const CheckpointReader& reader) { return TargetsFrom(reader.catalog()); },
        nb::arg("reader"));
  m.def("parse_map_file",
        [](const std::string& text) {
          nb::typed<nb::list, nb::typed<nb::tuple, nb::str, nb::str>> out;
          for (const MapRule& rule : Unwrap(ParseMapFile(text))) {
            out.append(nb::make_tuple(NameTo(rule.from), NameTo(rule.to)));
          }
          return out;
        },
        nb::arg("text"));
  m.def("fold_names",
        [](nb::handle names) { return NamesTo(FoldNames(NamesFrom(names))); }, nb::arg("names"));
  m.def("nearest",
        [](nb::handle wanted, nb::handle candidates, std::size_t most) {
          return NamesTo(Nearest(NameFrom(wanted), NamesFrom(candidates), most));
        },
        nb::arg("wanted"), nb::arg("candidates"), nb::arg("most") = 3);
  m.def("bytes_text", &BytesText, nb::arg("bytes"));
}

}  // namespace regraft::python
