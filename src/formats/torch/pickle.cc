#include "formats/torch/pickle.h"

#include <fmt/format.h>

#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <utility>

#include "base/fields.h"
#include "base/text.h"
#include "base/try.h"
#include "formats/torch/globals.h"
#include "formats/torch/opcodes.h"

namespace regraft::torch {
namespace {

constexpr std::size_t kMostValues = 4'000'000;
constexpr std::size_t kMostStack = 1'000'000;

using Kind = Value::Kind;

// A machine with a stack, which only makes values.
class Machine {
 public:
  explicit Machine(std::string_view pickle) : fields_(pickle) {}

  Result<Values> Run() {
    while (!done_) {
      at_ = fields_.at();
      const std::uint8_t opcode = fields_.U8();
      REGRAFT_CHECK(Step(opcode));
      if (!fields_.whole()) return Fail(Damaged("the pickle is cut off"));
      if (values_.all.size() > kMostValues || stack_.size() > kMostStack ||
          memo_.size() > kMostStack) {
        return Fail(Error(ErrorCode::kUnsupported, "torch/limit", "the pickle holds too much")
                        .AtOffset(at_));
      }
    }
    return std::move(values_);
  }

 private:
  Error Damaged(std::string message) const {
    return Error(ErrorCode::kCorrupt, "torch/damaged", std::move(message))
        .AtOffset(at_)
        .Hint("the file is damaged: copy it again from where it came");
  }
  Error Object(std::string_view name) const {
    return Error(ErrorCode::kUnsupported, "torch/object",
                 fmt::format("the file holds an object of the type {}, which only running code "
                             "can make",
                             Printable(name)))
        .AtOffset(at_)
        .Hint("save its state_dict() instead, from where it was made");
  }

  // Values.

  ValueId Make(Value value) {
    values_.all.push_back(std::move(value));
    return static_cast<ValueId>(values_.all.size() - 1);
  }
  void Push(Value value) { stack_.push_back(Make(std::move(value))); }
  Value& At(ValueId id) { return values_.all[id]; }

  std::optional<ValueId> Pop() {
    const std::size_t least = marks_.empty() ? 0 : marks_.back();
    if (stack_.size() <= least) return std::nullopt;
    const ValueId top = stack_.back();
    stack_.pop_back();
    return top;
  }
  std::optional<std::vector<ValueId>> PopToMark() {
    if (marks_.empty()) return std::nullopt;
    const auto first = stack_.begin() + static_cast<std::ptrdiff_t>(marks_.back());
    std::vector<ValueId> items(first, stack_.end());
    stack_.erase(first, stack_.end());
    marks_.pop_back();
    return items;
  }
  // The value that a change is about; it stays on the stack.
  Value* Top(Kind kind) {
    const std::size_t least = marks_.empty() ? 0 : marks_.back();
    if (stack_.size() <= least) return nullptr;
    Value& value = At(stack_.back());
    return value.kind == kind ? &value : nullptr;
  }

  Status Short() const { return Fail(Damaged("the pickle takes more than it has made")); }

  // Opcodes.

  Status Step(std::uint8_t opcode) {
    switch (opcode) {
      case kProto:
        fields_.Skip(1);
        return {};
      case kStop:
        return Stop();
      case kMark:
        if (marks_.size() == kMostStack) return Short();
        marks_.push_back(stack_.size());
        return {};
      case kNone:
        Push({Kind::kNone});
        return {};
      case kTrue:
      case kFalse:
        Push({Kind::kBool, opcode == kTrue});
        return {};
      case kBinInt1:
        Push({Kind::kInt, fields_.U8()});
        return {};
      case kBinInt2:
        Push({Kind::kInt, fields_.U16()});
        return {};
      case kBinInt:
        Push({Kind::kInt, static_cast<std::int32_t>(fields_.U32())});
        return {};
      case kLong1:
        return Long();
      case kBinFloat:
        fields_.Skip(8);
        Push({Kind::kFloat});
        return {};
      case kShortBinString:
        return Text(fields_.U8());
      case kBinUnicode:
        return Text(fields_.U32());
      case kEmptyTuple:
      case kEmptyList:
      case kEmptySet:
        Push({Kind::kSequence});
        return {};
      case kEmptyDict:
        Push({Kind::kDict});
        return {};
      case kTuple:
        return Tuple(PopToMark());
      case kTuple1:
        return TupleOf(1);
      case kTuple2:
        return TupleOf(2);
      case kTuple3:
        return TupleOf(3);
      case kAppend:
        return Append(1);
      case kAppends:
        return Extend(PopToMark(), Kind::kSequence);
      case kSetItem:
        return Append(2);
      case kSetItems:
        return Extend(PopToMark(), Kind::kDict);
      case kBinPut:
        return Put(fields_.U8());
      case kLongBinPut:
        return Put(fields_.U32());
      case kBinGet:
        return Get(fields_.U8());
      case kLongBinGet:
        return Get(fields_.U32());
      case kGlobal:
        return Global();
      case kBinPersId:
        return Persistent();
      case kReduce:
      case kNewObject:
        return Reduce();
      case kBuild:
        return Build();
      default:
        return Fail(Error(ErrorCode::kUnsupported, "torch/opcode",
                          fmt::format("the pickle has the opcode 0x{:02x}, which PyTorch does not "
                                      "write",
                                      opcode))
                        .AtOffset(at_));
    }
  }

