// tensor/wide.h - loops that are compiled twice: for every machine, and for one with wider
// vectors, which is found out when the program runs.
#pragma once

#if defined(__x86_64__) && defined(__GNUC__)
#define REGRAFT_WIDE __attribute__((target("avx2")))
#else
#define REGRAFT_WIDE
#endif

/// Of a function that is part of such a loop. The linker keeps one of those that are not inlined,
/// which must not be one that only some machines can run.
#define REGRAFT_IN_LOOP [[gnu::always_inline]] inline

namespace regraft::tensor {

inline bool HasWideVectors() {
#if defined(__x86_64__) && defined(__GNUC__)
  return __builtin_cpu_supports("avx2") != 0;
#else
  return false;
#endif
}

/// The function Loop::Run, which is REGRAFT_IN_LOOP, as this machine runs it best. Both give the
/// same: no operation of floating point is joined with another.
template <typename Loop, typename Signature>
class Compiled;
template <typename Loop, typename Answer, typename... Arguments>
class Compiled<Loop, Answer(Arguments...)> {
 public:
  using Function = Answer (*)(Arguments...);

  static Function ForThisMachine() { return HasWideVectors() ? ForWide : ForAny; }

  static Answer ForAny(Arguments... arguments) { return Loop::Run(arguments...); }
  REGRAFT_WIDE static Answer ForWide(Arguments... arguments) { return Loop::Run(arguments...); }
};

}  // namespace regraft::tensor
