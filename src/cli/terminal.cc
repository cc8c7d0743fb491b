#include "terminal.h"

#include <fmt/format.h>
#include <regraft/text.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <limits>
#include <nlohmann/json.hpp>
#include <sstream>

namespace regraft::cli {
namespace {

bool Set(const char* name) {
  const char* value = std::getenv(name);
  return value != nullptr && *value != '\0';
}
bool On(const char* name) { return Set(name) && std::strcmp(std::getenv(name), "0") != 0; }

std::size_t Width(int descriptor) {
  winsize size{};
  if (::ioctl(descriptor, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) return size.ws_col;
  if (const char* columns = std::getenv("COLUMNS")) {
    const long value = std::strtol(columns, nullptr, 10);
    if (value > 20) return static_cast<std::size_t>(value);
  }
  return 80;
}

// Breaks a line at spaces, so that it takes `width` columns; what comes after the first piece
// stands below `indent` spaces. What is there to be copied stays whole: words longer than a
// line, what stands in quotes, and a flag with its value.
std::string Wrapped(std::string_view line, std::size_t indent, std::size_t width) {
  std::string out(line.substr(0, std::min(indent, line.size())));
  std::size_t used = Columns(out), at = out.size();
  while (at < line.size()) {
    std::size_t end = at;
    bool quoted = false;
    // Two spaces stand behind a flag that has no value.
    const std::size_t behind = std::min(line.find(' ', at), line.size());
    const bool has_value =
        line.substr(at).starts_with("--") && behind + 1 < line.size() && line[behind + 1] != ' ';
    const std::size_t inside = has_value ? behind : line.size();
    for (; end < line.size() && (quoted || line[end] != ' ' || end == inside); ++end) {
      // An apostrophe inside a word opens nothing.
      if (line[end] == '\'')
        quoted = quoted ? false : end == at || line[end - 1] == ' ' || line[end - 1] == '=';
    }
    if (quoted) end = std::min(line.find(' ', at), line.size());
    const std::string_view word = line.substr(at, end - at);
    if (used > indent && used + 1 + Columns(word) > width) {
      if (out.back() == ' ') out.pop_back();
      out += "\n" + std::string(indent, ' ');
      used = indent;
    } else if (used > indent) {
      out += ' ';
      ++used;
    }
    out += word;
    used += Columns(word);
    at = end + 1;
  }
  return out;
}

nlohmann::ordered_json TextJson(const std::string& text) {
  return IsUtf8(text) ? text : Printable(text);
}

}  // namespace

bool Terminal::UseColor(int descriptor) const {
  if (color == "always") return true;
  if (color == "never") return false;
  if (Set("NO_COLOR")) return false;
  if (On("CLICOLOR_FORCE") || On("FORCE_COLOR")) return true;
  if (Set("CLICOLOR") && !On("CLICOLOR")) return false;
  const char* term = std::getenv("TERM");
  if (term != nullptr && std::strcmp(term, "dumb") == 0) return false;
  return ::isatty(descriptor) == 1;
}

TextOptions Terminal::text() const {
  return {.width = Width(STDOUT_FILENO),
          .color = UseColor(STDOUT_FILENO),
          .ascii = ascii,
          .all = all,
          .face = Face::kCommand};
}

std::size_t Terminal::room() const {
  const bool known = ::isatty(STDOUT_FILENO) == 1 || Set("COLUMNS");
  return known && !all ? Width(STDOUT_FILENO) : std::numeric_limits<std::size_t>::max();
}

void Terminal::Print(std::string_view text) const {
  if (std::fwrite(text.data(), 1, text.size(), stdout) == text.size() && std::fflush(stdout) == 0)
    return;
  const int error = errno;
  // "regraft ls | head" closes the pipe when it has enough.
  if (error == EPIPE) std::_Exit(EXIT_SUCCESS);
  std::_Exit(
      Fail(Error(ErrorCode::kIo, "cli/write-file",
                 fmt::format("standard output cannot be written: {}", std::strerror(error)))));
}

void Terminal::Note(std::string_view text) const {
  if (quiet) return;
  if (json) {
    const nlohmann::ordered_json out = {{"schema", "regraft.note/1"},
                                        {"message", TextJson(std::string(text))}};
    fmt::print(stderr, "{}\n", out.dump());
  } else {
    fmt::print(stderr, "note: {}\n", Printable(text));
  }
}

int Terminal::Fail(const Error& error) const {
  const int exit = ExitStatus(error.code);
  if (json) {
    nlohmann::ordered_json out = {{"schema", "regraft.error/1"},
                                  {"slug", error.slug},
                                  {"message", TextJson(error.message)},
                                  {"exit", exit}};
    if (!error.file.empty()) out["file"] = TextJson(error.file);
    if (error.offset) out["offset"] = *error.offset;
    if (!error.key.empty()) out["key"] = TextJson(error.key);
    out["details"] = nlohmann::ordered_json::array();
    for (const Error::Detail& detail : error.details) {
      out["details"].push_back(
          {{"label", TextJson(detail.label)}, {"text", TextJson(detail.Text(Face::kCommand))}});
    }
    const std::string hint = error.HintText(Face::kCommand);
    if (!hint.empty()) out["hint"] = TextJson(hint);
    fmt::print(stderr, "{}\n", out.dump());
    return exit;
  }
  // The status stands in the column of the other rows.
  std::size_t label = 8;
  for (const Error::Detail& detail : error.details) label = std::max(label, detail.label.size());
  const std::string whole =
      fmt::format("{}\n  {:<{}}  {}", error.ToString(Face::kCommand), "exit", label, exit);
  // Only a terminal has a width to keep; a pipe gets a row a line.
  const bool wrap = ::isatty(STDERR_FILENO) == 1;
  std::string text;
  std::stringstream lines(whole);
  for (std::string line; std::getline(lines, line);) {
    const std::size_t indent = text.empty() ? 2 : label + 4;
    // A command is there to be copied.
    const bool command =
        line.size() > indent && std::string_view(line).substr(indent).starts_with("regraft ");
    text += (wrap && !command ? Wrapped(line, indent, Width(STDERR_FILENO)) : line) + "\n";
  }
  if (UseColor(STDERR_FILENO)) {
    const std::size_t end = text.find(": ");
    text = "\x1b[31m" + text.substr(0, end) + "\x1b[0m" + text.substr(end);
  }
  fmt::print(stderr, "{}", text);
  return exit;
}

struct ProgressLine::State {
  using Clock = std::chrono::steady_clock;
  std::string what;
  bool terminal = false;
  bool plain = false;
  bool shown = false;
  Clock::time_point start = Clock::now();
  Clock::time_point last = start;
};

ProgressLine::ProgressLine(const Terminal& terminal, std::string what)
    : state_(std::make_unique<State>()) {
  state_->what = std::move(what);
  const bool wanted = !terminal.quiet && !terminal.json && terminal.progress != "none";
  state_->plain = wanted && terminal.progress == "plain";
  state_->terminal = wanted && !state_->plain && ::isatty(STDERR_FILENO) == 1;
}

ProgressLine::~ProgressLine() {
  if (state_->shown && state_->terminal) std::fputs("\r\x1b[K", stderr);
}

void ProgressLine::Update(std::uint64_t done, std::uint64_t total) {
  State& s = *state_;
  if (!s.terminal && !s.plain) return;
  const auto now = State::Clock::now();
  const auto pause =
      s.plain ? std::chrono::milliseconds(10000) : std::chrono::milliseconds(s.shown ? 100 : 500);
  if (now - s.last < pause) return;
  s.last = now;
  s.shown = true;
  const double seconds = std::chrono::duration<double>(now - s.start).count();
  const double rate = static_cast<double>(done) / seconds;
  const double left = rate > 0 ? static_cast<double>(total - done) / rate : 0;
  fmt::print(stderr, "{}{} {} of {}, {}/s, {:.0f} s left{}", s.plain ? "" : "\r\x1b[K", s.what,
             BytesText(done), BytesText(total), BytesText(static_cast<std::uint64_t>(rate)), left,
             s.plain ? "\n" : "");
  std::fflush(stderr);
}

}  // namespace regraft::cli
