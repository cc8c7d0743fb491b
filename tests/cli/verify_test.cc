// `regraft verify`, and the receipts that it replays.
#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "regraft/checkpoint.h"
#include "regraft/entry.h"
#include "workshop.h"

namespace regraft::cli_test {
namespace {

namespace fs = std::filesystem;
using edit::Trained;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;
using Json = nlohmann::json;

class VerifyCommand : public Workshop {
 protected:
  VerifyCommand() { Trained().WriteTo(*this / "a"); }

  // Changes one byte of the entry.
  void Damage(const std::string& prefix, const std::string& path) {
    const CheckpointReader reader = Open(prefix);
    const Entry* entry = reader.Find(testing::ValueKey(path));
    ASSERT_NE(entry, nullptr);
    const auto pieces = reader.StoredPieces(*entry);
    ASSERT_TRUE(pieces);
    std::string content = Files()[fs::relative((*pieces)[0].file, folder_)];
    content[(*pieces)[0].offset] ^= 1;
    WriteText((*pieces)[0].file, content);
  }
};

TEST_F(VerifyCommand, ReadsEverything) {
  const Ran ran = Run("verify a");
  EXPECT_EQ(ran.status, 0);
  EXPECT_THAT(ran.out, StartsWith("12 of 12 entries verified ("));
}

TEST_F(VerifyCommand, NamesWhatIsDamaged) {
  Damage("a", "model/a/kernel");
  const Ran ran = Run("verify a");
  EXPECT_EQ(ran.status, 4);
  EXPECT_THAT(ran.out, StartsWith("1 of 12 entries "));
  EXPECT_THAT(ran.out, HasSubstr("! model/a/kernel\n"));
  EXPECT_THAT(ran.out, Not(HasSubstr("model/b/kernel")));
}

TEST_F(VerifyCommand, DamagedGraphTakesNothingAlong) {
  const CheckpointReader reader = Open("a");
  const auto pieces = reader.StoredPieces(*reader.Find("_CHECKPOINTABLE_OBJECT_GRAPH"));
  ASSERT_TRUE(pieces);
  const std::string data = fs::relative((*pieces)[0].file, folder_);
  const std::string whole = Files()[data];
  std::string changed = whole;
  changed[(*pieces)[0].offset + 40] ^= 1;
  const std::size_t entries = Lines(Run("ls a").out).size();
  const std::string bias = Run("show a model/a/bias").out;
  for (const std::string& content : {changed, whole.substr(0, (*pieces)[0].offset)}) {
    if (content.size() < whole.size()) {
      // What lies behind the graph would be lost with it.
      ASSERT_EQ((*pieces)[0].offset + (*pieces)[0].bytes, whole.size());
    }
    WriteText(*this / data, content);
    const Ran listed = Run("ls a");
    EXPECT_EQ(listed.status, 0);
    EXPECT_EQ(Lines(listed.out).size(), entries);
    EXPECT_THAT(listed.err, StartsWith("note: the object graph cannot be read"));
    EXPECT_EQ(Lines(listed.err).size(), 1u);
    EXPECT_EQ(Run("tree a").status, 0);
    EXPECT_THAT(Run("info a").out, HasSubstr("the object graph cannot be read"));
    const Ran shown = Run("show a model/a/bias");
    EXPECT_EQ(shown.status, 0);
    EXPECT_EQ(Lines(shown.out).back(), Lines(bias).back());
    EXPECT_EQ(Run("show a _CHECKPOINTABLE_OBJECT_GRAPH").status, 4);
    const Ran verified = Run("verify a");
    EXPECT_EQ(verified.status, 4);
    EXPECT_THAT(verified.out, StartsWith("1 of 12 entries "));
    EXPECT_THAT(verified.out, HasSubstr("! _CHECKPOINTABLE_OBJECT_GRAPH\n"));
    const Ran copied = Run("copy a b --drop @optimizer");
    EXPECT_EQ(copied.status, 4);
    EXPECT_THAT(copied.err, HasSubstr("edit/no-graph"));
  }
  // Its values go into another checkpoint of the same program.
  WriteText(*this / data, whole);
  ASSERT_EQ(Run("copy a other").status, 0);
  WriteText(*this / data, changed);
  const Ran restored = Run("restore a --into other -o c -i 'model/**'");
  EXPECT_EQ(restored.status, 0) << restored.err;
  EXPECT_THAT(restored.err + restored.out, HasSubstr("object graph cannot be read"));
  EXPECT_EQ(Run("verify c").status, 0);
}

TEST_F(VerifyCommand, NamesWhatIsMissing) {
  ASSERT_EQ(Run("copy a b --shards 2").status, 0);
  fs::remove(*this / "b.data-00001-of-00002");
  const Ran ran = Run("verify b");
  EXPECT_EQ(ran.status, 3);
  EXPECT_THAT(ran.out, HasSubstr("b.data-00001-of-00002"));
}

TEST_F(VerifyCommand, NotesBytesThatNoChecksumCovers) {
  ASSERT_EQ(Run("copy a b --drop @optimizer --link").status, 0);
  const Ran ran = Run("verify b", "COLUMNS=200");
  EXPECT_EQ(ran.status, 0);
  EXPECT_THAT(ran.out, HasSubstr("note: "));
  EXPECT_THAT(ran.out, HasSubstr("no checksum covers them"));
}

TEST_F(VerifyCommand, GivesJson) {
  EXPECT_EQ(Json::parse(Run("verify a --json").out)["schema"], "regraft.verify/1");
  Damage("a", "model/a/kernel");
  const Ran ran = Run("verify a --json");
  EXPECT_EQ(ran.status, 4);
  const Json root = Json::parse(ran.out);
  EXPECT_EQ(root["entries"], 12);
  ASSERT_EQ(root["failed"].size(), 1u);
  EXPECT_EQ(root["failed"][0]["key"], testing::ValueKey("model/a/kernel"));
  EXPECT_EQ(root["failed"][0]["slug"], "bundle/checksum");
}

class Receipt : public VerifyCommand {
 protected:
  Receipt() {
    const Ran ran = Run("copy a c --drop @optimizer --map 'model/=>net/' --receipt c.json");
    EXPECT_EQ(ran.status, 0) << ran.err;
  }
  Ran Replay() { return Run("verify c --receipt c.json", "COLUMNS=500"); }
};

TEST_F(Receipt, SaysWhereEachValueCameFrom) {
  const Json root = Json::parse(Files()["c.json"]);
  EXPECT_EQ(root["schema"], "regraft.receipt/1");
  ASSERT_EQ(root["values"].size(), 5u);
  const Json& first = root["values"][0];
  EXPECT_EQ(first["key"], testing::ValueKey("net/a/bias"));
  EXPECT_EQ(first["source"]["key"], testing::ValueKey("model/a/bias"));
  EXPECT_EQ(first["source"]["prefix"], *this / "a");
  EXPECT_EQ(first["action"], "copied");
}

TEST_F(Receipt, ReplaysWhileNothingChanges) {
  const Ran ran = Replay();
  EXPECT_EQ(ran.status, 0) << ran.out << ran.err;
  EXPECT_THAT(ran.out, StartsWith("5 of 5 values are as the receipt says"));
  const Json root = Json::parse(Run("verify c --receipt c.json --json").out);
  EXPECT_EQ(root["receipt"]["values"], 5);
  EXPECT_EQ(root["receipt"]["sources_compared"], 5);
}

TEST_F(Receipt, IsWrittenByRestoreToo) {
  Trained(9).WriteTo(*this / "b");
  ASSERT_EQ(Run("restore a --into b -o d -c @weights --receipt d.json").status, 0);
  const Ran ran = Run("verify d --receipt d.json");
  EXPECT_EQ(ran.status, 0) << ran.out << ran.err;
  EXPECT_EQ(Json::parse(Files()["d.json"])["values"].size(), 11u);
}

TEST_F(Receipt, TellsAResultThatChanged) {
  ASSERT_EQ(Run("copy c e").status, 0);
  Damage("c", "net/a/kernel");
  EXPECT_EQ(Replay().status, 4);
  EXPECT_THAT(Replay().out, HasSubstr("! net/a/kernel"));
  // Sound in itself, but with other values.
  Trained(50, "net").WriteTo(*this / "c");
  const Ran other = Replay();
  EXPECT_EQ(other.status, 4);
  EXPECT_THAT(other.out, HasSubstr("net/b/bias"));
  ASSERT_EQ(Run("copy e c --force -x 'net/a/kernel'").status, 0);
  const Ran missing = Replay();
  EXPECT_EQ(missing.status, 3);
  EXPECT_THAT(missing.out, HasSubstr("net/a/kernel"));
}

TEST_F(Receipt, TellsASourceThatChanged) {
  Trained(50).WriteTo(*this / "a");
  const Ran ran = Replay();
  EXPECT_EQ(ran.status, 1);
  EXPECT_THAT(ran.out, HasSubstr("the source has other bytes than when the receipt was written"));
}

TEST_F(Receipt, OnlyNotesASourceThatIsGone) {
  for (const auto& [name, content] : Files("a.")) fs::remove(*this / name);
  const Ran ran = Replay();
  EXPECT_EQ(ran.status, 0);
  EXPECT_THAT(ran.out, HasSubstr("note: the source"));
  EXPECT_THAT(ran.out, HasSubstr("is not there any more"));
}

TEST_F(Receipt, MustBeOne) {
  WriteText(*this / "other.json", "{\"schema\": \"regraft.plan/1\"}");
  const Ran other = Run("verify c --receipt other.json");
  EXPECT_EQ(other.status, 2);
  EXPECT_THAT(other.err, HasSubstr("edit/bad-receipt"));
  EXPECT_THAT(other.err, HasSubstr("other.json"));
  EXPECT_EQ(Run("verify c --receipt nothing.json").status, 3);
}

TEST_F(Receipt, ThatCannotBeWrittenLeavesTheCheckpoint) {
  const Ran ran = Run("copy a d --receipt no/folder/d.json");
  EXPECT_EQ(ran.status, 5);
  EXPECT_THAT(ran.err, HasSubstr("no/folder/d.json"));
  EXPECT_THAT(ran.err, HasSubstr("the checkpoint is written: d"));
  EXPECT_EQ(Run("verify d").status, 0);
}

}  // namespace
}  // namespace regraft::cli_test
