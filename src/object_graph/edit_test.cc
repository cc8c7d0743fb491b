#include "object_graph/edit.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "object_graph/test_programs.h"

namespace regraft::object_graph {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

// model = a functional Keras model of two layers; each has its two edges.
struct TwoLayers {
  Program program;
  std::int32_t model, first, second;
  TwoLayers() {
    model = program.Object(0, "model");
    first = program.Object(model, "layer_with_weights-0");
    program.Edge(model, "layer-1", first);
    second = program.Object(model, "layer_with_weights-1");
    program.Edge(model, "layer-2", second);
    program.Object(model, "losses");  // Holds nothing.
    program.Variable(first, "kernel", "k0");
    program.Variable(first, "bias", "b0");
    program.Variable(second, "kernel", "k1");
    program.Variable(second, "bias", "b1");
    program.Variable(0, "save_counter", "save_counter");
  }
};

TEST(Edit, LeavesAGraphOfWhichEverythingStaysAsItIs) {
  const ObjectGraph graph = TwoLayers().program.Graph();
  const auto edited = EditOne(graph, AllBut(graph, {}));
  ASSERT_TRUE(edited);
  EXPECT_EQ(edited->message, Serialize(graph.nodes()));
  ASSERT_EQ(edited->keys.size(), 1u);
  EXPECT_EQ(edited->keys[0][0], graph.At(graph.by_key()[0]).checkpoint_key);
}

TEST(Edit, LeavesOutWhatHoldsNothingAnyMore) {
  const ObjectGraph graph = TwoLayers().program.Graph();
  const auto edited = EditOne(graph, AllBut(graph, {"k0", "b0", "b1"}));
  EXPECT_EQ(PathsIn(edited),
            (Names{{"k1", {"model/layer-2/kernel", "model/layer_with_weights-1/kernel"}},
                   {"save_counter", {"save_counter"}}}));
  // Root, model, layer, kernel, counter, and what held nothing before; the shared layer is one.
  EXPECT_EQ(edited->nodes.size(), 6u);
  EXPECT_EQ(edited->nodes[0].children[0].name, "model");
  EXPECT_EQ(edited->nodes[0].children[1].name, "save_counter");
  EXPECT_EQ(edited->nodes[0].has_values, true);
}

TEST(Edit, KeepsCyclesAmongWhatStays) {
  TwoLayers two;
  two.program.Edge(two.second, "parent", two.model);
  two.program.Edge(0, "root", 0);
  const ObjectGraph graph = two.program.Graph();
  const auto edited = EditOne(graph, Only(graph, {"k1"}));
  ASSERT_TRUE(edited);
  ASSERT_EQ(edited->nodes.size(), 5u);  // With the losses.
  EXPECT_EQ(edited->nodes[0].children[1].name, "root");
  EXPECT_EQ(edited->nodes[0].children[1].node, 0);
  EXPECT_EQ(edited->nodes[2].children[1].name, "parent");
  EXPECT_EQ(edited->nodes[2].children[1].node, 1);
  // The first layer leads to the second through their parent, but nobody goes that way.
  two.program.Edge(two.first, "parent", two.model);
  const ObjectGraph both = two.program.Graph();
  EXPECT_EQ(EditOne(both, Only(both, {"k1"}))->nodes.size(), 5u);
}

TEST(Edit, CanKeepNothing) {
  const ObjectGraph graph = TwoLayers().program.Graph();
  const auto edited = EditOne(graph, {});
  ASSERT_TRUE(edited);
  EXPECT_EQ(edited->nodes.size(), 1u);
  EXPECT_EQ(edited->nodes[0].has_values, false);
}

TEST(Edit, SaysNothingOfValuesIfTheFileDidNot) {
  std::vector<ObjectGraph::Node> nodes(3);
  nodes[0].children = {{1, "a"}, {2, "b"}};
  nodes[1].attributes = {{"VARIABLE_VALUE", "a", "a/.ATTRIBUTES/VARIABLE_VALUE"}};
  nodes[2].attributes = {{"VARIABLE_VALUE", "b", "b/.ATTRIBUTES/VARIABLE_VALUE"}};
  const auto graph = ObjectGraph::Parse(Serialize(nodes));
  const auto edited = EditOne(*graph, Only(*graph, {"b"}));
  EXPECT_EQ(edited->nodes[0].has_values, std::nullopt);
  EXPECT_EQ(edited->nodes[1].has_values, std::nullopt);
}

TEST(Edit, RenamesAScope) {
  const ObjectGraph graph = TwoLayers().program.Graph();
  const auto edited = EditOne(graph, AllBut(graph, {"b0"}), {{"model/", "net/body/"}});
  EXPECT_EQ(PathsIn(edited),
            (Names{{"k0", {"net/body/layer-1/kernel", "net/body/layer_with_weights-0/kernel"}},
                   {"k1", {"net/body/layer-2/kernel", "net/body/layer_with_weights-1/kernel"}},
                   {"b1", {"net/body/layer-2/bias", "net/body/layer_with_weights-1/bias"}},
                   {"save_counter", {"save_counter"}}}));
  // Root, net, body, two layers, three variables, counter: layers are shared still.
  EXPECT_EQ(edited->nodes.size(), 9u);
  EXPECT_EQ(KeysIn(edited)["k1"], "net/body/layer_with_weights-1/kernel");
  EXPECT_EQ(KeysIn(edited)["save_counter"], "save_counter");
}

TEST(Edit, SwapsTwoNames) {
  Program program;
  const auto m = program.Object(0, "m");
  program.Variable(m, "a", "was a");
  program.Variable(m, "b", "was b");
  const ObjectGraph graph = program.Graph();
  const auto edited = EditOne(graph, AllBut(graph, {}), {{"m/a", "m/b"}, {"m/b", "m/a"}});
  EXPECT_EQ(PathsIn(edited), (Names{{"was a", {"m/b"}}, {"was b", {"m/a"}}}));
  EXPECT_EQ(KeysIn(edited),
            (std::map<std::string, std::string>{{"was a", "m/b"}, {"was b", "m/a"}}));
}

TEST(Edit, SwapsTwoSharedLayers) {
  const ObjectGraph graph = TwoLayers().program.Graph();
  const auto edited = EditOne(graph, AllBut(graph, {}),
                              {{"model/layer_with_weights-0/", "model/layer_with_weights-1/"},
                               {"model/layer_with_weights-1/", "model/layer_with_weights-0/"},
                               {"model/layer-1/", "model/layer-2/"},
                               {"model/layer-2/", "model/layer-1/"}});
  EXPECT_EQ(PathsIn(edited)["k0"], (std::vector<std::string>{"model/layer-2/kernel",
                                                             "model/layer_with_weights-1/kernel"}));
  EXPECT_EQ(edited->nodes.size(), 9u);
  EXPECT_EQ(KeysIn(edited)["b1"], "model/layer_with_weights-0/bias");
}

TEST(Edit, RenamesOneOfSeveralNames) {
  const ObjectGraph graph = TwoLayers().program.Graph();
  const auto edited =
      EditOne(graph, Only(graph, {"k0", "b0"}), {{"model/layer-1/kernel", "model/layer-1/weight"}});
  EXPECT_EQ(PathsIn(edited),
            (Names{{"k0", {"model/layer-1/weight", "model/layer_with_weights-0/kernel"}},
                   {"b0", {"model/layer-1/bias", "model/layer_with_weights-0/bias"}}}));
  // The layer is two objects now, since they hold different things; the values are one each.
  EXPECT_EQ(edited->nodes.size(), 6u);
  EXPECT_EQ(KeysIn(edited)["k0"], "model/layer_with_weights-0/kernel");
}

TEST(Edit, DropsANameThatIsRenamedAway) {
  const ObjectGraph graph = TwoLayers().program.Graph();
  Part part{&graph, "", Only(graph, {"k0"}), {}, {}};
  part.rename = [](const std::string& path) -> std::optional<std::string> {
    if (path.find("layer-1") != std::string::npos) return std::nullopt;
    return path;
  };
  EXPECT_EQ(PathsIn(Edit({&part, 1})), (Names{{"k0", {"model/layer_with_weights-0/kernel"}}}));
  part.rename = [](const std::string&) { return std::nullopt; };
  const auto none = Edit({&part, 1});
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error().slug, "object-graph/unreachable");
  EXPECT_EQ(none.error().code, ErrorCode::kUnmet);
  EXPECT_THAT(none.error().message, HasSubstr("'model/layer_with_weights-0/kernel'"));
}

