#include "select/fold.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <random>
#include <set>

#include "regraft/entry.h"
#include "regraft/names.h"
#include "select/pattern.h"

namespace regraft::select {
namespace {

using ::testing::ElementsAre;

// Every name that a glob of literals, braces and ranges stands for. Written apart from the
// patterns of `select`, so that two readings of a glob have to agree.
class Expansion {
 public:
  static std::vector<std::string> Of(const std::string& glob) {
    Expansion expansion{glob};
    return expansion.Sequence(false);
  }

 private:
  explicit Expansion(const std::string& glob) : glob_(glob) {}

  std::vector<std::string> Sequence(bool in_braces) {
    std::vector<std::string> all = {""};
    while (at_ < glob_.size() && !(in_braces && (glob_[at_] == ',' || glob_[at_] == '}'))) {
      std::vector<std::string> next;
      if (glob_[at_] == '{') {
        next = Braces();
      } else {
        EXPECT_EQ(std::string("*?[").find(glob_[at_]), std::string::npos) << glob_;
        if (glob_[at_] == '\\') ++at_;
        next = {std::string(1, glob_.at(at_++))};
      }
      std::vector<std::string> product;
      for (const std::string& head : all) {
        for (const std::string& tail : next) product.push_back(head + tail);
      }
      all = std::move(product);
    }
    return all;
  }

  std::vector<std::string> Braces() {
    std::vector<std::string> out;
    int low = 0, high = 0, length = 0;
    if (std::sscanf(glob_.c_str() + at_, "{%d..%d}%n", &low, &high, &length) == 2 && length > 0) {
      for (int i = low; i <= high; ++i) out.push_back(std::to_string(i));
      at_ += static_cast<std::size_t>(length);
      return out;
    }
    do {
      ++at_;  // '{' or ','.
      for (std::string& name : Sequence(true)) out.push_back(std::move(name));
    } while (glob_.at(at_) == ',');
    ++at_;
    return out;
  }

