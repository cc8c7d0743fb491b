#include "formats/shards/index.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>
#include <span>
#include <utility>

#include "base/text.h"
#include "base/try.h"
#include "io/byte_source.h"
#include "io/directory.h"

namespace regraft::shards {
namespace {

constexpr std::uint64_t kMostIndex = 100'000'000;
constexpr std::size_t kMostDepth = 64;

bool IsBareName(std::string_view name) {
  return !name.empty() && name != "." && name != ".." &&
         name.find_first_of("/\\:") == std::string_view::npos &&
         name.find('\0') == std::string_view::npos;
}

// Events of the parser. A document in memory would drop names that come twice, and take many times
// the bytes of a file that is nothing but brackets.
class Reader {
 public:
  explicit Reader(bool lists) : lists_(lists) {}

  bool null() { return Other(); }
  bool boolean(bool) { return Other(); }
  bool number_integer(std::int64_t) { return Other(); }
  bool number_float(double, const std::string&) { return Other(); }
  bool binary(nlohmann::json::binary_t&) { return Other(); }

  bool number_unsigned(std::uint64_t value) {
    if (InMap()) return Other();
    if (depth_ == 2 && section_ == "metadata" && name_ == "total_size") index.total_bytes = value;
    return true;
  }

  bool string(std::string& text) {
    if (!InMap()) return Other();
    // A name that leads elsewhere could read what nobody has asked for.
    if (!IsBareName(text)) {
      return Fault(fmt::format("'{}' is not the bare name of a file", Printable(text)));
    }
    std::vector<std::string>& names = index.names[std::move(text)];
    if (names.empty() || names.back() != name_) names.push_back(name_);
    empty_list_ = false;
    return true;
  }

  bool key(std::string& name) {
    if (depth_ == 1) section_ = std::move(name);
    if (depth_ == 1 && section_ == "weight_map" && std::exchange(seen_map_, true)) {
      return Fault("the index has two maps");
    }
    if (depth_ != 2) return true;
    name_ = std::move(name);
    if (section_ != "weight_map" || seen_.insert(name_).second) return true;
    return Fault(fmt::format("the index has the name '{}' twice", Printable(name_)));
  }

  bool start_object(std::size_t) {
    if (InMap()) return Other();
    return Deeper();
  }
  bool start_array(std::size_t) {
    if (depth_ == 0) return Fault("the index is no JSON object");
    if (depth_ == 1 && section_ == "weight_map") return Fault(kNoMap);
    if (InMap() && (!lists_ || in_list_)) return Other();
    in_list_ = empty_list_ = InMap();
    return Deeper();
  }
  bool end_object() {
    --depth_;
    return true;
  }
  bool end_array() {
    --depth_;
    if (std::exchange(in_list_, false) && empty_list_) {
      return Fault(fmt::format("'{}' is in no file", Printable(name_)));
    }
    return true;
  }

  bool parse_error(std::size_t, const std::string&, const nlohmann::detail::exception&) {
    return Fault("the index is no JSON object");
  }

  bool Finish() { return seen_map_ || Fault(kNoMap); }

  Index index;
  std::string error;

 private:
  static constexpr const char* kNoMap = "the index has no weight_map";

  // A value of the map is expected.
  bool InMap() const {
    return section_ == "weight_map" && (depth_ == 2 || (in_list_ && depth_ == 3));
  }

  bool Fault(std::string message) {
    if (error.empty()) error = std::move(message);
    return false;
  }

  bool Deeper() {
    return ++depth_ <= kMostDepth || Fault(fmt::format("the index is nested {} deep", depth_));
  }

  // Anything that is no name of a file.
  bool Other() {
    if (depth_ == 0) return Fault("the index is no JSON object");
    if (depth_ == 1 && section_ == "weight_map") return Fault(kNoMap);
    if (!InMap()) return true;
    return Fault(fmt::format("the file of '{}' is no text", Printable(name_)));
  }

  const bool lists_;
  std::size_t depth_ = 0;
  bool in_list_ = false, empty_list_ = false, seen_map_ = false;
  std::string section_, name_;
  std::set<std::string> seen_;
};

}  // namespace

bool LooksLikeIndex(const io::ByteSource& file, std::string_view ending) {
  constexpr std::uint64_t kHead = 65536;
  // Nobody begins a JSON with much white space, and what is something else need not be read.
  std::string start(static_cast<std::size_t>(std::min<std::uint64_t>(16, file.size())), '\0');
  if (!file.ReadAt(0, std::as_writable_bytes(std::span(start)))) return false;
  const std::size_t brace = start.find_first_not_of(" \t\n\r");
  if (brace == std::string::npos || start[brace] != '{') return false;
  std::string head(static_cast<std::size_t>(std::min(kHead, file.size())), '\0');
  if (!file.ReadAt(0, std::as_writable_bytes(std::span(head)))) return false;
  return head.find("\"weight_map\"") != std::string::npos &&
         head.find(std::string(ending) + '"') != std::string::npos;
}

Result<Index> ReadIndex(const io::Files& files, const std::string& path, std::string_view slug,
                        bool lists) {
  REGRAFT_TRY(const std::string text, io::ReadWholeFile(files, path, kMostIndex));
  Reader reader(lists);
  if (!nlohmann::json::sax_parse(text, &reader) || !reader.Finish()) {
    return Fail(
        Error(ErrorCode::kCorrupt, std::string(slug), std::move(reader.error)).InFile(path));
  }
  for (auto& [file, names] : reader.index.names) std::sort(names.begin(), names.end());
  return std::move(reader.index);
}

std::string Beside(const std::string& path, std::string_view name) {
  const std::size_t slash = path.rfind('/');
  return path.substr(0, slash == std::string::npos ? 0 : slash + 1).append(name);
}

}  // namespace regraft::shards
