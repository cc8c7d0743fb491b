// Folders of checkpoints: the latest, and what dead writers have left.
#include <fmt/format.h>

#include "base/json_text.h"
#include "regraft/find.h"
#include "regraft/render.h"
#include "regraft/text.h"
#include "render/documents.h"
#include "render/draw.h"
#include "render/json.h"

namespace regraft {
namespace render {
namespace {

std::string Line(const Cleaning& cleaning) {
  const std::size_t kept = cleaning.kept.size();
  const char* const be = kept == 1 ? "is" : "are";
  if (cleaning.removed.empty()) {
    return kept == 0
               ? fmt::format("there are no leftovers of dead writers in {}",
                             Printable(cleaning.folder))
               : fmt::format("nothing to remove: {} {} younger than an hour, perhaps still in use",
                             Plural(kept, "leftover"), be);
  }
  std::uint64_t bytes = 0;
  for (const Leftover& leftover : cleaning.removed) bytes += leftover.bytes;
  std::string line = fmt::format("{} {} ({})", cleaning.dry_run ? "would remove" : "removed",
                                 Plural(cleaning.removed.size(), "leftover"), BytesText(bytes));
  if (kept > 0) {
    line += fmt::format("; {} {} younger than an hour, perhaps still in use", kept, be);
  }
  return line;
}

Json LeftoversJson(const std::vector<Leftover>& leftovers) {
  Json list = Json::array();
  for (const Leftover& leftover : leftovers) {
    list.push_back({{"path", JsonText(leftover.path)}, {"bytes", leftover.bytes}});
  }
  return list;
}

}  // namespace

Document CleaningDocument(const Cleaning& cleaning) {
  Table table{.columns = {{"path"}, {.title = "bytes", .least = 8, .number = true}}};
  const auto add = [&](char marker, const std::vector<Leftover>& leftovers) {
    for (const Leftover& leftover : leftovers) {
      table.markers.push_back(marker);
      table.rows.push_back({leftover.path, BytesText(leftover.bytes)});
    }
  };
  add('-', cleaning.removed);
  add('=', cleaning.kept);
  Document document{.headline = Line(cleaning)};
  if (!table.rows.empty()) document.Add(std::move(table));
  return document;
}

}  // namespace render

std::string CleaningText(const Cleaning& cleaning, const TextOptions& options) {
  return render::Draw(render::CleaningDocument(cleaning), options);
}

std::string CleaningJson(const Cleaning& cleaning) {
  return render::Dump({{"schema", "regraft.clean/1"},
                       {"folder", JsonText(cleaning.folder)},
                       {"dry_run", cleaning.dry_run},
                       {"removed", render::LeftoversJson(cleaning.removed)},
                       {"kept", render::LeftoversJson(cleaning.kept)}});
}

std::string LatestJson(const Latest& latest) {
  return render::DumpLine({{"schema", "regraft.latest/1"}, {"prefix", JsonText(latest.prefix)}});
}

}  // namespace regraft
