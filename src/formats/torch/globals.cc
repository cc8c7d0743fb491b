#include "formats/torch/globals.h"

#include <array>
#include <utility>

namespace regraft::torch {
namespace {

using std::string_view_literals::operator""sv;

constexpr std::array kMakers = {
    std::pair("collections OrderedDict"sv, Maker::kDict),
    std::pair("collections Counter"sv, Maker::kDict),
    std::pair("__builtin__ set"sv, Maker::kSequence),
    std::pair("builtins set"sv, Maker::kSequence),
    std::pair("torch Size"sv, Maker::kSequence),
    std::pair("torch._utils _rebuild_tensor_v2"sv, Maker::kTensor),
    std::pair("torch._utils _rebuild_tensor_v3"sv, Maker::kTyped),
    std::pair("torch._utils _rebuild_parameter"sv, Maker::kFirst),
    std::pair("torch._utils _rebuild_parameter_with_state"sv, Maker::kFirst),
    std::pair("torch.nn.parameter Parameter"sv, Maker::kFirst),
    std::pair("torch._utils _rebuild_sparse_tensor"sv, Maker::kOpaque),
    std::pair("torch._utils _rebuild_qtensor"sv, Maker::kOpaque),
    std::pair("torch._utils _rebuild_meta_tensor_no_storage"sv, Maker::kOpaque),
    std::pair("torch device"sv, Maker::kInert),
    std::pair("_codecs encode"sv, Maker::kInert),
    std::pair("torch.serialization _get_layout"sv, Maker::kInert),
    std::pair("torch.storage UntypedStorage"sv, Maker::kInert),
};

// Element types, which stand as names.
constexpr std::array kTypes = {
    "float32"sv,
    "float64"sv,
    "float16"sv,
    "bfloat16"sv,
    "uint8"sv,
    "int8"sv,
    "int16"sv,
    "int32"sv,
    "int64"sv,
    "bool"sv,
    "uint16"sv,
    "uint32"sv,
    "uint64"sv,
    "complex32"sv,
    "complex64"sv,
    "complex128"sv,
    "float8_e4m3fn"sv,
    "float8_e5m2"sv,
    "float8_e4m3fnuz"sv,
    "float8_e5m2fnuz"sv,
    "float8_e8m0fnu"sv,
    "float4_e2m1fn_x2"sv,
    "quint8"sv,
    "qint8"sv,
    "qint32"sv,
    "quint4x2"sv,
    "quint2x4"sv,
    "bits1x8"sv,
    "bits2x4"sv,
    "bits4x2"sv,
    "bits8"sv,
    "bits16"sv,
    "per_tensor_affine"sv,
    "per_channel_affine"sv,
};

}  // namespace

Maker MakerOf(std::string_view name) {
  for (const auto& [known, maker] : kMakers) {
    if (name == known) return maker;
  }
  constexpr std::string_view kTorch = "torch ";
  if (!name.starts_with(kTorch)) return Maker::kRefused;
  const std::string_view what = name.substr(kTorch.size());
  if (what.ends_with("Storage")) return Maker::kInert;
  for (const std::string_view type : kTypes) {
    if (what == type) return Maker::kInert;
  }
  return Maker::kRefused;
}

}  // namespace regraft::torch
