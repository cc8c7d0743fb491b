// regraft/integrity.h - what reading all stored bytes of a tensor proves.
#pragma once

namespace regraft {

enum class Integrity {
  kVerified,  ///< They are the bytes that were written.
  kUnproven,  ///< They are there; the format has no checksum that could tell more.
};

}  // namespace regraft
