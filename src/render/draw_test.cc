#include "render/draw.h"

#include <gtest/gtest.h>

#include <limits>

namespace regraft::render {
namespace {

constexpr std::size_t kNoWidth = std::numeric_limits<std::size_t>::max();

template <typename T>
Document Of(T section) {
  Document document;
  document.Add(std::move(section));
  return document;
}

TEST(Document, IsAValue) {
  const Document a = Of(List{.heading = "restored", .marker = '=', .rows = {{.name = "a"}}});
  Document b = a;
  EXPECT_EQ(a, b);
  std::get<List>(b.sections[0]).rows[0].name = "b";
  EXPECT_NE(a, b);
}

TEST(Draw, HasTheHeadlineAndTheSectionsInOrder) {
  Document document{.headline = "restored 1/2 variables"};
  document.Add(List{.heading = "restored by key",
                    .marker = '=',
                    .rows = {{.name = "a/long/name", .from = "x", .note = "cast"},
                             {.name = "b", .from = "why", .below = {"a reason"}}}});
  document.Add(Note{"the file is old"});
  document.Add(Verbatim{"[1,\n 2]"});
  EXPECT_EQ(Draw(document, {}), R"(restored 1/2 variables
restored by key
  = a/long/name  <- x    [cast]
  = b            <- why
      a reason
note: the file is old
[1,
 2]
)");
}

TEST(DrawList, CutsRowsAndCountsWhatTheyStoodFor) {
  List list{.heading = "left out", .marker = '-'};
  for (int i = 0; i < 22; ++i) list.rows.push_back({.name = "a", .count = 3});
  const std::string text = Draw(Of(list), {.face = Face::kCommand});
  EXPECT_TRUE(text.ends_with("  - a\n    + 6 more; --all lists them\n")) << text;
  list.complete = true;
  EXPECT_EQ(Draw(Of(list), {}).find("more"), std::string::npos);
}

TEST(DrawHints, SpeakInTheWordsOfTheFace) {
  const Document document = Of(Hints{
      .heading = "what would help",
      .remedies = {{.settings = {{Option::kMap, "a/=>b/"}}, .does = "resolves 2 of 2 problems"}}});
  EXPECT_EQ(Draw(document, {.face = Face::kCommand}),
            "what would help\n    --map 'a/=>b/'\n      resolves 2 of 2 problems\n");
  EXPECT_EQ(Draw(document, {.face = Face::kPython}),
            "what would help\n    map={'a/': 'b/'}\n      resolves 2 of 2 problems\n");
}

TEST(DrawFacts, BreakBetweenWordsAndKeepTheColumn) {
  const Document document = Of(Facts{.facts = {{"kind", {"one that is longer than the line"}},
                                               {"top level", {"a", "bc", "def"}}}});
  EXPECT_EQ(Draw(document, {.width = 17}), R"(kind         one that is longer than the line
top level    a bc
             def
)");
}

TEST(DrawFacts, LineUpWhatExplainsTheHeadline) {
  const Document document =
      Of(Facts{.facts = {{"file", {"a"}}, {"a long label", {"b c d"}}}, .explaining = true});
  EXPECT_EQ(Draw(document, {.width = kNoWidth}), "  file          a\n  a long label  b c d\n");
  EXPECT_EQ(Draw(document, {.width = 19}),
            "  file          a\n  a long label  b c\n                d\n");
}

Table Entries() {
  return {.columns = {{"name"},
                      {"dtype"},
                      {"shape"},
                      {.title = "bytes", .least = 4, .number = true},
                      {"key"}},
          .rows = {{"model/dense/kernel", "float32", "[1,2]", "8", ""},
                   {"b", "int8", "[]", "12345", "b/key"}},
          .leading = 3};
}

TEST(DrawTable, LinesUpItsColumns) {
  EXPECT_EQ(Draw(Of(Entries()), {}),
            "model/dense/kernel  float32  [1,2]     8   -\n"
            "b                   int8     []     12345  b/key\n");
}

TEST(DrawTable, CutsNamesAndMovesTheRestBelowWhereThereIsNoRoom) {
  EXPECT_EQ(Draw(Of(Entries()), {.width = 30}),
            "model/…/kernel  float32  [1,2]\n"
            "    8\n"
            "b               int8     []\n"
            "    12345  b/key\n");
}

TEST(DrawTable, CutsNothingIfAllIsAskedFor) {
  EXPECT_EQ(Draw(Of(Entries()), {.width = 30, .all = true}), Draw(Of(Entries()), {}));
}

TEST(DrawTable, HasTitlesAndMarkersOnRequest) {
  const Table table{.columns = {{"type"}, {.title = "entries", .least = 8, .number = true}},
                    .rows = {{"float32", "12"}},
                    .titled = true};
  EXPECT_EQ(Draw(Of(table), {}), "\ntype     entries\nfloat32       12\n");
  const Table marked{.columns = {{"path"}, {"bytes"}}, .rows = {{"a", "1 B"}}, .markers = {'-'}};
  EXPECT_EQ(Draw(Of(marked), {}), "  - a  1 B\n");
}

TEST(DrawTree, DrawsBranchesAndKeepsToTheWidth) {
  const Tree tree{{.name = "ckpt",
                   .branches = {{.name = "net",
                                 .note = "  (2 entries)",
                                 .branches = {{.name = "a"}, {.name = "a_name_without_end"}}},
                                {.name = "step"}}}};
  EXPECT_EQ(Draw(Of(tree), {.width = 20}), R"(ckpt
├── net  (2 entries)
│   ├── a
│   └── a_nam…ut_end
└── step
)");
  EXPECT_EQ(Draw(Of(tree), {.width = 20, .all = true}), Draw(Of(tree), {}));
  EXPECT_EQ(Draw(Of(tree), {.ascii = true}), R"(ckpt
|-- net  (2 entries)
|   |-- a
|   `-- a_name_without_end
`-- step
)");
}

TEST(Draw, EscapesWhatSteersATerminalInEverySection) {
  const std::string evil = "a\x1b[31m";
  Document document;
  document.Add(List{.heading = evil, .rows = {{.name = evil, .from = evil, .below = {evil}}}});
  document.Add(Facts{.facts = {{"key", {evil}}}});
  document.Add(Facts{.facts = {{evil, {evil}}}, .explaining = true});
  document.Add(Table{.columns = {{"name"}}, .rows = {{evil}}});
  document.Add(Tree{{.name = evil, .note = evil, .branches = {{.name = evil}}}});
  document.Add(Paragraph{.heading = evil, .sentences = {{evil, 1}}});
  document.Add(Note{evil});
  document.Add(Verbatim{evil});
  EXPECT_EQ(Draw(document, {}).find('\x1b'), std::string::npos);
}

}  // namespace
}  // namespace regraft::render
