// cli/interrupt.h - what Ctrl-C does.
#pragma once

#include <stop_token>

namespace regraft::cli {

/// From now on SIGINT ends the program at once, unless whoever started it ignores SIGINT.
void HandleInterrupts();

/// While one lives, the first SIGINT only asks to stop, so that half-written files are
/// removed; the second ends the program.
class Writing {
 public:
  Writing();
  ~Writing();
  /// Hands a signal that came on to the token. Call now and then.
  void Poll();
  std::stop_token token() const { return stop_.get_token(); }

 private:
  std::stop_source stop_;
};

}  // namespace regraft::cli
