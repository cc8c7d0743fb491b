#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <type_traits>
#include <utility>

#include "archive/archive.h"
#include "archive/fetch.h"
#include "base/made_once.h"
#include "base/progress.h"
#include "base/text.h"
#include "base/try.h"
#include "checkpoint/catalog.h"
#include "checkpoint/graph_trouble.h"
#include "checkpoint/read_whole.h"
#include "checkpoint/reader_access.h"
#include "classify/classify.h"
#include "digest/sha256.h"
#include "find/formats.h"
#include "find/locate.h"
#include "find/recognize.h"
#include "regraft/buffer.h"
#include "regraft/catalog.h"
#include "regraft/checkpoint.h"
#include "regraft/entry.h"

namespace regraft {
namespace {

// A data file that fails may be something else: says what, if that is known. If it is a data file,
// and its checkpoint is named, the rest of it may be whole.
Error Explain(const io::Files& files, const archive::Archive& archive, Error error,
              const std::string& prefix = "") {
  if (!archive.IsOfContent(error)) return error;
  const auto file = files.Open(error.file);
  if (!file) return error;
  const auto found = find::Recognize(**file);
  if (!found) {
    if (prefix.empty()) return error;
    error.remedies.push_back(
        {{{Option::kVerify, prefix}}, "finds all that is damaged, and the rest can be read"});
    return error;
  }
  error.message = fmt::format("the data file is {}", found->what);
  error.hint = found->advice;
  return error;
}

Status CheckSize(std::uint64_t needed, std::size_t given) {
  if (needed == given) return {};
  return Fail(Error(ErrorCode::kInvalidArgument, "checkpoint/buffer-size",
                    fmt::format("{} bytes are to be read into a buffer of {}", needed, given)));
}

std::optional<std::uint32_t> Crc32cOf(const archive::StoredPiece& piece) {
  if (piece.checksum.kind == archive::ChecksumKind::kNone) return std::nullopt;
  return piece.checksum.value;
}

// Tensors that are read to where their caller wants them.
class ReadInto final : public archive::TensorReceiver {
 public:
  explicit ReadInto(std::span<const CheckpointReader::Wanted> wanted) : wanted_(wanted) {}

  std::byte* Place(std::size_t tensor) override { return wanted_[tensor].out.data(); }
  void Take(std::size_t, std::uint64_t, std::span<const std::byte>) override {}
  void Done(std::size_t tensor, Status status, std::optional<std::uint32_t>) override {
    if (status) return;
    const std::lock_guard lock(mutex_);
    if (!failed_ || tensor < failed_->first) {
      failed_.emplace(tensor, std::move(status).error());
    }
  }

  using Failed = std::optional<std::pair<std::size_t, Error>>;
  /// The first of what is wanted that has an error.
  Failed failed() && { return std::move(failed_); }

 private:
  const std::span<const CheckpointReader::Wanted> wanted_;
  std::mutex mutex_;
  Failed failed_;
};

void ToLittleEndian(std::size_t unit, std::span<std::byte> bytes) {
  if (std::endian::native == std::endian::little || unit < 2) return;
  for (; !bytes.empty(); bytes = bytes.subspan(unit)) {
    std::reverse(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(unit));
  }
}

}  // namespace

struct CheckpointReader::Impl {
  // The object graph, and what a person should be told.
  struct Graph {
    std::optional<ObjectGraph> graph;
    std::optional<Error> error;  // Why there is none, though the file has one.
    std::vector<std::string> notes;
  };

  Impl(const io::Files& file_system, find::Located located, bool verify_checksums)
      : files(file_system),
        prefix(std::move(located.prefix)),
        format(*located.format),
        archive(std::move(located.archive)),
        verify(verify_checksums),
        notes(std::move(located.notes)),
        graph_bytes(ReadGraph(verify)) {}

  // Entries and tensors stand in the same order; a copy of an entry is found by its key.
  Result<const archive::StoredTensor*> TensorOf(const Entry& entry) const {
    std::ptrdiff_t at = -1;
    if (const Catalog* made = catalog.IfMade()) {
      const Entry* first = made->entries.data();
      const std::less<const Entry*> before;
      if (!before(&entry, first) && before(&entry, first + made->entries.size())) {
        at = &entry - first;
      }
    }
    if (at < 0) at = archive->Find(entry.key);
    if (at < 0) {
      return Fail(Error(ErrorCode::kInvalidArgument, "checkpoint/not-its-entry",
                        "the entry comes from another checkpoint")
                      .ForKey(entry.key));
    }
    return &archive->tensors()[static_cast<std::size_t>(at)];
  }

