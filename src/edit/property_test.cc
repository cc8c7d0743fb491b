// Random checkpoints under random rules: what is read from a copy is what is selected and
// read from its source, under the new names. A failure prints the seed; to see it alone:
// REGRAFT_SEED=<seed> regraft_edit_test --gtest_filter='Property*'.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <deque>
#include <set>
#include <tuple>

#include "edit/test_random_trees.h"
#include "regraft/checkpoint.h"
#include "regraft/copy.h"
#include "regraft/edit.h"
#include "regraft/elements.h"
#include "regraft/entry.h"
#include "regraft/rules.h"
#include "select/rename.h"
#include "select/select.h"
#include "testing/checkpoint_folder.h"

namespace regraft::edit {
namespace {

constexpr std::uint64_t kCases = 300;

// A value: where it is found, what it is called, and its bytes.
struct Value {
  std::set<std::string> names;
  std::string full_name;
  std::string spec;
  std::string bytes;
  auto operator<=>(const Value&) const = default;
};

std::string Show(const std::vector<Value>& values) {
  std::string out;
  for (const Value& value : values) {
    out += "  ";
    for (const std::string& name : value.names) out += "'" + name + "' ";
    out += "(" + value.full_name + ") " + value.spec + "\n";
  }
  return out;
}

class Case {
 public:
  explicit Case(std::uint64_t seed) : random_(seed) {}

  void Run(const testing::CheckpointFolder& folder) {
    const bool objects = !random_.OneIn(3);
    const std::size_t count = random_.OneIn(4) ? 2 : 1;
    std::vector<CheckpointReader> readers;
    readers.reserve(count);
    for (std::size_t i = 0; i < count; ++i) {
      const std::string prefix = "source-" + std::to_string(i);
      random_checkpoints_.push_back(objects ? RandomObjects(random_, prefix)
                                            : RandomNames(random_, prefix));
      disks_.emplace_back(random_checkpoints_[i].files);
      auto reader = CheckpointReader::Open(disks_[i], prefix, {});
      ASSERT_TRUE(reader) << reader.error().ToString();
      readers.push_back(*std::move(reader));
      sources_.push_back({&readers[i]});
      if (count > 1 && !random_.OneIn(4)) sources_[i].to = "part-" + std::to_string(i) + "/";
      if (random_.OneIn(6)) sources_[i].from = random_.Of(random_checkpoints_[i].scopes);
    }
    rules_ = RandomRules(random_, random_checkpoints_[0]);
    ASSERT_NO_FATAL_FAILURE(Expect());
    Compare(folder / "copy");
  }

  /// Copies that were compared in full.
  std::size_t written() const { return written_; }

  /// The sources and rules, as they would be typed.
  std::string Typed() const {
    std::string out;
    const auto add = [&](std::string_view flag, const std::string& text) {
      if (!text.empty()) out += std::string(flag) + " '" + text + "'\n";
    };
    for (const EditSource& source : sources_) out += source.to + "=SRC:" + source.from + "\n";
    for (const std::string& text : rules_.select.include) add("--include", text);
    for (const std::string& text : rules_.select.exclude) add("--exclude", text);
    for (const std::string& text : rules_.select.include_regex) add("--include-regex", text);
    for (const std::string& text : rules_.select.exclude_regex) add("--exclude-regex", text);
    add("--where", rules_.select.where);
    for (const MapRule& rule : rules_.map) add("--map", rule.from + "=>" + rule.to);
    for (const RegexRule& rule : rules_.regex) {
      add("--regex", rule.pattern + "=>" + rule.replacement);
    }
    add("--strip-prefix", rules_.strip_prefix);
    add("--add-prefix", rules_.add_prefix);
    for (const CastRule& rule : rules_.cast) {
      add("--cast", DTypeName(rule.from) + "=>" + DTypeName(rule.to));
    }
    return out;
  }

 private:
  // The value as the rules make it; `names` are its new ones.
  Value Make(const CheckpointReader& reader, const Entry& entry, std::set<std::string> names) {
    Value value{std::move(names), "", "", ""};
    TensorSpec spec = entry.spec;
    if (spec.dtype == DType::kString) {
      const auto strings = reader.ReadStrings(entry);
      EXPECT_TRUE(strings);
      for (const std::string& text : *strings) value.bytes += std::to_string(text.size()) + text;
    } else {
      value.bytes.resize(*spec.Bytes());
      EXPECT_TRUE(reader.Read(entry, std::as_writable_bytes(std::span(value.bytes))));
    }
    const auto cast = std::find_if(rules_.cast.begin(), rules_.cast.end(),
                                   [&](const CastRule& rule) { return rule.from == spec.dtype; });
    if (&reader != copy_ && cast != rules_.cast.end()) {
      std::string out(static_cast<std::size_t>(spec.shape.num_elements()) * ElementBytes(cast->to),
                      '\0');
      EXPECT_TRUE(CastElements(cast->from, std::as_bytes(std::span(value.bytes)), cast->to,
                               std::as_writable_bytes(std::span(out))));
      value.bytes = std::move(out);
      spec.dtype = cast->to;
    }
    value.spec = spec.ToString();
    return value;
  }

