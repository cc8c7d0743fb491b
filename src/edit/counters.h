// edit/counters.h - counters, which casts leave alone.
#pragma once

#include <vector>

#include "regraft/entry.h"
#include "regraft/error.h"
#include "regraft/selection.h"
#include "select/pattern.h"

namespace regraft::edit {

/// TensorFlow restores a counter only as the type that it has in every program: the number of
/// saves, of steps, of an optimizer's updates.
class Counters {
 public:
  /// Errors: those of the patterns.
  static Result<Counters> Make(const Selection& selection);

  /// True for a counter that no pattern of the selection names.
  bool Spares(const Entry& entry) const;

 private:
  std::vector<select::Pattern> named_;  // Includes whose last part is not all wildcards.
  std::vector<std::string> only_;
};

}  // namespace regraft::edit
