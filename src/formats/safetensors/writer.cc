#include "formats/safetensors/writer.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>
#include <vector>

#include "base/text.h"
#include "base/try.h"
#include "formats/safetensors/dtypes.h"
#include "formats/safetensors/header.h"
#include "io/directory.h"

namespace regraft::safetensors {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::string_view kSuffix = ".safetensors";

Error Invalid(std::string slug, std::string message) {
  return Error(ErrorCode::kInvalidArgument, std::move(slug), std::move(message));
}

// A file that is being written, and its tensors in their order.
struct File {
  std::vector<std::size_t> tensors;
  std::string path;
  std::string temporary;
};

class Writer final : public archive::ArchiveWriter {
 public:
  Writer(io::Disk& disk, std::string path, const archive::CreateOptions& options)
      : disk_(disk), path_(std::move(path)), options_(options) {}
  ~Writer() override {
    if (!done_) Abandon();
  }

  Result<std::vector<std::size_t>> Declare(
      std::span<const archive::DeclaredTensor> tensors) override {
    REGRAFT_CHECK(Do("", [&] { return TakeAll(tensors); }));
    return order_;
  }

  void SetMetadata(std::map<std::string, std::string> metadata) override {
    metadata_ = std::move(metadata);
  }

  Status Begin(const std::string& key, const TensorSpec& spec) override {
    return Do(key, [&]() -> Status {
      if (open_ || next_ >= order_.size() || tensors_[order_[next_]].key != key) {
        return Fail(OutOfOrder("tensors are written in the order that declaring them gave"));
      }
      if (tensors_[order_[next_]].spec != spec) {
        return Fail(Invalid("safetensors/wrong-size",
                            fmt::format("{} was declared as {}", spec.ToString(),
                                        tensors_[order_[next_]].spec.ToString())));
      }
      REGRAFT_CHECK(OpenFileOf(next_));
      open_ = true;
      written_ = 0;
      return {};
    });
  }

  Status Append(std::span<const std::byte> bytes) override {
    return Do("", [&]() -> Status {
      if (!open_) return Fail(OutOfOrder("bytes belong to a tensor"));
      written_ += bytes.size();
      return output_->Append(bytes);
    });
  }

  Status End() override {
    return Do("", [&]() -> Status {
      if (!open_) return Fail(OutOfOrder("a tensor ends once"));
      const std::uint64_t wanted = bytes_[order_[next_]];
      if (written_ != wanted) {
        return Fail(Invalid(
            "safetensors/wrong-size",
            fmt::format("{} takes {}, and {} were given", tensors_[order_[next_]].spec.ToString(),
                        Plural(wanted, "byte"), written_)));
      }
      open_ = false;
      ++next_;
      return {};
    });
  }

  Status AddStrings(const std::string& key, const Shape& shape,
                    std::span<const std::string>) override {
    return Do(key, [&] { return Unsupported({key, {DType::kString, shape}}); });
  }

  Status AddSlice(const std::string& key, const TensorSpec&, std::span<const SliceRange>,
                  std::span<const std::byte>) override {
    return Do(key, [&]() -> Status {
      return Fail(Error(ErrorCode::kUnsupported, "safetensors/no-slices",
                        "tensors are stored whole in this format")
                      .Hint("join the slices first"));
    });
  }

  Status StartFile() override { return {}; }  // Declaring has dealt the tensors out.

  Result<archive::WrittenFiles> Finish() override {
    REGRAFT_CHECK(Do("", [&] { return Publish(); }));
    done_ = true;
    archive::WrittenFiles written;
    written.tensors = order_.size();
    written.files = files_.size();
    for (const std::uint64_t bytes : bytes_) written.bytes += bytes;
    return written;
  }

 private:
  Status TakeAll(std::span<const archive::DeclaredTensor> tensors) {
    if (declared_) return Fail(OutOfOrder("tensors are declared once"));
    declared_ = true;
    for (const archive::DeclaredTensor& tensor : tensors) REGRAFT_CHECK(Take(tensor));
    REGRAFT_CHECK(CheckNames());
    DealOut();
    for (const File& file : files_) {
      order_.insert(order_.end(), file.tensors.begin(), file.tensors.end());
    }
    return CheckFree();
  }

  // The index comes last: without it nobody takes the shards for a whole.
  Status Publish() {
    if (!declared_) REGRAFT_CHECK(TakeAll({}));
    if (open_ || next_ < order_.size()) {
      return Fail(OutOfOrder(
          fmt::format("{} of {} are written", next_, Plural(order_.size(), "declared tensor"))));
    }
    if (order_.empty()) REGRAFT_CHECK(StartFileNumber(0));
    REGRAFT_CHECK(CloseFile());
    if (files_.size() > 1) REGRAFT_CHECK(WriteIndex());
    for (const File& file : files_) {
      REGRAFT_CHECK(disk_.Rename(file.temporary, file.path));
      made_.push_back(file.path);
    }
    if (!index_temporary_.empty()) {
      REGRAFT_CHECK(disk_.SyncFolder(io::FolderOf(path_)));
      REGRAFT_CHECK(disk_.Rename(index_temporary_, IndexPath()));
    }
    // From here on it is in place, whatever else fails.
    published_ = true;
    Status synced = disk_.SyncFolder(io::FolderOf(path_));
    if (synced) return synced;
    return Fail(std::move(synced).error().With(
        "note", "the new file is in place; after a crash the old one may be there again"));
  }

