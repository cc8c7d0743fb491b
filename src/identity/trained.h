// identity/trained.h - the lists of variables that optimizers of Keras 3 train, side by side.
#pragma once

#include <cstddef>
#include <span>
#include <utility>
#include <vector>

#include "regraft/catalog.h"
#include "regraft/identity.h"

namespace regraft::identity {

/// A target and the entry of the same number in lists that are alike throughout.
using TrainedPair = std::pair<std::size_t, std::size_t>;

/// Pairs `optimizer/_trainable_variables/N` of both sides, list by list: of the optimizer at the
/// same path, or of the only one. Lists of different lengths, shapes or types give no pairs.
/// Such a number is no evidence: it is that of another variable once an attribute is made
/// earlier, so whoever uses the pairs has been asked to.
std::vector<std::vector<TrainedPair>> PairTrained(const Catalog& source,
                                                  std::span<const Target> targets);

}  // namespace regraft::identity
