// Reading and checking many tensors at once.
#include <algorithm>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <variant>

#include "common.h"
#include "regraft/buffer.h"
#include "regraft/checkpoint.h"
#include "regraft/entry.h"
#include "regraft/inspect.h"
#include "regraft/rules.h"
#include "regraft/run.h"
#include "regraft/selection.h"

namespace regraft::python {
namespace {

using Value = std::variant<Buffer, std::vector<std::string>>;

nb::object ValueTo(Value value) {
  if (auto* buffer = std::get_if<Buffer>(&value)) return nb::cast(ArrayOf(std::move(*buffer)));
  nb::list out;
  for (const std::string& text : std::get<std::vector<std::string>>(value)) {
    out.append(nb::bytes(text.data(), text.size()));
  }
  return std::move(out);
}

// Reads strings, or gets memory for numbers.
Result<Value> Prepare(const CheckpointReader& reader, const Entry& entry) {
  if (entry.spec.dtype == DType::kString) {
    Result<std::vector<std::string>> strings = reader.ReadStrings(entry);
    if (!strings) return Fail(std::move(strings).error());
    return Value(*std::move(strings));
  }
  if (Status stored = reader.CheckStored(entry); !stored) return Fail(std::move(stored).error());
  Result<std::uint64_t> bytes = entry.spec.Bytes();
  if (!bytes) return Fail(std::move(bytes).error());
  return Value(Buffer::Unfilled(*bytes));
}

// The error is that of the first entry that has one.
Status ReadValues(const CheckpointReader& reader, const std::vector<std::size_t>& indices,
                  const RunOptions& run, std::vector<Value>& values) {
  std::vector<CheckpointReader::Wanted> numbers;
  Status prepared;
  for (std::size_t i = 0; prepared && i < indices.size(); ++i) {
    const Entry& entry = reader.entries()[indices[i]];
    Result<Value> value = Prepare(reader, entry);
    if (!value) {
      prepared = Fail(std::move(value).error());
      break;
    }
    values[i] = *std::move(value);
    if (auto* buffer = std::get_if<Buffer>(&values[i])) {
      numbers.push_back({&entry, buffer->bytes()});
    }
  }
  if (Status read = reader.ReadMany(numbers, run); !read) return read;
  return prepared;
}

// An array of uint8 for each of numbers, a list of bytes for each of strings.
nb::list ReadAll(const CheckpointReader& reader, const std::vector<std::size_t>& indices,
                 nb::object progress, std::size_t threads) {
  for (const std::size_t index : indices) {
    if (index >= reader.entries().size()) throw nb::index_error("there is no such entry");
  }
  Callbacks callbacks;
  const RunOptions run{callbacks.Progress(std::move(progress)), callbacks.stop(), threads};
  std::vector<Value> values(indices.size());
  Status status;
  {
    const nb::gil_scoped_release released;
    status = ReadValues(reader, indices, run, values);
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
  std::vector<std::span<const std::byte>> parts;
  for (const nb::handle array : arrays) {
    views.push_back(std::make_unique<BytesView>(array));
    parts.push_back(views.back()->bytes());
  }
  Callbacks callbacks;
  const RunOptions run{callbacks.Progress(std::move(progress)), callbacks.stop(), threads};
  Result<std::vector<std::uint32_t>> sums;
  {
    const nb::gil_scoped_release released;
    sums = ComputeCrc32c(parts, run);
  }
  callbacks.Rethrow();
  return Unwrap(std::move(sums));
}

// The entries that rules select, in the order of keys.
std::vector<std::size_t> SelectOf(const CheckpointReader& reader, const Rules& rules) {
  const nb::gil_scoped_release released;
  const Selected selected =
      Unwrap(Select(reader.catalog(), rules.select, rules.allow_unused_rules));
  std::vector<std::size_t> out;
  for (std::size_t i = 0; i < selected.entries.size(); ++i) {
    if (selected.entries[i].taken) out.push_back(i);
  }
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
  m.def("select", &SelectOf, nb::arg("reader"), nb::arg("rules"));
}

}  // namespace regraft::python
