// Plans as JSON, "regraft.plan/1" (docs/json.md).
#include <fmt/format.h>

#include <array>
#include <nlohmann/json.hpp>

#include "base/json_text.h"
#include "regraft/plan.h"

namespace regraft {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::array kOutcomes = {Outcome::kRestore,       Outcome::kKeep,
                                  Outcome::kNotSelected,   Outcome::kMissing,
                                  Outcome::kAmbiguous,     Outcome::kConflict,
                                  Outcome::kShapeMismatch, Outcome::kDtypeMismatch,
                                  Outcome::kUnreadable};
constexpr std::array kEvidence = {Evidence::kNone,      Evidence::kMap,   Evidence::kGivenPath,
                                  Evidence::kGivenName, Evidence::kPlace, Evidence::kNumber,
                                  Evidence::kSlot,      Evidence::kKey};
constexpr std::array kIdentities = {Identity::kSure, Identity::kPlaces, Identity::kNames};
constexpr std::array kRoots = {RootPart::kAbsent, RootPart::kFirst, RootPart::kPerhaps};
constexpr std::array kSpellings = {Spelling::kKey,      Spelling::kName,   Spelling::kShortKey,
                                   Spelling::kPath,     Spelling::kDotted,
                                   Spelling::kFullName, Spelling::kFullNameColon};
constexpr std::array kFits = {Fit::kExact, Fit::kSlice, Fit::kPad, Fit::kPadKeep};

std::string_view FitName(Fit fit) {
  switch (fit) {
    case Fit::kExact: return "exact";
    case Fit::kSlice: return "slice";
    case Fit::kPad: return "pad";
    case Fit::kPadKeep: return "pad=keep";
  }
  return "";
}

Json TextsJson(const std::vector<std::string>& texts) {
  Json list = Json::array();
  for (const std::string& text : texts) list.push_back(JsonText(text));
  return list;
}

Json MapJson(const std::vector<MapRule>& map) {
  Json out = Json::array();
  for (const MapRule& rule : map) {
    out.push_back({{"from", JsonText(rule.from)}, {"to", JsonText(rule.to)}});
  }
  return out;
}

Json SpecJson(const TensorSpec& spec) {
  Json shape = Json::array();
  for (const std::int64_t dim : spec.shape.dims()) shape.push_back(dim);
  return {{"dtype", DTypeName(spec.dtype)}, {"shape", shape}};
}

std::string_view RootName(RootPart root) {
  switch (root) {
    case RootPart::kAbsent: return "absent";
    case RootPart::kFirst: return "first";
    case RootPart::kPerhaps: return "perhaps";
  }
  return "";
}

std::string KindLetters(const std::vector<PartKind>& kinds) {
  std::string out;
  for (const PartKind kind : kinds) out += PartKindLetter(kind);
  return out;
}

Json TargetJson(const PlannedTarget& planned) {
  const Target& target = planned.target;
  Json out = {{"target", JsonText(target.name)}, {"status", OutcomeName(planned.outcome)}};
  out.update(SpecJson(target.spec));
  out["source"] = planned.source.empty() ? Json(nullptr) : Json(JsonText(planned.source));
  if (!planned.source.empty()) {
    out["source_name"] = JsonText(planned.source_name);
    out["source_spec"] = SpecJson(planned.source_spec);
    out["class"] = ClassName(planned.source_class).substr(1);
  }
  out["evidence"] = EvidenceName(planned.evidence);
  out["detail"] = JsonText(planned.detail);
  out["spelling"] = SpellingName(planned.spelling);
  out["rule"] = JsonText(planned.rule);
  out["action"] = planned.cast ? fmt::format("cast+{}", FitName(planned.fit))
                               : std::string(FitName(planned.fit));
  out["candidates"] = TextsJson(planned.candidates);
  out["rivals"] = TextsJson(planned.rivals);
  out["witnesses"] = Json::array();
  for (const Witness& witness : planned.witnesses) {
    out["witnesses"].push_back({{"evidence", EvidenceName(witness.evidence)},
                                {"sources", TextsJson(witness.sources)},
                                {"counts", witness.counts},
                                {"why", JsonText(witness.why)}});
  }
  Json path_kinds = Json::array();
  for (const auto& kinds : target.path_kinds) path_kinds.push_back(KindLetters(kinds));
  out["names"] = {{"paths", TextsJson(target.paths)},
                  {"root", RootName(target.root)},
                  {"key", JsonText(target.key)},
                  {"full_name", JsonText(target.full_name)},
                  {"mapped_from", JsonText(target.mapped_from)},
                  {"name_kinds", KindLetters(target.name_kinds)},
                  {"path_kinds", path_kinds},
                  {"slot", JsonText(target.slot)},
                  {"slot_of", JsonText(target.slot_of)},
                  {"optimizer", JsonText(target.optimizer)}};
  if (target.cls) out["names"]["class"] = ClassName(*target.cls).substr(1);
  if (target.takes_itself) out["takes_itself"] = true;
  return out;
}

// Reading. A missing or mistyped member is reported by its name through `Missing`, which
// does not leave this file.
struct Missing {
  std::string what;
};

const Json& Member(const Json& object, const char* name) {
  if (!object.is_object() || !object.contains(name)) throw Missing{name};
  return object[name];
}
std::string Text(const Json& object, const char* name) {
  const Json& value = Member(object, name);
  if (!value.is_string()) throw Missing{name};
  return TextFromJson(value.get<std::string>());
}
std::size_t Number(const Json& object, const char* name) {
  const Json& value = Member(object, name);
  if (!value.is_number_unsigned()) throw Missing{name};
  return value.get<std::size_t>();
}
bool Truth(const Json& object, const char* name) {
  const Json& value = Member(object, name);
  if (!value.is_boolean()) throw Missing{name};
  return value.get<bool>();
}
const Json& List(const Json& object, const char* name) {
  const Json& value = Member(object, name);
  if (!value.is_array()) throw Missing{name};
  return value;
}
std::vector<std::string> Texts(const Json& object, const char* name) {
  std::vector<std::string> out;
  for (const Json& item : List(object, name)) {
    if (!item.is_string()) throw Missing{name};
    out.push_back(TextFromJson(item.get<std::string>()));
  }
  return out;
}

template <typename Enum, std::size_t n, typename Name>
Enum Named(const Json& object, const char* member, const std::array<Enum, n>& all, Name name) {
  const std::string text = Text(object, member);
  for (const Enum value : all) {
    if (name(value) == text) return value;
  }
  throw Missing{member};
}

std::vector<PartKind> Kinds(const std::string& letters) {
  std::vector<PartKind> kinds;
  for (const char letter : letters) {
    const std::optional<PartKind> kind = ParsePartKind(letter);
    if (!kind) throw Missing{"name_kinds or path_kinds"};
    kinds.push_back(*kind);
  }
  return kinds;
}

TensorSpec SpecFrom(const Json& object) {
  const std::string name = Text(object, "dtype");
  std::optional<DType> dtype = ParseDType(name);
  // "dtype(99)": a number without a name.
  if (!dtype && name.starts_with("dtype(")) dtype = static_cast<DType>(std::atoi(name.c_str() + 6));
  if (!dtype) throw Missing{"dtype"};
  std::vector<std::int64_t> dims;
  for (const Json& dim : List(object, "shape")) {
    if (!dim.is_number_integer()) throw Missing{"shape"};
    dims.push_back(dim.get<std::int64_t>());
  }
  Result<Shape> shape = Shape::Make(std::move(dims));
  if (!shape) throw Missing{"shape"};
  return {*dtype, *std::move(shape)};
}

EntryClass ClassFrom(const Json& object) {
  const std::optional<EntryClass> cls = ParseClass("@" + Text(object, "class"));
  if (!cls) throw Missing{"class"};
  return *cls;
}

PlannedTarget TargetFrom(const Json& item) {
  PlannedTarget out;
  out.target.name = Text(item, "target");
  out.target.spec = SpecFrom(item);
  out.outcome = Named(item, "status", kOutcomes, OutcomeName);
  if (!Member(item, "source").is_null()) {
    out.source = Text(item, "source");
    out.source_name = Text(item, "source_name");
    out.source_spec = SpecFrom(Member(item, "source_spec"));
    out.source_class = ClassFrom(item);
  }
  out.evidence = Named(item, "evidence", kEvidence, EvidenceName);
  out.detail = Text(item, "detail");
  out.spelling = Named(item, "spelling", kSpellings, SpellingName);
  out.rule = Text(item, "rule");
  std::string action = Text(item, "action");
  out.cast = action.starts_with("cast+");
  if (out.cast) action.erase(0, 5);
  bool known = false;
  for (const Fit fit : kFits) {
    if (FitName(fit) != action) continue;
    out.fit = fit;
    known = true;
  }
  if (!known) throw Missing{"action"};
  out.candidates = Texts(item, "candidates");
  out.rivals = Texts(item, "rivals");
  for (const Json& witness : List(item, "witnesses")) {
    out.witnesses.push_back({Named(witness, "evidence", kEvidence, EvidenceName),
                             Texts(witness, "sources"), Truth(witness, "counts"),
                             Text(witness, "why")});
  }
  const Json& names = Member(item, "names");
  out.target.paths = Texts(names, "paths");
  out.target.root = Named(names, "root", kRoots, RootName);
  out.target.name_kinds = Kinds(Text(names, "name_kinds"));
  for (const std::string& kinds : Texts(names, "path_kinds")) {
    out.target.path_kinds.push_back(Kinds(kinds));
  }
  out.target.slot = Text(names, "slot");
  out.target.slot_of = Text(names, "slot_of");
  out.target.optimizer = Text(names, "optimizer");
  out.target.key = Text(names, "key");
  out.target.full_name = Text(names, "full_name");
  out.target.mapped_from = Text(names, "mapped_from");
  if (names.contains("class")) out.target.cls = ClassFrom(names);
  out.target.takes_itself = item.value("takes_itself", false);
  return out;
}

std::vector<MapRule> MapFrom(const Json& object) {
  std::vector<MapRule> map;
  for (const Json& rule : List(object, "map")) map.push_back({Text(rule, "from"), Text(rule, "to")});
  return map;
}

Plan PlanFrom(const Json& root) {
  Plan plan;
  if (Text(root, "schema") != "regraft.plan/1") throw Missing{"schema"};
  const Json& source = Member(root, "source");
  plan.source_prefix = Text(source, "prefix");
  plan.source_kind = Text(source, "kind");
  plan.source_fingerprint = Text(source, "fingerprint");
  plan.hollow = Texts(source, "hollow");
  plan.target_fingerprint = Text(Member(root, "target"), "fingerprint");
  for (const Json& item : List(root, "entries")) plan.targets.push_back(TargetFrom(item));
  for (const Json& item : List(root, "unused")) {
    plan.unused.push_back({Text(item, "key"), ClassFrom(item), Text(item, "name")});
  }
  for (const Json& item : List(root, "rules")) {
    plan.rules.push_back({Text(item, "rule"), Number(item, "matched"), Truth(item, "problem"),
                          Text(item, "advice")});
  }
  for (const Json& item : List(root, "suggestions")) {
    Suggestion suggestion;
    suggestion.map = MapFrom(item);
    suggestion.resolves = Number(item, "resolves");
    suggestion.of = Number(item, "of");
    plan.suggestions.push_back(std::move(suggestion));
  }
  for (const Json& item : List(root, "undecided")) {
    plan.undecided.push_back({Texts(item, "targets"), Texts(item, "sources")});
  }
  for (const Json& item : List(root, "readings")) {
    plan.readings.push_back({Text(item, "says"), MapFrom(item),
                             Named(item, "identity", kIdentities, IdentityName),
                             Number(item, "resolves")});
  }
  plan.notes = Texts(root, "notes");
  return plan;
}

}  // namespace