  static std::vector<std::string> NamesOf(const Entry& entry) {
    return entry.paths.empty() ? std::vector<std::string>{entry.key} : entry.paths;
  }

  void Expect() {
    const auto renamer =
        select::Renamer::Make(rules_.map, rules_.regex, rules_.strip_prefix, rules_.add_prefix);
    ASSERT_TRUE(renamer) << renamer.error().ToString();
    std::map<std::string, std::size_t> borne;
    for (const EditSource& source : sources_) {
      const auto selected = select::Decide(source.reader->catalog(), rules_.select,
                                           /*allow_unused_rules=*/true);
      ASSERT_TRUE(selected) << selected.error().ToString();
      for (std::size_t i = 0; i < selected->entries.size(); ++i) {
        if (!selected->entries[i].taken) continue;
        const Entry& entry = source.reader->entries()[i];
        if (entry.cls == EntryClass::kMeta) continue;
        std::set<std::string> names;
        for (const std::string& name : NamesOf(entry)) {
          if (!name.starts_with(source.from) || name == source.from) continue;
          names.insert(source.to + (*renamer)(name.substr(source.from.size())));
        }
        if (names.empty()) continue;
        for (const std::string& name : names) ++borne[name];
        Value value = Make(*source.reader, entry, names);
        value.full_name = entry.paths.empty() ? *names.begin() : (*renamer)(entry.full_name);
        expected_.push_back(std::move(value));
      }
    }
    std::sort(expected_.begin(), expected_.end());
    for (const auto& [name, times] : borne) {
      const auto next = borne.lower_bound(name + "/");
      nested_ = nested_ || (next != borne.end() && next->first.starts_with(name + "/"));
      collision_ = collision_ || times > 1;
      bad_name_ = bad_name_ || name.empty() || name.find("//") != std::string::npos ||
                  name.front() == '/' || name.back() == '/';
    }
  }

  void Compare(const std::string& prefix) {
    auto plan = PlanCopy(sources_, rules_);
    const Status possible = plan ? plan->Check() : Status(Fail(plan.error()));
    if (!possible) {
      const std::string& slug = possible.error().slug;
      if (slug == "edit/nothing") {
        EXPECT_TRUE(expected_.empty());
      } else if (slug == "edit/collision" || slug == "object-graph/collision") {
        EXPECT_TRUE(collision_) << possible.error().ToString() << Show(expected_);
      } else if (slug == "object-graph/bad-path" || slug == "bundle/empty-key") {
        EXPECT_TRUE(bad_name_) << possible.error().ToString() << Show(expected_);
      } else {
        ADD_FAILURE() << possible.error().ToString() << Show(expected_);
      }
      return;
    }
    EditOptions options;
    options.write.overwrite = true;
    options.shards = random_.OneIn(4) ? 3 : 0;
    const auto report = Copy(sources_, *plan, prefix, options);
    ASSERT_TRUE(report) << report.error().ToString();
    auto reader = CheckpointReader::Open(prefix);
    ASSERT_TRUE(reader) << reader.error().ToString();
    copy_ = &*reader;
    std::vector<Value> actual;
    for (const Entry& entry : reader->entries()) {
      if (entry.cls == EntryClass::kMeta) continue;
      const std::vector<std::string> names = NamesOf(entry);
      Value value = Make(*reader, entry, {names.begin(), names.end()});
      value.full_name = entry.full_name;
      actual.push_back(std::move(value));
    }
    if (nested_) {
      // What is put below a value is below it under all names that the value has.
      for (Value& value : expected_) value.names.clear();
      for (Value& value : actual) value.names.clear();
      std::sort(expected_.begin(), expected_.end());
    }
    std::sort(actual.begin(), actual.end());
    EXPECT_TRUE(actual == expected_) << "expected\n"
                                     << Show(expected_) << "found\n"
                                     << Show(actual);
    if (!nested_) ++written_;
  }

  Random random_;
  std::vector<EditSource> sources_;
  CopyRules rules_;
  std::vector<RandomCheckpoint> random_checkpoints_;
  std::deque<testing::MemoryFiles> disks_;  // The readers borrow them.
  std::vector<Value> expected_;
  bool collision_ = false, bad_name_ = false, nested_ = false;
  const CheckpointReader* copy_ = nullptr;
  std::size_t written_ = 0;
};

TEST(Property, ACopyHoldsWhatWasSelectedUnderItsNewNames) {
  const testing::CheckpointFolder folder;
  const char* const alone = std::getenv("REGRAFT_SEED");
  const std::uint64_t first = alone != nullptr ? std::strtoull(alone, nullptr, 10) : 1;
  const std::uint64_t last = alone != nullptr ? first : kCases;
  std::size_t written = 0;
  for (std::uint64_t seed = first; seed <= last; ++seed) {
    Case one(seed);
    one.Run(folder);
    if (HasFailure()) {
      FAIL() << "REGRAFT_SEED=" << seed << "\n" << one.Typed();
    }
    written += one.written();
  }
  // Most cases must come to a copy, or nothing is proved.
  if (alone == nullptr) {
    EXPECT_GT(written, kCases / 2);
  }
}

}  // namespace
}  // namespace regraft::edit
