#include <algorithm>
#include <cstddef>
#include <utility>
#include <vector>

#include "base/progress.h"
#include "base/thread_pool.h"
#include "digest/crc32c.h"
#include "regraft/inspect.h"

namespace regraft {

std::uint32_t ComputeCrc32c(std::span<const std::byte> bytes) { return digest::Crc32c(bytes); }

Result<std::vector<std::uint32_t>> ComputeCrc32c(std::span<const std::span<const std::byte>> parts,
                                                 const RunOptions& run) {
  constexpr std::size_t kBlock = std::size_t{4} << 20;
  struct Block {
    std::size_t part, at, bytes;
    std::uint32_t crc = 0;
  };
  std::vector<Block> blocks;
  std::vector<std::size_t> jobs;  // The first block of each: small ones are gathered.
  std::size_t gathered = kBlock;
  std::uint64_t total = 0;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    total += parts[i].size();
    for (std::size_t at = 0; at < parts[i].size(); at += kBlock) {
      const std::size_t bytes = std::min(kBlock, parts[i].size() - at);
      if (gathered + bytes > kBlock) {
        jobs.push_back(blocks.size());
        gathered = 0;
      }
      gathered += bytes;
      blocks.push_back({i, at, bytes});
    }
  }
  Progress progress(run.progress, total);
  ParallelFor(jobs.size(), run.threads, [&](std::size_t job) {
    const std::size_t end = job + 1 < jobs.size() ? jobs[job + 1] : blocks.size();
    for (std::size_t i = jobs[job]; i < end; ++i) {
      if (run.stop.stop_requested()) return;
      Block& block = blocks[i];
      block.crc = digest::Crc32c(parts[block.part].subspan(block.at, block.bytes));
      progress.Add(block.bytes);
    }
  });
  if (run.stop.stop_requested()) {
    return Fail(Error(ErrorCode::kCancelled, "inspect/cancelled", "it was cancelled"));
  }
  std::vector<std::uint32_t> sums(parts.size(), 0);  // That of no bytes.
  for (const Block& block : blocks) {
    std::uint32_t& sum = sums[block.part];
    sum = block.at == 0 ? block.crc : digest::CombineCrc32c(sum, block.crc, block.bytes);
  }
  progress.Finish();
  return sums;
}

}  // namespace regraft
