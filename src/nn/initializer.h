// nn/initializer.h - first values of variables.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "regraft/nn.h"
#include "regraft/tensor.h"

namespace regraft::nn {

/// Fills `out` with the first values of the variable of this name and shape. The same seed
/// and name give the same values on every machine.
void Initialize(Initializer how, const Shape& shape, std::uint64_t seed, std::string_view full_name,
                std::span<float> out);

}  // namespace regraft::nn
