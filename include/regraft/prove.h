// regraft/prove.h - what a checkpoint holds, proven: verification and receipts.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "regraft/checkpoint.h"
#include "regraft/edit.h"
#include "regraft/error.h"
#include "regraft/run.h"

namespace regraft {

/// A receipt ("schema": "regraft.receipt/1", docs/json.md): for every value of `result` the
/// source file, byte range and CRC-32C, the rule, and the SHA-256 of what was stored, read
/// back from the new files. Errors: as CheckpointReader::Sha256, kCancelled.
Result<std::string> MakeReceipt(const CheckpointReader& result, std::span<const Origin> origins,
                                const RunOptions& run = {});

/// One entry that does not verify.
struct Unverified {
  std::string key;
  Error error;
  std::string name = {};  ///< Its Entry::name; empty for a line of a receipt.
};

/// A stretch of a file that has one checksum as a whole, and does not match it.
struct BrokenSeal {
  std::string what;  ///< "model.weights.h5".
  Error error;
};

struct Verification {
  std::size_t entries = 0;         ///< Looked at, with those that the files only speak of.
  std::uint64_t bytes = 0;         ///< Read.
  std::size_t unproven = 0;        ///< Entries that are there, of a format without checksums.
  std::vector<Unverified> failed;  ///< In the order of the file.
  std::size_t seals = 0;           ///< Checksums over more than an entry; what they cover counts
                                   ///< as verified if they match.
  std::vector<BrokenSeal> broken;  ///< Those that do not.
  std::vector<std::string> notes;  ///< What is odd but harms nothing.
  std::size_t receipt_values = 0;  ///< Of a receipt: values replayed.
  std::size_t sources_seen = 0;    ///< … whose source was still there and compared.
};

/// Reads every stored byte and compares checksums, those of entries and seals. A failing one is a
/// finding, no error.
/// Errors: kIo, kCancelled.
Result<Verification> VerifyCheckpoint(const CheckpointReader& reader, const RunOptions& run = {});

/// Replays a receipt: every value must be there with its digest; a source that is still
/// there must have the stored bytes that it had.
/// Errors: kInvalidArgument "edit/bad-receipt"; kIo, kCancelled.
Result<Verification> VerifyReceipt(const CheckpointReader& result, std::string_view receipt,
                                   const RunOptions& run = {});

}  // namespace regraft