  template <typename Step>
  Status Do(const std::string& key, Step step) {
    if (failure_) return Fail(*failure_);
    Status status = step();
    if (status) return status;
    failure_ = std::move(status).error().ForKey(key);
    Abandon();
    return Fail(*failure_);
  }

  void Abandon() {
    output_.reset();
    done_ = true;
    if (published_) return;
    for (const File& file : files_) {
      if (!file.temporary.empty()) (void)disk_.Remove(file.temporary);
    }
    if (!index_temporary_.empty()) (void)disk_.Remove(index_temporary_);
    // A replaced file is whole, and is the new one.
    if (!options_.overwrite) {
      for (const std::string& path : made_) (void)disk_.Remove(path);
    }
  }

  static Error OutOfOrder(std::string message) {
    return Invalid("safetensors/call-order", std::move(message));
  }

  static Status Unsupported(const archive::DeclaredTensor& tensor) {
    return Fail(Error(ErrorCode::kUnsupported, "safetensors/dtype",
                      fmt::format("safetensors has no type for {}", tensor.spec.ToString()))
                    .ForKey(tensor.key)
                    .Hint(IsCastable(tensor.spec.dtype)
                              ? "leave it out, or cast it to a type that the format has"
                              : "leave it out"));
  }

  Status Take(const archive::DeclaredTensor& tensor) {
    if (!FindType(tensor.spec.dtype)) return Unsupported(tensor);
    if (tensor.key == "__metadata__" || !IsUtf8(tensor.key)) {
      return Fail(
          Invalid("safetensors/bad-name", "no tensor of a safetensors file may be called so")
              .ForKey(tensor.key)
              .Hint("give it another name"));
    }
    REGRAFT_TRY(const std::uint64_t bytes, tensor.spec.Bytes());
    tensors_.push_back(tensor);
    bytes_.push_back(bytes);
    return {};
  }

  static bool IsUtf8(const std::string& text) {
    return Json(text).dump(-1, ' ', false, Json::error_handler_t::ignore) ==
           Json(text).dump(-1, ' ', false, Json::error_handler_t::replace);
  }

  Status CheckNames() const {
    std::vector<std::string_view> keys;
    for (const archive::DeclaredTensor& tensor : tensors_) keys.push_back(tensor.key);
    std::sort(keys.begin(), keys.end());
    const auto twice = std::adjacent_find(keys.begin(), keys.end());
    if (twice == keys.end()) return {};
    return Fail(Invalid("safetensors/duplicate-key", "two tensors have one name")
                    .ForKey(std::string(*twice))
                    .Hint("each name can be stored once: give one another, or leave it out"));
  }

  // Files as huggingface_hub cuts them: in the order of names, a tensor that is too large alone.
  void DealOut() {
    std::vector<std::size_t> by_key(tensors_.size());
    for (std::size_t i = 0; i < by_key.size(); ++i) by_key[i] = i;
    std::sort(by_key.begin(), by_key.end(),
              [&](std::size_t a, std::size_t b) { return tensors_[a].key < tensors_[b].key; });
    const std::uint64_t most = options_.max_file_bytes;
    std::uint64_t used = 0;
    File current;
    for (const std::size_t i : by_key) {
      if (most > 0 && bytes_[i] > most) {
        files_.push_back({{i}, "", ""});
        continue;
      }
      if (most > 0 && used + bytes_[i] > most) {
        files_.push_back(std::exchange(current, {}));
        used = 0;
      }
      current.tensors.push_back(i);
      used += bytes_[i];
    }
    if (!current.tensors.empty() || files_.empty()) files_.push_back(std::move(current));
    for (std::size_t number = 0; number < files_.size(); ++number) {
      File& file = files_[number];
      std::sort(file.tensors.begin(), file.tensors.end(), [&](std::size_t a, std::size_t b) {
        const std::size_t x = RankOf(tensors_[a].spec.dtype), y = RankOf(tensors_[b].spec.dtype);
        return x != y ? x > y : tensors_[a].key < tensors_[b].key;
      });
      file.path = files_.size() == 1 ? path_
                                     : fmt::format("{}-{:05}-of-{:05}{}", Stem(), number + 1,
                                                   files_.size(), kSuffix);
    }
  }

