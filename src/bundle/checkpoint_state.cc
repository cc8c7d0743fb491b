#include "bundle/checkpoint_state.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <utility>

#include "base/try.h"

namespace regraft::bundle {
namespace {

bool IsDigit(char c) { return c >= '0' && c <= '9'; }
bool IsOctal(char c) { return c >= '0' && c <= '7'; }
bool IsWord(char c) {
  return IsDigit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}
int HexValue(char c) {
  if (IsDigit(c)) return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

void AppendUtf8(std::uint32_t point, std::string* out) {
  const auto tail = [&](int shift) {
    out->push_back(static_cast<char>(0x80 | (point >> shift & 0x3f)));
  };
  if (point < 0x80) {
    out->push_back(static_cast<char>(point));
  } else if (point < 0x800) {
    out->push_back(static_cast<char>(0xc0 | point >> 6));
    tail(0);
  } else if (point < 0x10000) {
    out->push_back(static_cast<char>(0xe0 | point >> 12));
    tail(6);
    tail(0);
  } else {
    out->push_back(static_cast<char>(0xf0 | point >> 18));
    tail(12);
    tail(6);
    tail(0);
  }
}

// A reader of protobuf text format, as much of it as a message of scalars can use.
class Parser {
 public:
  explicit Parser(std::string_view text) : text_(text) {}

  Result<CheckpointState> Parse() {
    CheckpointState state;
    bool has_path = false;
    for (SkipSpace(); at_ < text_.size(); SkipSpace()) {
      const std::size_t start = at_;
      const std::string_view name = Word();
      if (name == "model_checkpoint_path" || name == "last_preserved_timestamp") {
        const bool is_path = name == "model_checkpoint_path";
        if (is_path ? has_path : state.last_preserved_timestamp.has_value()) {
          return FailAt(start, fmt::format("'{}' is given twice", name));
        }
        has_path = has_path || is_path;
        REGRAFT_CHECK(Colon(name));
        if (is_path) {
          REGRAFT_TRY(state.model_checkpoint_path, String());
        } else {
          REGRAFT_TRY(state.last_preserved_timestamp, Double());
        }
      } else if (name == "all_model_checkpoint_paths") {
        REGRAFT_CHECK(Repeated(name, [&]() -> Status {
          REGRAFT_TRY(std::string path, String());
          state.all_model_checkpoint_paths.push_back(std::move(path));
          return {};
        }));
      } else if (name == "all_model_checkpoint_timestamps") {
        REGRAFT_CHECK(Repeated(name, [&]() -> Status {
          REGRAFT_TRY(const double time, Double());
          state.all_model_checkpoint_timestamps.push_back(time);
          return {};
        }));
      } else if (name.empty()) {
        return FailAt(start, "a field name should stand here");
      } else {
        return FailAt(start, fmt::format("there is no field '{}'", name));
      }
      SkipSpace();
      if (Peek() == ',' || Peek() == ';') ++at_;
    }
    return state;
  }

 private:
  // '\0' at the end: no valid text has one outside of a string.
  char Peek(std::size_t ahead = 0) const {
    return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0';
  }

  tl::unexpected<Error> FailAt(std::size_t offset, std::string_view what) const {
    const auto begin = text_.begin();
    const auto line = 1 + std::count(begin, begin + static_cast<std::ptrdiff_t>(offset), '\n');
    return Fail(Error(ErrorCode::kCorrupt, "state/bad-text",
                      fmt::format("the state file cannot be read: line {}: {}", line, what))
                    .AtOffset(offset)
                    .Hint("delete the file and name the checkpoint itself, or write "
                          "'model_checkpoint_path: \"PREFIX\"' into it"));
  }

  void SkipSpace() {
    constexpr std::string_view kSpace = " \t\n\r\f\v";
    while (at_ < text_.size()) {
      if (kSpace.find(text_[at_]) != std::string_view::npos) {
        ++at_;
      } else if (text_[at_] == '#') {
        at_ = std::min(text_.find('\n', at_), text_.size());
      } else {
        return;
      }
    }
  }

  std::string_view Word() {
    const std::size_t start = at_;
    while (IsWord(Peek())) ++at_;
    return text_.substr(start, at_ - start);
  }

  Status Colon(std::string_view name) {
    SkipSpace();
    if (Peek() != ':') return FailAt(at_, fmt::format("a ':' is missing after '{}'", name));
    ++at_;
    SkipSpace();
    return {};
  }

  // One value, or a list of them in brackets.
  template <typename Take>
  Status Repeated(std::string_view name, const Take& take) {
    REGRAFT_CHECK(Colon(name));
    if (Peek() != '[') return take();
    ++at_;
    SkipSpace();
    if (Peek() == ']') {
      ++at_;
      return {};
    }
    while (true) {
      REGRAFT_CHECK(take());
      SkipSpace();
      const char end = Peek();
      if (end != ',' && end != ']') return FailAt(at_, "a ',' or ']' is missing in a list");
      ++at_;
      if (end == ']') return {};
      SkipSpace();
    }
  }

  Result<std::string> String() {
    std::string out;
    if (Peek() != '"' && Peek() != '\'') return FailAt(at_, "a text in quotes should stand here");
    // Texts that follow each other are one.
    for (; Peek() == '"' || Peek() == '\''; SkipSpace()) {
      const std::size_t start = at_;
      const char quote = text_[at_++];
      while (at_ < text_.size() && text_[at_] != quote && text_[at_] != '\n') {
        if (text_[at_] == '\\') {
          REGRAFT_CHECK(Escape(&out));
        } else {
          out.push_back(text_[at_++]);
        }
      }
      if (Peek() != quote) return FailAt(start, "a text in quotes does not end");
      ++at_;
    }
    return out;
  }

  Status Escape(std::string* out) {
    constexpr std::string_view kNames = "abfnrtv\\'\"?", kValues = "\a\b\f\n\r\t\v\\'\"?";
    const std::size_t start = at_++;
    const char c = Peek();
    if (IsOctal(c)) {
      int value = 0;
      for (int i = 0; i < 3 && IsOctal(Peek()); ++i) value = value * 8 + (text_[at_++] - '0');
      if (value > 0xff) return FailAt(start, "an octal escape is too large");
      out->push_back(static_cast<char>(value));
      return {};
    }
    ++at_;
    const std::size_t named = c == '\0' ? std::string_view::npos : kNames.find(c);
    if (named != std::string_view::npos) {
      out->push_back(kValues[named]);
      return {};
    }
    const int most = c == 'x' || c == 'X' ? 2 : c == 'u' ? 4 : c == 'U' ? 8 : 0;
    std::uint32_t value = 0;
    int digits = 0;
    for (; digits < most && HexValue(Peek()) >= 0; ++digits) {
      value = value << 4 | static_cast<std::uint32_t>(HexValue(text_[at_++]));
    }
    const bool code_point = most > 2;
    if (digits == 0 || (code_point && digits < most) ||
        (code_point && (value > 0x10ffff || (value >= 0xd800 && value < 0xe000)))) {
      return FailAt(start, "an escape in a text is not valid");
    }
    if (code_point) {
      AppendUtf8(value, out);
    } else {
      out->push_back(static_cast<char>(value));
    }
    return {};
  }

  Result<double> Double() {
    const std::size_t start = at_;
    const bool negative = Peek() == '-';
    if (negative) {
      ++at_;
      SkipSpace();
    }
    double value = 0;
    if (const std::string_view word = Word(); word == "inf" || word == "infinity") {
      value = std::numeric_limits<double>::infinity();
    } else if (word == "nan") {
      value = std::numeric_limits<double>::quiet_NaN();
    } else {
      at_ -= word.size();
      const std::string_view rest = text_.substr(at_);
      const auto [end, status] = std::from_chars(rest.data(), rest.data() + rest.size(), value);
      const auto used = static_cast<std::size_t>(end - rest.data());
      if (used == 0 || !(IsDigit(Peek()) || Peek() == '.')) {
        return FailAt(start, "a number should stand here");
      }
      if (status != std::errc()) return FailAt(start, "a number is too large or too small");
      at_ += used;
      if (Peek() == 'f' || Peek() == 'F') ++at_;  // As in C.
      if (IsWord(Peek()) || Peek() == '.') return FailAt(start, "a number should stand here");
    }
    return negative ? -value : value;
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

}  // namespace

Result<CheckpointState> ParseCheckpointState(std::string_view text) { return Parser(text).Parse(); }

}  // namespace regraft::bundle
