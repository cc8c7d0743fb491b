#include "listing.h"

#include <fmt/format.h>
#include <regraft/buffer.h>
#include <regraft/catalog.h>
#include <regraft/checkpoint.h>
#include <regraft/entry.h>
#include <regraft/text.h>

#include <algorithm>
#include <iterator>
#include <nlohmann/json.hpp>
#include <span>
#include <string_view>
#include <utility>

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

void AppendEntry(Buffer& out, const CheckpointReader& reader, const Entry& entry,
                 const Digest* digest) {
  const auto at = reader.StoredAt(entry);
  Append(out, "{\"key\":");
  AppendText(out, entry.key);
  Append(out, ",\"name\":");
  AppendText(out, entry.name);
  if (!IsUtf8(entry.key)) {
    Append(out, ",\"key_bytes\":\"");
    for (const char c : entry.key)
      fmt::format_to(std::back_inserter(out), "{:02x}", static_cast<unsigned char>(c));
    out.push_back('"');
  }
  fmt::format_to(std::back_inserter(out),
                 ",\"dtype\":\"{}\",\"shape\":[{}],\"bytes\":{},\"shard\":{},\"offset\":{}",
                 DTypeName(entry.spec.dtype), fmt::join(entry.spec.shape.dims(), ","), entry.bytes,
                 at.file_index, at.offset);
  if (at.slices > 0) {
    fmt::format_to(std::back_inserter(out), ",\"crc32c\":null,\"slices\":{}", at.slices);
  } else if (!at.crc32c) {
    Append(out, ",\"crc32c\":null");
  } else {
    fmt::format_to(std::back_inserter(out), ",\"crc32c\":\"0x{:08x}\"", *at.crc32c);
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

using Cells = std::vector<std::string>;
constexpr std::size_t kGap = 2;
constexpr std::size_t kIndent = 4;

std::string_view Trimmed(std::string_view text) {
  text.remove_prefix(std::min(text.find_first_not_of(' '), text.size()));
  return text;
}

// Makes the columns of name, type and shape as narrow as the room wants it: names first, which
// keep 12 columns, then shapes.
void FitNames(std::size_t room, std::vector<std::size_t>& widths) {
  constexpr std::size_t kLeast = 12;
  const auto left = [&](std::size_t taken) { return room > taken ? room - taken : 0; };
  widths[2] = std::min(widths[2], std::max(left(widths[1] + 2 * kGap + kLeast), kLeast));
  widths[0] = std::min(widths[0], std::max(left(widths[1] + widths[2] + 2 * kGap), kLeast));
}

void AppendCells(std::span<const std::string> cells, std::span<const std::size_t> widths,
                 const Terminal& terminal, Buffer& out) {
  for (std::size_t i = 0; i < cells.size(); ++i) {
    const std::string text = CutMiddle(cells[i], widths[i], terminal.ascii);
    Append(out, text);
    if (i + 1 < cells.size()) out.append(std::string(widths[i] - Columns(text) + kGap, ' '));
  }
  out.push_back('\n');
}

// Cells that have no room in the row of their entry, on as many lines as they take.
void AppendBelow(std::span<const std::string> cells, std::size_t room, const Terminal& terminal,
                 Buffer& out) {
  std::string line;
  const auto flush = [&] {
    if (!line.empty()) Append(out, std::string(kIndent, ' ') + line + '\n');
    line.clear();
  };
  for (const std::string& cell : cells) {
    if (cell == "-") continue;
    const std::string text = CutMiddle(std::string(Trimmed(cell)), room - kIndent, terminal.ascii);
    if (kIndent + Columns(line) + kGap + Columns(text) > room) flush();
    if (!line.empty()) line.append(kGap, ' ');
    line += text;
  }
  flush();
}

}  // namespace

std::string JsonText(const std::string& text) {
  Buffer out;
  AppendText(out, text);
  return fmt::to_string(out);
}

std::string EntryJson(const CheckpointReader& reader, const Entry& entry) {
  Buffer out;
  AppendEntry(out, reader, entry, nullptr);
  return fmt::to_string(out);
}

void SortEntries(const CheckpointReader& reader, const std::string& by,
                 std::vector<const Entry*>& entries) {
  std::stable_sort(entries.begin(), entries.end(),
                   [](const Entry* a, const Entry* b) { return NaturalLess(a->name, b->name); });
  const auto sort = [&](auto less) {
    std::stable_sort(entries.begin(), entries.end(),
                     [&](const Entry* a, const Entry* b) { return less(*a, *b); });
  };
  if (by == "size") sort([](const Entry& a, const Entry& b) { return a.bytes > b.bytes; });
  if (by == "offset") {
    const auto place = [&reader](const Entry& entry) {
      const auto at = reader.StoredAt(entry);
      return std::pair(at.file_index, at.offset);
    };
    sort([&](const Entry& a, const Entry& b) { return place(a) < place(b); });
  }
  if (by == "shape")
    sort([](const Entry& a, const Entry& b) { return a.spec.shape < b.spec.shape; });
}

std::string EntriesJson(const CheckpointReader& reader, const std::vector<const Entry*>& entries,
                        const std::vector<Digest>& digests) {
  Buffer out;
  Append(out, "{\"schema\":\"regraft.ls/1\",\"prefix\":");
  AppendText(out, reader.prefix());
  fmt::format_to(std::back_inserter(out), ",\"kind\":\"{}\",\"entries\":[",
                 KindName(reader.catalog()));
  for (std::size_t i = 0; i < entries.size(); ++i) {
    Append(out, i > 0 ? ",\n" : "\n");
    AppendEntry(out, reader, *entries[i], digests.empty() ? nullptr : &digests[i]);
  }
  Append(out, "\n]}\n");
  return fmt::to_string(out);
}

std::string EntriesTable(const CheckpointReader& reader, const std::vector<const Entry*>& entries,
                         bool details, const std::vector<Digest>& digests,
                         const Terminal& terminal) {
  constexpr std::size_t kNames = 3;  // Name, type and shape stand in front of the rest.
  std::vector<Cells> rows;
  for (std::size_t i = 0; i < entries.size(); ++i) {
    const Entry& entry = *entries[i];
    Cells& row = rows.emplace_back();
    row = {Printable(entry.name), DTypeName(entry.spec.dtype), entry.spec.shape.ToString()};
    if (details) {
      row.push_back(std::string(ClassName(entry.cls)));
      row.push_back(fmt::format("{:>10}", entry.bytes));
      const auto at = reader.StoredAt(entry);
      row.push_back(fmt::format("{:>2} @ {}", at.file_index, at.offset));
      row.push_back(at.slices > 0 ? Plural(at.slices, "slice")
                    : at.crc32c   ? fmt::format("{:08x}", *at.crc32c)
                                  : "-");
      const bool same = entry.full_name == entry.name || entry.full_name.empty();
      row.push_back(same ? "-" : Printable(entry.full_name));
      row.push_back(entry.key == entry.name ? "-" : Printable(entry.key));
    }
    if (!digests.empty()) {
      row.push_back(digests[i].error.empty() ? digests[i].sha256
                                             : "unreadable: " + Printable(digests[i].error));
    }
  }
  std::vector<std::size_t> widths(rows.empty() ? 0 : rows[0].size(), 0);
  for (const Cells& row : rows) {
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], Columns(row[i]));
  }
  const std::size_t room = terminal.room();
  std::size_t all = 0;
  for (const std::size_t width : widths) all += width + (all > 0 ? kGap : 0);
  const bool below = all > room && widths.size() > kNames;
  if (all > room) FitNames(room, widths);
  Buffer out;
  for (const Cells& row : rows) {
    const std::size_t first = below ? kNames : row.size();
    AppendCells(std::span(row).first(first), widths, terminal, out);
    AppendBelow(std::span(row).subspan(first), room, terminal, out);
  }
  return fmt::to_string(out);
}

}  // namespace regraft::cli
