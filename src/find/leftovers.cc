#include <algorithm>
#include <optional>
#include <string_view>
#include <utility>

#include "base/try.h"
#include "find/folder.h"
#include "io/directory.h"
#include "io/disk.h"
#include "regraft/find.h"

namespace regraft {
namespace {

// TensorFlow's random names are UUIDs without dashes.
constexpr std::size_t kUuidDigits = 32;

bool IsAll(std::string_view text, std::string_view of) {
  return text.find_first_not_of(of) == std::string_view::npos;
}

bool IsUuid(std::string_view text) {
  return text.size() == kUuidDigits && IsAll(text, "0123456789abcdef");
}

// What an unfinished file is called.
bool IsTemporaryFile(std::string_view name) {
  constexpr std::string_view kMark = ".tempstate", kState = "checkpoint.tmp";
  if (name.starts_with(kState) && IsUuid(name.substr(kState.size()))) return true;
  const std::size_t mark = name.rfind(kMark);
  if (mark == std::string_view::npos || mark == 0) return false;
  const std::string_view digits = name.substr(mark + kMark.size());
  return !digits.empty() && IsAll(digits, "0123456789");
}

// What the folder of a checkpoint's parts is called: "<prefix>_temp", or with a UUID.
enum class FolderName { kNone, kPlain, kUnique };
FolderName ClassifyFolder(std::string_view name) {
  constexpr std::string_view kTemp = "_temp";
  if (name.size() > kTemp.size() && name.ends_with(kTemp)) return FolderName::kPlain;
  if (name.size() <= kUuidDigits + 1 || !IsUuid(name.substr(name.size() - kUuidDigits))) {
    return FolderName::kNone;
  }
  name.remove_suffix(kUuidDigits);
  if (!name.ends_with('_')) return FolderName::kNone;
  name.remove_suffix(1);
  return name.size() > kTemp.size() && name.ends_with(kTemp) ? FolderName::kUnique
                                                             : FolderName::kNone;
}

// The parts in such a folder, or nothing if there is anything else in it.
std::optional<std::vector<std::string>> PartsIn(const std::string& folder) {
  const auto names = io::RealFiles().List(folder);
  if (!names) return std::nullopt;
  std::vector<std::string> parts;
  for (const std::string& name : *names) {
    std::string path = find::JoinPath(folder, name);
    const auto info = io::StatItself(path);
    if (!name.starts_with("part-") || !info || info->kind != io::FileKind::kFile) {
      return std::nullopt;
    }
    parts.push_back(std::move(path));
  }
  return parts;
}

std::optional<Leftover> Inspect(const std::string& path) {
  const std::string name = find::SplitLast(path).name;
  const auto info = io::StatItself(path);
  if (!info) return std::nullopt;
  Leftover out{path, 0, info->modified_ns};
  if (info->kind == io::FileKind::kFile && IsTemporaryFile(name)) {
    out.bytes = info->size;
    return out;
  }
  const FolderName kind = ClassifyFolder(name);
  if (info->kind != io::FileKind::kDirectory || kind == FolderName::kNone) return std::nullopt;
  const auto parts = PartsIn(path);
  // An empty folder "my_temp" can be anybody's.
  if (!parts || (parts->empty() && kind == FolderName::kPlain)) return std::nullopt;
  for (const std::string& part : *parts) {
    const auto file = io::StatItself(part);
    if (!file) continue;
    out.bytes += file->size;
    out.modified_ns = std::max(out.modified_ns, file->modified_ns);
  }
  return out;
}

}  // namespace

Result<std::vector<Leftover>> FindLeftovers(const std::string& folder) {
  REGRAFT_TRY(const std::vector<std::string> names, io::RealFiles().List(folder));
  std::vector<Leftover> out;
  for (const std::string& name : names) {
    if (auto found = Inspect(find::JoinPath(folder, name))) out.push_back(*std::move(found));
  }
  return out;
}

Status RemoveLeftover(const Leftover& leftover) {
  if (!io::StatItself(leftover.path)) return {};
  const auto now = Inspect(leftover.path);
  if (!now) {
    return Fail(Error(ErrorCode::kInvalidArgument, "checkpoint/not-a-leftover",
                      "this is not what a writer leaves behind")
                    .InFile(leftover.path));
  }
  if (now->bytes != leftover.bytes || now->modified_ns != leftover.modified_ns) {
    return Fail(Error(ErrorCode::kUnmet, "checkpoint/leftover-in-use",
                      "it has changed since it was found: a program is still writing it")
                    .InFile(leftover.path)
                    .Hint("look again when the program has ended"));
  }
  if (const auto parts = PartsIn(leftover.path)) {
    for (const std::string& part : *parts) REGRAFT_CHECK(io::RealDisk().Remove(part));
  }
  return io::RealDisk().Remove(leftover.path);
}

}  // namespace regraft
