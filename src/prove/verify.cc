// VerifyCheckpoint: every stored byte against its checksum.
#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <map>
#include <optional>
#include <utility>

#include "archive/fetch.h"
#include "base/progress.h"
#include "base/text.h"
#include "base/thread_pool.h"
#include "base/try.h"
#include "checkpoint/reader_access.h"
#include "edit/before_writing.h"
#include "find/formats.h"
#include "io/directory.h"
#include "regraft/checkpoint.h"
#include "regraft/entry.h"
#include "regraft/prove.h"

namespace regraft {
namespace {

struct Range {
  std::uint64_t begin, end;
};

// What no checksum covers: bytes of a data file that no entry speaks of.
void AddNotes(const CheckpointReader& reader, Verification& out) {
  std::map<std::string, std::vector<Range>> files;
  for (const Entry& entry : reader.entries()) {
    const auto pieces = reader.StoredPieces(entry);
    if (!pieces) continue;
    for (const auto& piece : *pieces) {
      files[piece.file].push_back({piece.offset, piece.offset + piece.bytes});
    }
  }
  for (auto& [file, ranges] : files) {
    const auto info = io::RealFiles().Stat(file);
    if (!info) continue;
    std::sort(ranges.begin(), ranges.end(),
              [](const Range& a, const Range& b) { return a.begin < b.begin; });
    std::uint64_t end = 0, unused = 0;
    for (const Range& range : ranges) {
      if (range.begin > end) unused += range.begin - end;
      end = std::max(end, range.end);
    }
    if (info->size > end) unused += info->size - end;
    if (unused > 0) {
      out.notes.push_back(fmt::format("{} of {} belong to no entry, and no checksum covers them",
                                      BytesText(unused), file.substr(file.rfind('/') + 1)));
    }
  }
}

// Compares the checksums of numbers as they are fetched; of everything else, one after the other.
class Verifying final : public archive::TensorReceiver {
 public:
  Verifying(const CheckpointReader& reader, const RunOptions& run)
      : reader_(reader), run_(run), total_(TotalOf(reader)), progress_(run.progress, total_) {}

  void Run() {
    std::vector<std::size_t> others;
    const std::span<const Entry> entries = reader_.entries();
    for (std::size_t i = 0; i < entries.size(); ++i) {
      const auto stored = checkpoint::ReaderAccess::Find(reader_, entries[i]);
      if (stored && IsOfNumbersWithChecksums(*stored->tensor)) {
        fetched_.push_back(i);
        wanted_.push_back(
            {stored->archive, stored->tensor, /*verify=*/true, false, /*only_check=*/true});
      } else {
        others.push_back(i);
      }
    }
    errors_.resize(entries.size());
    archive::Fetch(
        wanted_, run_, [this](std::uint64_t bytes) { progress_.Add(bytes); }, *this);
    ParallelFor(others.size(), run_.threads, [&](std::size_t i) {
      if (run_.stop.stop_requested()) return;
      const Entry& entry = entries[others[i]];
      const auto verified = reader_.Verify(entry);
      if (!verified) errors_[others[i]] = verified.error();
      if (verified && *verified == Integrity::kUnproven) ++unproven_;
      progress_.Add(entry.bytes);
    });
    if (!run_.stop.stop_requested()) progress_.Finish();
  }

  std::byte* Place(std::size_t) override { return nullptr; }
  void Take(std::size_t, std::uint64_t, std::span<const std::byte>) override {}
  void Done(std::size_t wanted, Status status, std::optional<std::uint32_t>) override {
    if (status) return;
    const std::size_t i = fetched_[wanted];
    errors_[i] = checkpoint::ReaderAccess::Complete(reader_, reader_.entries()[i],
                                                    std::move(status).error());
  }

  std::vector<std::optional<Error>>& errors() { return errors_; }  ///< Of each entry.
  std::size_t unproven() const { return unproven_; }

 private:
  static std::uint64_t TotalOf(const CheckpointReader& reader) {
    std::uint64_t total = 0;
    for (const Entry& entry : reader.entries()) total += entry.bytes;
    return total;
  }

  static bool IsOfNumbersWithChecksums(const archive::StoredTensor& tensor) {
    return tensor.fault.empty() && KindOf(tensor.spec.dtype) == DTypeKind::kNumeric &&
           std::ranges::all_of(tensor.pieces, [](const archive::StoredPiece& piece) {
             return piece.checksum.IsOfBytes() ||
                    piece.checksum.kind == archive::ChecksumKind::kSource;
           });
  }

  const CheckpointReader& reader_;
  const RunOptions& run_;
  const std::uint64_t total_;
  Progress progress_;
  std::vector<std::size_t> fetched_;  // Indices of entries.
  std::vector<archive::Wanted> wanted_;
  std::vector<std::optional<Error>> errors_;
  std::atomic<std::size_t> unproven_{0};
};

// Compares the checksums that cover several entries, which then need none of their own.
Status VerifySeals(const CheckpointReader& reader, const RunOptions& run, Verification& out) {
  const archive::Archive& archive = checkpoint::ReaderAccess::ArchiveOf(reader);
  std::vector<archive::Extent> sound;
  for (const archive::Seal& seal : archive.seals()) {
    const Status verified = archive.VerifySeal(seal, [&](std::uint64_t) -> Status {
      return run.stop.stop_requested() ? Fail(edit::Cancelled()) : Status();
    });
    if (run.stop.stop_requested()) return Fail(edit::Cancelled());
    ++out.seals;
    if (verified) {
      sound.push_back(seal.where);
    } else {
      out.broken.push_back({seal.what, verified.error()});
    }
  }
  const auto is_covered = [&](const archive::StoredPiece& piece) {
    return std::ranges::any_of(sound, [&](const archive::Extent& seal) {
      return piece.where.file == seal.file && piece.where.offset >= seal.offset &&
             piece.where.bytes <= seal.bytes &&
             piece.where.offset - seal.offset <= seal.bytes - piece.where.bytes;
    });
  };
  if (sound.empty()) return {};
  for (const archive::StoredTensor& tensor : archive.tensors()) {
    const bool unproven = tensor.fault.empty() && !tensor.pieces.empty() &&
                          std::ranges::any_of(tensor.pieces, [](const auto& piece) {
                            return piece.checksum.kind == archive::ChecksumKind::kNone;
                          });
    const bool covered = std::ranges::all_of(tensor.pieces, [&](const auto& piece) {
      return piece.where.bytes == 0 || is_covered(piece);
    });
    if (unproven && covered && out.unproven > 0) --out.unproven;
  }
  return {};
}

}  // namespace

Result<Verification> VerifyCheckpoint(const CheckpointReader& reader, const RunOptions& run) {
  const std::span<const Entry> entries = reader.entries();
  Verifying verifying(reader, run);
  verifying.Run();
  if (run.stop.stop_requested()) return Fail(edit::Cancelled());
  Verification out;
  out.entries = entries.size();
  out.unproven = verifying.unproven();
  REGRAFT_CHECK(VerifySeals(reader, run, out));
  for (std::size_t i = 0; i < entries.size(); ++i) {
    if (auto& error = verifying.errors()[i]) {
      out.failed.push_back({entries[i].key, *std::move(error), entries[i].name});
    } else {
      out.bytes += entries[i].bytes;
    }
  }
  for (const Error& lack : checkpoint::ReaderAccess::ArchiveOf(reader).lacks()) {
    ++out.entries;
    out.failed.push_back({lack.key, lack, lack.key});
  }
  if (find::FormatNamed(reader.catalog().format)->abilities.bare) AddNotes(reader, out);
  return out;
}

}  // namespace regraft
