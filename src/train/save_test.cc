// What Save() and Write() put into files.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <string>

#include "bundle/test_golden.h"
#include "regraft/checkpoint.h"
#include "regraft/entry.h"
#include "regraft/train.h"
#include "regraft/variable.h"
#include "testing/checkpoint_folder.h"
#include "train/test_objects.h"

namespace regraft::train {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::UnorderedElementsAre;

std::string Content(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

std::vector<std::string> Names(const std::string& folder) {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    names.push_back(entry.path().filename());
  }
  std::sort(names.begin(), names.end());
  return names;
}

// The keys of a checkpoint up to "/.ATTRIBUTES/", in the order of the data.
std::vector<std::string> Keys(const std::string& prefix) {
  const auto reader = CheckpointReader::Open(prefix);
  EXPECT_TRUE(reader) << reader.error().ToString();
  if (!reader) return {};
  std::vector<Entry> entries(reader->entries().begin(), reader->entries().end());
  std::stable_sort(entries.begin(), entries.end(), [&](const Entry& a, const Entry& b) {
    return reader->StoredAt(a).offset < reader->StoredAt(b).offset;
  });
  std::vector<std::string> keys;
  for (const Entry& entry : entries) {
    if (entry.key.starts_with("_")) continue;
    EXPECT_TRUE(entry.key.ends_with("/.ATTRIBUTES/VARIABLE_VALUE")) << entry.key;
    keys.push_back(entry.key.substr(0, entry.key.find("/.ATTRIBUTES/")));
    EXPECT_TRUE(reader->Verify(entry));
  }
  return keys;
}

std::int64_t Count(const Checkpoint& checkpoint) {
  return checkpoint.save_counter().data<std::int64_t>()[0];
}

TEST(Save, WritesTheBytesOfTensorFlow) {
  const testing::CheckpointFolder folder;
  DenseObject model;
  const auto path = Checkpoint({{"model", model}}).Save(folder / "ck");
  ASSERT_TRUE(path) << path.error().ToString();
  EXPECT_EQ(*path, folder / "ck-1");
  EXPECT_EQ(Content(folder / "ck-1.index"), bundle::Hex(bundle::kObjectIndex));
  EXPECT_EQ(Content(folder / "ck-1.data-00000-of-00001"), bundle::Hex(bundle::kObjectData));
  EXPECT_EQ(Content(folder / "checkpoint"),
            "model_checkpoint_path: \"ck-1\"\nall_model_checkpoint_paths: \"ck-1\"\n");
  EXPECT_THAT(Names(folder.path()),
              ElementsAre("checkpoint", "ck-1.data-00000-of-00001", "ck-1.index"));
}

TEST(Save, CountsOn) {
  const testing::CheckpointFolder folder;
  DenseObject model;
  Checkpoint checkpoint({{"model", model}});
  EXPECT_EQ(Count(checkpoint), 0);
  ASSERT_TRUE(checkpoint.Save(folder / "ck"));
  const Checkpoint copy = checkpoint;
  EXPECT_EQ(checkpoint.Save(folder / "ck").value(), folder / "ck-2");
  EXPECT_EQ(Count(copy), 2);
  EXPECT_EQ(Content(folder / "checkpoint"),
            "model_checkpoint_path: \"ck-2\"\nall_model_checkpoint_paths: \"ck-2\"\n");

  DenseObject again;
  Checkpoint restored({{"model", again}});
  ASSERT_TRUE(restored.Restore(folder.path()));
  EXPECT_EQ(Count(restored), 2);
  EXPECT_EQ(restored.Save(folder / "ck").value(), folder / "ck-3");
}

TEST(Save, RoundTripsValues) {
  const testing::CheckpointFolder folder;
  DenseObject model;
  ASSERT_TRUE(Checkpoint({{"model", model}}).Save(folder / "ck"));
  DenseObject other;
  other.kernel.mutable_data<float>()[1] = 7;
  other.bias.mutable_data<float>()[0] = 7;
  const auto report = Checkpoint({{"model", other}}).Restore(folder / "ck");
  ASSERT_TRUE(report) << report.error().ToString();
  EXPECT_EQ(report->restored.size(), 2U);
  EXPECT_THAT(other.kernel.data<float>(), ElementsAre(1, 2));
  EXPECT_THAT(other.bias.data<float>(), ElementsAre(0.5F));
}

TEST(Save, ReplacesACheckpointOfTheSameNumber) {
  const testing::CheckpointFolder folder;
  DenseObject model;
  ASSERT_TRUE(Checkpoint({{"model", model}}).Save(folder / "ck"));
  model.kernel.mutable_data<float>()[0] = 9;
  ASSERT_TRUE(Checkpoint({{"model", model}}).Save(folder / "ck"));
  DenseObject read;
  ASSERT_TRUE(Checkpoint({{"model", read}}).Restore(folder / "ck-1"));
  EXPECT_THAT(read.kernel.data<float>(), ElementsAre(9, 2));
}

TEST(Save, TakesTheCounterFromTheFileUnlessThereAreOnlyLists) {
  const testing::CheckpointFolder folder;
  DenseObject model;
  Checkpoint saved({{"model", model}});
  ASSERT_TRUE(saved.Save(folder / "ck"));
  ASSERT_TRUE(saved.Save(folder / "ck"));
  Checkpoint list({{"vars", {model.kernel, model.bias}}});
  ASSERT_TRUE(list.Restore(folder.path())) << list.Restore(folder.path()).error().ToString();
  EXPECT_EQ(Count(list), 0);
  Checkpoint variable({{"model/kernel", model.kernel}});
  ASSERT_TRUE(variable.Restore(folder.path()));
  EXPECT_EQ(Count(variable), 2);
  Checkpoint read({{"model", model}});
  ASSERT_TRUE(read.Read(folder / "ck-2"));
  EXPECT_EQ(Count(read), 0);  // As in TensorFlow, read() makes no counter ...
  ASSERT_TRUE(read.Save(folder / "other"));
  ASSERT_TRUE(read.Read(folder / "ck-2"));
  EXPECT_EQ(Count(read), 2);  // ... and restores one that is there.
}

TEST(Save, LeavesTheCounterAloneWhenItFails) {
  const testing::CheckpointFolder folder;
  folder.Write("file", "in the way");
  DenseObject model;
  Checkpoint checkpoint({{"model", model}});
  const auto path = checkpoint.Save(folder / "file/ck");
  ASSERT_FALSE(path);
  EXPECT_EQ(path.error().code, ErrorCode::kIo);
  EXPECT_EQ(Count(checkpoint), 0);

  std::filesystem::create_directory(folder / "checkpoint");  // No state file can be here.
  ASSERT_FALSE(checkpoint.Save(folder / "ck"));
  EXPECT_EQ(Count(checkpoint), 0);
  folder.Remove("checkpoint");
  EXPECT_EQ(checkpoint.Save(folder / "ck").value(), folder / "ck-1");
  EXPECT_THAT(Keys(folder / "ck-1"), ElementsAre("save_counter", "model/kernel", "model/bias"));
}

TEST(Save, RefusesAPrefixWithoutAName) {
  DenseObject model;
  Checkpoint checkpoint({{"model", model}});
  EXPECT_EQ(checkpoint.Save("").error().slug, "checkpoint/bad-prefix");
  EXPECT_EQ(checkpoint.Save("/nowhere/").error().slug, "checkpoint/bad-prefix");
}

TEST(Save, RefusesAFullCounter) {
  DenseObject model;
  Checkpoint checkpoint({{"model", model}});
  checkpoint.save_counter().mutable_data<std::int64_t>()[0] = INT64_MAX;
  EXPECT_EQ(checkpoint.Save("/nowhere/ck").error().slug, "train/counter-full");
}

TEST(Write, NeitherCountsNorNamesTheNewest) {
  const testing::CheckpointFolder folder;
  DenseObject model;
  Checkpoint checkpoint({{"model", model}});
  const auto path = checkpoint.Write(folder / "made/up/exact");
  ASSERT_TRUE(path) << path.error().ToString();
  EXPECT_EQ(*path, folder / "made/up/exact");
  EXPECT_EQ(Count(checkpoint), 0);
  EXPECT_THAT(Keys(*path), ElementsAre("model/kernel", "model/bias"));
  EXPECT_THAT(Names(folder / "made/up"), ElementsAre("exact.data-00000-of-00001", "exact.index"));
  ASSERT_TRUE(checkpoint.Save(folder / "ck"));
  ASSERT_TRUE(checkpoint.Write(folder / "later"));
  EXPECT_THAT(Keys(folder / "later"), ElementsAre("save_counter", "model/kernel", "model/bias"));
}

TEST(Write, ReplacesOnlyWhenAsked) {
  const testing::CheckpointFolder folder;
  DenseObject model;
  const Checkpoint checkpoint({{"model", model}});
  ASSERT_TRUE(checkpoint.Write(folder / "ck"));
  EXPECT_EQ(checkpoint.Write(folder / "ck").error().slug, "checkpoint/exists");
  EXPECT_TRUE(checkpoint.Write(folder / "ck", {.overwrite = true}));
}

// Data order and keys as TensorFlow has them for
// Checkpoint(b=v, a=v, z=module{q, l=[v, v]}).
TEST(Save, SortsKeywordsAndWalksBreadthFirst) {
  const testing::CheckpointFolder folder;
  const Variable a = Floats("a", {1});
  Object z;
  z.AddVariable("q", Floats("q", {2}));
  z.AddVariable("l/0", Floats("l0", {3}));
  z.AddVariable("l/1", Floats("l1", {4}));
  ASSERT_TRUE(Checkpoint({{"b", Floats("b", {5})}, {"z", z}, {"a", a}}).Save(folder / "ck"));
  EXPECT_THAT(Keys(folder / "ck-1"),
              ElementsAre("a", "b", "save_counter", "z/q", "z/l/0", "z/l/1"));
}

TEST(Save, MakesContainersOfListsAndMaps) {
  const testing::CheckpointFolder folder;
  const Variable first = Floats("first", {1});
  const Variable second = Floats("second", {2});
  const std::vector<std::pair<std::string, Variable>> names = {{"n/2", second}, {"n.1", first}};
  ASSERT_TRUE(Checkpoint({{"list", {second, first}}}).Write(folder / "list"));
  EXPECT_THAT(Keys(folder / "list"), ElementsAre("list/0", "list/1"));
  ASSERT_TRUE(Checkpoint({{"map", names}}).Write(folder / "map"));
  EXPECT_THAT(Keys(folder / "map"), ElementsAre("map/n.S2", "map/n..1"));
  ASSERT_TRUE(Checkpoint(names).Write(folder / "keywords"));
  EXPECT_THAT(Keys(folder / "keywords"), ElementsAre("n..1", "n.S2"));
  const auto reader = CheckpointReader::Open(folder / "map");
  ASSERT_TRUE(reader);
  EXPECT_THAT(reader->entries()[1].paths, ElementsAre("map/n.1"));
  EXPECT_EQ(reader->entries()[1].full_name, "first");
}

TEST(Save, EscapesASlashInTheNameOfAnElement) {
  const testing::CheckpointFolder folder;
  Object root;
  const std::map<std::string, ObjectPtr> map = {{"x", std::make_shared<DenseObject>()},
                                                {"x/y", std::make_shared<DenseObject>()}};
  root.Track("m", map);
  root.Track("l", std::vector<ObjectPtr>{std::make_shared<DenseObject>()});
  ASSERT_TRUE(Checkpoint(root).Write(folder / "ck"));
  EXPECT_THAT(Keys(folder / "ck"), ElementsAre("m/x/kernel", "m/x/bias", "m/x.Sy/kernel",
                                               "m/x.Sy/bias", "l/0/kernel", "l/0/bias"));
  root.Track("m", std::map<std::string, ObjectPtr>{});
  EXPECT_EQ(root.variables().size(), 2U);
}

TEST(Save, KeepsASharedVariableOnceAndACycleShort) {
  const testing::CheckpointFolder folder;
  auto layer = std::make_shared<DenseObject>();
  Object root;
  root.Track("first", layer);
  root.Track("second", layer);
  layer->Track("up", root);
  ASSERT_TRUE(Checkpoint({{"net", root}, {"alone", layer->bias}}).Write(folder / "ck"));
  EXPECT_THAT(Keys(folder / "ck"), ElementsAre("alone", "net/first/kernel"));
  const auto reader = CheckpointReader::Open(folder / "ck");
  ASSERT_TRUE(reader);
  EXPECT_THAT(reader->Find("alone/.ATTRIBUTES/VARIABLE_VALUE")->paths,
              UnorderedElementsAre("alone", "net/first/bias", "net/second/bias"));
}

TEST(Save, GivesTheRootItsEdgesAndTensorFlowsTwo) {
  const testing::CheckpointFolder folder;
  DenseObject root;
  ASSERT_TRUE(Checkpoint(root).Save(folder / "ck"));
  const auto reader = CheckpointReader::Open(folder / "ck-1");
  ASSERT_TRUE(reader);
  const auto& children = reader->object_graph()->nodes()[0].children;
  ASSERT_EQ(children.size(), 4U);
  EXPECT_EQ(children[0].name, "kernel");
  EXPECT_EQ(children[1].name, "bias");
  EXPECT_EQ(children[2].name, "root");
  EXPECT_EQ(children[2].node, 0);
  EXPECT_EQ(children[3].name, "save_counter");
}

TEST(Save, UsesTheCounterThatTheRootHas) {
  const testing::CheckpointFolder folder;
  DenseObject root;
  const Variable own("mine", {DType::kInt64, Shape{}});
  root.AddVariable("save_counter", own);
  Checkpoint checkpoint(root);
  EXPECT_EQ(checkpoint.save_counter(), own);
  own.mutable_data<std::int64_t>()[0] = 4;
  EXPECT_EQ(checkpoint.Save(folder / "ck").value(), folder / "ck-5");
  EXPECT_EQ(own.data<std::int64_t>()[0], 5);
  own.mutable_data<std::int64_t>()[0] = 0;
  ASSERT_TRUE(checkpoint.Restore(folder.path()));
  EXPECT_EQ(own.data<std::int64_t>()[0], 5);

  root.AddVariable("save_counter", Floats("f", {1}));
  EXPECT_EQ(checkpoint.Save(folder / "ck").error().slug, "train/name-twice");
}

TEST(Save, GivesASecondNameToTheSameNode) {
  const testing::CheckpointFolder folder;
  DenseObject model;
  model.AlsoSaveAs("kernel", "_kernel");
  ASSERT_TRUE(Checkpoint({{"model", model}}).Write(folder / "ck"));
  const auto reader = CheckpointReader::Open(folder / "ck");
  ASSERT_TRUE(reader);
  EXPECT_THAT(reader->Find("model/kernel/.ATTRIBUTES/VARIABLE_VALUE")->paths,
              ElementsAre("model/kernel", "model/_kernel"));
  EXPECT_THAT(model.Targets().value()[0].paths, ElementsAre("kernel"));
  model.AddVariable("kernel", model.kernel);  // Says the edge again, and the second is gone.
  ASSERT_TRUE(Checkpoint({{"model", model}}).Write(folder / "anew"));
  EXPECT_THAT(CheckpointReader::Open(folder / "anew")->entries()[2].paths,
              ElementsAre("model/kernel"));
}

TEST(Save, MarksWhatHoldsNoValues) {
  const testing::CheckpointFolder folder;
  DenseObject root;
  root.Track("pool", std::make_shared<Object>());
  ASSERT_TRUE(Checkpoint({{"model", root}}).Write(folder / "ck"));
  const auto reader = CheckpointReader::Open(folder / "ck");
  ASSERT_TRUE(reader);
  const auto nodes = reader->object_graph()->nodes();
  ASSERT_EQ(nodes.size(), 5U);
  EXPECT_EQ(nodes[1].has_values, true);
  EXPECT_EQ(nodes[4].has_values, false);
}

TEST(Save, RefusesWhatWouldBeLost) {
  const std::string nowhere = "/nowhere/ck";
  Object root;
  EXPECT_EQ(Checkpoint(root).Save(nowhere).error().slug, "train/nothing-to-save");
  EXPECT_EQ(Checkpoint({}).Write(nowhere).error().slug, "train/nothing-to-save");
  auto layer = std::make_shared<DenseObject>();
  root.Track("layer", layer);
  layer->is_built = false;
  const auto unbuilt = Checkpoint({{"model", root}}).Save(nowhere);
  EXPECT_EQ(unbuilt.error().slug, "train/not-built");
  EXPECT_THAT(unbuilt.error().message, HasSubstr("the variables to save do not exist"));
  EXPECT_THAT(unbuilt.error().hint, HasSubstr("before saving"));
  layer->is_built = true;
  EXPECT_EQ(Checkpoint({{"v", Variable::Absent("v")}}).Save(nowhere).error().slug,
            "train/not-built");
  Checkpoint gone = [] {
    DenseObject model;
    return Checkpoint({{"model", model}});
  }();
  EXPECT_EQ(gone.Save(nowhere).error().slug, "train/object-gone");
}

TEST(Save, RefusesNamesThatCannotBeTold) {
  const std::string nowhere = "/nowhere/ck";
  DenseObject a;
  DenseObject b;
  EXPECT_EQ(Checkpoint({{"x", a}, {"x", b}}).Write(nowhere).error().slug, "train/name-twice");
  EXPECT_EQ(Checkpoint({{"", a}}).Write(nowhere).error().slug, "train/empty-name");
  EXPECT_EQ(Checkpoint({{"", {a.kernel}}}).Write(nowhere).error().slug, "train/empty-name");
  EXPECT_EQ(Checkpoint({{"save_counter", a}}).Save(nowhere).error().slug, "train/name-twice");
  Object both;
  both.Track("layers", a);
  both.Track("layers/0", b);
  EXPECT_EQ(Checkpoint({{"model", both}}).Write(nowhere).error().slug, "train/name-twice");
}

TEST(Save, CountsAfterARestoreThatWaited) {
  const testing::CheckpointFolder folder;
  DenseObject model;
  Checkpoint saved({{"model", model}});
  ASSERT_TRUE(saved.Save(folder / "ck"));
  DenseObject later;
  Checkpoint checkpoint({{"model", later}});
  const auto pending = checkpoint.RestoreOnBuild(folder.path(), [](const Error&) {});
  ASSERT_TRUE(pending) << pending.error().ToString();
  EXPECT_EQ(Count(checkpoint), 1);
}

}  // namespace
}  // namespace regraft::train
