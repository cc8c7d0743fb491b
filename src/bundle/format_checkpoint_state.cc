// CheckpointState as text, spelled as Python's protobuf spells it.
#include <fmt/format.h>

#include <array>
#include <charconv>
#include <cmath>
#include <string>
#include <string_view>

#include "bundle/checkpoint_state.h"

namespace regraft::bundle {
namespace {

void AppendQuoted(std::string_view text, std::string* out) {
  out->push_back('"');
  for (const char c : text) {
    switch (c) {
      case '\t':
        *out += "\\t";
        break;
      case '\n':
        *out += "\\n";
        break;
      case '\r':
        *out += "\\r";
        break;
      case '"':
        *out += "\\\"";
        break;
      case '\'':
        *out += "\\'";
        break;
      case '\\':
        *out += "\\\\";
        break;
      default:
        if (c >= ' ' && c <= '~') {
          out->push_back(c);
        } else {
          *out += fmt::format("\\{:03o}", static_cast<unsigned char>(c));
        }
    }
  }
  out->push_back('"');
}

// As Python's repr(): the shortest digits that give the same double, with an exponent below
// 1e-4 and from 1e16 on.
std::string Repr(double value) {
  if (std::isnan(value)) return "nan";
  if (std::isinf(value)) return value < 0 ? "-inf" : "inf";
  const double size = std::fabs(value);
  const bool fixed = size == 0 || (size >= 1e-4 && size < 1e16);
  std::array<char, 64> text{};
  const auto [end, error] =
      std::to_chars(text.data(), text.data() + text.size(), value,
                    fixed ? std::chars_format::fixed : std::chars_format::scientific);
  std::string repr(text.data(), end);  // 64 characters hold every double in these forms.
  if (fixed && repr.find('.') == std::string::npos) repr += ".0";
  return repr;
}

}  // namespace

std::string FormatCheckpointState(const CheckpointState& state) {
  std::string text;
  const auto path = [&](std::string_view field, std::string_view value) {
    text += field;
    text += ": ";
    AppendQuoted(value, &text);
    text += '\n';
  };
  if (!state.model_checkpoint_path.empty()) {
    path("model_checkpoint_path", state.model_checkpoint_path);
  }
  for (const std::string& each : state.all_model_checkpoint_paths) {
    path("all_model_checkpoint_paths", each);
  }
  for (const double time : state.all_model_checkpoint_timestamps) {
    text += fmt::format("all_model_checkpoint_timestamps: {}\n", Repr(time));
  }
  if (state.last_preserved_timestamp.value_or(0) != 0) {
    text += fmt::format("last_preserved_timestamp: {}\n", Repr(*state.last_preserved_timestamp));
  }
  return text;
}

}  // namespace regraft::bundle
