// V1 checkpoints are found by whatever path finds one of V2.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "regraft/checkpoint.h"
#include "regraft/find.h"
#include "testing/checkpoint_folder.h"
#include "testing/v1_table.h"

namespace regraft {
namespace {

using testing::CheckpointFolder;
using ::testing::HasSubstr;
using testing::V1Table;

// A checkpoint whose only entry is called so.
std::string Named(const std::string& name) {
  return V1Table().Add(name, DType::kFloat32, {1}, V1Table::Floats({1})).Finish();
}

// The names of the entries, or what opening says.
std::string NamesIn(const std::string& where) {
  const auto opened = CheckpointReader::Open(where);
  if (!opened) return opened.error().ToString();
  std::string names;
  for (const Entry& entry : opened->entries()) names += entry.key + " ";
  return names;
}

std::string NoteOf(const std::string& where) {
  const auto opened = CheckpointReader::Open(where);
  return opened && !opened->notes().empty() ? opened->notes()[0] : "";
}

TEST(OpenV1, TakesTheFileAndWhatLiesBesideIt) {
  const CheckpointFolder folder;
  folder.Write("m.ckpt-1", Named("a"));
  folder.Write("m.ckpt-1.meta", "graph");
  EXPECT_EQ(NamesIn(folder / "m.ckpt-1"), "a ");
  EXPECT_EQ(NoteOf(folder / "m.ckpt-1"), "");
  EXPECT_EQ(NamesIn(folder / "m.ckpt-1.meta"), "a ");
  EXPECT_THAT(NoteOf(folder / "m.ckpt-1.meta"), HasSubstr("from its .meta file"));
}

TEST(OpenV1, TakesShardsByOneOfThemByStemAndByPattern) {
  const CheckpointFolder folder;
  folder.Write("m-00000-of-00002", Named("a"));
  folder.Write("m-00001-of-00002", Named("b"));
  for (const char* where : {"m", "m-00000-of-00002", "m-00001-of-00002", "m-?\?\?\?\?-of-00002"}) {
    EXPECT_EQ(NamesIn(folder / where), "a b ") << where;
  }
  EXPECT_THAT(NoteOf(folder / "m-00001-of-00002"), HasSubstr("one of 2 shards"));
}

TEST(OpenV1, TakesTheNewestOfAStemAndOfAFolder) {
  const CheckpointFolder folder;
  folder.Write("m.ckpt-9", Named("old"));
  folder.Write("m.ckpt-10", Named("new"));
  folder.Write("m.ckpt-10.meta", "graph");
  folder.Write("notes.txt", "hello");
  EXPECT_EQ(NamesIn(folder / "m.ckpt"), "new ");
  EXPECT_THAT(NoteOf(folder / "m.ckpt"), HasSubstr("newest of 2 for the stem"));
  EXPECT_EQ(NamesIn(folder.path()), "new ");
  EXPECT_EQ(FindLatest(folder.path())->prefix, folder / "m.ckpt-10");
}

TEST(OpenV1, DoesNotChooseBetweenStrangers) {
  const CheckpointFolder folder;
  folder.Write("encoder", Named("a"));
  folder.Write("decoder", Named("b"));
  EXPECT_THAT(NamesIn(folder.path()), HasSubstr("encoder is a TensorFlow V1 checkpoint"));
}

TEST(OpenV1, BelievesAStateFile) {
  const CheckpointFolder folder;
  folder.Write("checkpoint", "model_checkpoint_path: \"m.ckpt-1\"");
  folder.Write("m.ckpt-1", Named("a"));
  folder.Write("m.ckpt-2", Named("later"));
  folder.Write("s/checkpoint", "model_checkpoint_path: \"x-?\?\?\?\?-of-00001\"");
  folder.Write("s/x-00000-of-00001", Named("b"));
  folder.Write("moved/checkpoint", "model_checkpoint_path: \"/gone/m.ckpt-1\"");
  folder.Write("moved/m.ckpt-1", Named("c"));
  for (const char* where : {"", "/checkpoint"}) {
    EXPECT_EQ(NamesIn(folder.path() + where), "a ");
    EXPECT_EQ(NamesIn(folder / "s" + where), "b ");
    EXPECT_EQ(NamesIn(folder / "moved" + where), "c ");
  }
  EXPECT_THAT(NoteOf(folder / "moved"), HasSubstr("lies beside it"));
}

TEST(OpenV1, PrefersV2OfTheSameName) {
  const CheckpointFolder folder;
  folder.Save("m.ckpt-1");
  folder.Write("m.ckpt-1", Named("first version"));
  EXPECT_EQ(NamesIn(folder / "m.ckpt-1").find("first version"), std::string::npos);
}

TEST(OpenV1, NamesWhatIsWrongWithWhatAStateFileNames) {
  const CheckpointFolder folder;
  folder.Write("checkpoint", "model_checkpoint_path: \"x-?\?\?\?\?-of-00002\"");
  folder.Write("x-00000-of-00002", Named("b"));
  EXPECT_THAT(NamesIn(folder.path()), HasSubstr("a shard of this V1 checkpoint is missing"));
}

}  // namespace
}  // namespace regraft
