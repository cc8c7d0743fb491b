// How many bytes a second do casts read, in bulk and element by element?
#include <benchmark/benchmark.h>
#include <fmt/core.h>

#include <cstddef>
#include <cstdlib>
#include <span>
#include <string>
#include <vector>

#include "regraft/elements.h"
#include "tensor/bulk.h"
#include "tensor/element.h"

namespace regraft {
namespace {

constexpr std::size_t kElements = std::size_t{1} << 23;

// Numbers from 0 to 100 that every type has.
std::vector<std::byte> Elements(DType dtype) {
  std::vector<float> values(kElements);
  for (std::size_t i = 0; i < kElements; ++i) {
    values[i] = static_cast<float>(i * 2654435761u % 101);
  }
  std::vector<std::byte> bytes(kElements * ElementBytes(dtype));
  if (!CastElements(DType::kFloat32, std::as_bytes(std::span(values)), dtype, bytes)) std::abort();
  return bytes;
}

void Report(benchmark::State& state, std::size_t bytes) {
  state.SetBytesProcessed(static_cast<std::int64_t>(bytes) * state.iterations());
}

void Bulk(benchmark::State& state, DType from, DType to, std::size_t threads) {
  const std::vector<std::byte> in = Elements(from);
  std::vector<std::byte> out(kElements * ElementBytes(to));
  for (auto _ : state) {
    benchmark::DoNotOptimize(tensor::CastElements(from, in, to, out, threads).has_value());
  }
  Report(state, in.size());
}

void OneByOne(benchmark::State& state, DType from, DType to) {
  const std::vector<std::byte> in = Elements(from);
  std::vector<std::byte> out(kElements * ElementBytes(to));
  for (auto _ : state) {
    for (std::size_t i = 0; i < kElements; ++i) {
      benchmark::DoNotOptimize(StoreElement(to, LoadElement(from, &in[i * ElementBytes(from)]),
                                            &out[i * ElementBytes(to)]));
    }
  }
  Report(state, in.size());
}

// Pairs that people ask for, and one of each kind of the rest.
const int kRegistered = [] {
  constexpr std::pair<DType, DType> kPairs[] = {
      {DType::kFloat32, DType::kBfloat16},     {DType::kFloat32, DType::kFloat16},
      {DType::kBfloat16, DType::kFloat32},     {DType::kFloat16, DType::kFloat32},
      {DType::kFloat32, DType::kFloat8E4m3fn}, {DType::kFloat32, DType::kFloat64},
      {DType::kFloat64, DType::kFloat32},      {DType::kFloat64, DType::kBfloat16},
      {DType::kInt64, DType::kInt32},          {DType::kInt32, DType::kFloat32},
      {DType::kUint8, DType::kFloat16}};
  for (const auto& [from, to] : kPairs) {
    const std::string pair = DTypeName(from) + "=>" + DTypeName(to);
    benchmark::RegisterBenchmark(("OneByOne/" + pair).c_str(), OneByOne, from, to)
        ->Unit(benchmark::kMillisecond);
    for (const std::size_t threads : {1, 2}) {
      benchmark::RegisterBenchmark(fmt::format("Bulk/{}/threads:{}", pair, threads).c_str(), Bulk,
                                   from, to, threads)
          ->Unit(benchmark::kMillisecond)
          ->UseRealTime();
    }
  }
  return 0;
}();

}  // namespace
}  // namespace regraft
