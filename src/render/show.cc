// One entry: what is known of it, and its values or what they are like.
#include <fmt/format.h>

#include "regraft/entry.h"
#include "regraft/inspect.h"
#include "regraft/render.h"
#include "regraft/text.h"
#include "render/documents.h"
#include "render/draw.h"
#include "render/stored.h"

namespace regraft {
namespace render {
namespace {

Facts FactsOf(const CheckpointReader& reader, const Entry& entry) {
  Facts out{.facts = {{"key", {entry.key}}}};
  const auto add = [&](std::string label, const std::string& text) {
    if (!text.empty()) out.facts.push_back({std::move(label), {text}});
  };
  for (const std::string& path : entry.paths) add("path", path);
  add("full name", entry.full_name);
  add("type", entry.spec.ToString());
  add("class", fmt::format("{}: {}", ClassName(entry.cls), entry.class_reason));
  add("made of", entry.made_of);
  add("stored", StoredText(entry.bytes, reader.StoredAt(entry)));
  return out;
}

Facts FactsOf(const Statistics& s) {
  const auto real = [](double value) { return fmt::format("{:.8g}", value); };
  const auto whole = [](std::int64_t value) { return fmt::format("{}", value); };
  return {.facts = {{"elements", {whole(s.count)}},
                    {"min", {real(s.min)}},
                    {"max", {real(s.max)}},
                    {"mean", {real(s.mean)}},
                    {"std", {real(s.stddev)}},
                    {"l2", {real(s.l2)}},
                    {"zeros", {whole(s.zeros)}},
                    {"nan", {whole(s.nans)}},
                    {"inf", {whole(s.infinities)}}}};
}

}  // namespace

Document ShowDocument(const CheckpointReader& reader, const Entry& entry,
                      const TensorValues& values, const TextOptions& options) {
  Document document;
  document.Add(FactsOf(reader, entry));
  const std::size_t most = options.all ? 0 : kShownElements;
  switch (KindOf(values.spec.dtype)) {
    case DTypeKind::kNumeric:
      document.Add(Verbatim{TensorText(values.spec, values.bytes.bytes(), most, options.width)});
      break;
    case DTypeKind::kString:
      document.Add(Verbatim{StringsText(values.spec.shape, values.strings, most, options.width)});
      break;
    default:
      document.Add(Verbatim{fmt::format("its values cannot be shown; {} writes the stored bytes",
                                        Spelled({Option::kRaw}, options.face))});
  }
  return document;
}

Document StatisticsDocument(const CheckpointReader& reader, const Entry& entry,
                            const Statistics& statistics) {
  Document document;
  document.Add(FactsOf(reader, entry));
  document.Add(FactsOf(statistics));
  return document;
}

}  // namespace render

std::string ShowText(const CheckpointReader& reader, const Entry& entry, const TensorValues& values,
                     const TextOptions& options) {
  return render::Draw(render::ShowDocument(reader, entry, values, options), options);
}

std::string StatisticsText(const CheckpointReader& reader, const Entry& entry,
                           const Statistics& statistics, const TextOptions& options) {
  return render::Draw(render::StatisticsDocument(reader, entry, statistics), options);
}

}  // namespace regraft
