// What everything that values can be restored into promises (regraft/restore.h).
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <ostream>
#include <string>
#include <vector>

#include "regraft/checkpoint.h"
#include "regraft/restore.h"
#include "regraft/trackable.h"
#include "regraft/train.h"
#include "regraft/variable.h"
#include "testing/files.h"
#include "testing/tiny_bundle.h"

namespace regraft::contract {
namespace {

using Values = std::vector<std::vector<float>>;

// A destination of the places "a" and "b", which hold {1, 2} and {3, 4, 5}.
class Held {
 public:
  virtual ~Held() = default;
  virtual Destination& destination() = 0;
};

class Arrays final : public Held {
 public:
  Arrays() {
    Add("a", a_);
    Add("b", b_);
  }
  Destination& destination() override { return destination_; }

 private:
  void Add(const std::string& name, std::vector<float>& values) {
    Target target;
    target.name = target.full_name = name;
    target.paths = {name};
    target.spec = {DType::kFloat32, Shape{static_cast<std::int64_t>(values.size())}};
    destination_.Add(std::move(target), std::as_writable_bytes(std::span(values)));
  }

  std::vector<float> a_ = {1, 2}, b_ = {3, 4, 5};
  ArrayDestination destination_;
};

train::Variable Floats(const std::string& name, const std::vector<float>& values) {
  train::Variable variable(name,
                           {DType::kFloat32, Shape{static_cast<std::int64_t>(values.size())}});
  std::copy(values.begin(), values.end(), variable.mutable_data<float>().begin());
  return variable;
}

struct Model final : train::Trackable {
  Model() {
    AddVariable("a", a);
    AddVariable("b", b);
  }
  train::Variable a = Floats("a", {1, 2}), b = Floats("b", {3, 4, 5});
};

class OfAModel final : public Held {
 public:
  Destination& destination() override { return model_; }

 private:
  Model model_;
};

class OfKeywords final : public Held {
 public:
  Destination& destination() override { return checkpoint_; }

 private:
  Model model_;
  train::Checkpoint checkpoint_{{"model", model_}};
};

class OfAList final : public Held {
 public:
  Destination& destination() override { return checkpoint_; }

 private:
  Model model_;
  train::Checkpoint checkpoint_{{"list", {model_.a, model_.b}}};
};

struct DestinationCase {
  std::string name;
  std::unique_ptr<Held> (*make)();
};
template <typename T>
std::unique_ptr<Held> Make() {
  return std::make_unique<T>();
}
void PrintTo(const DestinationCase& each, std::ostream* out) { *out << each.name; }

class EveryDestination : public ::testing::TestWithParam<DestinationCase> {
 protected:
  static testing::MemoryFiles Source() {
    testing::TinyBundle bundle;
    bundle.AddFloats("a", {2}, {6, 7}).AddFloats("b", {3}, {8, 9, 10});
    return testing::MemoryFiles(bundle.Files("p"));
  }
  static CheckpointReader Opened(const io::Files& files) {
    auto reader = CheckpointReader::Open(files, "p", {});
    EXPECT_TRUE(reader) << reader.error().ToString();
    return *std::move(reader);
  }

  // The values of all places, by the order of targets().
  Values Present() {
    Values values;
    const std::vector<Target> targets = into().Targets().value();
    for (std::size_t i = 0; i < targets.size(); ++i) {
      std::vector<float>& value = values.emplace_back(targets[i].spec.shape.num_elements());
      const Status read = into().ReadCurrent(i, std::as_writable_bytes(std::span(value)));
      EXPECT_TRUE(read) << read.error().ToString();
    }
    return values;
  }
  Destination& into() { return held_->destination(); }

