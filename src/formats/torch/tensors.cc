#include "formats/torch/tensors.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include "base/text.h"
#include "base/try.h"

namespace regraft::torch {
namespace {

using std::string_view_literals::operator""sv;
using Kind = Value::Kind;

constexpr std::size_t kMostDepth = 100;
constexpr std::size_t kMostKeyBytes = std::size_t{64} << 20;
constexpr std::size_t kMostVisits = 4'000'000;

constexpr std::array kStorages = {
    std::pair("torch FloatStorage"sv, DType::kFloat32),
    std::pair("torch DoubleStorage"sv, DType::kFloat64),
    std::pair("torch HalfStorage"sv, DType::kFloat16),
    std::pair("torch BFloat16Storage"sv, DType::kBfloat16),
    std::pair("torch LongStorage"sv, DType::kInt64),
    std::pair("torch IntStorage"sv, DType::kInt32),
    std::pair("torch ShortStorage"sv, DType::kInt16),
    std::pair("torch CharStorage"sv, DType::kInt8),
    std::pair("torch ByteStorage"sv, DType::kUint8),
    std::pair("torch BoolStorage"sv, DType::kBool),
    std::pair("torch ComplexFloatStorage"sv, DType::kComplex64),
    std::pair("torch ComplexDoubleStorage"sv, DType::kComplex128),
};
constexpr std::array kTypes = {
    std::pair("torch float32"sv, DType::kFloat32),
    std::pair("torch float64"sv, DType::kFloat64),
    std::pair("torch float16"sv, DType::kFloat16),
    std::pair("torch bfloat16"sv, DType::kBfloat16),
    std::pair("torch int64"sv, DType::kInt64),
    std::pair("torch int32"sv, DType::kInt32),
    std::pair("torch int16"sv, DType::kInt16),
    std::pair("torch int8"sv, DType::kInt8),
    std::pair("torch uint8"sv, DType::kUint8),
    std::pair("torch uint16"sv, DType::kUint16),
    std::pair("torch uint32"sv, DType::kUint32),
    std::pair("torch uint64"sv, DType::kUint64),
    std::pair("torch bool"sv, DType::kBool),
    std::pair("torch complex64"sv, DType::kComplex64),
    std::pair("torch complex128"sv, DType::kComplex128),
    std::pair("torch float8_e4m3fn"sv, DType::kFloat8E4m3fn),
    std::pair("torch float8_e5m2"sv, DType::kFloat8E5m2),
    std::pair("torch float8_e4m3fnuz"sv, DType::kFloat8E4m3fnuz),
    std::pair("torch float8_e5m2fnuz"sv, DType::kFloat8E5m2fnuz),
};

template <std::size_t N>
DType TypeOf(const std::array<std::pair<std::string_view, DType>, N>& types,
             std::string_view name) {
  for (const auto& [known, dtype] : types) {
    if (known == name) return dtype;
  }
  return DType::kInvalid;
}

// "torch._utils _rebuild_sparse_tensor" -> "a sparse tensor".
std::string WhatIsOpaque(std::string_view maker) {
  if (maker.find("sparse") != std::string_view::npos) return "a sparse tensor";
  if (maker.find("qtensor") != std::string_view::npos) return "a quantised tensor";
  if (maker.find("meta") != std::string_view::npos) return "a tensor without values";
  return fmt::format("a {}", maker);
}

class Finder {
 public:
  explicit Finder(const Values& values) : values_(values) {}

  Result<Found> Find() {
    std::string path;
    REGRAFT_CHECK(Visit(values_.root, path, 0));
    std::sort(found_.tensors.begin(), found_.tensors.end(),
              [](const View& a, const View& b) { return a.key < b.key; });
    for (std::size_t i = 1; i < found_.tensors.size(); ++i) {
      if (found_.tensors[i - 1].key != found_.tensors[i].key) continue;
      return Fail(
          Damaged(fmt::format("there are two tensors '{}'", Printable(found_.tensors[i].key))));
    }
    return std::move(found_);
  }

 private:
  static Error Damaged(std::string message) {
    return Error(ErrorCode::kCorrupt, "torch/damaged", std::move(message));
  }
  static Error Limit() {
    return Error(ErrorCode::kUnsupported, "torch/limit", "the file holds too much, or too deep");
  }

  Status Visit(ValueId id, std::string& path, std::size_t depth) {
    // A value may stand in many places, so that few bytes could be many keys.
    if (depth > kMostDepth || ++visits_ > kMostVisits) return Fail(Limit());
    const Value& value = values_[id];
    const std::size_t length = path.size();
    const auto enter = [&](std::string_view part) {
      if (length > 0) path += '/';
      path += part;
    };
    switch (value.kind) {
      case Kind::kDict:
        for (std::size_t i = 0; i + 1 < value.items.size(); i += 2) {
          const Value& key = values_[value.items[i]];
          if (key.kind != Kind::kText && key.kind != Kind::kInt) {
            ++found_.others;
            continue;
          }
          enter(key.kind == Kind::kText ? key.text : std::to_string(key.number));
          REGRAFT_CHECK(Visit(value.items[i + 1], path, depth + 1));
          path.resize(length);
        }
        return {};
      case Kind::kSequence:
        for (std::size_t i = 0; i < value.items.size(); ++i) {
          enter(std::to_string(i));
          REGRAFT_CHECK(Visit(value.items[i], path, depth + 1));
          path.resize(length);
        }
        return {};
      case Kind::kTensor:
        return Add(value, path);
      case Kind::kOpaque: {
        View view;
        view.key = path;
        view.opaque = WhatIsOpaque(value.text);
        return Keep(std::move(view));
      }
      default:
        ++found_.others;
        return {};
    }
  }

  Status Keep(View view) {
    key_bytes_ += view.key.size();
    if (key_bytes_ > kMostKeyBytes) return Fail(Limit());
    found_.tensors.push_back(std::move(view));
    return {};
  }

  Status Add(const Value& tensor, const std::string& path) {
    const auto bad = [&] {
      return Fail(Damaged(fmt::format("the tensor '{}' contradicts itself", Printable(path))));
    };
    const Value& storage = values_[tensor.items[0]];
    View view;
    view.key = path;
    view.storage = values_[storage.items[2]].text;
    const bool typed = tensor.items.size() > 4;
    const std::string& type = values_[typed ? tensor.items[4] : storage.items[1]].text;
    view.spec.dtype = typed ? TypeOf(kTypes, type) : TypeOf(kStorages, type);
    const std::int64_t offset = values_[tensor.items[1]].number;
    std::vector<std::int64_t> dims;
    for (const ValueId id : values_[tensor.items[2]].items) {
      if (values_[id].kind != Kind::kInt) return bad();
      dims.push_back(values_[id].number);
    }
    for (const ValueId id : values_[tensor.items[3]].items) {
      if (values_[id].kind != Kind::kInt || values_[id].number < 0) return bad();
      view.strides.push_back(values_[id].number);
    }
    auto shape = Shape::Make(std::move(dims));
    if (!shape || offset < 0 || view.strides.size() != shape->rank()) return bad();
    view.offset = static_cast<std::uint64_t>(offset);
    view.spec.shape = *std::move(shape);
    if (view.spec.dtype == DType::kInvalid) {
      view.opaque = fmt::format("a tensor of the type {}", type);
    }
    return Keep(std::move(view));
  }

  const Values& values_;
  Found found_;
  std::size_t key_bytes_ = 0;
  std::size_t visits_ = 0;
};

}  // namespace

Result<Found> FindTensors(const Values& values) { return Finder(values).Find(); }

}  // namespace regraft::torch
