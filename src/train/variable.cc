#include "regraft/variable.h"

#include <fmt/format.h>

#include <algorithm>
#include <cassert>

#include "base/try.h"
#include "regraft/buffer.h"
#include "train/node.h"

namespace regraft::train {

Variable::Variable(std::string full_name, TensorSpec spec, bool trainable, NameOrigin origin)
    : state_(std::make_shared<State>()) {
  if (full_name.ends_with(":0")) full_name.resize(full_name.size() - 2);
  const Result<std::uint64_t> bytes = spec.Bytes();
  assert(bytes && KindOf(spec.dtype) == DTypeKind::kNumeric);
  state_->full_name = std::move(full_name);
  state_->value = Buffer(bytes ? static_cast<std::size_t>(*bytes) : 0);
  state_->spec = std::move(spec);
  state_->trainable = trainable;
  state_->origin = origin;
}

Variable Variable::Absent(std::string full_name) {
  auto state = std::make_shared<State>();
  state->full_name = std::move(full_name);
  return Variable(std::move(state));
}

const std::string& Variable::full_name() const { return state_->full_name; }
std::string Variable::name() const { return state_->full_name + ":0"; }
const TensorSpec& Variable::spec() const { return state_->spec; }
bool Variable::trainable() const { return state_->trainable; }
NameOrigin Variable::name_origin() const { return state_->origin; }
std::span<const std::byte> Variable::bytes() const { return state_->value.bytes(); }
std::span<std::byte> Variable::mutable_bytes() const { return state_->value.bytes(); }

Status Variable::Assign(Buffer value) {
  if (value.size() != state_->value.size()) {
    return Fail(Error(ErrorCode::kInvalidArgument, "train/wrong-size",
                      fmt::format("{} is {} of {} bytes and cannot take {} bytes", name(),
                                  spec().ToString(), state_->value.size(), value.size())));
  }
  std::swap(state_->value, value);
  return {};
}

Status ReadVariable(const Variable& variable, std::span<std::byte> out) {
  const std::span<const std::byte> bytes = variable.bytes();
  if (bytes.size() != out.size()) {
    return Fail(
        Error(ErrorCode::kInvalidArgument, "train/wrong-size",
              fmt::format("{} has {} bytes, not {}", variable.name(), bytes.size(), out.size())));
  }
  std::copy(bytes.begin(), bytes.end(), out.begin());
  return {};
}

Status CommitVariables(std::span<const Variable> variables, std::span<Destination::Staged> values) {
  for (const Destination::Staged& staged : values) {
    if (staged.index >= variables.size()) {
      return Fail(Error(
          ErrorCode::kInvalidArgument, "train/bad-index",
          fmt::format("there are {} variables, and no number {}", variables.size(), staged.index)));
    }
    const Variable& variable = variables[staged.index];
    if (staged.value.size() != variable.bytes().size()) {
      return Fail(Error(ErrorCode::kInvalidArgument, "train/wrong-size",
                        fmt::format("{} has {} bytes, not {}", variable.name(),
                                    variable.bytes().size(), staged.value.size())));
    }
  }
  for (Destination::Staged& staged : values) {
    Variable variable = variables[staged.index];
    REGRAFT_CHECK(variable.Assign(std::move(staged.value)));  // Cannot fail: checked above.
  }
  return {};
}

}  // namespace regraft::train
