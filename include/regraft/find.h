// regraft/find.h - what lies in folders: the latest checkpoint, formats of paths, leftovers.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "regraft/error.h"

namespace regraft {

/// A checkpoint that was found.
struct Latest {
  std::string prefix;
  std::string note;  ///< Empty if the state file answered or nothing needs saying.
};

/// The prefix of the newest complete checkpoint that `where` (a folder, a state file or a
/// stem) has. The state file is believed if what it names is complete; otherwise, and
/// without one, the folder is searched and `note` says why.
/// Errors: kInvalidArgument for an empty path; kNotFound with the near misses and what is
///         incomplete about them; kIo if the system does not let them be read; kUnsupported for
///         a path of another machine. Never an empty path.
Result<Latest> FindLatest(const std::string& where);

/// The format that a path is written in, as CheckpointReader's catalog calls it: "safetensors"
/// for what ends in ".safetensors", else "tf-v2".
std::string_view FormatToWrite(std::string_view path);
/// The file by which a checkpoint at that path is known: "ckpt.index" of "ckpt", and the path
/// itself where a file stands for itself.
std::string MainFileOf(std::string_view path);

/// A file or folder that a writer, Regraft's or TensorFlow's, left behind when it died:
/// `<name>.tempstate<digits>`, `checkpoint.tmp<UUID>`, and the folders `<prefix>_temp` and
/// `<prefix>_temp_<UUID>` if there is nothing in them but files `part-*`. A writer that is at
/// work has such files too: what is new is not yet left behind.
struct Leftover {
  std::string path;
  std::uint64_t bytes = 0;       ///< Of a folder: of its files.
  std::int64_t modified_ns = 0;  ///< Nanoseconds since the epoch; of a folder: the newest in it.
};

/// Leftovers in a folder, sorted by path; nothing in folders below, no links.
/// Errors: kNotFound, kIo.
Result<std::vector<Leftover>> FindLeftovers(const std::string& folder);
/// Removes one, after making sure that it still is what FindLeftovers() has found. Success if
/// it is gone.
/// Errors: kInvalidArgument "checkpoint/not-a-leftover"; kUnmet "checkpoint/leftover-in-use" if
///         it has changed meanwhile; kIo.
Status RemoveLeftover(const Leftover& leftover);

}  // namespace regraft