  Status Stop() {
    const auto top = Pop();
    if (!top || !stack_.empty() || !marks_.empty()) return Short();
    values_.root = *top;
    done_ = true;
    return {};
  }

  Status Long() {
    const std::string_view bytes = fields_.Bytes(fields_.U8());
    if (bytes.size() > 8) return Fail(Damaged("a number has more than 64 bits"));
    std::uint64_t number = 0;
    for (std::size_t i = bytes.size(); i-- > 0;) {
      number = number << 8 | static_cast<unsigned char>(bytes[i]);
    }
    const std::size_t spare = 64 - 8 * bytes.size();
    const auto wide = spare == 64 ? 0 : static_cast<std::int64_t>(number << spare) >> spare;
    Push({Kind::kInt, wide});
    return {};
  }

  Status Text(std::uint32_t bytes) {
    Push({Kind::kText, 0, std::string(fields_.Bytes(bytes))});
    return {};
  }

  Status Tuple(std::optional<std::vector<ValueId>> items) {
    if (!items) return Short();
    Push({Kind::kSequence, 0, "", *std::move(items)});
    return {};
  }
  Status TupleOf(std::size_t count) {
    std::vector<ValueId> items(count);
    for (std::size_t i = count; i-- > 0;) {
      const auto item = Pop();
      if (!item) return Short();
      items[i] = *item;
    }
    return Tuple(std::move(items));
  }

  // One item into a list, or a pair into a dict.
  Status Append(std::size_t count) {
    std::vector<ValueId> items(count);
    for (std::size_t i = count; i-- > 0;) {
      const auto item = Pop();
      if (!item) return Short();
      items[i] = *item;
    }
    return Extend(std::move(items), count == 1 ? Kind::kSequence : Kind::kDict);
  }
  Status Extend(std::optional<std::vector<ValueId>> items, Kind kind) {
    Value* const into = items ? Top(kind) : nullptr;
    if (into == nullptr || (kind == Kind::kDict && items->size() % 2 != 0)) return Short();
    into->items.insert(into->items.end(), items->begin(), items->end());
    return {};
  }

  Status Put(std::uint32_t place) {
    const std::size_t least = marks_.empty() ? 0 : marks_.back();
    if (stack_.size() <= least) return Short();
    memo_[place] = stack_.back();
    return {};
  }
  Status Get(std::uint32_t place) {
    const auto found = memo_.find(place);
    if (found == memo_.end()) return Fail(Damaged("the pickle remembers what it has not seen"));
    stack_.push_back(found->second);
    return {};
  }

  Result<std::string_view> Line() {
    std::size_t length = 0;
    Fields ahead = fields_;
    while (ahead.whole() && ahead.U8() != '\n') ++length;
    if (!ahead.whole()) return Fail(Damaged("the pickle is cut off"));
    const std::string_view line = fields_.Bytes(length);
    fields_.Skip(1);
    return line;
  }

  Status Global() {
    REGRAFT_TRY(const std::string_view module, Line());
    REGRAFT_TRY(const std::string_view name, Line());
    const std::string both = fmt::format("{} {}", module, name);
    if (MakerOf(both) == Maker::kRefused) return Fail(Object(fmt::format("{}.{}", module, name)));
    Push({Kind::kGlobal, 0, both});
    return {};
  }

  // ("storage", type, key, location, number of elements)
  Status Persistent() {
    const auto id = Pop();
    if (!id) return Short();
    const std::span<const ValueId> items = At(*id).items;
    const auto is = [&](std::size_t i, Kind kind) { return At(items[i]).kind == kind; };
    if (At(*id).kind != Kind::kSequence || items.size() != 5 || !is(0, Kind::kText) ||
        At(items[0]).text != "storage" || !is(1, Kind::kGlobal) || !is(2, Kind::kText) ||
        !is(4, Kind::kInt)) {
      return Fail(Damaged("a storage is described in a way that PyTorch does not write"));
    }
    Push({Kind::kStorage, 0, "", std::vector<ValueId>(items.begin(), items.end())});
    return {};
  }

