#include "select/compiled_selection.h"

#include <gtest/gtest.h>

#include <set>
#include <string>
#include <vector>

#include "regraft/catalog.h"
#include "regraft/entry.h"
#include "regraft/selection.h"
#include "testing/catalogs.h"

namespace regraft::select {
namespace {

using testing::CatalogBuilder;
using testing::ModelTarget;

// A list looks its names up; each must mean what it means when all subjects are compared.
TEST(CompiledSelection, AListMeansWhatEachOfItsNamesMeans) {
  const Catalog source = CatalogBuilder(testing::Of::kObjects)
                             .Variable("model/a/kernel", "dense_1/kernel")
                             .Variable("model/dense_1/kernel", "head/kernel")
                             .Variable("model/b/kernel", "dense_2/kernel")
                             .Variable("model/c/kernel", "dense_2/kernel")
                             .Build();
  std::vector<Subject> subjects;
  std::set<std::string> texts = {"nobody"};
  for (const Entry& entry : source.entries) {
    const Target target = ModelTarget(entry.paths[0].substr(6), entry.full_name, {2});
    subjects.push_back(SubjectOf(target, &entry));
    const Subject& subject = subjects.back();
    texts.insert(subject.keys.begin(), subject.keys.end());
    texts.insert(subject.spellings.begin(), subject.spellings.end());
    for (const AutomaticName& automatic : subject.automatic) texts.insert(automatic.name);
  }
  ASSERT_TRUE(texts.contains("dense_1/kernel") && texts.contains("dense_2/kernel"));

  Selection rules;
  rules.only.emplace(texts.begin(), texts.end());
  Result<CompiledSelection> all = CompiledSelection::Compile(rules);
  ASSERT_TRUE(all);
  all->Among(subjects);
  Setting decided_by;
  for (const Subject& subject : subjects) EXPECT_TRUE(all->Decide(subject, decided_by));
  const std::vector<PlannedRule> rows = all->Rows(subjects, /*allow_unused=*/true);
  ASSERT_EQ(rows.size(), texts.size());

  std::size_t row = 0;
  for (const std::string& text : texts) {
    Meaning alone(text, std::nullopt);
    alone.Among(subjects);
    rules.only = {text};
    Result<CompiledSelection> one = CompiledSelection::Compile(rules);
    ASSERT_TRUE(one);
    one->Among(subjects);
    std::size_t matched = 0;
    for (const Subject& subject : subjects) {
      EXPECT_EQ(one->Decide(subject, decided_by), alone.Matches(subject)) << text;
      matched += alone.Matches(subject);
    }
    EXPECT_EQ(rows[row++].matched, matched) << text;
  }
}

}  // namespace
}  // namespace regraft::select
