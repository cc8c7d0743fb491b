// What went wrong, and notes.
#include "regraft/error.h"

#include <fmt/format.h>

#include <string_view>

#include "base/error_rows.h"
#include "base/json_text.h"
#include "render/columns.h"
#include "render/documents.h"
#include "render/draw.h"
#include "render/json.h"

namespace regraft {
namespace render {

Document ErrorDocument(const Error& error, const TextOptions& options) {
  Facts facts{.explaining = true};
  for (auto& [label, text] : RowsOf(error, options.face)) {
    facts.facts.push_back({std::move(label), {std::move(text)}});
  }
  if (options.face == Face::kCommand) {
    facts.facts.push_back({"exit", {fmt::format("{}", ExitStatus(error.code))}});
  }
  Document document{.headline = fmt::format("error[{}]: {}", error.slug, error.message)};
  document.Add(std::move(facts));
  return document;
}

}  // namespace render

std::string ErrorText(const Error& error, const TextOptions& options) {
  render::Document document = render::ErrorDocument(error, options);
  std::string& headline = document.headline;
  headline = render::WrappedCopyable(render::Shown(headline, options.ascii), 2, options.width);
  const std::size_t end = std::string_view("error[]").size() + error.slug.size();
  headline = render::Paint("31", headline.substr(0, end), options) + headline.substr(end);
  return render::Draw(document, options);
}

std::string ErrorJson(const Error& error) {
  render::Json root = {{"schema", "regraft.error/1"},
                       {"slug", error.slug},
                       {"message", JsonText(error.message)},
                       {"exit", ExitStatus(error.code)}};
  if (!error.file.empty()) root["file"] = JsonText(error.file);
  if (error.offset) root["offset"] = *error.offset;
  if (!error.key.empty()) root["key"] = JsonText(error.key);
  root["details"] = render::DetailsJson(error);
  const std::string hint = error.HintText(Face::kCommand);
  if (!hint.empty()) root["hint"] = JsonText(hint);
  return render::DumpLine(root);
}

std::string NoteJson(std::string_view message) {
  return render::DumpLine(
      {{"schema", "regraft.note/1"}, {"message", JsonText(std::string(message))}});
}

}  // namespace regraft
