#include "select/where.h"

#include <fmt/format.h>

#include <charconv>
#include <optional>
#include <string>
#include <vector>

#include "base/text.h"
#include "base/try.h"

namespace regraft::select {
namespace {

constexpr int kMaxDepth = 64;

template <typename T>
bool Compare(const T& a, std::string_view op, const T& b) {
  if (op == "==" || op == "=") return a == b;
  if (op == "!=") return a != b;
  if (op == "<") return a < b;
  if (op == "<=") return a <= b;
  if (op == ">") return a > b;
  return a >= b;
}

class Parser {
 public:
  explicit Parser(std::string_view text) : text_(text) {}

  Result<WherePredicate> Run() {
    REGRAFT_TRY(WherePredicate predicate, Or(0));
    SkipSpace();
    if (at_ != text_.size()) return Bad("expected && or || here");
    return predicate;
  }

 private:
  tl::unexpected<Error> Bad(std::string_view why) const {
    return Fail(Error(ErrorCode::kInvalidArgument, "select/bad-where",
                      fmt::format("the condition '{}' cannot be read at column {}: {}", text_,
                                  at_ + 1, why))
                    .Offer({{{Option::kWhere, "dtype==float32 && numel>1e6"}},
                            "for example; the fields are dtype, shape, rank, numel, bytes, class",
                            true}));
  }

  void SkipSpace() {
    while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\t')) ++at_;
  }
  bool Take(std::string_view token) {
    SkipSpace();
    if (!text_.substr(at_).starts_with(token)) return false;
    at_ += token.size();
    return true;
  }

  Result<WherePredicate> Or(int depth) {
    REGRAFT_TRY(WherePredicate left, And(depth));
    while (Take("||")) {
      REGRAFT_TRY(WherePredicate right, And(depth));
      left = [l = std::move(left), r = std::move(right)](const WhereSubject& s) {
        return l(s) || r(s);
      };
    }
    return left;
  }

  Result<WherePredicate> And(int depth) {
    REGRAFT_TRY(WherePredicate left, Unary(depth));
    while (Take("&&")) {
      REGRAFT_TRY(WherePredicate right, Unary(depth));
      left = [l = std::move(left), r = std::move(right)](const WhereSubject& s) {
        return l(s) && r(s);
      };
    }
    return left;
  }

  Result<WherePredicate> Unary(int depth) {
    if (depth > kMaxDepth) return Bad("it is nested too deeply");
    if (Take("!")) {
      REGRAFT_TRY(WherePredicate inner, Unary(depth + 1));
      return WherePredicate([i = std::move(inner)](const WhereSubject& s) { return !i(s); });
    }
    if (Take("(")) {
      REGRAFT_TRY(WherePredicate inner, Or(depth + 1));
      if (!Take(")")) return Bad("expected ')' here");
      return inner;
    }
    return Comparison();
  }

  Result<WherePredicate> Comparison() {
    SkipSpace();
    const std::size_t field_at = at_;
    const std::string_view field = Word();
    const bool text_field = field == "dtype" || field == "shape" || field == "class";
    if (!text_field && field != "rank" && field != "numel" && field != "bytes") {
      at_ = field_at;
      return Bad(field.empty() ? std::string("expected a field here")
                               : fmt::format("there is no field '{}'", field));
    }
    std::string op;
    for (const std::string_view candidate : {"==", "!=", "<=", ">=", "<", ">", "="}) {
      if (Take(candidate)) {
        op = candidate;
        break;
      }
    }
    if (op.empty()) return Bad("expected one of == != < <= > >=");
    if (text_field && op != "==" && op != "!=" && op != "=") {
      return Bad(fmt::format("'{}' is compared with == or !=", field));
    }
    SkipSpace();
    if (field == "shape") return ShapeValue(op);
    if (field == "dtype") return DTypeValue(op);
    if (field == "class") return ClassValue(op);
    return NumberValue(field, op);
  }

  std::string_view Word() {
    const std::size_t start = at_;
    while (at_ < text_.size() && (std::isalnum(static_cast<unsigned char>(text_[at_])) != 0 ||
                                  text_[at_] == '_' || text_[at_] == '-' || text_[at_] == '@')) {
      ++at_;
    }
    return text_.substr(start, at_ - start);
  }

  // A word, bare or between quotes.
  std::string_view Value() {
    for (const char quote : {'\'', '"'}) {
      if (at_ < text_.size() && text_[at_] == quote) {
        const std::size_t close = text_.find(quote, at_ + 1);
        if (close == std::string_view::npos) return {};
        const std::string_view value = text_.substr(at_ + 1, close - at_ - 1);
        at_ = close + 1;
        return value;
      }
    }
    return Word();
  }

  Result<WherePredicate> DTypeValue(const std::string& op) {
    const std::size_t start = at_;
    const std::string_view value = Value();
    const std::optional<DType> dtype = ParseDType(value);
    if (!dtype) {
      at_ = start;
      return Bad(fmt::format("there is no dtype '{}'", value));
    }
    return WherePredicate(
        [=](const WhereSubject& s) { return Compare(s.spec->dtype, op, *dtype); });
  }

  Result<WherePredicate> ClassValue(const std::string& op) {
    const std::size_t start = at_;
    std::string value(Value());
    if (!value.starts_with('@')) value.insert(0, "@");
    const std::optional<EntryClass> cls = ParseClass(value);
    if (!cls) {
      at_ = start;
      return Bad(fmt::format("there is no class '{}'", value));
    }
    return WherePredicate([=](const WhereSubject& s) { return Compare(s.cls, op, *cls); });
  }

  Result<WherePredicate> ShapeValue(const std::string& op) {
    if (!Take("[")) return Bad("a shape is written [3,*,64]");
    std::vector<std::optional<std::int64_t>> dims;
    while (!Take("]")) {
      if (!dims.empty() && !Take(",")) return Bad("expected ',' or ']' here");
      if (Take("*")) {
        dims.push_back(std::nullopt);
        continue;
      }
      SkipSpace();
      std::int64_t dim = 0;
      const auto [end, error] =
          std::from_chars(text_.data() + at_, text_.data() + text_.size(), dim);
      if (error != std::errc()) return Bad("expected a number or '*' here");
      at_ = static_cast<std::size_t>(end - text_.data());
      dims.push_back(dim);
    }
    const bool wanted = op != "!=";
    return WherePredicate([dims = std::move(dims), wanted](const WhereSubject& s) {
      const auto have = s.spec->shape.dims();
      bool equal = have.size() == dims.size();
      for (std::size_t i = 0; equal && i < dims.size(); ++i)
        equal = !dims[i] || *dims[i] == have[i];
      return equal == wanted;
    });
  }

  Result<WherePredicate> NumberValue(std::string_view field, const std::string& op) {
    double number = 0;
    const auto [end, error] =
        std::from_chars(text_.data() + at_, text_.data() + text_.size(), number);
    if (error != std::errc()) return Bad("expected a number such as 1000 or 1e6");
    at_ = static_cast<std::size_t>(end - text_.data());
    return WherePredicate([field = std::string(field), op, number](const WhereSubject& s) {
      double have = 0;
      if (field == "rank") have = static_cast<double>(s.spec->shape.rank());
      if (field == "numel") have = static_cast<double>(s.spec->shape.num_elements());
      if (field == "bytes") {
        have = static_cast<double>(s.spec->shape.num_elements()) *
               static_cast<double>(ElementBytes(s.spec->dtype));
      }
      return Compare(have, op, number);
    });
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

}  // namespace

Result<WherePredicate> ParseWhere(std::string_view text) { return Parser(text).Run(); }

}  // namespace regraft::select