  const std::string& glob_;
  std::size_t at_ = 0;
};

// Everything that Fold() promises of any names.
void CheckFold(const std::vector<std::string>& names) {
  const std::vector<Folded> folded = Fold(names);
  std::multiset<std::string> expanded;
  std::vector<std::size_t> members;
  for (const Folded& one : folded) {
    std::vector<std::string> stands_for = Expansion::Of(one.glob);
    std::set<std::string> own;
    for (const std::size_t i : one.members) own.insert(names.at(i));
    EXPECT_EQ(std::set<std::string>(stands_for.begin(), stands_for.end()), own) << one.glob;
    expanded.insert(stands_for.begin(), stands_for.end());
    EXPECT_TRUE(std::is_sorted(one.members.begin(), one.members.end()));
    members.insert(members.end(), one.members.begin(), one.members.end());

    const auto pattern = select::Pattern::Glob(one.glob);
    ASSERT_TRUE(pattern) << pattern.error().ToString();
    for (const std::string& name : names) {
      EXPECT_EQ(pattern->Matches(std::vector{name}, EntryClass::kMeta), own.count(name) == 1)
          << one.glob << " and " << name;
    }
  }
  const std::set<std::string> distinct(names.begin(), names.end());
  EXPECT_EQ(expanded, std::multiset<std::string>(distinct.begin(), distinct.end()));
  std::sort(members.begin(), members.end());
  for (std::size_t i = 0; i < names.size(); ++i) EXPECT_EQ(members.at(i), i);
  EXPECT_EQ(members.size(), names.size());
}

TEST(FoldNames, FoldsNumbersAndWholeParts) {
  std::vector<std::string> names = {"head/kernel", "head/bias"};
  for (int i = 11; i >= 0; --i) {
    for (const char* name : {"kernel", "bias"}) {
      names.push_back("layer_" + std::to_string(i) + "/dense/" + name);
    }
  }
  EXPECT_THAT(FoldNames(names),
              ElementsAre("head/{bias,kernel}", "layer_{0..11}/dense/{bias,kernel}"));
}

TEST(FoldNames, ListsNumbersThatAreNoRange) {
  EXPECT_THAT(FoldNames(std::vector<std::string>{"a1", "a2"}), ElementsAre("a{1,2}"));
  EXPECT_THAT(FoldNames(std::vector<std::string>{"a1", "a10", "a2"}), ElementsAre("a{1,2,10}"));
}

TEST(FoldNames, DoesNotInventNames) {
  EXPECT_THAT(FoldNames(std::vector<std::string>{"a/x", "b/x", "b/y"}),
              ElementsAre("a/x", "b/{x,y}"));
  // Leading zeros are no numbers of a range, and parts of a word do not fold.
  EXPECT_THAT(FoldNames(std::vector<std::string>{"a1", "a01"}), ElementsAre("a01", "a1"));
  EXPECT_THAT(FoldNames(std::vector<std::string>{"kernel", "kernels/x"}),
              ElementsAre("kernel", "kernels/x"));
}

TEST(FoldNames, KeepsTwinsTogetherAndTakesNothing) {
  EXPECT_THAT(FoldNames(std::vector<std::string>{"a", "a"}), ElementsAre("a"));
  EXPECT_THAT(FoldNames({}), ElementsAre());
}

TEST(FoldNames, EscapesWhatAPatternWouldRead) {
  EXPECT_THAT(FoldNames(std::vector<std::string>{"@step"}), ElementsAre("\\@step"));
  EXPECT_THAT(FoldNames(std::vector<std::string>{"a/@{b"}), ElementsAre("a/@\\{b"));
  EXPECT_THAT(FoldNames(std::vector<std::string>{"a/x,y", "a/z"}), ElementsAre("a/{x\\,y,z}"));
  CheckFold({"@step", "@optimizer"});
  CheckFold({"", "a"});
  CheckFold({"a/@b", "a/@{c", "a/@d,e", "a/..", "a/0..3"});
  CheckFold({"\xc3\xa9/1", "\xc3\xa9/2", "\xff/1", std::string("\0/1", 3)});
}

TEST(FoldNames, StandsForExactlyTheNamesOfModels) {
  std::vector<std::string> names;
  for (int i = 0; i < 30; ++i) {
    for (const char* block : {"attention/query", "attention/key", "mlp"}) {
      for (const char* name : {"kernel", "bias"}) {
        if (i == 7 && name[0] == 'b') continue;
        names.push_back("net/layer_" + std::to_string(i) + "/" + block + "/" + name);
      }
    }
  }
  CheckFold(names);
}

TEST(FoldNames, StandsForExactlyAnyNames) {
  const std::vector<std::string> pieces = {
      "a",  "b",  "/",  "/", "/",          "0",        "1",    "2",  "10",     "007",
      "00", ".",  "..", "@", "{",          "}",        ",",    "*",  "?",      "[",
      "]",  "\\", "-",  "_", "1234567890", "\xc3\xa9", "\xff", "\n", "{0..3}", "999999999"};
  std::mt19937 random(3);
  const auto below = [&](std::size_t limit) { return random() % limit; };
  for (int round = 0; round < 300; ++round) {
    std::set<std::string> names;
    // Few kinds of pieces give many names that fold.
    const std::size_t kinds = 2 + below(pieces.size() - 1);
    const std::size_t first = below(pieces.size());
    for (std::size_t i = 0, count = 1 + below(40); i < count; ++i) {
      std::string name;
      for (std::size_t k = 0, length = below(7); k < length; ++k) {
        name += pieces[(first + below(kinds)) % pieces.size()];
      }
      names.insert(std::move(name));
    }
    CheckFold({names.begin(), names.end()});
    if (HasFailure()) return;
  }
}

TEST(FoldNames, DoesNotDependOnOrder) {
  std::vector<std::string> names = {"a/1/x", "a/2/x", "a/2/y", "b/1/x", "b/3/z", "c", "a/1/y"};
  const std::vector<std::string> folded = FoldNames(names);
  std::mt19937 random(5);
  for (int i = 0; i < 20; ++i) {
    std::shuffle(names.begin(), names.end(), random);
    EXPECT_EQ(FoldNames(names), folded);
  }
}

TEST(FoldNames, TakesTwentyThousandNames) {
  std::vector<std::string> numbered, words;
  for (int i = 0; i < 20000; ++i) {
    numbered.push_back("table_" + std::to_string(i) + "/embeddings");
    std::string word = std::to_string(i);
    for (char& c : word) c = static_cast<char>(c - '0' + 'a');
    words.push_back(word + "/kernel");
  }
  EXPECT_THAT(FoldNames(numbered), ElementsAre("table_{0..19999}/embeddings"));
  EXPECT_EQ(FoldNames(words).size(), 2500u);  // Eight alternatives at most.
}

}  // namespace
}  // namespace regraft::select
