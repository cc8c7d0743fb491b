#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <nlohmann/json.hpp>

#include "edit/test_models.h"
#include "regraft/checkpoint.h"
#include "regraft/copy.h"
#include "regraft/edit.h"
#include "regraft/prove.h"

namespace regraft {
namespace {

using edit::Open;
using edit::Trained;
using testing::CheckpointFolder;

// Changes a byte of a file in place.
void Flip(const std::string& path, std::streamoff at) {
  std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
  file.seekg(at);
  const char byte = static_cast<char>(file.get());
  file.seekp(at);
  file.put(static_cast<char>(byte ^ 1));
}

class ReceiptTest : public ::testing::Test {
 protected:
  ReceiptTest() {
    Trained().WriteTo(folder_ / "a");
    const CheckpointReader a = Open(folder_ / "a");
    const EditSource source{&a};
    CopyRules rules;
    rules.map = {{"model/", "net/"}};
    rules.select.exclude = {"@optimizer"};
    const auto plan = PlanCopy({&source, 1}, rules);
    EXPECT_TRUE(plan);
    const auto report = Copy({&source, 1}, *plan, folder_ / "b");
    EXPECT_TRUE(report);
    const auto receipt = MakeReceipt(Open(folder_ / "b"), report->origins);
    EXPECT_TRUE(receipt);
    receipt_ = *receipt;
  }
  Verification Replay() {
    auto found = VerifyReceipt(Open(folder_ / "b"), receipt_);
    if (!found) ADD_FAILURE() << found.error().ToString();
    return *std::move(found);
  }