  std::string Stem() const {
    return path_.ends_with(kSuffix) ? path_.substr(0, path_.size() - kSuffix.size()) : path_;
  }
  std::string IndexPath() const { return Stem() + std::string(kSuffix) + ".index.json"; }

  // Several files cannot be replaced in one step, so that they are not replaced at all.
  Status CheckFree() const {
    if (files_.size() == 1) return {};
    std::vector<std::string> names = {IndexPath()};
    for (const File& file : files_) names.push_back(file.path);
    for (const std::string& name : names) {
      if (!disk_.Stat(name)) continue;
      return Fail(Error(ErrorCode::kIo, "checkpoint/exists",
                        "there is a file of this name, and shards cannot be replaced in one step")
                      .InFile(name)
                      .Hint("write to another name, or remove the old shards first"));
    }
    return {};
  }

  std::string HeaderOf(const File& file) const {
    Json header = Json::object();
    if (!metadata_.empty()) header["__metadata__"] = metadata_;
    // Names differ, so that none needs to be looked for among the others.
    auto& fields = header.get_ref<Json::object_t&>();
    std::uint64_t at = 0;
    for (const std::size_t i : file.tensors) {
      const archive::DeclaredTensor& tensor = tensors_[i];
      const auto dims = tensor.spec.shape.dims();
      Json field = {{"dtype", FindType(tensor.spec.dtype)->name},
                    {"shape", std::vector<std::int64_t>(dims.begin(), dims.end())},
                    {"data_offsets", {at, at + bytes_[i]}}};
      fields.emplace_back(tensor.key, std::move(field));
      at += bytes_[i];
    }
    std::string text = header.dump();
    const std::uint64_t unit = std::max<std::uint64_t>(options_.data_alignment, 8);
    while ((text.size() + 8) % unit != 0) text += ' ';
    std::string out(8, '\0');
    for (std::size_t i = 0; i < 8; ++i) out[i] = static_cast<char>(text.size() >> (8 * i));
    return out + text;
  }

  Status OpenFileOf(std::size_t position) {
    std::size_t before = 0;
    for (std::size_t number = 0; number < files_.size(); ++number) {
      if (position == before) return StartFileNumber(number);
      before += files_[number].tensors.size();
    }
    return {};
  }

  Status StartFileNumber(std::size_t number) {
    REGRAFT_CHECK(CloseFile());
    REGRAFT_TRY(output_, disk_.CreateTemporary(files_[number].path));
    files_[number].temporary = output_->path();
    const std::string header = HeaderOf(files_[number]);
    if (header.size() - 8 > kMostHeader) {
      return Fail(Invalid("safetensors/header-too-large",
                          fmt::format("the names of the tensors make a header of {}; readers take "
                                      "{} at most",
                                      BytesText(header.size()), BytesText(kMostHeader)))
                      .Hint("write shards"));
    }
    return output_->Append(std::as_bytes(std::span(header)));
  }

  Status CloseFile() {
    if (!output_) return {};
    Status synced = output_->Sync();
    output_.reset();
    return synced;
  }

  Status WriteIndex() {
    std::uint64_t total = 0;
    for (const std::uint64_t bytes : bytes_) total += bytes;
    std::map<std::string, std::string> names;
    for (const File& file : files_) {
      for (const std::size_t i : file.tensors) {
        names[tensors_[i].key] = file.path.substr(file.path.rfind('/') + 1);
      }
    }
    Json index;
    index["metadata"] = {{"total_size", total}};
    index["weight_map"] = names;
    const std::string text = index.dump(2) + "\n";
    REGRAFT_TRY(const auto output, disk_.CreateTemporary(IndexPath()));
    index_temporary_ = output->path();
    REGRAFT_CHECK(output->Append(std::as_bytes(std::span(text))));
    return output->Sync();
  }

  io::Disk& disk_;
  const std::string path_;
  const archive::CreateOptions options_;
  std::vector<archive::DeclaredTensor> tensors_;
  std::vector<std::uint64_t> bytes_;
  std::map<std::string, std::string> metadata_;
  std::vector<File> files_;
  std::vector<std::size_t> order_;
  std::vector<std::string> made_;
  std::string index_temporary_;
  std::unique_ptr<io::OutputFile> output_;
  std::size_t next_ = 0;
  std::uint64_t written_ = 0;
  bool declared_ = false, open_ = false, done_ = false, published_ = false;
  std::optional<Error> failure_;
};

}  // namespace

Result<std::unique_ptr<archive::ArchiveWriter>> Create(io::Disk& disk, const std::string& path,
                                                       const archive::CreateOptions& options) {
  REGRAFT_CHECK(disk.MakeFolders(io::FolderOf(path)));
  REGRAFT_CHECK(archive::CheckFree(disk, path, options.overwrite));
  return std::make_unique<Writer>(disk, path, options);
}

}  // namespace regraft::safetensors
