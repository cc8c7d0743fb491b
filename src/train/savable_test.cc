// What is no Checkpoint is saved under numbers and managed as one is.
#include "regraft/savable.h"

#include <gtest/gtest.h>

#include <span>

#include "regraft/checkpoint.h"
#include "regraft/find.h"
#include "regraft/manager.h"
#include "regraft/rules.h"
#include "regraft/writer.h"
#include "testing/checkpoint_folder.h"

namespace regraft::train {
namespace {

using testing::CheckpointFolder;

// One number.
class Number : public Savable {
 public:
  std::int64_t saves() const override { return saves_; }
  void SetSaves(std::int64_t count) override { saves_ = count; }
  bool continues() const override { return continues_; }
  Status WriteTo(io::Disk& disk, const std::string& prefix, std::int64_t count,
                 const WriteOptions& options) const override {
    auto writer = CheckpointWriter::Create(disk, prefix, options);
    if (!writer) return Fail(writer.error());
    const Status added =
        writer->Add("number", {DType::kInt64, Shape{}}, std::as_bytes(std::span(&number, 1)));
    if (!added) return added;
    const Status counted =
        writer->Add("saves", {DType::kInt64, Shape{}}, std::as_bytes(std::span(&count, 1)));
    if (!counted) return counted;
    if (auto written = writer->Finish(); !written) return Fail(written.error());
    return {};
  }
  Result<Report> RestoreFrom(const CheckpointReader& source, const Rules&,
                             const RestoreOptions&) override {
    const Status read =
        source.Read(*source.Find("number"), std::as_writable_bytes(std::span(&number, 1)));
    if (!read) return Fail(read.error());
    continues_ = true;
    const Status counted =
        source.Read(*source.Find("saves"), std::as_writable_bytes(std::span(&saves_, 1)));
    if (!counted) return Fail(counted.error());
    return Report();
  }

  std::int64_t number = 0;

 private:
  std::int64_t saves_ = 0;
  bool continues_ = false;
};

// One that somebody else restores.
class OwnedNumber final : public Number {
  Result<Report> RestoreFrom(const CheckpointReader& source, const Rules& rules,
                             const RestoreOptions& options) override {
    return Savable::RestoreFrom(source, rules, options);
  }
};

TEST(Savable, IsSavedUnderNumbers) {
  const CheckpointFolder folder;
  Number number;
  EXPECT_EQ(SaveNumbered(number, folder / "ckpt").value(), folder / "ckpt-1");
  EXPECT_EQ(SaveNumbered(number, folder / "ckpt").value(), folder / "ckpt-2");
  EXPECT_EQ(number.saves(), 2);
  EXPECT_EQ(FindLatest(folder / "")->prefix, folder / "ckpt-2");
}

TEST(Savable, IsManaged) {
  const CheckpointFolder folder;
  const auto number = std::make_shared<Number>();
  auto manager = CheckpointManager::Open(number, folder / "runs", {.max_to_keep = 2});
  ASSERT_TRUE(manager);
  for (number->number = 10; number->number < 12; ++number->number) {
    ASSERT_TRUE(manager->Save());
  }
  EXPECT_EQ(manager->checkpoints().size(), 2u);

  const auto again = std::make_shared<Number>();
  auto second = CheckpointManager::Open(again, folder / "runs", {.max_to_keep = 2});
  ASSERT_TRUE(second);
  // It has not taken the counter over.
  EXPECT_EQ(second->Save().error().slug, "train/would-replace");
  ASSERT_TRUE(second->RestoreOrInitialize());
  EXPECT_EQ(again->number, 11);
  EXPECT_EQ(second->Save().value(), folder / "runs/ckpt-3");
}

TEST(Savable, ThatItsOwnerRestoresIsManaged) {
  const CheckpointFolder folder;
  const auto number = std::make_shared<OwnedNumber>();
  const Variable step("step", {DType::kInt64, Shape{}});
  const ManagerOptions options = {.step_counter = step, .checkpoint_interval = 10};
  auto manager = CheckpointManager::Open(number, folder / "runs", options);
  ASSERT_TRUE(manager);
  ASSERT_TRUE(manager->Save());
  EXPECT_EQ(manager->RestoreOrInitialize().error().slug, "train/owner-restores");

  auto second = CheckpointManager::Open(number, folder / "runs", options);
  ASSERT_TRUE(second);
  step.mutable_data<std::int64_t>()[0] = 20;
  second->Restored();
  step.mutable_data<std::int64_t>()[0] = 29;
  EXPECT_EQ(second->Save().value(), std::nullopt);
  step.mutable_data<std::int64_t>()[0] = 30;
  EXPECT_EQ(second->Save().value(), folder / "runs/ckpt-2");
}

}  // namespace
}  // namespace regraft::train