  // Does `read` with the tensor of an entry, and completes its error.
  template <typename Read>
  std::invoke_result_t<Read, const archive::StoredTensor&> With(const Entry& entry,
                                                                Read read) const {
    REGRAFT_TRY(const archive::StoredTensor* tensor, TensorOf(entry));
    auto result = read(*tensor);
    if (result) return result;
    return Fail(Complete(entry, std::move(result).error()));
  }

  Error Complete(const Entry& entry, Error error) const {
    return Explain(files, *archive, std::move(error).ForKey(entry.key), prefix);
  }

  bool has_graph() const { return archive->graph() >= 0; }
  // The bytes of the object graph; none for a file of names.
  Result<std::string> ReadGraph(bool check) const;
  // Pre: has_graph().
  Result<ObjectGraph> ParseGraph(const std::string& bytes) const;
  const Graph& graph() const;
  const Catalog& Filled() const;

  const io::Files& files;
  const std::string prefix;
  const archive::Format& format;
  const std::unique_ptr<const archive::Archive> archive;
  const bool verify;
  const std::vector<std::string> notes;     // Of how the path was understood.
  mutable Result<std::string> graph_bytes;  // Until graph() is made.
  MadeOnce<Graph> parsed;
  MadeOnce<Catalog> catalog;
};

Result<std::string> CheckpointReader::Impl::ReadGraph(bool check) const {
  const std::ptrdiff_t at = archive->graph();
  if (at < 0) return std::string();
  const archive::StoredTensor& tensor = archive->tensors()[static_cast<std::size_t>(at)];
  const auto not_one = [&tensor](const std::string& stored) {
    return Fail(Error(ErrorCode::kCorrupt, "object-graph/not-scalar",
                      fmt::format("the object graph is stored as {} instead of one string", stored))
                    .ForKey(tensor.key));
  };
  if (tensor.fault.empty() && tensor.spec.dtype != DType::kString) {
    return not_one(tensor.spec.ToString());
  }
  auto values = archive->ReadStrings(tensor, check);
  if (!values) return Fail(Explain(files, *archive, std::move(values).error()));
  if (values->size() != 1) return not_one(Plural(values->size(), "string"));
  return std::move(values->front());
}

Result<ObjectGraph> CheckpointReader::Impl::ParseGraph(const std::string& bytes) const {
  auto graph = ObjectGraph::Parse(bytes);
  if (graph) return graph;
  const auto& tensor = archive->tensors()[static_cast<std::size_t>(archive->graph())];
  return Fail(std::move(graph)
                  .error()
                  .InFile(archive->FilePath(tensor.pieces.front().where.file))
                  .ForKey(tensor.key));
}

const CheckpointReader::Impl::Graph& CheckpointReader::Impl::graph() const {
  return parsed.Get([this] {
    Graph out;
    out.notes = notes;
    if (!has_graph()) return out;
    const Result<std::string> bytes = std::move(graph_bytes);
    auto graph = bytes ? ParseGraph(*bytes) : Result<ObjectGraph>(Fail(bytes.error()));
    if (graph) {
      out.graph = *std::move(graph);
      return out;
    }
    // Values can be had by their keys, whatever has become of the graph.
    out.error = std::move(graph).error();
    out.notes.push_back(fmt::format("{}: paths and classes are guessed from the keys",
                                    checkpoint::GraphTrouble(*out.error)));
    if (out.error->code != ErrorCode::kNotFound && !out.error->hint.empty()) {
      out.notes.back() += "; " + out.error->hint;
    }
    return out;
  });
}

const Catalog& CheckpointReader::Impl::Filled() const {
  return catalog.Get([this] {
    const Graph& known = graph();
    Catalog out =
        checkpoint::MakeCatalog(prefix, format, *archive, known.graph ? &*known.graph : nullptr);
    out.graph_error = known.error;
    return out;
  });
}

CheckpointReader::CheckpointReader(std::unique_ptr<const Impl> impl) : impl_(std::move(impl)) {}
CheckpointReader::CheckpointReader(CheckpointReader&&) noexcept = default;
CheckpointReader& CheckpointReader::operator=(CheckpointReader&&) noexcept = default;
CheckpointReader::~CheckpointReader() = default;

Result<CheckpointReader> CheckpointReader::Open(const std::string& where,
                                                const OpenOptions& options) {
  return Open(io::RealFiles(), where, options);
}

Result<CheckpointReader> CheckpointReader::Open(const io::Files& files, const std::string& where,
                                                const OpenOptions& options) {
  REGRAFT_TRY(find::Located located,
              find::Locate(files, where, {.verify_checksums = options.verify_checksums}));
  auto impl = std::make_unique<Impl>(files, std::move(located), options.verify_checksums);
  return CheckpointReader(std::move(impl));
}

std::size_t CheckpointReader::num_entries() const { return impl_->archive->tensors().size(); }
CheckpointReader::Listed CheckpointReader::At(std::size_t index) const& {
  const archive::StoredTensor& tensor = impl_->archive->tensors()[index];
  return {tensor.key, tensor.spec, archive::StoredBytes(tensor)};
}
Entry CheckpointReader::Bare(std::size_t index) const {
  const Listed listed = At(index);
  Entry entry;
  entry.key = listed.key;
  entry.spec = listed.spec;
  entry.bytes = listed.bytes;
  return entry;
}
std::optional<std::size_t> CheckpointReader::IndexOf(std::string_view key) const {
  const std::ptrdiff_t at = impl_->archive->Find(key);
  if (at < 0) return std::nullopt;
  return static_cast<std::size_t>(at);
}

const Catalog& CheckpointReader::catalog() const& { return impl_->Filled(); }
const std::string& CheckpointReader::prefix() const& { return impl_->prefix; }
bool CheckpointReader::has_graph() const { return impl_->has_graph(); }
std::uint32_t CheckpointReader::num_files() const { return impl_->archive->num_files(); }
std::string_view CheckpointReader::kind_name() const {
  return checkpoint::KindNameOf(impl_->format.name, has_graph());
}
std::string CheckpointReader::main_file() const {
  return prefix() + std::string(impl_->format.main_file);
}
const std::map<std::string, std::string>& CheckpointReader::metadata() const& {
  return impl_->archive->metadata();
}
bool CheckpointReader::big_endian() const { return impl_->archive->big_endian(); }
const ObjectGraph* CheckpointReader::object_graph() const& {
  const auto& known = impl_->graph().graph;
  return known ? &*known : nullptr;
}
std::span<const std::string> CheckpointReader::notes() const& { return impl_->graph().notes; }

const Entry* CheckpointReader::Find(std::string_view key) const& {
  const auto at = IndexOf(key);
  return at ? &impl_->Filled().entries[*at] : nullptr;
}

CheckpointReader::StoredPlace CheckpointReader::StoredAt(const Entry& entry) const {
  StoredPlace place;
  const auto tensor = impl_->TensorOf(entry);
  if (!tensor) return place;
  const std::vector<archive::StoredPiece>& pieces = (*tensor)->pieces;
  if ((*tensor)->partitioned) place.slices = pieces.size();
  if (pieces.empty()) return place;
  place.file_index = pieces[0].where.file;
  place.offset = pieces[0].where.offset;
  place.crc32c = Crc32cOf(pieces[0]);
  if ((*tensor)->partitioned) place.crc32c.reset();
  return place;
}

Result<std::vector<CheckpointReader::StoredPiece>> CheckpointReader::StoredPieces(
    const Entry& entry) const {
  return impl_->With(entry,
                     [&](const archive::StoredTensor& tensor) -> Result<std::vector<StoredPiece>> {
                       if (!tensor.fault.empty()) return Fail(tensor.fault.front());
                       std::vector<StoredPiece> pieces;
                       pieces.reserve(tensor.pieces.size());
                       for (const archive::StoredPiece& piece : tensor.pieces) {
                         StoredPiece& stored = pieces.emplace_back();
                         stored.file = impl_->archive->FilePath(piece.where.file);
                         stored.file_index = piece.where.file;
                         stored.offset = piece.where.offset;
                         stored.bytes = piece.where.bytes;
                         stored.crc32c = Crc32cOf(piece);
                       }
                       return pieces;
                     });
}

Status CheckpointReader::CheckStored(const Entry& entry) const {
  return impl_->With(entry, [&](const archive::StoredTensor& tensor) {
    return impl_->archive->CheckStored(tensor);
  });
}

Status CheckpointReader::Read(const Entry& entry, std::span<std::byte> out,
                              const RunOptions& run) const {
  const Wanted wanted{&entry, out};
  return ReadMany({&wanted, 1}, run);
}

Status CheckpointReader::ReadMany(std::span<const Wanted> wanted, const RunOptions& run) const {
  std::vector<archive::Wanted> tensors;
  std::uint64_t total = 0;
  for (const auto& [entry, out] : wanted) {
    const std::size_t size = out.size();
    REGRAFT_CHECK(impl_->With(*entry, [&](const archive::StoredTensor& tensor) -> Status {
      tensors.push_back({impl_->archive.get(), &tensor, impl_->verify});
      REGRAFT_TRY(const std::uint64_t bytes, tensor.spec.Bytes());
      if (KindOf(tensor.spec.dtype) != DTypeKind::kNumeric) return {};  // Fetching refuses it.
      total += bytes;
      return CheckSize(bytes, size);
    }));
  }
  Progress progress(run.progress, total);
  ReadInto into(wanted);
  archive::Fetch(
      tensors, run, [&](std::uint64_t bytes) { progress.Add(bytes); }, into);
  if (run.stop.stop_requested()) {
    return Fail(Error(ErrorCode::kCancelled, "checkpoint/cancelled", "the reading was cancelled"));
  }
  if (auto failed = std::move(into).failed()) {
    return Fail(impl_->Complete(*wanted[failed->first].entry, std::move(failed->second)));
  }
  progress.Finish();
  return {};
}

Status CheckpointReader::ReadSlice(const Entry& entry, std::span<const SliceRange> ranges,
                                   std::span<std::byte> out, bool verify) const {
  return impl_->With(entry, [&](const archive::StoredTensor& tensor) -> Status {
    REGRAFT_TRY(const std::vector<SliceRange> resolved, ResolveSlice(tensor.spec.shape, ranges));
    // No overflow: it is no more than the whole tensor, whose size fits.
    REGRAFT_CHECK(tensor.spec.Bytes());
    std::uint64_t bytes = ElementBytes(tensor.spec.dtype);
    for (const SliceRange& range : resolved) bytes *= static_cast<std::uint64_t>(range.length);
    if (KindOf(tensor.spec.dtype) == DTypeKind::kNumeric)
      REGRAFT_CHECK(CheckSize(bytes, out.size()));
    return impl_->archive->ReadSlice(tensor, resolved, out, verify);
  });
}

Result<std::vector<std::string>> CheckpointReader::ReadStrings(const Entry& entry) const {
  return impl_->With(entry, [&](const archive::StoredTensor& tensor) {
    return impl_->archive->ReadStrings(tensor, impl_->verify);
  });
}

Result<std::string> CheckpointReader::ReadRaw(const Entry& entry) const {
  return impl_->With(entry, [&](const archive::StoredTensor& tensor) {
    return impl_->archive->ReadRaw(tensor, impl_->verify);
  });
}

Result<Integrity> CheckpointReader::Verify(const Entry& entry) const {
  return impl_->With(entry, [&](const archive::StoredTensor& tensor) -> Result<Integrity> {
    if (&tensor - impl_->archive->tensors().data() == impl_->archive->graph()) {
      // Bytes that are whole and make no graph are damage all the same.
      REGRAFT_TRY(const std::string bytes, impl_->ReadGraph(/*check=*/true));
      REGRAFT_CHECK(impl_->ParseGraph(bytes));
      return Integrity::kVerified;
    }
    return impl_->archive->Verify(tensor);
  });
}

Result<std::string> CheckpointReader::Sha256(const Entry& entry) const {
  digest::Sha256 digest;
  switch (KindOf(entry.spec.dtype)) {
    case DTypeKind::kNumeric: {
      REGRAFT_TRY(Buffer buffer, checkpoint::ReadWhole(*this, entry));
      ToLittleEndian(SwapUnitBytes(entry.spec.dtype), buffer.bytes());
      digest.Update(buffer.bytes());
      break;
    }
    case DTypeKind::kString: {
      REGRAFT_TRY(const std::vector<std::string> values, ReadStrings(entry));
      for (const std::string& value : values) {
        std::byte length[8];
        for (unsigned i = 0; i < 8; ++i)
          length[i] = static_cast<std::byte>(value.size() >> (8 * i));
        digest.Update(length);
        digest.Update(std::as_bytes(std::span(value)));
      }
      break;
    }
    case DTypeKind::kVariant:
    case DTypeKind::kOpaque: {
      REGRAFT_TRY(const std::string raw, ReadRaw(entry));
      digest.Update(std::as_bytes(std::span(raw)));
      break;
    }
  }
  return digest.Hex();
}

Result<checkpoint::ReaderAccess::Stored> checkpoint::ReaderAccess::Find(
    const CheckpointReader& reader, const Entry& entry) {
  const CheckpointReader::Impl& impl = *reader.impl_;
  REGRAFT_TRY(const archive::StoredTensor* tensor, impl.TensorOf(entry));
  return Stored{impl.archive.get(), tensor, impl.verify};
}

Error checkpoint::ReaderAccess::Complete(const CheckpointReader& reader, const Entry& entry,
                                         Error error) {
  return reader.impl_->Complete(entry, std::move(error));
}

Status checkpoint::ReaderAccess::WithStored(
    const CheckpointReader& reader, const Entry& entry,
    const std::function<Status(const archive::Archive& from, const archive::StoredTensor& tensor,
                               bool verify)>& use) {
  const CheckpointReader::Impl& impl = *reader.impl_;
  return impl.With(entry, [&](const archive::StoredTensor& tensor) {
    return use(*impl.archive, tensor, impl.verify);
  });
}

}  // namespace regraft
