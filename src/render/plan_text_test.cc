#include <gmock/gmock.h>

#include <algorithm>

#include "base/text.h"
#include "regraft/catalog.h"
#include "regraft/render.h"
#include "regraft/rules.h"
#include "render/columns.h"
#include "render/test_plans.h"

namespace regraft::render {
namespace {

using testing::CatalogBuilder;
using ::testing::HasSubstr;
using testing::ModelTarget;
using ::testing::Not;

// Every line but the headline.
std::vector<std::string> Below(const std::string& text) {
  std::vector<std::string> lines;
  for (const std::string_view line : Split(text, '\n')) lines.emplace_back(line);
  lines.erase(lines.begin());
  return lines;
}

// As the command prints it.
const TextOptions kTyped{.face = Face::kCommand};

TEST(ReportText, ShowsWhatWasRestoredFromWhere) {
  EXPECT_EQ(ReportText(Done(Planned(NetCatalog(), NetTargets()))),
            R"(restored 26/26 variables (290 of 290 parameters) · 1 unused: 1 step
restored by given path
  = head/{bias,kernel}           <- net/head/{bias,kernel}
  = layer_{0..11}/{bias,kernel}  <- net/layer_{0..11}/{bias,kernel}
)");
}

TEST(ReportText, ShowsWhatWasExcludedAndByWhichRule) {
  EXPECT_EQ(
      ReportText(Done(Planned(NetCatalog(), NetTargets(), {.select = {.exclude = {"head/**"}}})),
                 kTyped),
      R"(restored 24/26 variables (240 of 290 parameters) · 2 not selected: head/{bias,kernel} · 3 unused: 2 weights, 1 step
restored by given path
  = layer_{0..11}/{bias,kernel}  <- net/layer_{0..11}/{bias,kernel}
not selected because of --exclude 'head/**'
  - head/{bias,kernel}
rules
    --exclude 'head/**'  [matched 2]
)");
}

TEST(ReportText, ShowsWhatWasKeptAndWhy) {
  EXPECT_EQ(
      ReportText(Done(Planned(NetCatalog(), NetTargets("head", 3), {.on_shape = OnShape::kSkip})),
                 kTyped),
      R"(restored 24/26 variables (240 of 255 parameters) · 2 kept: head/{bias,kernel} · 3 unused: 2 weights, 1 step
restored by given path
  = layer_{0..11}/{bias,kernel}  <- net/layer_{0..11}/{bias,kernel}
kept as they were by --on-shape skip
  ~ head/bias    [float32[10] in the checkpoint, float32[3] here]
  ~ head/kernel  [float32[4,10] in the checkpoint, float32[4,3] here]
)");
}

TEST(ReportText, ShowsRenamesAndTheirRule) {
  EXPECT_EQ(ReportText(Done(Planned(NetCatalog(), NetTargets("classifier"),
                                    {.map = {{"head/", "classifier/"}}})),
                       kTyped),
            R"(restored 26/26 variables (290 of 290 parameters) · 1 unused: 1 step
restored by the map, from the full name
  = classifier/{bias,kernel}  <- net/head/{bias,kernel}
restored by given path
  = layer_{0..11}/{bias,kernel}  <- net/layer_{0..11}/{bias,kernel}
rules
    --map 'head/=>classifier/'  [matched 2]
)");
}

TEST(ReportText, SaysOfWhichValuesThereIsNoEvidence) {
  Report report = Done(Planned(NetCatalog(), NetTargets()));
  ASSERT_GT(report.restored.size(), 2u);
  EXPECT_THAT(ReportText(report), Not(HasSubstr("no evidence")));
  report.restored[0].verified = false;
  EXPECT_THAT(ReportText(report), HasSubstr("no evidence that one value is as written"));
  report.restored[1].verified = false;
  EXPECT_THAT(ReportText(report), HasSubstr("no evidence that 2 values are as written"));
  for (RestoredTarget& restored : report.restored) restored.verified = false;
  EXPECT_THAT(ReportText(report), HasSubstr("no evidence that the values are as written"));
}

TEST(ReportText, ShowsCastsPaddingAndWhatBecameInfinite) {
  Report report = Done(Planned(NetCatalog(), NetTargets("head", 12, DType::kFloat16),
                               {.on_shape = OnShape::kPad, .on_dtype = OnDtype::kCast}));
  report.restored[0].overflowed = 1;
  report.restored[1].overflowed = 2;
  EXPECT_EQ(ReportText(report),
            R"(restored 26/26 variables (300 of 300 parameters) · 1 unused: 1 step
restored by given path
  = layer_{0..11}/{bias,kernel}  <- net/layer_{0..11}/{bias,kernel}
  = head/{bias,kernel}           <- net/head/{bias,kernel}
      [cast float32 => float16, padded with zeros]
note: 3 elements became infinite by a cast: head/{bias,kernel}
)");
}

TEST(PlanText, ShowsWhatIsMissingAndWhatWouldHelp) {
  EXPECT_EQ(
      PlanText(Planned(NetCatalog(), NetTargets("classifier")), kTyped),
      R"(would restore 24/26 variables (240 of 290 parameters) · 2 missing: classifier/{bias,kernel} · 3 unused: 2 weights, 1 step
missing in the checkpoint
  ! classifier/{bias,kernel}
      nearest to classifier/bias is head/bias float32[10], same shape, name
      differs in 1 part
would be restored by given path
  = layer_{0..11}/{bias,kernel}  <- net/layer_{0..11}/{bias,kernel}
what would help
    --map 'net/head/=>classifier/'
      resolves 2 of 2 problems
)");
}

TEST(PlanText, ShowsBothShapesOfAMismatch) {
  EXPECT_EQ(
      PlanText(Planned(NetCatalog(), NetTargets("head", 3))),
      R"(would restore 24/26 variables (240 of 255 parameters) · 2 of another shape: head/{bias,kernel} · 3 unused: 2 weights, 1 step
of another shape in the checkpoint
  ! head/bias    <- net/head/bias
      [float32[10] in the checkpoint, float32[3] here]
  ! head/kernel  <- net/head/kernel
      [float32[4,10] in the checkpoint, float32[4,3] here]
would be restored by given path
  = layer_{0..11}/{bias,kernel}  <- net/layer_{0..11}/{bias,kernel}
)");
}

TEST(PlanText, ShowsTheNearestNamesOfOneMissingTarget) {
  CatalogBuilder builder(testing::Of::kObjects);
  builder.Variable("net/dense/kernel", "dense/kernel", {3});
  const Plan plan = Planned(builder.Build(), {ModelTarget("dense_1/kernel", "", {4})});
  ASSERT_FALSE(plan.targets[0].candidates.empty());
  EXPECT_THAT(PlanText(plan),
              HasSubstr("  ! dense_1/kernel\n      nearest dense/kernel float32[3]"));
}

// Twelve layers that a student and a teacher both have.
Plan AmbiguousPlan(const Rules& rules = {}) {
  CatalogBuilder builder(testing::Of::kObjects);
  std::vector<Target> targets;
  for (const auto& [name, shape] : Layers()) {
    builder.Variable("student/" + name, name, shape).Variable("teacher/" + name, name, shape);
    targets.push_back(ModelTarget(name, name, shape));
  }
  return Planned(builder.Build(), targets, rules);
}

TEST(PlanText, ShowsAllPossibleSourcesOfFoldedTargets) {
  EXPECT_EQ(Below(PlanText(AmbiguousPlan(), kTyped)),
            (std::vector<std::string>{
                "ambiguous, with more than one possible source", "  ! layer_{0..11}/{bias,kernel}",
                "      either {student,teacher}/layer_{0..11}/{bias,kernel}",
                "by what is below 'student'", "    --map 'student/=>/'",
                "      resolves 24 problems", "by what is below 'teacher'",
                "    --map 'teacher/=>/'", "      resolves 24 problems", ""}));
}

TEST(PlanText, ShowsBothSidesOfAConflict) {
  const Rules rules = {
      .select = {.include = {"layer_0/bias"}},
      .map = {{"student/layer_0/bias", "layer_0/bias"}, {"teacher/layer_0/bias", "layer_0/bias"}}};
  EXPECT_THAT(PlanText(AmbiguousPlan(rules)), HasSubstr(R"(in conflict, given two sources by the map
  ! layer_0/bias
      either student/layer_0/bias float32[4]
      either teacher/layer_0/bias float32[4]
)"));
}

TEST(PlanText, SaysWhoElseWantsTheSource) {
  const Catalog catalog = CatalogBuilder(testing::Of::kNames).Named("a/kernel").Build();
  const Plan plan = Planned(
      catalog, {ModelTarget("one/kernel", "a/kernel"), ModelTarget("two/kernel", "a/kernel")});
  const std::string text = PlanText(plan, {.all = true});
  EXPECT_THAT(text, HasSubstr("      also wanted by two/kernel\n"));
  EXPECT_THAT(text, HasSubstr("      also wanted by one/kernel\n"));
}

TEST(PlanText, SaysFromWhichSpellingTheMapTook) {
  CatalogBuilder builder(testing::Of::kObjects);
  builder.Variable("net/a", "dense/kernel", {2});
  const std::pair<std::string, std::string> spellings[] = {
      {"net/a/.ATTRIBUTES/VARIABLE_VALUE", "key"},
      {"(root).net.a", "dotted path"},
      {"dense/kernel", "full name"},
      {"dense/kernel:0", "full name with :0"},
  };
  for (const auto& [name, spelling] : spellings) {
    const Plan plan = Planned(builder.Build(), {ModelTarget("x", "")}, {.map = {{name, "x"}}});
    EXPECT_THAT(PlanText(plan), HasSubstr("by the map, from the " + spelling + "\n")) << name;
  }
}

TEST(PlanText, ListsEveryProblem) {
  std::vector<Target> targets;
  std::string name = "v";
  for (int i = 0; i < 30; ++i) {
    targets.push_back(ModelTarget(name, "", {1}));
    name += "/v";
  }
  const std::string text =
      PlanText(Planned(CatalogBuilder(testing::Of::kObjects).Build(), targets));
  EXPECT_EQ(std::count(text.begin(), text.end(), '!'), 30);
}

TEST(ReportText, GivesChecksumsIfAllIsAskedFor) {
  const Report report =
      Done(Planned(NetCatalog(), NetTargets("head", 10, DType::kFloat16),
                   {.select = {.include = {"head/*", "layer_1/*"}}, .on_dtype = OnDtype::kCast}));
  EXPECT_THAT(ReportText(report), Not(HasSubstr("crc32c")));
  EXPECT_THAT(ReportText(report, {.all = true}), HasSubstr(R"(
  = layer_1/bias    <- net/layer_1/bias    [crc32c 0x00001238]
  = layer_1/kernel  <- net/layer_1/kernel  [crc32c 0x00001239]
  = head/bias       <- net/head/bias
      [cast float32 => float16, crc32c 0x00001234]
)"));
}

TEST(PlanText, ListsTwentyRowsOfAGroupOrAll) {
  CatalogBuilder builder(testing::Of::kObjects);
  std::vector<Target> targets;
  for (int i = 0; i < 30; ++i) {
    // Differing depths do not fold.
    std::string name = "v";
    for (int k = 0; k < i; ++k) name += "/v";
    builder.Variable("net/w/" + name, "", {1});
    targets.push_back(ModelTarget("w/" + name, "", {1}));
  }
  const Plan plan = Planned(builder.Build(), targets);
  EXPECT_THAT(PlanText(plan), HasSubstr("    + 10 more; .all = true lists them\n"));
  EXPECT_THAT(PlanText(plan, kTyped), HasSubstr("    + 10 more; --all lists them\n"));
  EXPECT_THAT(PlanText(plan, {.face = Face::kPython}),
              HasSubstr("    + 10 more; text(all=True) lists them\n"));
  const std::string all = PlanText(plan, {.all = true});
  EXPECT_THAT(all, Not(HasSubstr("more;")));
  EXPECT_EQ(std::count(all.begin(), all.end(), '='), 30);
}

TEST(PlanText, FoldsAndCutsNothingIfAllIsAskedFor) {
  const std::string text = PlanText(Planned(NetCatalog(), NetTargets()), {.all = true});
  EXPECT_THAT(text, HasSubstr("  = layer_2/bias     <- net/layer_2/bias\n"));
  EXPECT_LT(text.find("layer_2/bias"), text.find("layer_10/bias"));
  const std::string name(200, 'n');
  const Catalog none = CatalogBuilder(testing::Of::kObjects).Build();
  EXPECT_THAT(PlanText(Planned(none, {ModelTarget(name, "")}), {.all = true}),
              HasSubstr("  ! " + name + "\n"));
}

// Plans with long names in every place that a name can be in.
std::vector<Plan> LongPlans() {
  const std::string accents =
      "\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9";
  std::vector<Plan> plans;
  for (const std::string& part : {std::string("abcdefghijklmno"), accents}) {
    for (const int depth : {2, 4, 6, 9}) {
      std::string path = part;
      for (int i = 0; i < depth; ++i) path += "/" + part;
      CatalogBuilder builder(testing::Of::kObjects);
      builder.Variable("net/" + path + "/kernel", "", {2})
          .Variable("net/" + path + "/bias", "", {3});
      const Catalog catalog = builder.Build();
      const std::vector<Target> targets = {ModelTarget(path + "/kernel", "", {2}),
                                           ModelTarget(path + "/bias", "", {4}),
                                           ModelTarget(path + "/missing", "", {2})};
      plans.push_back(Planned(catalog, targets));
      plans.push_back(Planned(catalog, targets, {.select = {.exclude = {path + "/*"}}}));
      plans.push_back(
          Planned(catalog, targets, {.missing = OnMissing::kKeep, .on_shape = OnShape::kPadKeep}));
      plans.push_back(Planned(catalog, targets, {.select = {.include = {path + "/kernels"}}}));
    }
  }
  return plans;
}

TEST(PlanText, KeepsToTheWidth) {
  for (const Plan& plan : LongPlans()) {
    for (const std::size_t width : {40, 60, 80, 132}) {
      for (const bool ascii : {false, true}) {
        const TextOptions options{.width = width, .ascii = ascii, .face = Face::kCommand};
        for (const std::string& line : Below(PlanText(plan, options))) {
          // A word that is there to be copied stays whole; nothing else is longer.
          const std::size_t start = line.find_first_not_of(' ');
          const bool one_word =
              start != std::string::npos && line.find(' ', start) == std::string::npos;
          if (one_word || line.starts_with("    --map ")) continue;
          EXPECT_LE(Columns(line), width) << line;
        }
      }
    }
  }
}

TEST(PlanText, IsPureAsciiOnRequest) {
  std::vector<Plan> plans = LongPlans();
  plans.back().notes = {"caf\xc3\xa9 · ends…"};
  for (const Plan& plan : plans) {
    const std::string text = PlanText(plan, {.ascii = true});
    EXPECT_TRUE(std::all_of(text.begin(), text.end(), [](char c) {
      return c == '\n' || (c >= ' ' && c <= '~');
    })) << text;
  }
}

TEST(PlanText, HasColourOnlyOnRequestAndLosesNothingWithoutIt) {
  for (const Plan& plan : LongPlans()) {
    const std::string plain = PlanText(plan);
    EXPECT_EQ(plain.find('\x1b'), std::string::npos);
    std::string coloured = PlanText(plan, {.color = true});
    EXPECT_NE(coloured, plain);
    for (std::size_t at; (at = coloured.find('\x1b')) != std::string::npos;) {
      coloured.erase(at, coloured.find('m', at) + 1 - at);
    }
    EXPECT_EQ(coloured, plain);
  }
}

TEST(PlanText, EscapesWhatSteersATerminal) {
  const std::string evil = "a\x1b[2J\r\nb";
  Plan plan = Planned(CatalogBuilder(testing::Of::kObjects).Build(), {ModelTarget(evil, "")});
  plan.targets[0].candidates = {{.name = evil}};
  plan.rules = {{{Option::kInclude, evil}, 1, true, evil}};
  plan.suggestions = {{{{evil, evil}}, 1, 1}};
  plan.notes = {evil};
  plan.targets.push_back(plan.targets[0]);
  plan.targets.back().outcome = Outcome::kKeep;
  plan.targets.back().rule = {Option::kReason, evil};
  plan.targets.push_back(plan.targets[0]);
  plan.targets.back().outcome = Outcome::kRestore;
  plan.targets.back().source = evil;
  for (const bool all : {false, true}) {
    const std::string text = PlanText(plan, {.all = all});
    EXPECT_TRUE(std::none_of(text.begin(), text.end(), [](char c) {
      return c != '\n' && c >= 0 && c < ' ';
    })) << text;
    EXPECT_THAT(text, Not(HasSubstr("\nb")));
  }
}

}  // namespace
}  // namespace regraft::render
