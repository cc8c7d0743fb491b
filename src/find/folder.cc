#include "find/folder.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <map>
#include <tuple>

#include "base/text.h"
#include "base/try.h"
#include "bundle/bundle_reader.h"
#include "find/recognize.h"
#include "io/directory.h"

namespace regraft::find {
namespace {

constexpr std::string_view kIndexSuffix = ".index";

std::int64_t StepOf(std::string_view name) {
  const std::size_t dash = name.rfind('-');
  if (dash == std::string_view::npos) return -1;
  std::int64_t step = -1;
  const char* end = name.data() + name.size();
  const auto [stopped, error] = std::from_chars(name.data() + dash + 1, end, step);
  return error == std::errc() && stopped == end && step >= 0 ? step : -1;
}

bool IsDigit(char c) { return c >= '0' && c <= '9'; }
bool IsLetter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || static_cast<signed char>(c) < 0;
}

// Its words and its numbers.
std::vector<std::string_view> Tokens(std::string_view name) {
  std::vector<std::string_view> tokens;
  for (std::size_t at = 0; at < name.size();) {
    const auto kind = IsDigit(name[at]) ? IsDigit : IsLetter;
    std::size_t end = at;
    while (end < name.size() && kind(name[end])) ++end;
    if (end > at) tokens.push_back(name.substr(at, end - at));
    at = std::max(end, at + 1);
  }
  return tokens;
}

}  // namespace

SplitPath SplitLast(std::string_view path) {
  const std::size_t slash = path.rfind('/');
  if (slash == std::string_view::npos) return {"", std::string(path)};
  return {std::string(path.substr(0, std::max<std::size_t>(slash, 1))),
          std::string(path.substr(slash + 1))};
}

std::string JoinPath(std::string_view folder, std::string_view name) {
  if (folder.empty()) return std::string(name);
  return fmt::format("{}{}{}", folder, folder.ends_with('/') ? "" : "/", name);
}

std::optional<Incomplete> WhyIncomplete(const io::Files& files, const archive::Archive& archive) {
  std::map<std::uint32_t, std::uint64_t> needed;  // Bytes by data file.
  for (const archive::StoredTensor& tensor : archive.tensors()) {
    if (!tensor.fault.empty()) continue;
    for (const archive::StoredPiece& piece : tensor.pieces) {
      if (!archive.IsOnDisk(piece.where.file)) continue;
      auto& least = needed[piece.where.file];
      least = std::max(least, piece.where.offset + piece.where.bytes);
    }
  }
  for (const auto& [shard, least] : needed) {
    if (least == 0) continue;
    const std::string path = archive.FilePath(shard);
    const std::string name = SplitLast(path).name;
    const auto file = files.Open(path);
    if (!file && file.error().code == ErrorCode::kNotFound) return Incomplete{name + " missing"};
    if (!file) return Incomplete{name + ": " + file.error().message, true};
    if ((*file)->size() >= least) continue;
    if (const auto found = Recognize(**file)) {
      return Incomplete{fmt::format("{} is {}", name, found->what)};
    }
    return Incomplete{fmt::format("{} has {} of {} bytes", name, (*file)->size(), least)};
  }
  return std::nullopt;
}

tl::expected<std::unique_ptr<const archive::Archive>, Incomplete> OpenWhole(
    const io::Files& files, const std::string& prefix) {
  auto bundle = bundle::BundleReader::Open(files, prefix, {});
  if (bundle) {
    if (auto why = WhyIncomplete(files, **bundle)) return tl::unexpected(*std::move(why));
    return *std::move(bundle);
  }
  const std::string index = prefix + std::string(kIndexSuffix);
  const std::string name = SplitLast(index).name;
  const auto file = files.Open(index);
  if (!file && file.error().code == ErrorCode::kNotFound) {
    return tl::unexpected(Incomplete{name + " missing"});
  }
  if (file) {
    if (const auto found = Recognize(**file)) {
      return tl::unexpected(Incomplete{fmt::format("{} is {}", name, found->what)});
    }
  }
  return tl::unexpected(
      Incomplete{name + ": " + bundle.error().message, bundle.error().code == ErrorCode::kIo});
}

Result<std::vector<Found>> ListCheckpoints(const io::Files& files, const std::string& folder) {
  REGRAFT_TRY(const std::vector<std::string> names, files.List(folder));
  std::vector<Found> found;
  for (const std::string& name : names) {
    if (!name.ends_with(kIndexSuffix) || name.size() == kIndexSuffix.size()) continue;
    const auto info = files.Stat(JoinPath(folder, name));
    if (!info || info->kind != io::FileKind::kFile) continue;
    const std::string base = name.substr(0, name.size() - kIndexSuffix.size());
    found.push_back({JoinPath(folder, base), StepOf(base), info->modified_ns});
  }
  std::sort(found.begin(), found.end(), [](const Found& a, const Found& b) {
    if (a.step != b.step) return a.step > b.step;
    if (a.modified_ns != b.modified_ns) return a.modified_ns > b.modified_ns;
    return NaturalLess(b.prefix, a.prefix);
  });
  return found;
}

bool HasStem(const std::string& prefix, const std::string& stem) {
  return prefix.size() > stem.size() + 1 && prefix.starts_with(stem) &&
         prefix[stem.size()] == '-' &&
         prefix.find_first_not_of("0123456789", stem.size() + 1) == std::string::npos;
}

bool MayBeMeant(std::string_view wanted, std::string_view name) {
  constexpr std::size_t kWord = 4;  // Letters from which on one may be wrong.
  std::vector<std::string_view> asked = Tokens(wanted), found = Tokens(name);
  for (auto* tokens : {&asked, &found}) {
    if (tokens->size() > 1 && IsDigit(tokens->back()[0])) tokens->pop_back();
  }
  return std::equal(asked.begin(), asked.end(), found.begin(), found.end(),
                    [](std::string_view a, std::string_view b) {
                      if (a == b) return true;
                      const std::size_t length = std::min(a.size(), b.size());
                      return !IsDigit(a[0]) && !IsDigit(b[0]) && length >= kWord &&
                             EditDistance(a, b, length / kWord) <= length / kWord;
                    });
}

Nearby DescribeFolder(const io::Files& files, const std::string& folder, std::string_view wanted) {
  constexpr std::size_t kMost = 4;
  Nearby out;
  const auto listed = ListCheckpoints(files, folder);
  if (!listed) return out;
  std::vector<std::string> names;
  for (const Found& found : *listed) names.push_back(SplitLast(found.prefix).name);
  std::vector<std::string> shown = Nearest(wanted, names, kMost);
  for (const std::string& name : names) {
    if (shown.size() == kMost) break;
    if (std::find(shown.begin(), shown.end(), name) == shown.end()) shown.push_back(name);
  }
  for (const std::string& name : shown) {
    const std::string prefix = JoinPath(folder, name);
    const auto whole = OpenWhole(files, prefix);
    if (!out.list.empty()) out.list += ", ";
    out.list += whole ? name : fmt::format("{} (incomplete: {})", name, whole.error().why);
    if (whole && out.whole.empty() && MayBeMeant(wanted, name)) out.whole = prefix;
  }
  if (names.size() > shown.size())
    out.list += fmt::format(" + {} more", names.size() - shown.size());
  return out;
}

}  // namespace regraft::find
