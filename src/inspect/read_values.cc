// Values of entries, for looking at.
#include <span>

#include "base/try.h"
#include "regraft/buffer.h"
#include "regraft/checkpoint.h"
#include "regraft/elements.h"
#include "regraft/inspect.h"
#include "regraft/key.h"

namespace regraft {

Result<TensorValues> ReadValues(const CheckpointReader& reader, const Entry& entry,
                                std::string_view slice) {
  TensorValues values{.spec = entry.spec};
  if (KindOf(entry.spec.dtype) == DTypeKind::kString && slice.empty()) {
    REGRAFT_TRY(values.strings, reader.ReadStrings(entry));
    return values;
  }
  REGRAFT_CHECK(reader.CheckStored(entry));
  std::vector<SliceRange> ranges;
  if (!slice.empty()) {
    REGRAFT_TRY(ranges, ParseSlice(slice, entry.spec.shape));
    std::vector<std::int64_t> dims;
    for (const SliceRange& range : ranges) dims.push_back(range.length);
    REGRAFT_TRY(values.spec.shape, Shape::Make(std::move(dims)));
  }
  REGRAFT_TRY(const std::uint64_t size, values.spec.Bytes());
  values.bytes = Buffer::Unfilled(size);
  REGRAFT_CHECK(slice.empty() ? reader.Read(entry, values.bytes.bytes())
                              : reader.ReadSlice(entry, ranges, values.bytes.bytes()));
  return values;
}

std::vector<Counter> ReadCounters(const CheckpointReader& reader) {
  std::vector<Counter> counters;
  for (const Entry& entry : reader.entries()) {
    const bool counter = entry.cls == EntryClass::kStep || entry.key.ends_with(kSaveCounterKey);
    const Result<std::uint64_t> bytes = entry.spec.Bytes();
    if (!counter || !bytes || *bytes == 0 || *bytes > 8) continue;
    std::byte value[8];
    const std::span<std::byte> out(value, *bytes);
    // A damaged counter is no reason to show nothing else.
    const std::string text =
        reader.Read(entry, out) ? ElementText(entry.spec.dtype, out) : "unreadable";
    counters.push_back({entry.name, text});
  }
  return counters;
}

}  // namespace regraft
