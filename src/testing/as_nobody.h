// testing/as_nobody.h - permissions hold for root, too, while one of these lives.
#pragma once

#include <unistd.h>

#include <cstdlib>

namespace regraft::testing {

/// Root may read whatever there is. While this lives, the process has the rights of another user
/// if it is root's; else nothing changes. No threads may run beside it.
class AsNobody {
 public:
  /// Whose files such a user may change the permissions of.
  static uid_t Id() { return ::geteuid() == 0 ? 65534 : ::geteuid(); }

  AsNobody() {
    if (was_root_ && ::seteuid(65534) != 0) std::abort();
  }
  AsNobody(const AsNobody&) = delete;
  AsNobody& operator=(const AsNobody&) = delete;
  ~AsNobody() {
    if (was_root_ && ::seteuid(0) != 0) std::abort();
  }

 private:
  const bool was_root_ = ::geteuid() == 0;
};

}  // namespace regraft::testing