TEST(Edit, RenamesTheVariablesOwnNames) {
  const ObjectGraph graph = TwoLayers().program.Graph();
  Part part{&graph, "", Only(graph, {"k0"}), {}, [](const std::string& n) { return "new_" + n; },
            {}};
  EXPECT_TRUE(PathsIn(Edit({&part, 1})).contains("new_k0"));
  part.kept = AllBut(graph, {});
  EXPECT_TRUE(PathsIn(Edit({&part, 1})).contains("new_save_counter"));
}

TEST(Edit, JoinsPartsUnderPrefixes) {
  const ObjectGraph one = TwoLayers().program.Graph();
  const ObjectGraph two = TwoLayers().program.Graph();
  const std::vector<Part> parts = {{&one,
                                    "one",
                                    AllBut(one, {"save_counter"}),
                                    Renames({{"model/", "left/"}}),
                                    [](const std::string& n) { return "1" + n; },
                                    {}},
                                   {&two,
                                    "two",
                                    Only(two, {"k1", "save_counter"}),
                                    Renames({{"model/", "right/"}}),
                                    [](const std::string& n) { return "2" + n; },
                                    {}}};
  const auto edited = Edit(parts);
  EXPECT_EQ(PathsIn(edited),
            (Names{{"1k0", {"left/layer-1/kernel", "left/layer_with_weights-0/kernel"}},
                   {"1b0", {"left/layer-1/bias", "left/layer_with_weights-0/bias"}},
                   {"1k1", {"left/layer-2/kernel", "left/layer_with_weights-1/kernel"}},
                   {"1b1", {"left/layer-2/bias", "left/layer_with_weights-1/bias"}},
                   {"2k1", {"right/layer-2/kernel", "right/layer_with_weights-1/kernel"}},
                   {"2save_counter", {"save_counter"}}}));
  // Root, left, 2 layers, 4 variables; right, a layer, a variable; the counter.
  EXPECT_EQ(edited->nodes.size(), 12u);
  ASSERT_EQ(edited->keys.size(), 2u);
  EXPECT_THAT(edited->keys[1],
              ElementsAre("right/layer_with_weights-1/kernel/.ATTRIBUTES/VARIABLE_VALUE",
                          "save_counter/.ATTRIBUTES/VARIABLE_VALUE"));
}