  CheckpointFolder folder_;
  std::string receipt_;
};

TEST_F(ReceiptTest, NamesEverySourceByItsBytes) {
  const auto json = nlohmann::json::parse(receipt_);
  EXPECT_EQ(json["schema"], "regraft.receipt/1");
  ASSERT_EQ(json["values"].size(), 5u);
  const auto& first = json["values"][0];
  EXPECT_EQ(first["key"], testing::ValueKey("net/a/bias"));
  EXPECT_EQ(first["source"]["key"], testing::ValueKey("model/a/bias"));
  EXPECT_EQ(first["source"]["stored"][0]["bytes"], 8);
  EXPECT_EQ(first["sha256"].get<std::string>().size(), 64u);
}

TEST_F(ReceiptTest, SaysWhichRuleDecided) {
  const CheckpointReader a = Open(folder_ / "a");
  const EditSource source{&a};
  CopyRules rules;
  rules.select.include = {"model/a/kernel", "**/bias"};
  rules.map = {{"model/a/", "net/"}};
  rules.cast = {{DType::kFloat32, DType::kBfloat16}};
  const auto plan = PlanCopy({&source, 1}, rules);
  ASSERT_TRUE(plan) << plan.error().ToString();
  const auto report = Copy({&source, 1}, *plan, folder_ / "c");
  ASSERT_TRUE(report) << report.error().ToString();
  std::map<std::string, std::string> rule_of;
  const auto receipt = nlohmann::json::parse(*MakeReceipt(Open(folder_ / "c"), report->origins));
  for (const auto& value : receipt["values"]) rule_of[value["key"]] = value["rule"];
  const std::string cast = " --cast 'float32=>bfloat16'";
  EXPECT_EQ(rule_of.at(testing::ValueKey("net/bias")),
            "--include '**/bias' --map 'model/a/=>net/'" + cast);
  EXPECT_EQ(rule_of.at(testing::ValueKey("model/b/bias")), "--include '**/bias'" + cast);
  // A slot goes by what its variable goes by.
  const std::string by_kernel = "--include model/a/kernel --map 'model/a/=>net/'" + cast;
  EXPECT_EQ(rule_of.at(testing::ValueKey("net/kernel")), by_kernel);
  EXPECT_EQ(rule_of.at("net/kernel/.OPTIMIZER_SLOT/optimizer/m/.ATTRIBUTES/VARIABLE_VALUE"),
            by_kernel);
}

TEST(Receipt, KeepsNamesThatAreNoText) {
  const CheckpointFolder folder;
  testing::TinyBundle bundle;
  bundle.AddFloats("w\xff", {2}, {1, 2});
  bundle.WriteTo(folder / "a");
  const CheckpointReader a = Open(folder / "a");
  const EditSource source{&a};
  const auto plan = PlanCopy({&source, 1}, {});
  ASSERT_TRUE(plan);
  const auto report = Copy({&source, 1}, *plan, folder / "b");
  ASSERT_TRUE(report);
  const CheckpointReader b = Open(folder / "b");
  const auto found = VerifyReceipt(b, *MakeReceipt(b, report->origins));
  ASSERT_TRUE(found) << found.error().ToString();
  EXPECT_TRUE(found->failed.empty());
  EXPECT_EQ(found->sources_seen, 1u);
}

TEST_F(ReceiptTest, ReplaysWhatHasNotChanged) {
  const Verification found = Replay();
  EXPECT_TRUE(found.failed.empty());
  EXPECT_EQ(found.receipt_values, 5u);
  EXPECT_EQ(found.sources_seen, 5u);
}

TEST_F(ReceiptTest, NoticesADamagedResult) {
  Flip(folder_ / "b.data-00000-of-00001", 3);
  const Verification found = Replay();
  ASSERT_EQ(found.failed.size(), 1u);
  EXPECT_EQ(found.failed[0].error.code, ErrorCode::kCorrupt);
}

TEST_F(ReceiptTest, NoticesAnotherValueOfGoodChecksum) {
  EditOptions options;
  options.write.overwrite = true;
  Trained(500).WriteTo(folder_ / "other");
  const CheckpointReader other = Open(folder_ / "other");
  const EditSource source{&other};
  CopyRules rules;
  rules.map = {{"model/", "net/"}};
  rules.select.exclude = {"@optimizer"};
  ASSERT_TRUE(Copy({&source, 1}, *PlanCopy({&source, 1}, rules), folder_ / "b", options));
  const Verification found = Replay();
  EXPECT_EQ(found.failed.size(), 4u);  // All but the counter.
  for (const Unverified& failed : found.failed)
    EXPECT_EQ(failed.error.slug, "edit/receipt-differs");
}

TEST_F(ReceiptTest, TellsAChangedSourceFromAMissingOne) {
  Trained(500).WriteTo(folder_ / "a");
  Verification found = Replay();
  ASSERT_EQ(found.failed.size(), 4u);
  EXPECT_EQ(found.failed[0].error.slug, "edit/source-changed");
  folder_.Remove("a.index");
  found = Replay();
  EXPECT_TRUE(found.failed.empty());
  EXPECT_EQ(found.sources_seen, 0u);
  EXPECT_EQ(found.notes.size(), 1u);
}

TEST_F(ReceiptTest, RefusesWhatIsNoReceipt) {
  const CheckpointReader b = Open(folder_ / "b");
  for (
      const std::string text :
      {"", "[]", "{}", R"({"schema":"regraft.receipt/1"})",
       R"({"schema":"regraft.receipt/1","values":[{"key":1}]})",
       R"({"schema":"regraft.receipt/1","values":[{"key":"a","dtype":"x","shape":[],"sha256":"",)"
       R"("source":{"prefix":"p","key":"k","stored":[{"file":"f","offset":0,"bytes":1,"crc32c":"zz"}]}}]})"}) {
    const auto found = VerifyReceipt(b, text);
    ASSERT_FALSE(found) << text;
    EXPECT_EQ(found.error().slug, "edit/bad-receipt");
  }
}

TEST(VerifyCheckpoint, FindsEveryFlippedByte) {
  const CheckpointFolder folder;
  const auto files = Trained().Files("a");
  const std::string data = files.at("a.data-00000-of-00001");
  folder.Write("a.index", files.at("a.index"));
  for (std::size_t i = 0; i < data.size(); ++i) {
    std::string damaged = data;
    damaged[i] = static_cast<char>(damaged[i] ^ 4);
    folder.Write("a.data-00000-of-00001", damaged);
    const auto reader = CheckpointReader::Open(folder / "a");
    if (!reader) continue;  // The object graph, which opening reads.
    const auto found = VerifyCheckpoint(*reader);
    ASSERT_TRUE(found);
    EXPECT_EQ(found->failed.size(), 1u) << "byte " << i;
  }
}

TEST(VerifyCheckpoint, NotesBytesThatNothingCovers) {
  const CheckpointFolder folder;
  auto files = Trained().Files("a");
  files["a.data-00000-of-00001"] += "more";
  for (const auto& [name, content] : files) folder.Write(name, content);
  const auto found = VerifyCheckpoint(Open(folder / "a"));
  ASSERT_TRUE(found);
  EXPECT_TRUE(found->failed.empty());
  ASSERT_EQ(found->notes.size(), 1u);
  EXPECT_NE(found->notes[0].find("4 B"), std::string::npos) << found->notes[0];
}

}  // namespace
}  // namespace regraft
