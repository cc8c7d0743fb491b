#include "select/fold.h"

#include <algorithm>
#include <iterator>
#include <map>
#include <set>
#include <unordered_map>

#include "base/text.h"
#include "regraft/names.h"
#include "select/pattern.h"

namespace regraft::select {
namespace {

constexpr std::size_t kMaxAlternatives = 8;
constexpr std::size_t kMinRange = 3;  // {0,1} is shorter than {0..1} and clearer.
constexpr long kMaxRange = 100000;    // As many as a pattern takes (select/pattern.cc).

// A name is a row of tokens (runs of digits, '/', other text); folding turns a token into
// the set of what may stand there. A merge of two rows that differ in one place is exact.
struct Row {
  std::vector<std::vector<std::string>> tokens;  // Sorted alternatives.
  std::vector<std::size_t> members;
};

bool IsDigit(char c) { return c >= '0' && c <= '9'; }
bool IsNumber(const std::string& token) {
  return IsDigit(token[0]) && (token.size() == 1 || token[0] != '0') && token.size() < 10;
}

std::vector<std::vector<std::string>> Tokens(std::string_view name) {
  std::vector<std::vector<std::string>> out;
  for (std::size_t at = 0; at < name.size();) {
    std::size_t end = at + 1;
    if (name[at] != '/') {
      while (end < name.size() && name[end] != '/' && IsDigit(name[end]) == IsDigit(name[at])) {
        ++end;
      }
    }
    out.push_back({std::string(name.substr(at, end - at))});
    at = end;
  }
  return out;
}

bool IsSeparator(const std::vector<std::string>& token) {
  return token.size() == 1 && token[0] == "/";
}

// True if rows may be merged in this token: a number, or all of a part between slashes.
bool MayFold(const Row& row, std::size_t at) {
  const auto& token = row.tokens[at];
  if (IsSeparator(token)) return false;
  if (std::all_of(token.begin(), token.end(), IsNumber)) return true;
  return (at == 0 || IsSeparator(row.tokens[at - 1])) &&
         (at + 1 == row.tokens.size() || IsSeparator(row.tokens[at + 1]));
}

std::string KeyWithout(const Row& row, std::size_t at) {
  std::string key = std::to_string(row.tokens.size()) + "|";
  for (std::size_t i = 0; i < row.tokens.size(); ++i) {
    if (i == at) {
      // Numbers fold with numbers only, so that ranges stay readable.
      key += IsNumber(row.tokens[i][0]) ? "#" : "*";
      continue;
    }
    // With lengths, no name can pretend to be a row of other tokens.
    for (const std::string& alternative : row.tokens[i]) {
      key += std::to_string(alternative.size()) + ":" + alternative;
    }
    key += "|";
  }
  return key;
}

// Merges all rows that differ at most in token `at`. True if any did.
bool MergeAt(std::vector<Row>& rows, std::size_t at) {
  std::unordered_map<std::string, std::size_t> seen;
  std::vector<Row> out;
  std::set<std::size_t> grown;
  for (Row& row : rows) {
    if (at >= row.tokens.size() || !MayFold(row, at)) {
      out.push_back(std::move(row));
      continue;
    }
    const auto [place, fresh] = seen.emplace(KeyWithout(row, at), out.size());
    if (!fresh) {
      Row& into = out[place->second];
      std::vector<std::string>&have = into.tokens[at], &more = row.tokens[at];
      if (IsNumber(have[0]) || have.size() + more.size() <= kMaxAlternatives) {
        // No name is in two rows, so no alternative comes twice.
        std::move(more.begin(), more.end(), std::back_inserter(have));
        into.members.insert(into.members.end(), row.members.begin(), row.members.end());
        grown.insert(place->second);
        continue;
      }
      place->second = out.size();
    }
    out.push_back(std::move(row));
  }
  for (const std::size_t i : grown) {
    std::sort(out[i].tokens[at].begin(), out[i].tokens[at].end(), NaturalLess);
  }
  rows = std::move(out);
  return !grown.empty();
}

// The glob for one of several alternatives, or for a token that stands alone.
std::string Escaped(const std::string& text, bool first, bool alternative) {
  std::string glob = EscapeGlob(text);
  // A '@' names a class only at the very start.
  if (!first && glob.starts_with("\\@")) glob.erase(0, 1);
  if (!alternative) return glob;
  std::string out;
  for (const char c : glob) {
    if (c == ',') out += '\\';
    out += c;
  }
  return out;
}

std::string TokenGlob(const std::vector<std::string>& alternatives, bool first) {
  if (alternatives.size() == 1) return Escaped(alternatives[0], first, false);
  if (alternatives.size() >= kMinRange &&
      std::all_of(alternatives.begin(), alternatives.end(), IsNumber)) {
    const long low = std::stol(alternatives.front()), high = std::stol(alternatives.back());
    if (high - low + 1 == static_cast<long>(alternatives.size()) && high - low < kMaxRange) {
      return "{" + alternatives.front() + ".." + alternatives.back() + "}";
    }
  }
  std::string out = "{";
  for (const std::string& alternative : alternatives) {
    out += (out.size() > 1 ? "," : "") + Escaped(alternative, false, true);
  }
  return out + "}";
}

}  // namespace

std::vector<Folded> Fold(std::span<const std::string> names) {
  std::map<std::string_view, std::vector<std::size_t>> distinct;
  for (std::size_t i = 0; i < names.size(); ++i) distinct[names[i]].push_back(i);
  std::vector<Row> rows;
  std::size_t longest = 0;
  for (const auto& [name, members] : distinct) {
    rows.push_back({Tokens(name), members});
    longest = std::max(longest, rows.back().tokens.size());
  }
  // From the last token to the first, until nothing folds: parts of one layer come together
  // before layers do.
  for (bool merged = true; merged;) {
    merged = false;
    for (std::size_t at = longest; at-- > 0;) merged = MergeAt(rows, at) || merged;
  }
  std::vector<Folded> out;
  for (Row& row : rows) {
    Folded folded;
    for (std::size_t i = 0; i < row.tokens.size(); ++i) {
      folded.glob += TokenGlob(row.tokens[i], i == 0);
    }
    if (folded.glob.empty()) folded.glob = "{}";  // An empty pattern is refused; this one is not.
    folded.members = std::move(row.members);
    std::sort(folded.members.begin(), folded.members.end());
    out.push_back(std::move(folded));
  }
  std::sort(out.begin(), out.end(),
            [](const Folded& a, const Folded& b) { return NaturalLess(a.glob, b.glob); });
  return out;
}

}  // namespace regraft::select

namespace regraft {

std::vector<std::string> FoldNames(std::span<const std::string> names) {
  std::vector<std::string> out;
  for (select::Folded& folded : select::Fold(names)) out.push_back(std::move(folded.glob));
  return out;
}

}  // namespace regraft