TEST(Edit, JoinsPartsThatFillOneObject) {
  Program a, b;
  a.Variable(a.Object(0, "model"), "kernel", "k");
  b.Variable(b.Object(0, "model"), "bias", "b");
  const ObjectGraph ga = a.Graph(), gb = b.Graph();
  const std::vector<Part> parts = {{&ga, "a", AllBut(ga, {}), {}, {}},
                                   {&gb, "b", AllBut(gb, {}), {}, {}}};
  const auto edited = Edit(parts);
  EXPECT_EQ(PathsIn(edited), (Names{{"k", {"model/kernel"}}, {"b", {"model/bias"}}}));
  EXPECT_EQ(edited->nodes.size(), 4u);
}

TEST(Edit, RefusesTwoValuesOfOneName) {
  const ObjectGraph graph = TwoLayers().program.Graph();
  const auto edited = EditOne(graph, AllBut(graph, {}),
                              {{"model/layer_with_weights-0/", "model/layer_with_weights-1/"}});
  ASSERT_FALSE(edited);
  const Error& error = edited.error();
  EXPECT_EQ(error.slug, "object-graph/collision");
  EXPECT_EQ(error.code, ErrorCode::kUnmet);
  EXPECT_THAT(error.message, HasSubstr("2 paths"));
  ASSERT_EQ(error.details.size(), 2u);
  EXPECT_THAT(error.details[0].text,
              HasSubstr("'model/layer_with_weights-1/kernel': 'model/layer_with_weights-0/kernel' "
                        "and 'model/layer_with_weights-1/kernel'"));
}

