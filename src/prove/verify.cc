// VerifyCheckpoint: every stored byte against its checksum.
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <mutex>
#include <optional>
#include <utility>

#include "base/text.h"
#include "base/thread_pool.h"
#include "base/try.h"
#include "edit/before_writing.h"
#include "io/directory.h"
#include "regraft/checkpoint.h"
#include "regraft/edit.h"
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

}  // namespace

Result<Verification> VerifyCheckpoint(const CheckpointReader& reader, const EditOptions& options) {
  const std::span<const Entry> entries = reader.entries();
  std::uint64_t total = 0;
  for (const Entry& entry : entries) total += entry.bytes;
  std::vector<std::optional<Error>> errors(entries.size());
  std::mutex mutex;
  std::uint64_t done = 0;
  std::size_t unproven = 0;
  ParallelFor(entries.size(), 0, [&](std::size_t i) {
    if (options.stop.stop_requested()) return;
    const auto verified = reader.Verify(entries[i]);
    if (!verified) errors[i] = verified.error();
    const std::scoped_lock lock(mutex);
    unproven += verified && *verified == Integrity::kUnproven;
    done += entries[i].bytes;
    if (options.progress) options.progress(done, total);
  });
  if (options.stop.stop_requested()) return Fail(edit::Cancelled());
  Verification out;
  out.entries = entries.size();
  out.unproven = unproven;
  for (std::size_t i = 0; i < entries.size(); ++i) {
    if (errors[i]) {
      out.failed.push_back({entries[i].key, *std::move(errors[i]), entries[i].name});
    } else {
      out.bytes += entries[i].bytes;
    }
  }
  // Where nothing has a checksum, bytes of no entry lack nothing that the others have.
  if (unproven < entries.size() || entries.empty()) AddNotes(reader, out);
  return out;
}

}  // namespace regraft
