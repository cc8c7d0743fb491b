#include "transform/op.h"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <cmath>
#include <utility>

#include "base/text.h"
#include "base/try.h"

namespace regraft::transform {
namespace {

using Kind = Op::Kind;

struct Form {
  Kind kind;
  std::string_view name;
  std::string_view form;
  Exactness exactness;
};
constexpr std::array kForms = {
    Form{Kind::kTranspose, "transpose", "transpose, or transpose AXIS ...", Exactness::kBijective},
    Form{Kind::kReshape, "reshape", "reshape EXTENT ... (numbers, d0, d0*d1, one -1)",
         Exactness::kBijective},
    Form{Kind::kFlatten, "flatten", "flatten FIRST [LAST]", Exactness::kBijective},
    Form{Kind::kSqueeze, "squeeze", "squeeze AXIS", Exactness::kBijective},
    Form{Kind::kExpand, "expand", "expand AXIS", Exactness::kBijective},
    Form{Kind::kBlocks, "blocks", "blocks AXIS NUMBER ORDER ...", Exactness::kBijective},
    Form{Kind::kConcat, "concat", "concat AXIS", Exactness::kBijective},
    Form{Kind::kStack, "stack", "stack AXIS", Exactness::kBijective},
    Form{Kind::kSplit, "split", "split AXIS PARTS, or split AXIS SIZE SIZE ...",
         Exactness::kBijective},
    Form{Kind::kUnstack, "unstack", "unstack AXIS", Exactness::kBijective},
    Form{Kind::kSelect, "select", "select AXIS ELEMENT", Exactness::kLossy},
    Form{Kind::kSlice, "slice", "slice AXIS BEGIN END", Exactness::kLossy},
    Form{Kind::kAdd, "add", "add NUMBER [at AXIS BEGIN END]", Exactness::kRounded},
    Form{Kind::kSum, "sum", "sum", Exactness::kRounded},
    Form{Kind::kFill, "fill", "fill NUMBER", Exactness::kConstructed},
    Form{Kind::kCast, "cast", "cast TYPE", Exactness::kRounded},
};

const Form& FormOf(Kind kind) { return kForms[static_cast<std::size_t>(kind)]; }

std::vector<std::string_view> Words(std::string_view text) {
  std::vector<std::string_view> words;
  for (std::size_t at = 0; (at = text.find_first_not_of(" \t", at)) != std::string_view::npos;) {
    const std::size_t end = std::min(text.find_first_of(" \t", at), text.size());
    words.push_back(text.substr(at, end - at));
    at = end;
  }
  return words;
}

std::optional<std::int64_t> Number(std::string_view word) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), value);
  if (error != std::errc() || end != word.data() + word.size()) return std::nullopt;
  return value;
}

std::optional<double> Decimal(std::string_view word) {
  double value = 0;
  const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), value);
  if (error != std::errc() || end != word.data() + word.size() || !std::isfinite(value)) {
    return std::nullopt;
  }
  return value;
}

std::optional<Extent> ExtentFrom(std::string_view word) {
  if (word == "-1") return Extent{Extent::Kind::kRest};
  if (!word.starts_with('d')) {
    const auto number = Number(word);
    if (!number || *number < 0) return std::nullopt;
    return Extent{Extent::Kind::kNumber, *number};
  }
  Extent extent{Extent::Kind::kProduct};
  while (true) {
    const std::size_t star = std::min(word.find('*'), word.size());
    const auto axis = word.starts_with('d') ? Number(word.substr(1, star - 1)) : std::nullopt;
    if (!axis || *axis < 0) return std::nullopt;
    extent.axes.push_back(static_cast<std::size_t>(*axis));
    if (star == word.size()) return extent;
    word.remove_prefix(star + 1);
  }
}

// How many numbers an op takes behind its axis: at least, and at most.
std::pair<std::size_t, std::size_t> CountOf(Kind kind) {
  constexpr std::size_t kAny = 64;
  switch (kind) {
    case Kind::kFlatten:
      return {0, 1};
    case Kind::kBlocks:
      return {2, kAny};
    case Kind::kSplit:
      return {1, kAny};
    case Kind::kSelect:
      return {1, 1};
    case Kind::kSlice:
      return {2, 2};
    default:
      return {0, 0};
  }
}

bool IsOrder(std::span<const std::int64_t> order) {
  std::vector<bool> seen(order.size());
  for (const std::int64_t place : order) {
    if (place < 0 || static_cast<std::size_t>(place) >= order.size()) return false;
    if (seen[static_cast<std::size_t>(place)]) return false;
    seen[static_cast<std::size_t>(place)] = true;
  }
  return true;
}

