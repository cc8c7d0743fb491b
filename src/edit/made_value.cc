#include "edit/made_value.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <utility>
#include <vector>

#include "base/try.h"
#include "checkpoint/read_whole.h"
#include "digest/crc32c.h"
#include "edit/cast_entry.h"
#include "find/formats.h"
#include "restore/convert.h"

namespace regraft::edit {

std::uint64_t CostOf(const Making& how) {
  const std::uint64_t elements = how.entry->bytes / ElementBytes(how.entry->spec.dtype);
  const std::uint64_t as_it_is = elements * ElementBytes(how.type);
  std::uint64_t made = as_it_is;
  if (how.planned != nullptr) {
    made = how.planned->target.spec.Bytes().value_or(as_it_is);
  }
  return how.entry->bytes + made;
}

Result<Made> Make(const Making& how, const RunOptions& run) {
  const Entry& entry = *how.entry;
  Made made;
  if (how.streams()) {
    REGRAFT_TRY(const std::uint64_t bytes, TensorSpec{how.type, entry.spec.shape}.Bytes());
    // Its size is no mere claim.
    REGRAFT_CHECK(how.reader->CheckStored(entry));
    made.value = Buffer::Unfilled(static_cast<std::size_t>(bytes));
    std::size_t at = 0;
    const auto take = [&](std::span<const std::byte> part) -> Status {
      if (!part.empty()) std::memcpy(made.value.bytes().data() + at, part.data(), part.size());
      at += part.size();
      return {};
    };
    made.loss.emplace();
    made.crc32c = how.reader->StoredAt(entry).crc32c.value_or(0);
    REGRAFT_CHECK(CastEntry(*how.reader, entry, how.type, run, take, *made.loss));
    return made;
  }
  REGRAFT_TRY(made.value, checkpoint::ReadWhole(*how.reader, entry, run));
  const auto stored = how.reader->StoredAt(entry).crc32c;
  made.crc32c = stored ? *stored : digest::Crc32c(made.value.bytes());
  const PlannedTarget* planned = how.planned;
  if (planned == nullptr || (!planned->cast && planned->fit == Fit::kExact)) return made;
  CastResult result;
  if (planned->cast) made.loss.emplace();
  const restore::Conversion conversion{
      how.read_current, [](std::size_t bytes) { return Buffer::Unfilled(bytes); },
      [&](std::span<const std::byte> before, std::span<const std::byte> after) {
        MeasureLoss(entry.spec.dtype, before, how.type, after, run.threads, *made.loss);
      }};
  REGRAFT_TRY(made.value, restore::Convert(*planned, made.value.bytes(), conversion, result));
  if (made.loss) made.loss->overflowed = result.overflowed;
  return made;
}

Result<Made> WriteValue(CheckpointWriter& writer, const std::string& key, const TensorSpec& spec,
                        const CheckpointReader& reader, const Entry& entry,
                        const std::optional<Making>& how, Made* made, const RunOptions& run) {
  Made now;
  if (!how) {
    REGRAFT_TRY(const std::vector<std::string> values, reader.ReadStrings(entry));
    REGRAFT_CHECK(writer.AddStrings(key, entry.spec.shape, values));
    return now;
  }
  if (made == nullptr && how->streams()) {
    now.crc32c = reader.StoredAt(entry).crc32c.value_or(0);
    now.loss.emplace();
    REGRAFT_CHECK(writer.Begin(key, spec));
    REGRAFT_CHECK(CastEntry(
        reader, entry, how->type, run,
        [&](std::span<const std::byte> part) { return writer.Append(part); }, *now.loss));
    REGRAFT_CHECK(writer.End());
    return now;
  }
  if (made == nullptr) {
    REGRAFT_TRY(now, Make(*how, run));
  } else {
    now = std::move(*made);
  }
  REGRAFT_CHECK(writer.Add(key, spec, now.value.bytes()));
  return now;
}

bool IsForeign(const CheckpointReader& reader, const Entry& entry) {
  if (reader.big_endian() != (std::endian::native == std::endian::big)) return true;
  if (KindOf(entry.spec.dtype) == DTypeKind::kString &&
      reader.catalog().format != find::Formats().front()->name) {
    return true;
  }
  const auto pieces = reader.StoredPieces(entry);
  return pieces && std::ranges::any_of(*pieces, [](const auto& piece) { return !piece.native; });
}

}  // namespace regraft::edit
