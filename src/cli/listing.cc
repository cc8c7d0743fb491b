#include "listing.h"

#include <fmt/format.h>
#include <regraft/text.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <nlohmann/json.hpp>
#include <string_view>

namespace regraft::cli {
namespace {

using Buffer = fmt::memory_buffer;

void Append(Buffer& out, std::string_view text) {
  out.append(text.data(), text.data() + text.size());
}

// A JSON string. Most names need no escape, and lists have hundreds of thousands of them.
void AppendText(Buffer& out, const std::string& text) {
  const bool plain = std::all_of(text.begin(), text.end(), [](char c) {
    return static_cast<unsigned char>(c) >= 0x20 && static_cast<unsigned char>(c) < 0x7f &&
           c != '"' && c != '\\';
  });
  if (plain) {
    out.push_back('"');
    Append(out, text);
    out.push_back('"');
  } else {
    using Json = nlohmann::json;
    Append(out, Json(text).dump(-1, ' ', false, Json::error_handler_t::replace));
  }
}

void AppendEntry(Buffer& out, const Entry& entry, const Digest* digest) {
  Append(out, "{\"key\":");
  AppendText(out, entry.key);
  if (!IsUtf8(entry.key)) {
    Append(out, ",\"key_bytes\":\"");
    for (const char c : entry.key)
      fmt::format_to(std::back_inserter(out), "{:02x}", static_cast<unsigned char>(c));
    out.push_back('"');
  }
  fmt::format_to(std::back_inserter(out),
                 ",\"dtype\":\"{}\",\"shape\":[{}],\"bytes\":{},\"shard\":{},\"offset\":{}",
                 DTypeName(entry.spec.dtype), fmt::join(entry.spec.shape.dims(), ","), entry.bytes,
                 entry.shard, entry.offset);
  if (entry.slices > 0) {
    fmt::format_to(std::back_inserter(out), ",\"crc32c\":null,\"slices\":{}", entry.slices);
  } else {
    fmt::format_to(std::back_inserter(out), ",\"crc32c\":\"0x{:08x}\"", entry.crc32c);
  }
  fmt::format_to(std::back_inserter(out),
                 ",\"class\":\"{}\",\"full_name\":", ClassName(entry.cls).substr(1));
  AppendText(out, entry.full_name);
  Append(out, ",\"paths\":[");
  for (std::size_t i = 0; i < entry.paths.size(); ++i) {
    if (i > 0) out.push_back(',');
    AppendText(out, entry.paths[i]);
  }
  out.push_back(']');
  if (digest != nullptr && digest->error.empty()) {
    fmt::format_to(std::back_inserter(out), ",\"sha256\":\"{}\"", digest->sha256);
  } else if (digest != nullptr) {
    Append(out, ",\"sha256\":null,\"error\":");
    AppendText(out, digest->error);
  }
  out.push_back('}');
}

}  // namespace

std::string JsonText(const std::string& text) {
  Buffer out;
  AppendText(out, text);
  return fmt::to_string(out);
}

std::string EntryJson(const Entry& entry) {
  Buffer out;
  AppendEntry(out, entry, nullptr);
  return fmt::to_string(out);
}

std::string RowName(const Entry& entry) {
  // A variable that is the root itself has the path "".
  if (!entry.paths.empty() && !entry.paths[0].empty()) return entry.paths[0];
  constexpr std::string_view kSuffix = "/.ATTRIBUTES/VARIABLE_VALUE";
  std::string name = entry.key;
  if (name.size() > kSuffix.size() && name.ends_with(kSuffix))
    name.resize(name.size() - kSuffix.size());
  return name;
}

void SortEntries(const std::string& by, std::vector<const Entry*>& entries) {
  // Names are made once; sorting compares them many times.
  std::vector<std::pair<std::string, const Entry*>> named;
  for (const Entry* entry : entries) named.emplace_back(RowName(*entry), entry);
  std::stable_sort(named.begin(), named.end(),
                   [](const auto& a, const auto& b) { return NaturalLess(a.first, b.first); });
  const auto sort = [&](auto less) {
    std::stable_sort(named.begin(), named.end(),
                     [&](const auto& a, const auto& b) { return less(*a.second, *b.second); });
  };
  if (by == "size") sort([](const Entry& a, const Entry& b) { return a.bytes > b.bytes; });
  if (by == "offset") {
    sort([](const Entry& a, const Entry& b) {
      return std::tie(a.shard, a.offset) < std::tie(b.shard, b.offset);
    });
  }
  if (by == "shape")
    sort([](const Entry& a, const Entry& b) { return a.spec.shape < b.spec.shape; });
  for (std::size_t i = 0; i < named.size(); ++i) entries[i] = named[i].second;
}

std::string EntriesJson(const CheckpointReader& reader, const std::vector<const Entry*>& entries,
                        const std::vector<Digest>& digests) {
  Buffer out;
  Append(out, "{\"schema\":\"regraft.ls/1\",\"prefix\":");
  AppendText(out, reader.prefix());
  fmt::format_to(std::back_inserter(out), ",\"kind\":\"{}\",\"entries\":[",
                 KindName(reader.kind()));
  for (std::size_t i = 0; i < entries.size(); ++i) {
    Append(out, i > 0 ? ",\n" : "\n");
    AppendEntry(out, *entries[i], digests.empty() ? nullptr : &digests[i]);
  }
  Append(out, "\n]}\n");
  return fmt::to_string(out);
}

std::string EntriesTable(const std::vector<const Entry*>& entries, bool details,
                         const std::vector<Digest>& digests) {
  std::vector<std::array<std::string, 3>> rows;
  std::array<std::size_t, 3> widths = {0, 0, 0};
  for (const Entry* entry : entries) {
    rows.push_back(
        {Printable(RowName(*entry)), DTypeName(entry->spec.dtype), entry->spec.shape.ToString()});
    for (std::size_t i = 0; i < widths.size(); ++i)
      widths[i] = std::max(widths[i], rows.back()[i].size());
  }
  Buffer out;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const Entry& entry = *entries[i];
    const auto& row = rows[i];
    fmt::format_to(std::back_inserter(out), "{:<{}}  {:<{}}  ", row[0], widths[0], row[1],
                   widths[1]);
    if (!details && digests.empty()) {
      Append(out, row[2]);
    } else {
      fmt::format_to(std::back_inserter(out), "{:<{}}", row[2], widths[2]);
    }
    if (details) {
      fmt::format_to(
          std::back_inserter(out), "  {:<10}  {:>10}  {:>2} @ {:<10}  {}  {}", ClassName(entry.cls),
          entry.bytes, entry.shard, entry.offset,
          entry.slices > 0 ? fmt::format("{:<8}", Plural(entry.slices, "slice"))
                           : fmt::format("{:08x}", entry.crc32c),
          entry.full_name == row[0] || entry.full_name.empty() ? "-" : Printable(entry.full_name));
    }
    if (!digests.empty()) {
      Append(out, "  ");
      Append(out, digests[i].error.empty() ? digests[i].sha256
                                           : "unreadable: " + Printable(digests[i].error));
    }
    out.push_back('\n');
  }
  return fmt::to_string(out);
}

}  // namespace regraft::cli