  const Values before_ = {{1, 2}, {3, 4, 5}};
  const Values after_ = {{6, 7}, {8, 9, 10}};
  std::unique_ptr<Held> held_ = GetParam().make();
};

TEST_P(EveryDestination, NamesItsPlacesInAStableOrder) {
  const std::vector<Target> targets = into().Targets().value();
  ASSERT_EQ(targets.size(), 2u);
  EXPECT_NE(targets[0].name, targets[1].name);
  EXPECT_EQ(targets[0].spec, (TensorSpec{DType::kFloat32, Shape{2}}));
  EXPECT_EQ(into().Targets().value(), targets);
  const testing::MemoryFiles files = Source();
  ASSERT_TRUE(Restore(Opened(files), into(), {}));
  EXPECT_EQ(into().Targets().value(), targets);
}

TEST_P(EveryDestination, ReadsWhatItHasAndTakesWhatItIsGiven) {
  EXPECT_EQ(Present(), before_);
  const testing::MemoryFiles files = Source();
  const auto report = Restore(Opened(files), into(), {});
  ASSERT_TRUE(report) << report.error().ToString();
  EXPECT_EQ(Present(), after_);
}

TEST_P(EveryDestination, TakesStagedValuesInAnyOrder) {
  std::vector<Destination::Staged> staged(2);
  for (const std::size_t i : {0u, 1u}) {
    const std::vector<float>& value = after_[1 - i];
    staged[i] = {1 - i, Buffer::CopyOf(std::as_bytes(std::span(value)))};
  }
  ASSERT_TRUE(into().Commit(staged));
  EXPECT_EQ(Present(), after_);
}

TEST_P(EveryDestination, KeepsWhatIsNotCommitted) {
  std::vector<Destination::Staged> staged(1);
  staged[0] = {1, Buffer::CopyOf(std::as_bytes(std::span(after_[1])))};
  ASSERT_TRUE(into().Commit(staged));
  EXPECT_EQ(Present(), (Values{before_[0], after_[1]}));
  ASSERT_TRUE(into().Commit({}));
  EXPECT_EQ(Present(), (Values{before_[0], after_[1]}));
}

TEST_P(EveryDestination, KeepsAllValuesWhateverReadFails) {
  const testing::MemoryFiles memory = Source();
  bool failed = true;
  for (std::uint64_t read = 1; failed; ++read) {
    ASSERT_LT(read, 50u);
    testing::FaultFiles files(memory, 0);
    const CheckpointReader reader = Opened(files);
    files.FailAt(read);
    const auto report = Restore(reader, into(), {});
    failed = files.failed();
    EXPECT_EQ(report.has_value(), !failed) << read;
    EXPECT_EQ(report ? "test/fault" : report.error().slug, "test/fault");
    EXPECT_EQ(Present(), failed ? before_ : after_) << read;
    EXPECT_TRUE(failed || read > 1);
  }
}

TEST_P(EveryDestination, KeepsAllValuesIfOneDoesNotFit) {
  testing::TinyBundle bundle;
  bundle.AddFloats("a", {2}, {6, 7}).AddFloats("b", {4}, {8, 9, 10, 11});
  const testing::MemoryFiles files(bundle.Files("p"));
  EXPECT_FALSE(Restore(Opened(files), into(), {}));
  EXPECT_EQ(Present(), before_);
}

TEST_P(EveryDestination, PadsWithWhatItHas) {
  testing::TinyBundle bundle;
  bundle.AddFloats("a", {2}, {6, 7}).AddFloats("b", {1}, {8});
  const testing::MemoryFiles files(bundle.Files("p"));
  Rules rules;
  rules.on_shape = OnShape::kPadKeep;
  const auto report = Restore(Opened(files), into(), rules);
  ASSERT_TRUE(report) << report.error().ToString();
  EXPECT_EQ(Present(), (Values{{6, 7}, {8, 4, 5}}));
}

TEST_P(EveryDestination, IsGivenNoStringsUnlessItTakesThem) {
  testing::TinyBundle bundle;
  bundle.AddStrings("a", {2}, {"x", "y"}).AddFloats("b", {3}, {8, 9, 10});
  const testing::MemoryFiles files(bundle.Files("p"));
  EXPECT_FALSE(into().TakesStrings());
  EXPECT_FALSE(Restore(Opened(files), into(), {}));
  EXPECT_EQ(Present(), before_);
}

INSTANTIATE_TEST_SUITE_P(Destinations, EveryDestination,
                         ::testing::Values(DestinationCase{"arrays", Make<Arrays>},
                                           DestinationCase{"model", Make<OfAModel>},
                                           DestinationCase{"keywords", Make<OfKeywords>},
                                           DestinationCase{"list", Make<OfAList>}),
                         [](const auto& each) { return each.param.name; });

}  // namespace
}  // namespace regraft::contract