TEST(Edit, SaysWhichPartsCollideAndHowOften) {
  Program program;
  for (int i = 0; i < 12; ++i)
    program.Variable(0, "v" + std::to_string(i), "v" + std::to_string(i));
  const ObjectGraph graph = program.Graph();
  const std::vector<Part> parts = {{&graph, "old.ckpt", AllBut(graph, {}), {}, {}},
                                   {&graph, "new.ckpt", AllBut(graph, {}), {}, {}}};
  const auto edited = Edit(parts);
  ASSERT_FALSE(edited);
  ASSERT_EQ(edited.error().details.size(), 11u);
  EXPECT_EQ(edited.error().details[0].text, "'v0': 'v0' of old.ckpt and 'v0' of new.ckpt");
  EXPECT_EQ(edited.error().details[10].text, "2 more");
}

TEST(Edit, RefusesNamesThatJoinTwoObjectsInDisagreement) {
  // v holds w; under its two names w would stand for two things.
  Program program;
  const auto v = program.Variable(0, "p", "v");
  program.Edge(0, "q", v);
  program.Variable(v, "w", "w");
  program.Variable(0, "x", "x");
  const ObjectGraph graph = program.Graph();
  const auto edited = EditOne(graph, AllBut(graph, {}), {{"p/w", "elsewhere"}, {"x", "p/w"}});
  ASSERT_FALSE(edited);
  EXPECT_EQ(edited.error().slug, "object-graph/collision");
}

TEST(Edit, RefusesEmptyComponents) {
  const ObjectGraph graph = TwoLayers().program.Graph();
  for (const char* bad : {"", "/a", "a/", "a//b"}) {
    const auto edited = EditOne(graph, Only(graph, {"save_counter"}), {{"save_counter", bad}});
    ASSERT_FALSE(edited) << bad;
    EXPECT_EQ(edited.error().slug, "object-graph/bad-path") << bad;
  }
}

TEST(Edit, KeepsTheSpellingOfEdgesWithSlashesAndDots) {
  Program program;
  const auto net = program.Object(0, "net");
  const auto odd = program.Object(net, "a/b.c");
  program.Variable(odd, "x/y", "xy");
  program.Variable(net, "old/kernel:0", "k");
  const ObjectGraph graph = program.Graph();
  const auto edited = EditOne(graph, AllBut(graph, {}), {{"net/a/b.c/", "top/a/b.c/"}});
  EXPECT_EQ(KeysIn(edited), (std::map<std::string, std::string>{{"xy", "top/a.Sb..c/x.Sy"},
                                                                {"k", "net/old.Skernel:0"}}));
  // What is renamed is cut at every '/'.
  EXPECT_EQ(KeysIn(EditOne(graph, Only(graph, {"k"}), {{"net/old/", "net/new/"}}))["k"],
            "net/new/kernel:0");
}

TEST(Edit, MovesTheRootBelowAPrefixAndBack) {
  Program program;
  program.At(0).attributes.push_back({"VARIABLE_VALUE", "root", ""});
  program.Variable(0, "a", "a");
  const ObjectGraph graph = program.Graph();
  const auto below = EditOne(graph, AllBut(graph, {}), {{"", "x"}, {"a", "x/a"}});
  EXPECT_EQ(PathsIn(below), (Names{{"root", {"x"}}, {"a", {"x/a"}}}));
  const auto inner = ObjectGraph::Parse(below->message);
  const auto back = EditOne(*inner, Only(*inner, {"a"}), {{"x/", ""}});
  EXPECT_EQ(PathsIn(back), (Names{{"a", {"a"}}}));
}

