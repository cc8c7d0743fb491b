#include "select/meaning.h"

#include <gtest/gtest.h>

namespace regraft::select {
namespace {

// What a text means, by the subjects' indices; patterns and names alike.
std::vector<std::size_t> Meant(const std::string& text, std::span<const Subject> subjects) {
  Meaning meaning(text, *Pattern::Glob(text));
  meaning.Among(subjects);
  std::vector<std::size_t> meant;
  for (std::size_t i = 0; i < subjects.size(); ++i) {
    if (meaning.Matches(subjects[i])) meant.push_back(i);
  }
  return meant;
}

Subject Called(const std::string& path, const std::string& full_name) {
  Target target;
  target.name = path;
  target.paths = {path};
  target.full_name = full_name;
  return SubjectOf(target, nullptr);
}

using Indices = std::vector<std::size_t>;

TEST(Meaning, AnAttributeIsMeantBeforeAnAutomaticName) {
  const std::vector<Subject> subjects = {Called("first/bias", "net/dense/bias"),
                                         Called("dense/bias", "net/dense_1/bias")};
  EXPECT_EQ(Meant("**/dense/**", subjects), (Indices{1}));
  EXPECT_EQ(Meant("**/dense_1/**", subjects), (Indices{1}));
  EXPECT_EQ(Meant("**/bias", subjects), (Indices{0, 1}));
  EXPECT_EQ(Meant("net/dense/bias", subjects), (Indices{0}));
}

TEST(Meaning, WithoutSuchAnAttributeTheAutomaticNameIsMeant) {
  const std::vector<Subject> subjects = {Called("first/bias", "dense/bias"),
                                         Called("second/bias", "dense_1/bias"),
                                         Called("third/bias", "head/bias")};
  EXPECT_EQ(Meant("dense/**", subjects), (Indices{0}));
  EXPECT_EQ(Meant("dense_1/bias", subjects), (Indices{1}));
  // One alternative that a person chose does not take the other's meaning away.
  EXPECT_EQ(Meant("{dense_1,head}/**", subjects), (Indices{1, 2}));
}

TEST(Meaning, ANameThatIsAllThereIsWasChosen) {
  Target listed;
  listed.name = listed.full_name = "dense/bias";
  const std::vector<Subject> subjects = {SubjectOf(listed, nullptr), Called("dense/bias2", "x")};
  EXPECT_EQ(Meant("dense/*", subjects), (Indices{0, 1}));
}

TEST(Meaning, WhoeverOwnsTheVariableSaysWhatWasCounted) {
  Target target;
  target.name = "first/bias";
  target.paths = {"first/bias"};
  target.full_name = "dense/bias";
  target.name_kinds = {PartKind::kGiven, PartKind::kGiven};
  const std::vector<Subject> subjects = {SubjectOf(target, nullptr),
                                         Called("dense/bias", "dense_1/bias")};
  EXPECT_EQ(Meant("**/dense/**", subjects), (Indices{0, 1}));
}

}  // namespace
}  // namespace regraft::select
