// How many bytes a second do casts read, on one thread? A whole copy is a row of bench/rows.py.
#include <benchmark/benchmark.h>

#include <cstddef>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "regraft/regraft.h"

namespace regraft {
namespace {

constexpr std::size_t kElements = std::size_t{1} << 23;

// Numbers from 0 to 100 that every type has.
Buffer Elements(DType dtype) {
  std::vector<float> values(kElements);
  for (std::size_t i = 0; i < kElements; ++i) {
    values[i] = static_cast<float>(i * 2654435761u % 101);
  }
  Buffer out(kElements * ElementBytes(dtype));
  (void)CastElements(DType::kFloat32, std::as_bytes(std::span(values)), dtype, out.bytes());
  return out;
}

void Cast(benchmark::State& state, DType from, DType to) {
  const Buffer in = Elements(from);
  Buffer out(kElements * ElementBytes(to));
  for (auto _ : state) {
    const Result<CastResult> cast = CastElements(from, in.bytes(), to, out.bytes());
    if (!cast) return state.SkipWithError(cast.error().ToString().c_str());
  }
  state.SetBytesProcessed(static_cast<std::int64_t>(in.size()) * state.iterations());
}

// Pairs that people ask for, and one of each kind of the rest.
const bool kRegistered = [] {
  constexpr std::pair<DType, DType> kPairs[] = {
      {DType::kFloat32, DType::kBfloat16},     {DType::kFloat32, DType::kFloat16},
      {DType::kBfloat16, DType::kFloat32},     {DType::kFloat16, DType::kFloat32},
      {DType::kFloat32, DType::kFloat8E4m3fn}, {DType::kFloat32, DType::kFloat64},
      {DType::kFloat64, DType::kFloat32},      {DType::kFloat64, DType::kBfloat16},
      {DType::kInt64, DType::kInt32},          {DType::kInt32, DType::kFloat32},
      {DType::kUint8, DType::kFloat16}};
  for (const auto& [from, to] : kPairs) {
    const std::string name = DTypeName(from) + "=>" + DTypeName(to);
    benchmark::RegisterBenchmark(name.c_str(), Cast, from, to)->Unit(benchmark::kMillisecond);
  }
  return true;
}();

}  // namespace
}  // namespace regraft