TEST(Edit, ChangesTheBeginningOfKeysThatOnlyBeginKeysOfTheFile) {
  Program program;
  const auto table = program.Object(0, "table");
  program.At(table).attributes.push_back({"table", "", ""});
  program.Variable(0, "v", "v");
  const ObjectGraph graph = program.Graph();
  const auto edited = EditOne(graph, AllBut(graph, {}), {{"table", "vocabulary"}});
  ASSERT_TRUE(edited);
  EXPECT_THAT(edited->keys[0],
              ElementsAre("vocabulary/.ATTRIBUTES/table", "v/.ATTRIBUTES/VARIABLE_VALUE"));
}

TEST(Edit, KeepsAKeyAsLongAsItIsAPath) {
  Program program;
  const auto a = program.Variable(0, "a", "v");
  program.Edge(program.Object(0, "m"), "v", a);
  const ObjectGraph graph = program.Graph();
  // The shortest path is gone, the key with it; a longer path beside a shorter one may stay.
  EXPECT_EQ(KeysIn(EditOne(graph, AllBut(graph, {}), {{"a", "longer/a"}, {"m/v", "k"}}))["v"], "k");
  EXPECT_EQ(KeysIn(EditOne(graph, AllBut(graph, {}), {{"m/v", "b"}}))["v"], "a");
  std::vector<ObjectGraph::Node> nodes(graph.nodes().begin(), graph.nodes().end());
  for (auto& node : nodes) {
    for (auto& attribute : node.attributes)
      attribute.checkpoint_key = "m/v/.ATTRIBUTES/VARIABLE_VALUE";
  }
  const auto other = ObjectGraph::Parse(Serialize(nodes));
  EXPECT_EQ(KeysIn(EditOne(*other, AllBut(*other, {}), {{"a", "c"}}))["v"], "m/v");
}

TEST(Edit, KeepsAttributesTogetherThatShareAKey) {
  std::vector<ObjectGraph::Node> nodes(3);
  nodes[0].children = {{1, "a"}, {2, "b"}};
  nodes[1].attributes = {{"VARIABLE_VALUE", "a", "a/.ATTRIBUTES/VARIABLE_VALUE"}};
  nodes[2].attributes = {{"VARIABLE_VALUE", "b", "a/.ATTRIBUTES/VARIABLE_VALUE"}};
  const auto graph = ObjectGraph::Parse(Serialize(nodes));
  EXPECT_EQ(KeysIn(EditOne(*graph, AllBut(*graph, {}), {{"a", "x"}})),
            (std::map<std::string, std::string>{{"a", "x"}, {"b", "x"}}));
}

TEST(Edit, KeepsRegisteredSaversOnlyWithTheWholeGraph) {
  Program program;
  const auto saver = program.Object(program.Object(0, "m"), "s");
  program.At(saver).registered_saver = "Package.saver";
  program.Variable(saver, "a", "a");
  program.Variable(saver, "b", "b");
  const ObjectGraph graph = program.Graph();
  const auto has_saver = [](const Result<Edited>& edited) {
    return std::any_of(edited->nodes.begin(), edited->nodes.end(),
                       [](const auto& node) { return node.registered_saver == "Package.saver"; });
  };
  const auto renamed = EditOne(graph, AllBut(graph, {}), {{"m/s/", "n/t/"}});
  EXPECT_TRUE(has_saver(renamed));
  EXPECT_EQ(renamed->nodes.size(), 5u);
  EXPECT_FALSE(has_saver(EditOne(graph, Only(graph, {"a"}))));
}

TEST(Edit, BoundsWhatHostileGraphsAsk) {
  // Every node leads to all others: more simple paths than anyone can walk.
  Program program;
  std::vector<std::int32_t> all = {0};
  for (int i = 0; i < 60; ++i)
    all.push_back(program.Variable(0, "v" + std::to_string(i), std::to_string(i)));
  for (const auto from : all) {
    for (const auto to : all) program.Edge(from, "e" + std::to_string(to), to);
  }
  const ObjectGraph graph = program.Graph();
  EXPECT_TRUE(EditOne(graph, Only(graph, {"7"})));
  EXPECT_TRUE(EditOne(graph, AllBut(graph, {}), {{"v1", "w"}}));
}

}  // namespace
}  // namespace regraft::object_graph