// Fills what stands behind the name. False if it does not have the form.
bool ReadNumbers(std::span<const std::string_view> words, Op& op) {
  std::vector<std::int64_t> numbers;
  for (const std::string_view word : words) {
    const auto number = Number(word);
    if (!number || *number < 0) return false;
    numbers.push_back(*number);
  }
  if (op.kind == Kind::kTranspose) {
    op.numbers = std::move(numbers);
    return IsOrder(op.numbers);
  }
  if (numbers.empty() || numbers[0] > 63) return false;
  op.axis = static_cast<std::size_t>(numbers[0]);
  op.numbers.assign(numbers.begin() + 1, numbers.end());
  const auto [least, most] = CountOf(op.kind);
  if (op.numbers.size() < least || op.numbers.size() > most) return false;
  switch (op.kind) {
    case Kind::kFlatten:
      return op.numbers.empty() || op.numbers[0] >= numbers[0];
    case Kind::kBlocks: {
      const std::span<const std::int64_t> order = std::span(op.numbers).subspan(1);
      return op.numbers[0] == static_cast<std::int64_t>(order.size()) && IsOrder(order);
    }
    case Kind::kSplit:
      return op.numbers.size() > 1 || op.numbers[0] > 0;
    case Kind::kSlice:
      return op.numbers[0] <= op.numbers[1];
    default:
      return true;
  }
}

bool ReadConstant(std::span<const std::string_view> words, Op& op) {
  const auto constant = words.empty() ? std::nullopt : Decimal(words[0]);
  if (!constant) return false;
  op.constant = *constant;
  if (words.size() == 1) return true;
  if (op.kind != Kind::kAdd || words.size() != 5 || words[1] != "at") return false;
  const auto axis = Number(words[2]), begin = Number(words[3]), end = Number(words[4]);
  if (!axis || !begin || !end || *axis < 0 || *axis > 63 || *begin < 0 || *begin > *end) {
    return false;
  }
  op.axis = static_cast<std::size_t>(*axis);
  op.numbers = {*begin, *end};
  return true;
}

bool ReadType(std::span<const std::string_view> words, Op& op) {
  const auto dtype = words.size() == 1 ? ParseDType(words[0]) : std::nullopt;
  if (!dtype || !IsCastable(*dtype)) return false;
  op.dtype = *dtype;
  return true;
}

bool ReadExtents(std::span<const std::string_view> words, Op& op) {
  std::size_t rests = 0;
  for (const std::string_view word : words) {
    auto extent = ExtentFrom(word);
    if (!extent) return false;
    rests += extent->kind == Extent::Kind::kRest;
    op.extents.push_back(*std::move(extent));
  }
  return rests <= 1;
}

// What stands behind the name.
bool ReadRest(std::span<const std::string_view> words, Op& op) {
  switch (op.kind) {
    case Kind::kReshape:
      return ReadExtents(words, op);
    case Kind::kAdd:
    case Kind::kFill:
      return ReadConstant(words, op);
    case Kind::kCast:
      return ReadType(words, op);
    case Kind::kSum:
      return words.empty();
    default:
      return ReadNumbers(words, op);
  }
}

}  // namespace

Result<Op> ParseOp(std::string_view text) {
  const std::vector<std::string_view> words = Words(text);
  const std::string_view name = words.empty() ? "" : words[0];
  std::string names;
  for (const Form& form : kForms) {
    names += fmt::format("{}{}", names.empty() ? "" : ", ", form.name);
    if (form.name != name) continue;
    Op op;
    op.kind = form.kind;
    const auto rest = std::span(words).subspan(1);
    if (ReadRest(rest, op)) return op;
    return Fail(Error(ErrorCode::kInvalidArgument, "transform/bad-op",
                      fmt::format("'{}' is not of the form that {} has", Printable(text), name))
                    .With("form", std::string(form.form)));
  }
  return Fail(Error(ErrorCode::kInvalidArgument, "transform/bad-op",
                    fmt::format("there is no op '{}'", Printable(name)))
                  .With("ops", std::move(names)));
}

std::string OpText(const Op& op) {
  std::string text(FormOf(op.kind).name);
  if (op.kind == Kind::kAdd || op.kind == Kind::kFill) {
    text += fmt::format(" {}", op.constant);
    if (!op.numbers.empty()) {
      text += fmt::format(" at {} {} {}", op.axis, op.numbers[0], op.numbers[1]);
    }
    return text;
  }
  if (op.kind == Kind::kSum) return text;
  if (op.kind == Kind::kCast) return fmt::format("{} {}", text, DTypeName(op.dtype));
  for (const Extent& extent : op.extents) {
    text += ' ';
    if (extent.kind == Extent::Kind::kRest) text += "-1";
    if (extent.kind == Extent::Kind::kNumber) text += std::to_string(extent.number);
    for (std::size_t i = 0; i < extent.axes.size(); ++i) {
      text += fmt::format("{}d{}", i == 0 ? "" : "*", extent.axes[i]);
    }
  }
  if (op.kind != Kind::kTranspose && op.kind != Kind::kReshape) text += fmt::format(" {}", op.axis);
  for (const std::int64_t number : op.numbers) text += fmt::format(" {}", number);
  return text;
}

Exactness ExactnessOf(const Op& op) { return FormOf(op.kind).exactness; }

}  // namespace regraft::transform
