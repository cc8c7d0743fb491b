// Edges, paths, cycles, sharing and death.
#include "regraft/trackable.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "regraft/buffer.h"
#include "regraft/variable.h"
#include "train/test_objects.h"

namespace regraft::train {
namespace {

using testing::ElementsAre;
using testing::UnorderedElementsAre;

Variable Floats(std::string full_name, std::int64_t n = 2) {
  return {std::move(full_name), {DType::kFloat32, Shape{n}}};
}

ObjectPtr With(const std::string& edge, const Variable& variable) {
  auto object = std::make_shared<Object>();
  object->AddVariable(edge, variable);
  return object;
}

std::vector<std::string> Names(const Destination& destination) {
  std::vector<std::string> names;
  const std::vector<Target> targets = destination.Targets().value();
  for (const Target& target : targets) names.push_back(target.name);
  return names;
}

TEST(Variable, IsAHandle) {
  const Variable a = Floats("net/dense/kernel:0");
  const Variable b = a;
  a.mutable_data<float>()[1] = 3;
  EXPECT_EQ(b.data<float>()[1], 3);
  EXPECT_EQ(a, b);
  EXPECT_FALSE(a == Floats("net/dense/kernel"));
  EXPECT_EQ(a.full_name(), "net/dense/kernel");
  EXPECT_EQ(a.name(), "net/dense/kernel:0");
}

TEST(Variable, ShowsNoElementsOfAnotherType) {
  const Variable variable = Floats("v");
  EXPECT_EQ(variable.data<float>().size(), 2U);
  EXPECT_TRUE(variable.data<std::int32_t>().empty());
  EXPECT_TRUE(variable.data<double>().empty());
  EXPECT_EQ(reinterpret_cast<std::uintptr_t>(variable.bytes().data()) % 64, 0U);
}

TEST(Variable, RefusesABufferOfAnotherSize) {
  Variable variable = Floats("v");
  variable.mutable_data<float>()[0] = 5;
  EXPECT_EQ(variable.Assign(Buffer(4)).error().slug, "train/wrong-size");
  EXPECT_EQ(variable.data<float>()[0], 5);
  EXPECT_TRUE(variable.Assign(Buffer(8)));
  EXPECT_EQ(variable.data<float>()[0], 0);
}

TEST(Trackable, NamesVariablesByAttributesListsAndMaps) {
  Object root;
  root.AddVariable("step", Floats("step"));
  root.Track("dense1", With("kernel", Floats("a")));
  root.Track("layers", std::vector<ObjectPtr>{With("w", Floats("b")), With("w", Floats("c"))});
  root.Track("heads", std::map<std::string, ObjectPtr>{{"x", With("w", Floats("d"))}});
  EXPECT_THAT(Names(root),
              ElementsAre("step", "dense1/kernel", "layers/0/w", "layers/1/w", "heads/x/w"));
}

TEST(Trackable, ReplacesAnEdgeThatIsTrackedAgain) {
  Object root;
  root.Track("layers", std::vector<ObjectPtr>{With("w", Floats("a")), With("w", Floats("b"))});
  root.Track("layers", std::vector<ObjectPtr>{With("v", Floats("c"))});
  root.AddVariable("step", Floats("d"));
  root.AddVariable("step", Floats("e"));
  const auto targets = root.Targets().value();
  ASSERT_EQ(targets.size(), 2U);
  EXPECT_EQ(targets[0].full_name, "e");
  EXPECT_EQ(targets[1].name, "layers/0/v");
}

TEST(Trackable, FindsASharedVariableOnceWithAllItsPaths) {
  const Variable shared = Floats("shared");
  Object root;
  root.Track("deep", [&] {
    auto deep = std::make_shared<Object>();
    deep->Track("inner", With("w", shared));
    return deep;
  }());
  const ObjectPtr twice = With("w", shared);
  root.Track("a", twice);
  root.Track("b", twice);
  const auto targets = root.Targets().value();
  ASSERT_EQ(targets.size(), 1U);
  EXPECT_THAT(targets[0].paths, ElementsAre("a/w", "b/w", "deep/inner/w"));
  EXPECT_EQ(targets[0].root, RootPart::kAbsent);
}

TEST(Trackable, CutsCycles) {
  Object root;
  auto child = std::make_shared<Object>();
  child->AddVariable("w", Floats("w"));
  child->Track("parent", root);
  child->Track("self", *child);
  root.Track("child", child);
  EXPECT_THAT(Names(root), ElementsAre("child/w"));
  EXPECT_THAT(Names(*child), ElementsAre("w"));
}

TEST(Trackable, BoundsThePathsOfASharedLadder) {
  // 2^20 ways lead to the variable.
  ObjectPtr below = With("w", Floats("w"));
  for (int i = 0; i < 20; ++i) {
    auto above = std::make_shared<Object>();
    above->Track("l", below);
    above->Track("r", below);
    below = above;
  }
  const auto targets = below->Targets().value();
  ASSERT_EQ(targets.size(), 1U);
  EXPECT_EQ(targets[0].paths.size(), 32U);
}

TEST(Trackable, ForgetsChildrenThatDied) {
  Object root;
  {
    Object member;
    member.AddVariable("w", Floats("w"));
    root.Track("member", member);
    EXPECT_THAT(Names(root), ElementsAre("member/w"));
  }
  EXPECT_TRUE(Names(root).empty());
}

TEST(Trackable, KeepsChildrenGivenBySharedPointer) {
  Object root;
  root.Track("a", With("w", Floats("w")));
  EXPECT_THAT(Names(root), ElementsAre("a/w"));
  root.Untrack("a");
  EXPECT_TRUE(Names(root).empty());
}

TEST(Trackable, KnowsItsLivingParents) {
  auto child = std::make_shared<Object>();
  Object first;
  first.Track("x", child);
  first.Track("y", child);
  {
    Object second;
    second.Track("z", child);
    EXPECT_THAT(child->parents(), UnorderedElementsAre(&first, &second));
  }
  EXPECT_THAT(child->parents(), ElementsAre(&first));
  first.Untrack("x");
  EXPECT_THAT(child->parents(), ElementsAre(&first));
  first.Untrack("y");
  EXPECT_TRUE(child->parents().empty());
}

TEST(Trackable, NamesEveryObjectThatIsNotBuiltOnce) {
  Object root;
  auto child = std::make_shared<Object>();
  child->is_built = false;
  root.Track("a", child);
  root.Track("b", child);
  const auto targets = root.Targets();
  ASSERT_FALSE(targets);
  EXPECT_EQ(targets.error().slug, "train/not-built");
  ASSERT_EQ(targets.error().details.size(), 1U);
  EXPECT_EQ(targets.error().details[0].text, "a: object");
}

TEST(Trackable, SaysWhichPartsOfANameAProgramCounted) {
  Object root;
  root.AddVariable(
      "k", Variable("net/dense_1/kernel", {DType::kFloat32, {}}, true, NameOrigin::kNumbered));
  root.AddVariable("b", Floats("net/dense_1/bias"));
  const auto targets = root.Targets().value();
  using enum PartKind;
  EXPECT_THAT(targets[0].name_kinds, ElementsAre(kGiven, kNumbered, kGiven));
  EXPECT_THAT(targets[1].name_kinds, ElementsAre(kGiven, kGiven, kGiven));
}

TEST(Trackable, CommitsAllValuesOrNone) {
  Object root;
  const Variable a = Floats("a");
  const Variable b = Floats("b");
  root.AddVariable("a", a);
  root.AddVariable("b", b);
  a.mutable_data<float>()[0] = 1;
  std::vector<Destination::Staged> values(2);
  values[0] = {0, Buffer(8)};
  values[1] = {1, Buffer(4)};
  EXPECT_EQ(root.Commit(values).error().slug, "train/wrong-size");
  EXPECT_EQ(a.data<float>()[0], 1);
  std::vector<Destination::Staged> beyond(1);
  beyond[0] = {2, Buffer(8)};
  EXPECT_EQ(root.Commit(beyond).error().slug, "train/bad-index");
  values[1] = {1, Buffer(8)};
  EXPECT_TRUE(root.Commit(values));
  EXPECT_EQ(a.data<float>()[0], 0);
}

TEST(Trackable, ReadsTheCurrentValueOfATarget) {
  Object root;
  const Variable a = Floats("a");
  root.AddVariable("a", a);
  a.mutable_data<float>()[1] = 4;
  std::vector<float> out(2);
  EXPECT_TRUE(root.ReadCurrent(0, std::as_writable_bytes(std::span(out))));
  EXPECT_THAT(out, ElementsAre(0, 4));
  EXPECT_EQ(root.ReadCurrent(1, {}).error().slug, "train/bad-index");
}

}  // namespace
}  // namespace regraft::train
