#include "find/formats.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "base/try.h"
#include "bundle/format.h"
#include "formats/hdf5/hdf5.h"
#include "formats/keras/keras.h"
#include "formats/numpy/numpy.h"
#include "formats/safetensors/safetensors.h"
#include "formats/tfjs/tfjs.h"
#include "formats/torch/torch.h"
#include "io/range.h"
#include "regraft/find.h"
#include "tf_v1/format.h"

namespace regraft::find {
namespace {

// Reads the same range of a file once, however many formats look at it. For one thread.
class Remembered final : public io::ByteSource {
 public:
  explicit Remembered(const io::ByteSource& file) : file_(file) {}

  const std::string& name() const override { return file_.name(); }
  std::uint64_t size() const override { return file_.size(); }

  Status ReadAt(std::uint64_t offset, std::span<std::byte> out) const override {
    REGRAFT_CHECK(io::CheckRange(*this, offset, out.size()));
    for (const auto& [at, bytes] : ranges_) {
      if (offset < at || offset + out.size() > at + bytes.size()) continue;
      std::copy_n(bytes.begin() + static_cast<std::ptrdiff_t>(offset - at), out.size(),
                  out.begin());
      return {};
    }
    REGRAFT_CHECK(file_.ReadAt(offset, out));
    ranges_.emplace_back(offset, std::vector<std::byte>(out.begin(), out.end()));
    return {};
  }

 private:
  const io::ByteSource& file_;
  mutable std::vector<std::pair<std::uint64_t, std::vector<std::byte>>> ranges_;
};

constexpr std::array kFormats = {
    &bundle::kFormat,   &tf_v1::kFormat,        &safetensors::kFormat, &tfjs::kFormat,
    &keras::kZipFormat, &keras::kV3Format,      &keras::kLegacyFormat, &hdf5::kFormat,
    &torch::kFormat,    &numpy::kArchiveFormat, &numpy::kArrayFormat,
};

}  // namespace

std::span<const archive::Format* const> Formats() { return kFormats; }

const archive::Format* FormatOf(const io::ByteSource& file) {
  const Remembered remembered(file);
  for (const archive::Format* format : Formats().subspan(1)) {
    if (format->matches(remembered)) return format;
  }
  return nullptr;
}

const archive::Format* FormatNamed(std::string_view name) {
  for (const archive::Format* format : Formats()) {
    if (format->name == name) return format;
  }
  return nullptr;
}

const archive::Format& FormatToWrite(std::string_view path) {
  const archive::Format* found = kFormats[0];
  std::size_t longest = 0;  // ".weights.h5" means more than ".h5".
  for (const archive::Format* format : Formats()) {
    for (const std::string_view suffix : format->suffixes) {
      if (suffix.size() <= longest || !path.ends_with(suffix)) continue;
      found = format;
      longest = suffix.size();
    }
  }
  return *found;
}

Status CheckIsWritten(const archive::Format& format) {
  if (format.create != nullptr) return {};
  std::string written;
  for (const archive::Format* each : Formats()) {
    if (each->create == nullptr || each->suffixes.empty()) continue;
    written += fmt::format("{}{}", written.empty() ? "" : " or ", each->suffixes.front());
  }
  Error error = Error(ErrorCode::kUnsupported, "checkpoint/not-written",
                      fmt::format("{} is read, and not made anew", format.what))
                    .Hint(fmt::format("write a path that ends in {}, or a checkpoint of "
                                      "TensorFlow's by a path without an ending",
                                      written));
  if (!format.abilities.in_place) return Fail(std::move(error));
  return Fail(std::move(error).Hint(
      fmt::format("restore into a file of this kind that its own program wrote: the result is a "
                  "copy of that file with the new values. Or write a path that ends in {}",
                  written)));
}

}  // namespace regraft::find

namespace regraft {

std::string_view FormatToWrite(std::string_view path) { return find::FormatToWrite(path).name; }

std::string MainFileOf(std::string_view path) {
  return std::string(path) + std::string(find::FormatToWrite(path).main_file);
}

}  // namespace regraft
