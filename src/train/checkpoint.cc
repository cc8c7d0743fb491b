#include "regraft/checkpoint.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <unordered_map>

#include "base/try.h"
#include "regraft/entry.h"
#include "regraft/rules.h"
#include "regraft/trackable.h"
#include "regraft/train.h"
#include "select/names.h"
#include "train/node.h"
#include "train/paths.h"
#include "train/save_counter.h"

namespace regraft::train {

Checkpoint::Value::Value(Variable variable) : held_(std::move(variable)) {}
Checkpoint::Value::Value(std::vector<Variable> list) : held_(std::move(list)) {}
Checkpoint::Value::Value(std::initializer_list<Variable> list)
    : held_(std::vector<Variable>(list)) {}
Checkpoint::Value::Value(Trackable& object) : held_(Object{Node::Of(object), nullptr}) {}
Checkpoint::Value::Value(const std::shared_ptr<Trackable>& object)
    : held_(object ? Object{Node::Of(*object), object} : Object{}) {}

Checkpoint::Checkpoint(Trackable& root) : items_{{"", Value(root)}}, root_(true) {}

// A variable, and what the items say of it.
struct Checkpoint::Claim {
  Variable variable;
  std::string keyword;               // Of the first item that holds it.
  std::string mapped_from;           // Its name in the checkpoint, if an item says so.
  bool listed = false;               // By itself, in a list or a map.
  std::vector<std::size_t> objects;  // The items whose object it is below.
};

namespace {

tl::unexpected<Error> EmptyList(const std::string& keyword, std::string_view what,
                                const CheckpointReader* source) {
  const std::string at = keyword.empty() ? "" : fmt::format(" under '{}'", keyword);
  Error error(ErrorCode::kInvalidArgument, "select/empty-list",
              fmt::format("the {}{} is empty, so nothing would be restored", what, at));
  if (source != nullptr) {
    constexpr std::size_t kShown = 8;
    std::size_t names = 0;
    for (const Entry& entry : source->entries()) {
      if (entry.cls != EntryClass::kWeights && entry.cls != EntryClass::kBnStats) continue;
      if (names++ < kShown) error.details.push_back({"in the file", select::DisplayName(entry)});
    }
    if (names > kShown) error.details.push_back({"", fmt::format("and {} more", names - kShown)});
  }
  error.hint =
      "a filter on names must be written for Variable::full_name(), which is not what the file "
      "calls the variable; and a model has no variables before it is built";
  return Fail(std::move(error));
}

Status CheckNamed(const std::string& name, const Variable& variable) {
  REGRAFT_CHECK(CheckExists(variable));
  if (!name.empty()) return {};
  return Fail(
      Error(ErrorCode::kInvalidArgument, "train/empty-name",
            fmt::format("{} is to be fed from an entry with an empty name", variable.name()))
          .Hint("say what the checkpoint calls it, or put it in a list"));
}

void Append(std::vector<std::string>& to, const std::string& text) {
  if (std::find(to.begin(), to.end(), text) == to.end()) to.push_back(text);
}

}  // namespace

Status Checkpoint::CheckItems(const CheckpointReader* source) const {
  if (items_.empty()) return EmptyList("", "checkpoint object", source);
  for (const Item& item : items_) {
    if (const auto* variable = std::get_if<Variable>(&item.value.held_)) {
      REGRAFT_CHECK(CheckNamed(item.keyword, *variable));
    } else if (const auto* list = std::get_if<std::vector<Variable>>(&item.value.held_)) {
      if (list->empty()) return EmptyList(item.keyword, "list of variables", source);
      for (const Variable& each : *list) REGRAFT_CHECK(CheckExists(each));
    } else if (const auto* names = std::get_if<Value::Names>(&item.value.held_)) {
      if (names->empty()) return EmptyList(item.keyword, "map of names", source);
      for (const auto& [name, each] : *names) REGRAFT_CHECK(CheckNamed(name, each));
    }
  }
  return {};
}

Result<std::vector<Checkpoint::Claim>> Checkpoint::Claims() const {
  REGRAFT_CHECK(CheckItems(nullptr));
  std::vector<Claim> claims;
  std::unordered_map<const Variable::State*, std::size_t> known;
  const auto claim_for = [&](const Variable& variable, const std::string& keyword) -> Claim& {
    const auto [at, fresh] = known.emplace(Node::Of(variable).get(), claims.size());
    if (fresh) claims.push_back({variable, keyword, "", false, {}});
    return claims[at->second];
  };
  const auto list = [&](const Variable& variable, const std::string& keyword,
                        const std::string& mapped_from) -> Status {
    Claim& claim = claim_for(variable, keyword);
    if (claim.listed) {
      Error error(ErrorCode::kInvalidArgument, "train/variable-twice",
                  fmt::format("{} is given twice", variable.name()));
      const auto said = [](const std::string& name) {
        return name.empty() ? std::string("in a list") : fmt::format("to be fed from '{}'", name);
      };
      error.details.push_back({"first", said(claim.mapped_from)});
      error.details.push_back({"then", said(mapped_from)});
      error.hint = "give each variable once";
      return Fail(std::move(error));
    }
    claim.listed = true;
    claim.mapped_from = mapped_from;
    return {};
  };
  for (std::size_t i = 0; i < items_.size(); ++i) {
    const Item& item = items_[i];
    if (const auto* variable = std::get_if<Variable>(&item.value.held_)) {
      REGRAFT_CHECK(list(*variable, item.keyword, item.keyword));
    } else if (const auto* all = std::get_if<std::vector<Variable>>(&item.value.held_)) {
      for (const Variable& each : *all) REGRAFT_CHECK(list(each, item.keyword, ""));
    } else if (const auto* names = std::get_if<Value::Names>(&item.value.held_)) {
      for (const auto& [name, each] : *names) REGRAFT_CHECK(list(each, item.keyword, name));
    } else {
      REGRAFT_TRY(const NodePtr node,
                  LockObject(std::get<Value::Object>(item.value.held_).node, item.keyword));
      REGRAFT_CHECK(CheckBuilt(node));
      for (const Variable& each : VariablesBelow(node)) {
        claim_for(each, item.keyword).objects.push_back(i);
      }
    }
  }
  return claims;
}

Result<std::vector<Variable>> Checkpoint::Variables() const {
  REGRAFT_TRY(std::vector<Claim> claims, Claims());
  std::vector<Variable> variables;
  variables.reserve(claims.size());
  for (Claim& claim : claims) variables.push_back(std::move(claim.variable));
  return variables;
}

Result<std::vector<Target>> Checkpoint::Targets() const {
  REGRAFT_TRY(const std::vector<Claim> claims, Claims());
  std::map<const Node*, PathMap> walked;  // Each root once, however many variables it has.
  const auto paths_of = [&](const NodePtr& root, const Variable& variable) {
    auto at = walked.find(root.get());
    if (at == walked.end()) at = walked.emplace(root.get(), PathsBelow(root)).first;
    return at->second[Node::Of(variable).get()];
  };
  std::vector<Target> targets;
  for (std::size_t i = 0; i < claims.size(); ++i) {
    const Claim& claim = claims[i];
    std::vector<std::string> paths;
    for (const std::size_t object : claim.objects) {
      const Item& item = items_[object];
      const NodePtr node = std::get<Value::Object>(item.value.held_).node.lock();
      for (const std::string& path : paths_of(node, claim.variable)) {
        Append(paths, root_ ? path : item.keyword + "/" + path);
      }
    }
    if (claim.objects.empty()) {
      for (const NodePtr& top : TopmostAbove(claim.variable)) {
        for (const std::string& path : paths_of(top, claim.variable)) Append(paths, path);
      }
    }
    const bool rooted = !claim.objects.empty() && !root_;
    Target target =
        MakeTarget(claim.variable, std::move(paths), rooted ? RootPart::kFirst : RootPart::kAbsent);
    target.mapped_from = claim.mapped_from;
    targets.push_back(std::move(target));
  }
  NameReadably(targets);
  std::set<std::string> taken;
  for (std::size_t i = 0; i < claims.size(); ++i) {
    const Claim& claim = claims[i];
    Target& target = targets[i];
    // Variables of two models may have the same path; what they are called must differ.
    if (target.name.empty() || taken.count(target.name) > 0) {
      target.name = claim.variable.full_name();
    }
    for (std::size_t n = i; target.name.empty() || taken.count(target.name) > 0; ++n) {
      target.name = fmt::format("{}/{}", claim.keyword, n);
    }
    taken.insert(target.name);
  }
  return targets;
}

Status Checkpoint::ReadCurrent(std::size_t index, std::span<std::byte> out) const {
  REGRAFT_TRY(const std::vector<Variable> variables, Variables());
  if (index >= variables.size()) {
    return Fail(Error(ErrorCode::kInvalidArgument, "train/bad-index",
                      "there is no variable of this number"));
  }
  return ReadVariable(variables[index], out);
}

Status Checkpoint::Commit(std::span<Staged> values) {
  REGRAFT_TRY(const std::vector<Variable> variables, Variables());
  return CommitVariables(variables, values);
}

bool Checkpoint::HoldsOnlyLists() const {
  return std::all_of(items_.begin(), items_.end(), [](const Item& item) {
    return std::holds_alternative<std::vector<Variable>>(item.value.held_);
  });
}

Result<Report> Checkpoint::RestoreValues(const CheckpointReader& source, const Rules& rules,
                                         const RestoreOptions& options, Counter counter) {
  REGRAFT_CHECK(CheckItems(&source));
  const bool starts_counting = counter == Counter::kStart;
  // Read before anything changes, set after everything has.
  std::optional<std::int64_t> count;
  if (starts_counting || (counter == Counter::kContinue && counter_->counting)) {
    REGRAFT_TRY(count, ReadSaveCount(source));
  }
  REGRAFT_TRY(Report report, regraft::Restore(source, *this, rules, options));
  if (starts_counting) counter_->counting = true;
  if (count) {
    SetSaves(*count);
    counter_->restored = true;
  }
  return report;
}

Result<Report> Checkpoint::RestoreFrom(const CheckpointReader& source, const Rules& rules,
                                       const RestoreOptions& options) {
  return RestoreValues(source, rules, options, Counter::kStart);
}

Result<Report> Checkpoint::Restore(const std::optional<std::string>& path, const Rules& rules,
                                   const RestoreOptions& options) {
  REGRAFT_TRY(const CheckpointReader source, OpenSource(path));
  return RestoreValues(source, rules, options,
                       HoldsOnlyLists() ? Counter::kLeave : Counter::kStart);
}

Result<Report> Checkpoint::Read(const std::optional<std::string>& prefix, const Rules& rules,
                                const RestoreOptions& options) {
  REGRAFT_TRY(const CheckpointReader source, OpenSource(prefix));
  if (source.prefix() != *prefix) {
    return Fail(Error(ErrorCode::kInvalidArgument, "train/not-a-prefix",
                      fmt::format("'{}' is not the prefix of a checkpoint", *prefix))
                    .With("it leads to", source.prefix())
                    .Hint(fmt::format("Read(\"{}\"), or Restore(), which takes any path",
                                      source.prefix())));
  }
  return RestoreValues(source, rules, options,
                       HoldsOnlyLists() ? Counter::kLeave : Counter::kContinue);
}

}  // namespace regraft::train
