#include "find/elsewhere.h"

#include <fmt/format.h>
#include <pwd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <string_view>
#include <vector>

#include "base/text.h"

namespace regraft::find {
namespace {

constexpr std::string_view kFile = "file";

// How to fetch what begins with a path; "{}" is the path, quoted for a shell without its end.
struct Place {
  std::string_view scheme;
  std::string_view what;
  std::string_view fetch;
};
constexpr std::array kPlaces = {
    Place{"gs", "Google Cloud Storage", "gcloud storage cp '{}*' ."},
    Place{"s3", "Amazon S3", "aws s3 cp --recursive '{1}' . --exclude '*' --include '{2}*'"},
    Place{"s3a", "Amazon S3", "hdfs dfs -get '{}*' ."},
    Place{"s3n", "Amazon S3", "hdfs dfs -get '{}*' ."},
    Place{"hdfs", "a Hadoop file system", "hdfs dfs -get '{}*' ."},
    Place{"viewfs", "a Hadoop file system", "hdfs dfs -get '{}*' ."},
    Place{"http", "a web server", "curl -fL -O '{}.index' -O '{}.data-00000-of-00001'"},
    Place{"https", "a web server", "curl -fL -O '{}.index' -O '{}.data-00000-of-00001'"},
};

bool IsLetter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

// "gs" of "gs://…", in lower case; with one slash only for those that are known.
std::string SchemeOf(std::string_view path) {
  const std::size_t colon = path.find(":/");
  if (colon == std::string_view::npos || colon < 2 || !IsLetter(path[0])) return "";
  std::string scheme(path.substr(0, colon));
  for (char& c : scheme) {
    const bool fine = IsLetter(c) || (c >= '0' && c <= '9') || c == '+' || c == '.' || c == '-';
    if (!fine) return "";
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  if (path.substr(colon).starts_with("://")) return scheme;
  const bool known =
      scheme == kFile || std::any_of(kPlaces.begin(), kPlaces.end(),
                                     [&](const Place& place) { return place.scheme == scheme; });
  return known ? scheme : "";
}

// The path without the ending of one file of a checkpoint.
std::string StartOf(std::string path) {
  for (const std::string_view ending : {".index", ".meta"}) {
    if (path.ends_with(ending)) path.resize(path.size() - ending.size());
  }
  if (const std::size_t data = path.rfind(".data-"); data != std::string::npos) path.resize(data);
  return path;
}

std::string FetchHint(const Place& place, const std::string& path) {
  std::string start = StartOf(path);
  const std::size_t colon = start.find(":/");
  if (!start.substr(colon).starts_with("://")) start.insert(colon + 1, "/");
  const std::size_t name = start.rfind('/') + 1;
  const std::string folder = start.substr(0, name), last = start.substr(name);
  // A quote in it would end the command's: then the command is left to the reader.
  if (start.find('\'') != std::string::npos) return "";
  return place.scheme == "s3" ? fmt::format(fmt::runtime(place.fetch), start, folder, last)
                              : fmt::format(fmt::runtime(place.fetch), start, start);
}

// The home folder of a user, of the present one for ""; empty if nobody knows.
std::string HomeOf(const std::string& user) {
  if (user.empty()) {
    if (const char* home = std::getenv("HOME"); home != nullptr && *home != '\0') return home;
  }
  std::vector<char> buffer(16384);
  struct passwd entry {};
  struct passwd* found = nullptr;
  if (user.empty()) {
    ::getpwuid_r(::getuid(), &entry, buffer.data(), buffer.size(), &found);
  } else {
    ::getpwnam_r(user.c_str(), &entry, buffer.data(), buffer.size(), &found);
  }
  return found == nullptr || found->pw_dir == nullptr ? "" : found->pw_dir;
}

}  // namespace

std::optional<std::string> PathOfFileUrl(const std::string& path) {
  if (SchemeOf(path) != kFile) return std::nullopt;
  std::string_view rest = std::string_view(path).substr(kFile.size() + 1);
  if (rest.starts_with("//")) {
    rest.remove_prefix(2);
    if (rest.starts_with("localhost/")) rest.remove_prefix(rest.find('/'));
  }
  return std::string(rest);
}

std::optional<std::string> PathInHome(const std::string& path) {
  if (!path.starts_with('~')) return std::nullopt;
  const std::size_t slash = std::min(path.find('/'), path.size());
  const std::string home = HomeOf(path.substr(1, slash - 1));
  if (!home.starts_with('/')) return std::nullopt;
  return home + path.substr(slash);
}

std::optional<Error> RemoteError(const std::string& path) {
  const std::string scheme = SchemeOf(path);
  if (scheme.empty() || scheme == kFile) return std::nullopt;
  const auto place = std::find_if(kPlaces.begin(), kPlaces.end(),
                                  [&](const Place& known) { return known.scheme == scheme; });
  const bool known = place != kPlaces.end();
  Error error(
      ErrorCode::kUnsupported, "checkpoint/remote",
      fmt::format(
          "'{}' is on {}, and only files of this machine are read and written", path,
          known ? std::string(place->what) : fmt::format("another machine (by '{}')", scheme)));
  const std::string fetch = known ? FetchHint(*place, path) : "";
  error.hint = fetch.empty()
                   ? "copy its '.index' and '.data-...' files to this machine, or mount it here"
                   : fmt::format("fetch its files first: {}", fetch);
  return error;
}

}  // namespace regraft::find
