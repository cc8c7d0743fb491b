// Reading and checking many tensors at once.
#include "bulk.h"

#include <span>
#include <string>
#include <utility>
#include <variant>

#include "regraft/buffer.h"
#include "regraft/checkpoint.h"
#include "regraft/entry.h"
#include "regraft/inspect.h"
#include "regraft/plan.h"
#include "regraft/rules.h"

namespace regraft::python {
namespace {

using Value = std::variant<Buffer, std::vector<std::string>>;

Result<Value> ReadValue(const CheckpointReader& reader, const Entry& entry) {
  if (entry.spec.dtype == DType::kString) {
    Result<std::vector<std::string>> strings = reader.ReadStrings(entry);
    if (!strings) return Fail(std::move(strings).error());
    return Value(*std::move(strings));
  }
  if (Status stored = reader.CheckStored(entry); !stored) return Fail(std::move(stored).error());
  Result<std::uint64_t> bytes = entry.spec.Bytes();
  if (!bytes) return Fail(std::move(bytes).error());
  Buffer buffer = Buffer::Unfilled(*bytes);
  if (Status read = reader.Read(entry, buffer.bytes()); !read) return Fail(std::move(read).error());
  return Value(std::move(buffer));
}

nb::object ValueTo(Value value) {
  if (auto* buffer = std::get_if<Buffer>(&value)) return nb::cast(ArrayOf(std::move(*buffer)));
  nb::list out;
  for (const std::string& text : std::get<std::vector<std::string>>(value)) {
    out.append(nb::bytes(text.data(), text.size()));
  }
  return std::move(out);
}

// An array of uint8 for each of numbers, a list of bytes for each of strings.
nb::list ReadAll(const CheckpointReader& reader, const std::vector<std::size_t>& indices,
                 nb::object progress, std::size_t threads) {
  const auto entries = reader.entries();
  for (const std::size_t index : indices) {
    if (index >= entries.size()) throw nb::index_error("there is no such entry");
  }
  Callbacks callbacks;
  const auto tell = callbacks.Progress(std::move(progress));
  std::vector<Value> values(indices.size());
  Status status;
  {
    const nb::gil_scoped_release released;
    status = ForEach(
        indices.size(), threads, [&](std::size_t i) { return entries[indices[i]].bytes; },
        [&](std::size_t i) -> Status {
          Result<Value> value = ReadValue(reader, entries[indices[i]]);
          if (!value) return Fail(std::move(value).error());
          values[i] = *std::move(value);
          return {};
        },
        tell, callbacks.stop());
  }
  callbacks.Rethrow();
  Unwrap(std::move(status));
  nb::list out;
  for (Value& value : values) out.append(ValueTo(std::move(value)));
  return out;
}

// CRC-32C of each.
std::vector<std::uint32_t> Checksums(const nb::typed<nb::list, nb::any>& arrays,
                                     nb::object progress, std::size_t threads) {
  std::vector<std::unique_ptr<BytesView>> views;
  for (const nb::handle array : arrays) views.push_back(std::make_unique<BytesView>(array));
  Callbacks callbacks;
  const auto tell = callbacks.Progress(std::move(progress));
  std::vector<std::uint32_t> sums(views.size());
  Status status;
  {
    const nb::gil_scoped_release released;
    status = ForEach(
        views.size(), threads, [&](std::size_t i) { return views[i]->bytes().size(); },
        [&](std::size_t i) -> Status {
          sums[i] = ComputeCrc32c(views[i]->bytes());
          return {};
        },
        tell, callbacks.stop());
  }
  callbacks.Rethrow();
  Unwrap(std::move(status));
  return sums;
}

// The entries that rules select, in the order of keys.
std::vector<std::size_t> Select(const CheckpointReader& reader, const Rules& rules) {
  const nb::gil_scoped_release released;
  const Plan plan = Unwrap(MakeSelection(reader.catalog(), rules));
  Unwrap(plan.Check());
  std::vector<std::size_t> out;
  for (const PlannedTarget& planned : plan.targets) {
    if (planned.outcome == Outcome::kNotSelected) continue;
    out.push_back(
        static_cast<std::size_t>(reader.Find(planned.target.key) - reader.entries().data()));
  }
  std::sort(out.begin(), out.end());
  return out;
}

}  // namespace

void BindBulk(nb::module_& m) {
  m.def("read_all", &ReadAll, nb::arg("reader"), nb::arg("indices"),
        nb::arg("progress") = nb::none(), nb::arg("threads") = 0,
        nb::sig("def read_all(reader: Reader, indices: Sequence[int], progress: object | None = "
                "None, threads: int = 0) -> list[Any]"));
  m.def("checksums", &Checksums, nb::arg("arrays"), nb::arg("progress") = nb::none(),
        nb::arg("threads") = 0);
  m.def("select", &Select, nb::arg("reader"), nb::arg("rules"));
}

}  // namespace regraft::python
