#include <fmt/format.h>
#include <regraft/checkpoint.h>
#include <regraft/dtype.h>
#include <regraft/entry.h>
#include <regraft/inspect.h>
#include <regraft/names.h>
#include <regraft/render.h>

#include <algorithm>
#include <memory>

#include "source.h"
#include "verb.h"

namespace regraft::cli {
namespace {

struct Options {
  std::string source;
  ViewFlags view;
  std::string name;
  std::string slice;
  std::string npy;
  bool stats = false;
  bool raw = false;
};

// What the text leaves out.
void NoteWhatIsCut(const TensorValues& values, const Terminal& terminal) {
  if (KindOf(values.spec.dtype) == DTypeKind::kNumeric) {
    const std::int64_t count = values.spec.shape.num_elements();
    if (static_cast<std::size_t>(count) <= kShownElements) return;
    terminal.Note(fmt::format("{} elements; --all shows every one, --slice a part", count));
  } else if (values.strings.size() > kShownElements ||
             std::any_of(values.strings.begin(), values.strings.end(),
                         [](const std::string& text) { return text.size() > kLongString; })) {
    terminal.Note("--all shows all of it");
  }
}

int WriteNpy(const std::string& path, const TensorValues& values, const Terminal& terminal) {
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
  if (options.raw) {
    const Result<std::string> raw = reader.ReadRaw(entry);
    if (!raw) return terminal.Fail(raw.error());
    terminal.Print(*raw);
    return 0;
  }
  TextOptions text = terminal.text();
  text.all = text.all || !options.slice.empty();
  const DTypeKind kind = KindOf(entry.spec.dtype);
  const auto refused = [&](const char* what, const char* hint) {
    return terminal.Fail(Error(ErrorCode::kUnsupported, "cli/not-numeric",
                               fmt::format("'{}' is of type {} and has no {}", options.name,
                                           DTypeName(entry.spec.dtype), what))
                             .Hint(hint));
  };
  if (kind != DTypeKind::kNumeric &&
      (options.stats || !options.npy.empty() || !options.slice.empty())) {
    return refused("numbers", "--raw writes its stored bytes");
  }
  if (kind != DTypeKind::kNumeric && kind != DTypeKind::kString) {
    if (terminal.json) {
      return refused("values that JSON could hold",
                     "--raw writes its stored bytes, and ls --json what is known of it");
    }
    terminal.Print(ShowText(reader, entry, {.spec = entry.spec}, text));
    return 0;
  }
  const Result<TensorValues> values = ReadValues(reader, entry, options.slice);
  if (!values) return terminal.Fail(values.error());
  if (!options.npy.empty()) return WriteNpy(options.npy, *values, terminal);
  if (options.stats) {
    const Statistics statistics = ComputeStatistics(values->spec.dtype, values->bytes.bytes());
    terminal.Print(terminal.json ? StatisticsJson(entry, statistics)
                                 : StatisticsText(reader, entry, statistics, text));
    return 0;
  }
  terminal.Print(terminal.json ? ShowJson(reader, entry, *values)
                               : ShowText(reader, entry, *values, text));
  if (!terminal.json && !text.all) NoteWhatIsCut(*values, terminal);
  return 0;
}

int Run(const Options& options, const Terminal& terminal) {
  Result<CheckpointReader> reader = OpenSource(options.source, terminal, options.view);
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
  options->view.AddTo(app, /*renames=*/false);
  return [options, &terminal] { return Run(*options, terminal); };
}

}  // namespace regraft::cli
