// regraft/error.h - failure as a value.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <tl/expected.hpp>
#include <utility>
#include <vector>

#include "regraft/setting.h"

namespace regraft {

/// What kind of failure an Error is. The command's exit status follows from it.
enum class ErrorCode {
  kUnmet = 1,            ///< A requirement of the caller is not met (missing variable, shape …).
  kInvalidArgument = 2,  ///< The request itself is malformed (a bad pattern, an empty list).
  kNotFound = 3,         ///< A path, a tensor or a match does not exist.
  kCorrupt = 4,          ///< Stored bytes contradict themselves or their checksum.
  kIo = 5,               ///< The operating system refused (permission, space, a vanished file).
  kUnsupported = 6,      ///< Well-formed, but this build or version cannot do it.
  kCancelled = 130,      ///< The caller asked to stop.
};

/// The exit status of the command for `code`: the number of the enumerator.
int ExitStatus(ErrorCode code);

/// A failure, with everything a person needs to mend it. A plain value.
///
/// Each layer adds what it alone knows, once: the decoder an offset, the reader
/// a file, the caller a key.
struct Error {
  /// One labelled line of the explanation, such as {"closest", "dense_2/kernel"}. Settings stand
  /// behind `text`, and `after` behind them.
  struct Detail {
    std::string label;
    std::string text;
    std::vector<Setting> settings = {};
    std::string after = {};

    /// The line without its label.
    std::string Text(Face face = Face::kCpp) const;
    bool operator==(const Detail&) const = default;
  };

  ErrorCode code = ErrorCode::kInvalidArgument;
  std::string slug;                     ///< Stable identifier, "module/what", see docs/errors.md.
  std::string message;                  ///< One sentence: what was asked and what was found.
  std::string file;                     ///< The file concerned, or empty.
  std::optional<std::uint64_t> offset;  ///< Byte offset in `file`.
  std::string key;                      ///< The checkpoint key concerned, or empty.
  std::vector<Detail> details;          ///< What was found, the nearest alternatives.
  std::string hint;                     ///< What would work, in words.
  std::vector<Remedy> remedies;         ///< What to set or to call, each an alternative.

  Error() = default;
  Error(ErrorCode c, std::string s, std::string m)
      : code(c), slug(std::move(s)), message(std::move(m)) {}

  /// Context setters; each keeps what an inner layer has already said.
  Error&& InFile(std::string path) &&;
  Error&& AtOffset(std::uint64_t at) &&;
  Error&& ForKey(std::string name) &&;
  Error&& With(std::string label, std::string text) &&;
  Error&& Hint(std::string text) &&;
  /// Adds an alternative.
  Error&& Offer(Remedy remedy) &&;

  /// The hint and the remedies in one line, or "".
  std::string HintText(Face face = Face::kCpp) const;
  /// The message template of the project, several lines, without a final newline:
  /// `error[slug]: message`, then indented `label  text` rows. Settings stand as the face's user
  /// writes them.
  std::string ToString(Face face = Face::kCpp) const;

  bool operator==(const Error&) const = default;
};

/// A value or an Error. Nothing in the library throws on input; std::bad_alloc may pass.
template <typename T>
using Result = tl::expected<T, Error>;

/// Success or an Error.
using Status = Result<void>;

/// Wraps an Error so that it converts to any Result.
inline tl::unexpected<Error> Fail(Error error) { return tl::unexpected<Error>(std::move(error)); }

}  // namespace regraft