std::string PlanJson(const Plan& plan) {
  Json root;
  root["schema"] = "regraft.plan/1";
  root["source"] = {{"prefix", JsonText(plan.source_prefix)},
                    {"kind", plan.source_kind},
                    {"fingerprint", plan.source_fingerprint},
                    {"hollow", TextsJson(plan.hollow)}};
  root["target"] = {{"fingerprint", plan.target_fingerprint}};
  Json summary = {{"targets", plan.targets.size()}};
  std::int64_t elements = 0;
  for (const Outcome outcome : kOutcomes) summary[std::string(OutcomeName(outcome))] = plan.Count(outcome);
  for (const PlannedTarget& planned : plan.targets) {
    if (planned.outcome == Outcome::kRestore) elements += planned.target.spec.shape.num_elements();
  }
  summary["elements"] = elements;
  summary["unused"] = plan.unused.size();
  root["summary"] = std::move(summary);
  root["verdict"] = !plan.Check() ? "failed" : plan.Count(Outcome::kKeep) > 0 ? "partial" : "ok";
  root["entries"] = Json::array();
  for (const PlannedTarget& planned : plan.targets) root["entries"].push_back(TargetJson(planned));
  root["unused"] = Json::array();
  for (const UnusedEntry& entry : plan.unused) {
    root["unused"].push_back({{"key", JsonText(entry.key)},
                              {"name", JsonText(entry.name)},
                              {"class", ClassName(entry.cls).substr(1)}});
  }
  root["rules"] = Json::array();
  for (const PlannedRule& row : plan.rules) {
    root["rules"].push_back({{"rule", JsonText(row.rule)},
                             {"matched", row.matched},
                             {"problem", row.problem},
                             {"advice", JsonText(row.advice)}});
  }
  root["suggestions"] = Json::array();
  for (const Suggestion& suggestion : plan.suggestions) {
    root["suggestions"].push_back({{"map", MapJson(suggestion.map)}, {"resolves", suggestion.resolves}, {"of", suggestion.of}});
  }
  root["undecided"] = Json::array();
  for (const Undecided& undecided : plan.undecided) {
    root["undecided"].push_back({{"targets", TextsJson(undecided.targets)},
                                 {"sources", TextsJson(undecided.sources)}});
  }
  root["readings"] = Json::array();
  for (const Reading& reading : plan.readings) {
    root["readings"].push_back({{"says", JsonText(reading.says)},
                                {"map", MapJson(reading.map)},
                                {"identity", IdentityName(reading.identity)},
                                {"resolves", reading.resolves}});
  }
  root["notes"] = TextsJson(plan.notes);
  return root.dump(1, ' ', false, Json::error_handler_t::replace) + "\n";
}

Result<Plan> ParsePlan(std::string_view text) {
  const auto bad = [](std::string why) {
    return Fail(Error(ErrorCode::kInvalidArgument, "plan/bad-json",
                      "this is not a plan of schema regraft.plan/1: " + std::move(why))
                    .Hint("regraft plan SRC --into TARGET -o plan.json writes one"));
  };
  const Json root = Json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (root.is_discarded()) return bad("it is not valid JSON");
  try {
    return PlanFrom(root);
  } catch (const Missing& missing) {
    return bad(fmt::format("the member '{}' is missing or wrong", missing.what));
  }
}

}  // namespace regraft
