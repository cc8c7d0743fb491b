// Verifications as documents for people.
#include <fmt/format.h>

#include <set>
#include <string_view>
#include <utility>

#include "regraft/prove.h"
#include "regraft/render.h"
#include "regraft/text.h"
#include "render/documents.h"
#include "render/draw.h"
#include "render/words.h"

namespace regraft {
namespace render {
namespace {

std::string Line(const Verification& verification) {
  const std::size_t bad = verification.failed.size(), values = verification.receipt_values;
  if (values > 0) {
    std::set<std::string_view> differ;  // A value and its source may both be another.
    for (const Unverified& failed : verification.failed) differ.insert(failed.key);
    return fmt::format("{} of {} values are as the receipt says; {} compared with their sources",
                       values - differ.size(), values, verification.sources_seen);
  }
  if (bad > 0) {
    return fmt::format("{} of {} entries {} not verify", bad, verification.entries,
                       bad == 1 ? "does" : "do");
  }
  if (!verification.broken.empty()) {
    return fmt::format("the {} of {} {} not verify",
                       verification.broken.size() == 1 ? "checksum" : "checksums",
                       Plural(verification.broken.size(), "member"),
                       verification.broken.size() == 1 ? "does" : "do");
  }
  const std::string bytes = BytesText(verification.bytes);
  if (verification.unproven == 0) {
    return fmt::format("{} of {} entries verified ({})", verification.entries, verification.entries,
                       bytes);
  }
  const std::size_t verified = verification.entries - verification.unproven;
  return fmt::format("{} of {} entries are there ({}){}; not verified: the format has no checksums",
                     verification.unproven, verification.entries, bytes,
                     verified > 0 ? fmt::format(", {} verified", verified) : "");
}

}  // namespace

Document VerificationDocument(const Verification& verification, const TextOptions& options) {
  Document document{.headline = Line(verification)};
  List list{.marker = '!'};
  for (const Unverified& failed : verification.failed) {
    Row& row = list.rows.emplace_back();
    row.name = NameOrKey(failed.name, failed.key);
    row.below.push_back(failed.error.message);
    if (!failed.error.file.empty()) {
      row.below.push_back("in " + failed.error.file +
                          (failed.error.offset ? fmt::format(" at {}", *failed.error.offset) : ""));
    }
    for (const Error::Detail& detail : failed.error.details) {
      row.below.push_back(detail.label + ": " + detail.Text(options.face));
    }
  }
  for (const BrokenSeal& broken : verification.broken) {
    Row& row = list.rows.emplace_back();
    row.name = {broken.what};
    row.below.push_back(broken.error.message);
    if (!broken.error.file.empty()) row.below.push_back("in " + broken.error.file);
  }
  document.Add(std::move(list));
  for (const std::string& note : verification.notes) document.Add(Note{note});
  return document;
}

}  // namespace render

std::string VerificationText(const Verification& verification, const TextOptions& options) {
  return render::Draw(render::VerificationDocument(verification, options), options);
}

}  // namespace regraft
