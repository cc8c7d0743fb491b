#include "train/pending.h"

#include <fmt/format.h>

#include "base/try.h"
#include "regraft/rules.h"
#include "train/node.h"
#include "train/paths.h"

namespace regraft::train {

bool PendingState::Ready() const {
  const Result<std::vector<Target>> targets = checkpoint.Targets();
  return targets || targets.error().slug != "train/not-built";
}

void PendingState::Complete() { outcome = checkpoint.RestoreFrom(source, rules, options); }

Result<PendingRestore> Checkpoint::RestoreOnBuild(const std::optional<std::string>& path,
                                                  std::function<void(const Error&)> on_unfinished,
                                                  const Rules& rules,
                                                  const RestoreOptions& options) const {
  if (!on_unfinished) {
    return Fail(Error(ErrorCode::kInvalidArgument, "train/no-handler",
                      "a pending restore needs a handler for the case that it never happens")
                    .Hint("pass a function that takes a const Error& and tells somebody"));
  }
  REGRAFT_TRY(CheckpointReader source, OpenSource(path));
  REGRAFT_CHECK(CheckItems(&source));
  auto state = std::make_shared<PendingState>(PendingState{*this, std::move(source), rules, options,
                                                           std::move(on_unfinished), std::nullopt});
  if (state->Ready()) {
    state->Complete();
    if (!*state->outcome) return Fail(state->outcome->error());
    return PendingRestore(std::move(state));
  }
  for (const Item& item : items_) {
    const auto* object = std::get_if<Value::Object>(&item.value.held_);
    if (object == nullptr) continue;
    if (const NodePtr node = object->node.lock()) node->pending.push_back(state);
  }
  return PendingRestore(std::move(state));
}

PendingRestore::PendingRestore(std::shared_ptr<PendingState> state) : state_(std::move(state)) {}
PendingRestore::PendingRestore(PendingRestore&&) noexcept = default;

PendingRestore& PendingRestore::operator=(PendingRestore&& other) noexcept {
  if (this != &other) {
    Drop();
    state_ = std::move(other.state_);
  }
  return *this;
}

PendingRestore::~PendingRestore() { Drop(); }

void PendingRestore::Drop() noexcept {
  const std::shared_ptr<PendingState> state = std::move(state_);
  if (!state || state->outcome) return;
  Error error(ErrorCode::kUnmet, "train/pending-dropped",
              fmt::format("the pending restore of {} was dropped before its objects were built: "
                          "nothing has been restored",
                          state->source.prefix()));
  if (const Result<std::vector<Target>> targets = state->checkpoint.Targets(); !targets) {
    error.details = targets.error().details;
  }
  error.hint = "keep the PendingRestore until the model is built, and ask it to Finish()";
  state->on_unfinished(error);
}

bool PendingRestore::done() const { return state_ && state_->outcome && *state_->outcome; }

Result<Report> PendingRestore::Finish() {
  if (!state_) {
    return Fail(Error(ErrorCode::kInvalidArgument, "train/no-pending",
                      "this PendingRestore has been moved from"));
  }
  if (!state_->outcome) {
    if (!state_->Ready()) return Fail(state_->checkpoint.Targets().error());
    state_->Complete();
  }
  return *state_->outcome;
}

}  // namespace regraft::train
