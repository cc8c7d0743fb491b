#include "io/clock.h"

#include <chrono>

namespace regraft::io {

double SecondsNow() {
  return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
}

}  // namespace regraft::io