  Status Reduce() {
    const auto arguments = Pop(), callable = Pop();
    if (!arguments || !callable) return Short();
    if (At(*arguments).kind != Kind::kSequence || At(*callable).kind != Kind::kGlobal) {
      return Fail(Damaged("the pickle calls what is no function"));
    }
    // The items stay where they are when further values are made.
    const std::span<const ValueId> items = At(*arguments).items;
    switch (MakerOf(At(*callable).text)) {
      case Maker::kDict:
        return MakeDict(items);
      case Maker::kSequence:
        if (items.empty()) {
          Push({Kind::kSequence});
        } else {
          stack_.push_back(items[0]);
        }
        return {};
      case Maker::kTensor:
        return MakeTensor(items, /*typed=*/false);
      case Maker::kTyped:
        return MakeTensor(items, /*typed=*/true);
      case Maker::kFirst:
        if (items.empty()) return Short();
        stack_.push_back(items[0]);
        return {};
      case Maker::kOpaque:
        Push({Kind::kOpaque, 0, At(*callable).text});
        return {};
      default:
        Push({Kind::kInert});
        return {};
    }
  }

  Status MakeDict(std::span<const ValueId> items) {
    Value dict{Kind::kDict};
    if (!items.empty()) {
      // A sequence of pairs, or a dict.
      const Value& given = At(items[0]);
      if (given.kind == Kind::kDict) dict.items = given.items;
      if (given.kind == Kind::kSequence) {
        for (const ValueId pair : given.items) {
          if (At(pair).items.size() != 2) return Fail(Damaged("a dict is made of no pairs"));
          dict.items.insert(dict.items.end(), At(pair).items.begin(), At(pair).items.end());
        }
      }
    }
    // One list may become many dicts.
    copied_ += dict.items.size();
    if (copied_ > kMostValues) {
      return Fail(
          Error(ErrorCode::kUnsupported, "torch/limit", "the pickle holds too much").AtOffset(at_));
    }
    Push(std::move(dict));
    return {};
  }

  // (storage, offset, sizes, strides, requires_grad, hooks[, type][, metadata])
  Status MakeTensor(std::span<const ValueId> items, bool typed) {
    const std::size_t least = typed ? 7 : 6;
    if (items.size() < least || At(items[0]).kind != Kind::kStorage ||
        At(items[1]).kind != Kind::kInt || At(items[2]).kind != Kind::kSequence ||
        At(items[3]).kind != Kind::kSequence || (typed && At(items[6]).kind != Kind::kGlobal)) {
      return Fail(Damaged("a tensor is described in a way that PyTorch does not write"));
    }
    Value tensor{Kind::kTensor};
    tensor.items.assign(items.begin(), items.begin() + 4);
    // A view that is negated or conjugated only when it is looked at.
    if (items.size() > least && At(items[least]).kind == Kind::kDict) {
      for (std::size_t i = 0; i + 1 < At(items[least]).items.size(); i += 2) {
        const Value& key = At(At(items[least]).items[i]);
        const Value& value = At(At(items[least]).items[i + 1]);
        if (value.kind == Kind::kBool && value.number != 0) {
          Push({Kind::kOpaque, 0, fmt::format("{} view", key.text)});
          return {};
        }
      }
    }
    if (typed) tensor.items.push_back(items[6]);
    Push(std::move(tensor));
    return {};
  }

  // The state of a dict is about its order or its versions; of anything else it would matter.
  Status Build() {
    const auto state = Pop();
    if (!state || stack_.empty()) return Short();
    const Kind kind = At(stack_.back()).kind;
    if (kind == Kind::kDict || kind == Kind::kInert || kind == Kind::kTensor ||
        kind == Kind::kOpaque) {
      return {};
    }
    return Fail(Object("an object with a state"));
  }

  Fields fields_;
  std::size_t at_ = 0;
  Values values_;
  std::vector<ValueId> stack_;
  std::vector<std::size_t> marks_;
  std::unordered_map<std::uint32_t, ValueId> memo_;
  std::size_t copied_ = 0;
  bool done_ = false;
};

}  // namespace

Result<Values> ReadPickle(std::string_view pickle) { return Machine(pickle).Run(); }

}  // namespace regraft::torch
