// select/where.h - `--where`: a predicate on type, shape and size.
#pragma once

#include <cstdint>
#include <functional>
#include <string_view>

#include "regraft/entry.h"
#include "regraft/error.h"
#include "regraft/tensor.h"

namespace regraft::select {

/// What a predicate may ask about.
struct WhereSubject {
  const TensorSpec* spec = nullptr;
  EntryClass cls = EntryClass::kWeights;
};
using WherePredicate = std::function<bool(const WhereSubject&)>;

/// Parses an expression (docs/patterns.md, "Where"):
///   or    = and {"||" and}      and = unary {"&&" unary}
///   unary = "!" unary | "(" or ")" | field op value
/// Fields: dtype, shape, rank, numel, bytes, class. A shape is written [3,*,64].
/// Errors: kInvalidArgument "select/bad-where" with the place and what may stand there.
Result<WherePredicate> ParseWhere(std::string_view text);

}  // namespace regraft::select
