#include "leftovers.h"

#include <fmt/format.h>
#include <regraft/find.h>
#include <regraft/text.h>

#include <chrono>

namespace regraft::cli {
namespace {

constexpr std::chrono::hours kOld{1};

}  // namespace

bool IsOld(const Leftover& leftover) {
  const std::chrono::system_clock::time_point modified{
      std::chrono::duration_cast<std::chrono::system_clock::duration>(
          std::chrono::nanoseconds(leftover.modified_ns))};
  return std::chrono::system_clock::now() - modified > kOld;
}

void NoteLeftovers(const std::string& folder, const Terminal& terminal) {
  const Result<std::vector<Leftover>> leftovers = FindLeftovers(folder);
  if (!leftovers) return;
  std::size_t count = 0;
  std::uint64_t bytes = 0;
  for (const Leftover& leftover : *leftovers) {
    if (!IsOld(leftover)) continue;
    ++count;
    bytes += leftover.bytes;
  }
  if (count == 0) return;
  const std::string shown = folder.ends_with('/') ? folder : folder + "/";
  terminal.Note(fmt::format("{} of dead writers ({}) in {}; regraft clean {} -n shows {}",
                            Plural(count, "leftover"), BytesText(bytes), shown, ShellQuoted(shown),
                            count == 1 ? "it" : "them"));
}

std::string FolderOf(const std::string& prefix) {
  const std::size_t slash = prefix.rfind('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : prefix.substr(0, slash);
}

}  // namespace regraft::cli
