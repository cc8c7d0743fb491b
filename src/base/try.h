// base/try.h - early return on failure.
#pragma once

#include "regraft/error.h"

#define REGRAFT_CONCAT_INNER(a, b) a##b
#define REGRAFT_CONCAT(a, b) REGRAFT_CONCAT_INNER(a, b)

/// REGRAFT_TRY(declaration, expression): evaluates a Result, returns its Error from the
/// enclosing function, or initialises the declaration with its value.
#define REGRAFT_TRY(declaration, ...)                                                  \
  auto REGRAFT_CONCAT(regraft_try_, __LINE__) = (__VA_ARGS__);                         \
  if (!REGRAFT_CONCAT(regraft_try_, __LINE__))                                         \
    return ::regraft::Fail(std::move(REGRAFT_CONCAT(regraft_try_, __LINE__)).error()); \
  declaration = *std::move(REGRAFT_CONCAT(regraft_try_, __LINE__))

/// REGRAFT_CHECK(expression): the same for a Status.
#define REGRAFT_CHECK(...)                                       \
  do {                                                           \
    if (auto regraft_status = (__VA_ARGS__); !regraft_status)    \
      return ::regraft::Fail(std::move(regraft_status).error()); \
  } while (false)
