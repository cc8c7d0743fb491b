#include <fmt/format.h>
#include <regraft/buffer.h>
#include <regraft/checkpoint.h>
#include <regraft/elements.h>
#include <regraft/entry.h>
#include <regraft/inspect.h>
#include <regraft/names.h>
#include <regraft/text.h>

#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>

#include "listing.h"
#include "source.h"
#include "verb.h"

namespace regraft::cli {
namespace {

constexpr std::size_t kShown = 200;  // Elements; a larger tensor is cut unless --all.

struct Options {
  std::string source;
  std::string name;
  std::string slice;
  std::string npy;
  bool stats = false;
  bool raw = false;
};

// What was asked for of a numeric tensor: its spec and its bytes.
struct Values {
  TensorSpec spec;
  Buffer bytes;
};

Result<Values> ReadValues(const CheckpointReader& reader, const Entry& entry,
                          const std::string& slice) {
  Status stored = reader.CheckStored(entry);
  if (!stored) return regraft::Fail(std::move(stored).error());
  Values values;
  values.spec = entry.spec;
  std::vector<SliceRange> ranges;
  if (!slice.empty()) {
    Result<std::vector<SliceRange>> parsed = ParseSlice(slice, entry.spec.shape);
    if (!parsed) return regraft::Fail(std::move(parsed).error());
    ranges = *parsed;
    std::vector<std::int64_t> dims;
    for (const SliceRange& range : ranges) dims.push_back(range.length);
    values.spec.shape = Shape::Make(dims).value();
  }
  Result<std::uint64_t> size = values.spec.Bytes();
  if (!size) return regraft::Fail(size.error());
  values.bytes = Buffer::Unfilled(*size);
  const Status read = slice.empty() ? reader.Read(entry, values.bytes.bytes())
                                    : reader.ReadSlice(entry, ranges, values.bytes.bytes());
  if (!read) return regraft::Fail(read.error());
  return values;
}

std::string Header(const CheckpointReader& reader, const Entry& entry) {
  std::string out = fmt::format("{:<12} {}\n", "key", Printable(entry.key));
  const auto row = [&](std::string_view label, std::string_view text) {
    if (!text.empty()) out += fmt::format("{:<12} {}\n", label, Printable(text));
  };
  for (const std::string& path : entry.paths) row("path", path);
  row("full name", entry.full_name);
  row("type", entry.spec.ToString());
  row("class", fmt::format("{}: {}", ClassName(entry.cls), entry.class_reason));
  const auto at = reader.StoredAt(entry);
  row("stored",
      at.slices > 0
          ? fmt::format("{} in {}", BytesText(entry.bytes), Plural(at.slices, "slice"))
          : fmt::format(
                "{} in shard {} at {}{}", BytesText(entry.bytes), at.file_index, at.offset,
                at.crc32c ? fmt::format(", CRC-32C {:08x}", *at.crc32c) : ", without a checksum"));
  return out;
}

std::string StatisticsText(const Statistics& s) {
  std::string out;
  const auto row = [&](std::string_view label, const std::string& text) {
    out += fmt::format("{:<12} {}\n", label, text);
  };
  row("elements", fmt::format("{}", s.count));
  row("min", fmt::format("{:.8g}", s.min));
  row("max", fmt::format("{:.8g}", s.max));
  row("mean", fmt::format("{:.8g}", s.mean));
  row("std", fmt::format("{:.8g}", s.stddev));
  row("l2", fmt::format("{:.8g}", s.l2));
  row("zeros", fmt::format("{}", s.zeros));
  row("nan", fmt::format("{}", s.nans));
  row("inf", fmt::format("{}", s.infinities));
  return out;
}

nlohmann::ordered_json Finite(double value) {
  // JSON has no such numbers.
  if (value != value) return "NaN";
  if (value > 1.7976931348623157e308) return "Infinity";
  if (value < -1.7976931348623157e308) return "-Infinity";
  return value;
}

std::string StatisticsJson(const Entry& entry, const Statistics& s) {
  nlohmann::ordered_json out = {{"schema", "regraft.stats/1"},
                                {"key", entry.key},
                                {"elements", s.count},
                                {"min", Finite(s.min)},
                                {"max", Finite(s.max)},
                                {"mean", Finite(s.mean)},
                                {"std", Finite(s.stddev)},
                                {"l2", Finite(s.l2)},
                                {"zeros", s.zeros},
                                {"nan", s.nans},
                                {"inf", s.infinities}};
  return out.dump(1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
}

// A string as JSON; one that is not UTF-8, such as a stored message, by its bytes.
std::string StringJson(const std::string& text) {
  if (IsUtf8(text)) return JsonText(text);
  std::string hex;
  for (const char c : text) hex += fmt::format("{:02x}", static_cast<unsigned char>(c));
  return fmt::format("{{\"hex\":\"{}\"}}", hex);
}

std::string NumberJson(DType dtype, std::span<const std::byte> element) {
  const std::string text = ElementText(dtype, element);
  // Complex numbers, NaN and infinities are none of JSON's.
  if (text == "nan" || text == "-nan") return "\"NaN\"";
  if (text == "inf") return "\"Infinity\"";
  if (text == "-inf") return "\"-Infinity\"";
  return text.ends_with('j') ? JsonText(text) : text;
}

// "regraft.show/1"; `values` are JSON already, in row-major order.
std::string ShowJson(const CheckpointReader& reader, const Entry& entry, const Shape& shape,
                     std::string_view values) {
  return fmt::format(
      "{{\"schema\":\"regraft.show/1\",\"prefix\":{},\n\"entry\":{},\n\"reason\":{},\n"
      "\"shape\":[{}],\n\"values\":[{}]}}\n",
      JsonText(reader.prefix()), EntryJson(reader, entry), JsonText(entry.class_reason),
      fmt::join(shape.dims(), ","), values);
}

int ShowStrings(const CheckpointReader& reader, const Entry& entry, std::size_t most,
                const Terminal& terminal) {
  Result<std::vector<std::string>> strings = reader.ReadStrings(entry);
  if (!strings) return terminal.Fail(strings.error());
  if (terminal.json) {
    std::string values;
    for (const std::string& element : *strings)
      values += (values.empty() ? "" : ",") + StringJson(element);
    terminal.Print(ShowJson(reader, entry, entry.spec.shape, values));
    return 0;
  }
  terminal.Print(Header(reader, entry) +
                 StringsText(entry.spec.shape, *strings, most, terminal.text().width) + "\n");
  const bool cut = strings->size() > most ||
                   std::any_of(strings->begin(), strings->end(), [](const std::string& element) {
                     return element.size() > kLongString;
                   });
  if (most > 0 && cut) terminal.Note("--all shows all of it");
  return 0;
}

int ShowNumbers(const CheckpointReader& reader, const Entry& entry, const Values& values,
                std::size_t most, const Terminal& terminal) {
  const std::span<const std::byte> bytes = values.bytes.bytes();
  if (terminal.json) {
    std::string numbers;
    const std::size_t size = ElementBytes(values.spec.dtype);
    for (std::size_t at = 0; at < bytes.size(); at += size) {
      numbers += (at > 0 ? "," : "") + NumberJson(values.spec.dtype, bytes.subspan(at, size));
    }
    terminal.Print(ShowJson(reader, entry, values.spec.shape, numbers));
    return 0;
  }
  terminal.Print(Header(reader, entry) +
                 TensorText(values.spec, bytes, most, terminal.text().width) + "\n");
  const std::int64_t count = values.spec.shape.num_elements();
  if (most > 0 && static_cast<std::size_t>(count) > most) {
    terminal.Note(fmt::format("{} elements; --all shows every one, --slice a part", count));
  }
  return 0;
}

int WriteNpy(const std::string& path, const Values& values, const Terminal& terminal) {
  Result<std::string> file = NpyFile(values.spec, values.bytes.bytes());
  if (!file) return terminal.Fail(file.error());
  if (path == "-") {
    terminal.Print(*file);
    return 0;
  }
  const Status written = WriteFile(path, *file);
  return written ? 0 : terminal.Fail(written.error());
}

int Show(const Options& options, const CheckpointReader& reader, const Entry& entry,
         const Terminal& terminal) {
  const std::size_t most = terminal.all || !options.slice.empty() ? 0 : kShown;
  if (options.raw) {
    Result<std::string> raw = reader.ReadRaw(entry);
    if (!raw) return terminal.Fail(raw.error());
    terminal.Print(*raw);
    return 0;
  }
  const DTypeKind kind = KindOf(entry.spec.dtype);
  if (kind != DTypeKind::kNumeric) {
    const auto refused = [&](const char* what, const char* hint) {
      return terminal.Fail(Error(ErrorCode::kUnsupported, "cli/not-numeric",
                                 fmt::format("'{}' is of type {} and has no {}", options.name,
                                             DTypeName(entry.spec.dtype), what))
                               .Hint(hint));
    };
    if (options.stats || !options.npy.empty() || !options.slice.empty()) {
      return refused("numbers", "--raw writes its stored bytes");
    }
    if (kind == DTypeKind::kString) return ShowStrings(reader, entry, most, terminal);
    if (terminal.json) {
      return refused("values that JSON could hold",
                     "--raw writes its stored bytes, and ls --json what is known of it");
    }
    terminal.Print(Header(reader, entry) +
                   "its values cannot be shown; --raw writes the stored bytes\n");
    return 0;
  }
  Result<Values> values = ReadValues(reader, entry, options.slice);
  if (!values) return terminal.Fail(values.error());
  if (!options.npy.empty()) return WriteNpy(options.npy, *values, terminal);
  if (options.stats) {
    const Statistics statistics = ComputeStatistics(values->spec.dtype, values->bytes.bytes());
    terminal.Print(terminal.json ? StatisticsJson(entry, statistics)
                                 : Header(reader, entry) + StatisticsText(statistics));
    return 0;
  }
  return ShowNumbers(reader, entry, *values, most, terminal);
}

int Run(const Options& options, const Terminal& terminal) {
  Result<CheckpointReader> reader = OpenSource(options.source, terminal);
  if (!reader) return terminal.Fail(reader.error());
  const Result<NameHit> hit = FindByName(reader->catalog(), options.name);
  if (!hit) return terminal.Fail(hit.error());
  return Show(options, *reader, reader->entries()[hit->entry], terminal);
}

}  // namespace

std::function<int()> SetupShow(CLI::App& app, const Terminal& terminal) {
  auto options = std::make_shared<Options>();
  app.add_option("SRC", options->source, "checkpoint, in any form (regraft help paths)")
      ->required();
  app.add_option("NAME", options->name, "entry, in any spelling (regraft help names)")->required();
  CLI::Option* slice =
      app.add_option("--slice", options->slice, "a range an axis, '0:3,:'")->type_name("RANGES");
  CLI::Option* stats =
      app.add_flag("--stats", options->stats, "min, max, mean, std, l2, zeros, nan, inf");
  CLI::Option* npy =
      app.add_option("--npy", options->npy, "write the values for NumPy; - for stdout")
          ->type_name("FILE");
  app.add_flag("--raw", options->raw, "write the stored bytes to stdout")
      ->excludes(slice)
      ->excludes(stats)
      ->excludes(npy);
  npy->excludes(stats);
  return [options, &terminal] { return Run(*options, terminal); };
}

}  // namespace regraft::cli
