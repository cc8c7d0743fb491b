// classify/graph_trouble.h - how a person is told of an object graph that cannot be read.
#pragma once

#include <string>

#include "regraft/error.h"

namespace regraft::classify {

/// One clause that says so, and why. `error` is Catalog::graph_error.
std::string GraphTrouble(const Error& error);

}  // namespace regraft::classify
