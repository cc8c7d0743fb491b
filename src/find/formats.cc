#include "find/formats.h"

#include <array>
#include <string>

#include "bundle/format.h"
#include "formats/safetensors/safetensors.h"
#include "formats/tfjs/tfjs.h"
#include "regraft/find.h"
#include "tf_v1/format.h"

namespace regraft::find {
namespace {

constexpr std::array kFormats = {
    &bundle::kFormat,
    &tf_v1::kFormat,
    &safetensors::kFormat,
    &tfjs::kFormat,
};

}  // namespace

std::span<const archive::Format* const> Formats() { return kFormats; }

const archive::Format* FormatOf(const io::ByteSource& file) {
  for (const archive::Format* format : Formats().subspan(1)) {
    if (format->matches(file)) return format;
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
  for (const archive::Format* format : Formats()) {
    if (!format->suffix.empty() && path.ends_with(format->suffix)) return *format;
  }
  return *kFormats[0];
}

}  // namespace regraft::find

namespace regraft {

std::string_view FormatToWrite(std::string_view path) { return find::FormatToWrite(path).name; }

std::string MainFileOf(std::string_view path) {
  return std::string(path) + std::string(find::FormatToWrite(path).main_file);
}

}  // namespace regraft
