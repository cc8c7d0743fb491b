// Lists of what optimizers train say nothing, unless somebody asks for their numbers.
#include "identity/trained.h"

#include <gtest/gtest.h>

#include "identity/identify.h"
#include "regraft/catalog.h"
#include "regraft/entry.h"
#include "testing/catalogs.h"

namespace regraft::identity {
namespace {

TensorSpec Spec(std::vector<std::int64_t> dims) {
  return {DType::kFloat32, Shape::Make(std::move(dims)).value()};
}

// A file of Keras 3: "head" by name, the layers of a list by their numbers alone.
Catalog File(std::vector<std::vector<std::int64_t>> listed) {
  Catalog catalog;
  catalog.has_graph = catalog.has_objects = true;
  const auto add = [&](std::vector<std::string> paths, std::vector<std::int64_t> dims) {
    Entry entry;
    entry.key = paths[0] + "/.ATTRIBUTES/VARIABLE_VALUE";
    entry.name = paths[0];
    entry.paths = std::move(paths);
    entry.spec = Spec(std::move(dims));
    entry.cls = EntryClass::kWeights;
    catalog.entries.push_back(std::move(entry));
  };
  const std::string list = "optimizer/_trainable_variables/";
  add({"model/head/_kernel", list + std::to_string(listed.size())}, {4, 2});
  for (std::size_t i = 0; i < listed.size(); ++i) add({list + std::to_string(i)}, listed[i]);
  return catalog;
}

std::vector<Target> Model(std::vector<std::vector<std::int64_t>> listed) {
  std::vector<Target> targets;
  const auto add = [&](std::string name, std::size_t number, std::vector<std::int64_t> dims) {
    Target target;
    target.name = name;
    target.root = RootPart::kFirst;
    target.paths = {name, "optimizer/_trainable_variables/" + std::to_string(number)};
    target.spec = Spec(std::move(dims));
    targets.push_back(std::move(target));
  };
  for (std::size_t i = 0; i < listed.size(); ++i) {
    add("model/stack/" + std::to_string(i) + "/kernel", i, listed[i]);
  }
  add("model/head/kernel", listed.size(), {4, 2});
  return targets;
}

std::vector<std::string> Sources(const Catalog& file, const std::vector<Target>& targets,
                                 Identity identity) {
  const std::vector<std::ptrdiff_t> settled(targets.size(), kOpen);
  std::vector<std::string> out;
  for (const Finding& finding : Identify(file, targets, settled, identity)) {
    out.push_back(finding.known() ? file.entries[finding.entries[0]].name : "");
  }
  return out;
}

TEST(Trained, NumbersCountOnlyWhereTheyAreAskedFor) {
  const Catalog file = File({{4, 4}, {4, 4}});
  const std::vector<Target> model = Model({{4, 4}, {4, 4}});
  EXPECT_EQ(Sources(file, model, Identity::kSure),
            (std::vector<std::string>{"", "", "model/head/_kernel"}));
  EXPECT_EQ(Sources(file, model, Identity::kPlaces),
            (std::vector<std::string>{"optimizer/_trainable_variables/0",
                                      "optimizer/_trainable_variables/1", "model/head/_kernel"}));
}

TEST(Trained, AListThatIsLongerOrOfOtherShapesTellsNothing) {
  for (const auto& other : {std::vector<std::vector<std::int64_t>>{{4, 4}},
                            {{4, 4}, {4, 5}},
                            {{4, 4}, {4, 4}, {4, 4}}}) {
    const std::vector<Target> model = Model(other);
    const Catalog file = File({{4, 4}, {4, 4}});
    EXPECT_TRUE(PairTrained(file, model).empty());
    EXPECT_EQ(Sources(file, model, Identity::kPlaces)[0], "");
  }
}

TEST(Trained, AListThatContradictsAPathTellsNothing) {
  const Catalog file = File({{4, 2}, {4, 2}});
  std::vector<Target> model = Model({{4, 2}, {4, 2}});
  // The head is first here and last in the file.
  std::swap(model[0].paths[1], model[2].paths[1]);
  EXPECT_EQ(PairTrained(file, model).size(), 1);
  EXPECT_EQ(Sources(file, model, Identity::kPlaces),
            (std::vector<std::string>{"", "", "model/head/_kernel"}));
}

}  // namespace
}  // namespace regraft::identity
