// How the programs here talk to bench/run.py: they prepare, say that they are ready, do their work
// once for each line that comes in, and print how long it took and what they found.
#pragma once

#include <fmt/core.h>

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <functional>
#include <iostream>
#include <string>

#include "regraft/regraft.h"

namespace bench {

/// The time of one piece of work. `count` and `sum` are of what it found, and are the same for
/// everybody who does the same work right.
struct Answer {
  double seconds = 0;
  std::uint64_t count = 0;
  double sum = 0;
};
using Work = std::function<regraft::Result<Answer>()>;

class Timer {
 public:
  double Seconds() const {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
  }

 private:
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

/// The status of the program.
inline int AnswerEachLine(const regraft::Result<Work>& work) {
  const auto fails = [](const regraft::Error& error) {
    fmt::print(stderr, "{}\n", error.ToString());
    return 1;
  };
  if (!work) return fails(work.error());
  fmt::print("ready\n");
  std::fflush(stdout);
  for (std::string line; std::getline(std::cin, line);) {
    const regraft::Result<Answer> answer = (*work)();
    if (!answer) return fails(answer.error());
    fmt::print("{{\"seconds\": {:.9f}, \"check\": [{}, {:.17g}]}}\n", answer->seconds,
               answer->count, answer->sum);
    std::fflush(stdout);
  }
  return 0;
}

}  // namespace bench
