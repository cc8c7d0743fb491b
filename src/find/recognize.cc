#include "find/recognize.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <span>
#include <string_view>

#include "base/text.h"
#include "base/try.h"
#include "find/formats.h"
#include "table/table_reader.h"

namespace regraft::find {
namespace {

using std::string_view_literals::operator""sv;

constexpr std::uint64_t kHead = 4096;
constexpr std::uint64_t kTail = 65536;

// The bytes, or nothing if they cannot be read.
std::string ReadText(const io::ByteSource& file, std::uint64_t offset, std::uint64_t size) {
  std::string bytes(static_cast<std::size_t>(size), '\0');
  if (!file.ReadAt(offset, std::as_writable_bytes(std::span(bytes)))) bytes.clear();
  return bytes;
}

std::string_view LineAfter(std::string_view text, std::string_view label) {
  const std::size_t at = text.find(label);
  if (at == std::string_view::npos) return "";
  const std::string_view rest = text.substr(at + label.size());
  return rest.substr(0, rest.find_first_of("\r\n"));
}

Recognized LfsPointer(std::string_view head) {
  const std::string_view size = LineAfter(head, "\nsize ");
  std::uint64_t bytes = 0;
  std::from_chars(size.data(), size.data() + size.size(), bytes);
  return {fmt::format("a Git LFS pointer (oid {}, {})",
                      Printable(LineAfter(head, "\noid ").substr(0, 80)), BytesText(bytes)),
          "run 'git lfs pull' to fetch the file itself"};
}

// A table that is no V1 checkpoint.
std::optional<Recognized> Table(const io::ByteSource& file) {
  if (!table::LooksLikeTable(file)) return std::nullopt;
  bool seen = false;
  const auto scanned = table::ScanTable(file, {}, [&](std::string_view key, auto) -> Status {
    seen = key.empty();
    return Fail(Error());  // The first entry tells; the rest is not read.
  });
  if (scanned || !seen) return std::nullopt;
  return Recognized{"the index of a V2 checkpoint under a name that does not end in '.index'",
                    "rename it to the prefix of its data files followed by '.index'"};
}

Recognized Zip(const io::ByteSource& file, std::string_view head) {
  // Names stand in each local header and, all together, in the directory at the end.
  const std::uint64_t tail = std::min<std::uint64_t>(file.size(), kTail);
  const std::string names = std::string(head) + ReadText(file, file.size() - tail, tail);
  const auto has = [&](std::string_view name) { return names.find(name) != std::string::npos; };
  if (has("saved_model.pb")) return {"a zipped SavedModel", "unpack it and give its folder"};
  if (has(".index"))
    return {"a zip archive with a checkpoint in it", "unpack it and give the prefix"};
  return {"a zip archive", "unpack it and give the path of the checkpoint in it"};
}

// ModelProto begins with ir_version, a small number, and the producer's name.
bool IsOnnx(std::string_view head) {
  return head.size() > 4 && head[0] == 0x08 && head[1] >= 1 && head[1] <= 16 && head[2] == 0x12 &&
         head[3] > 1 && head.size() > 4 + static_cast<std::size_t>(head[3]) &&
         std::all_of(head.begin() + 4, head.begin() + 4 + head[3],
                     [](char c) { return c >= 0x20 && c < 0x7f; });
}

struct Magic {
  std::string_view bytes;
  std::string_view what;
  std::string_view advice;
};

constexpr std::string_view kUnpack = "unpack it and give the path of the checkpoint in it";
constexpr std::string_view kPickle =
    "loading a pickle runs code from the file, so Regraft never does; load it with the program "
    "that made it, and save its tensors from there: what torch.save(model.state_dict(), "
    "'model.pt') of PyTorch 1.6 or newer writes is read here";
constexpr std::array kMagics = {
    Magic{"\x1f\x8b"sv, "a gzip archive", kUnpack},
    Magic{"BZh"sv, "a bzip2 archive", kUnpack},
    Magic{"\xfd\x37zXZ\0"sv, "an xz archive", kUnpack},
    Magic{"\x28\xb5\x2f\xfd"sv, "a Zstandard archive", kUnpack},
    Magic{"7z\xbc\xaf\x27\x1c"sv, "a 7z archive", kUnpack},
    Magic{"Rar!\x1a\x07"sv, "a rar archive", kUnpack},
    Magic{"\xef\xbf\xbdHDF"sv, "an HDF5 file that went through a text editor and lost its bytes",
          "fetch it again, as binary"},
    Magic{"GGUF"sv, "a GGUF file (llama.cpp)",
          "this version does not read it; save its tensors as safetensors from where it was made"},
    Magic{"\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19"sv,
          "a PyTorch checkpoint of the older kind (pickle)", kPickle},
    Magic{"\x80\x02"sv, "a Python pickle", kPickle},
    Magic{"\x80\x03"sv, "a Python pickle", kPickle},
    Magic{"\x80\x04"sv, "a Python pickle", kPickle},
    Magic{"\x80\x05"sv, "a Python pickle", kPickle},
};

std::optional<Recognized> Markup(std::string_view head) {
  std::string lower(head.substr(0, 512));
  std::transform(lower.begin(), lower.end(), lower.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  const std::string_view text = lower;
  const std::size_t start = text.find_first_not_of("\xef\xbb\xbf \t\r\n");
  if (start == std::string_view::npos || text[start] != '<') return std::nullopt;
  if (text.find("<!doctype html") != std::string_view::npos ||
      text.find("<html") != std::string_view::npos) {
    return Recognized{
        "an HTML page",
        "the download fetched a web page instead of the file: use the link of the raw file"};
  }
  if (text.substr(start).starts_with("<?xml")) {
    return Recognized{
        "an XML document",
        "the download fetched a server's message instead of the file: fetch it again"};
  }
  return std::nullopt;
}

}  // namespace

std::optional<Recognized> Recognize(const io::ByteSource& file) {
  if (file.size() == 0) {
    return Recognized{"an empty file",
                      "it was never written, or its copy was cut off: copy it again"};
  }
  const std::string head_bytes = ReadText(file, 0, std::min<std::uint64_t>(file.size(), kHead));
  const std::string_view head = head_bytes;
  if (head.starts_with("version https://git-lfs.github.com/") ||
      head.starts_with("version https://hawser.github.com/")) {
    return LfsPointer(head);
  }
  if (const archive::Format* format = FormatOf(file)) {
    return Recognized{std::string(format->what), fmt::format("use {}", ShellQuoted(file.name()))};
  }
  if (head.starts_with("PK\x03\x04"sv) || head.starts_with("PK\x05\x06"sv)) return Zip(file, head);
  for (const Magic& magic : kMagics) {
    if (head.starts_with(magic.bytes))
      return Recognized{std::string(magic.what), std::string(magic.advice)};
  }
  if (head.size() >= 262 && head.substr(257, 5) == "ustar") {
    if (head.starts_with("sys_info\0"sv)) {
      return Recognized{"a PyTorch checkpoint of the oldest kind (tar)", std::string(kPickle)};
    }
    return Recognized{"a tar archive", std::string(kUnpack)};
  }
  if (head.size() > 8 && head.substr(4, 4) == "TFL3") {
    return Recognized{"a TensorFlow Lite model",
                      "it holds no checkpoint; look for the one it was made from"};
  }
  if (IsOnnx(head)) {
    return Recognized{"an ONNX model",
                      "it holds a graph; look for the checkpoint that it was made from"};
  }
  if (auto markup = Markup(head)) return markup;
  return Table(file);
}

Error ForeignError(const std::string& path, const Recognized& found) {
  return Error(ErrorCode::kUnsupported, "checkpoint/foreign",
               fmt::format("this is {}, not a checkpoint that can be read here", found.what))
      .InFile(path)
      .Hint(found.advice);
}

}  // namespace regraft::find
