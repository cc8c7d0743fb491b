#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "io/byte_source.h"
#include "regraft/checkpoint.h"
#include "regraft/find.h"
#include "testing/as_nobody.h"
#include "testing/checkpoint_folder.h"
#include "testing/files.h"

namespace regraft {
namespace {

using ::testing::AllOf;
using testing::CheckpointFolder;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

std::string PrefixOf(const std::string& where) {
  const auto opened = CheckpointReader::Open(where);
  EXPECT_TRUE(opened) << where << "\n" << opened.error().ToString();
  return opened ? opened->prefix() : "";
}

std::string NoteOf(const std::string& where) {
  const auto opened = CheckpointReader::Open(where);
  EXPECT_TRUE(opened) << where;
  return opened && !opened->notes().empty() ? opened->notes()[0] : "";
}

Error ErrorOf(const std::string& where) {
  const auto opened = CheckpointReader::Open(where);
  EXPECT_FALSE(opened) << where;
  return opened ? Error() : opened.error();
}

TEST(Open, TakesAPrefixWithoutANote) {
  const CheckpointFolder folder;
  folder.Save("ckpt-7");
  const auto opened = CheckpointReader::Open(folder / "ckpt-7");
  ASSERT_TRUE(opened);
  EXPECT_EQ(opened->prefix(), folder / "ckpt-7");
  EXPECT_THAT(opened->notes(), IsEmpty());
}

TEST(Open, DecodesAnIndexOnceHoweverItIsFound) {
  const CheckpointFolder folder;
  folder.Save("run/ckpt-6");
  folder.Save("run/ckpt-7");
  folder.Write("run/checkpoint", "model_checkpoint_path: \"ckpt-7\"\n");
  folder.Save("moved/ckpt-7");
  folder.Write("moved/checkpoint", "model_checkpoint_path: \"/gone/ckpt-7\"\n");
  folder.Save("stem/ckpt-7");
  const auto read_of = [](const std::string& where, const std::string& index) {
    const testing::CountingFiles files(io::RealFiles());
    const auto opened = CheckpointReader::Open(files, where, {});
    EXPECT_TRUE(opened) << opened.error().ToString();
    return files.bytes_read(index);
  };
  const std::string prefix = folder / "run/ckpt-7";
  const std::uint64_t once = read_of(prefix, prefix + ".index");
  EXPECT_GT(once, 0u);
  EXPECT_LE(read_of(folder / "run", prefix + ".index"), once);
  EXPECT_LE(read_of(folder / "run/checkpoint", prefix + ".index"), once);
  EXPECT_LE(read_of(folder / "moved", folder / "moved/ckpt-7.index"), once);
  EXPECT_LE(read_of(folder / "stem", folder / "stem/ckpt-7.index"), once);
  EXPECT_LE(read_of(folder / "stem/ckpt", folder / "stem/ckpt-7.index"), once);
}

TEST(Open, TakesAnyFileOfACheckpoint) {
  const CheckpointFolder folder;
  folder.Save("ckpt-7");
  folder.Write("ckpt-7.meta", "graph");
  for (const char* ending : {".index", ".data-00000-of-00001", ".data-00001-of-00002", ".meta"}) {
    EXPECT_EQ(PrefixOf(folder / "ckpt-7" + ending), folder / "ckpt-7") << ending;
    EXPECT_THAT(NoteOf(folder / "ckpt-7" + ending),
                HasSubstr("using prefix " + (folder / "ckpt-7")));
  }
}

TEST(Open, OddNamesMeanThemselves) {
  for (const char* name :
       {"a[1]", "a*", "a?", "with space", "back\\slash", "\xc3\xbcml\xc3\xa4ut-1", "model.ckpt",
        "x.index", "val_loss=1.7670-step-50001", "-1", "a{b}"}) {
    const CheckpointFolder folder;
    folder.Save(name);
    folder.Save("a1");
    EXPECT_EQ(PrefixOf(folder / name), folder / name);
    EXPECT_EQ(PrefixOf(folder / name + ".index"), folder / name);
    EXPECT_EQ(PrefixOf(folder / name + ".data-00000-of-00001"), folder / name);
  }
}

TEST(Open, TakesASavedModelByAnyOfItsParts) {
  const CheckpointFolder folder;
  folder.Save("m/variables/variables");
  folder.Write("m/saved_model.pb", "graph");
  const std::string prefix = folder / "m/variables/variables";
  for (const char* where : {"m", "m/", "m//", "m/variables", "m/variables/", "m/saved_model.pb"}) {
    EXPECT_EQ(PrefixOf(folder / where), prefix) << where;
  }
}

TEST(Open, SaysThatASavedModelHasNoVariables) {
  const CheckpointFolder folder;
  folder.Write("m/saved_model.pb", "graph");
  const Error error = ErrorOf(folder / "m");
  EXPECT_EQ(error.code, ErrorCode::kNotFound);
  EXPECT_EQ(error.slug, "checkpoint/no-variables");
}

TEST(Open, FolderWithoutStateFileGivesTheHighestStep) {
  const CheckpointFolder folder;
  folder.Save("ckpt-9");
  folder.Save("ckpt-10");
  folder.Save("ckpt-2");
  EXPECT_EQ(PrefixOf(folder.path()), folder / "ckpt-10");
  EXPECT_EQ(PrefixOf(folder.path() + "/"), folder / "ckpt-10");
  EXPECT_THAT(NoteOf(folder.path()), HasSubstr("newest of 3"));
}

TEST(Open, StateFileDecidesWhatIsNewest) {
  const CheckpointFolder folder;
  folder.Save("ckpt-9");
  folder.Save("ckpt-10");
  folder.Write("checkpoint", "model_checkpoint_path: \"ckpt-9\"\n");
  EXPECT_EQ(PrefixOf(folder.path()), folder / "ckpt-9");
  EXPECT_EQ(PrefixOf(folder / "checkpoint"), folder / "ckpt-9");
  EXPECT_THAT(NoteOf(folder.path()), HasSubstr("state file"));
}

TEST(Open, StateFileMayHaveAnyName) {
  const CheckpointFolder folder;
  folder.Save("ckpt-9");
  folder.Save("ckpt-10");
  folder.Write("my_latest", "model_checkpoint_path: \"ckpt-9\"\n");
  EXPECT_EQ(PrefixOf(folder / "my_latest"), folder / "ckpt-9");
}

TEST(Open, StateFileMayNameAbsoluteAndEscapedPaths) {
  const CheckpointFolder folder;
  folder.Save("elsewhere/uml\xc3\xa4ut-1");
  folder.Write("runs/checkpoint",
               "model_checkpoint_path: \"" + (folder / "elsewhere/uml\\303\\244ut-1") + "\"\n");
  EXPECT_EQ(PrefixOf(folder / "runs"), folder / "elsewhere/uml\xc3\xa4ut-1");
}

TEST(Open, MovedFolderIsFoundBesideItsStateFile) {
  const CheckpointFolder folder;
  folder.Save("ckpt-5");
  folder.Write("checkpoint", "model_checkpoint_path: \"/where/it/was/ckpt-5\"\n");
  EXPECT_EQ(PrefixOf(folder.path()), folder / "ckpt-5");
  EXPECT_THAT(NoteOf(folder.path()), AllOf(HasSubstr("/where/it/was/ckpt-5"), HasSubstr("beside")));
}

TEST(Open, StaleNewestFallsBackToTheNextOfTheStateFile) {
  const CheckpointFolder folder;
  folder.Save("ckpt-3");
  folder.Save("ckpt-4");
  folder.Write("checkpoint",
               "model_checkpoint_path: \"ckpt-5\"\nall_model_checkpoint_paths: \"ckpt-4\"\n"
               "all_model_checkpoint_paths: \"ckpt-3\"\nall_model_checkpoint_paths: \"ckpt-5\"\n");
  EXPECT_EQ(PrefixOf(folder.path()), folder / "ckpt-3");
  EXPECT_THAT(NoteOf(folder.path()), AllOf(HasSubstr("ckpt-5"), HasSubstr("missing")));
}

TEST(Open, UselessStateFileIsSearchedAround) {
  for (const char* state :
       {"", "garbage", "model_checkpoint_path: \"\"", "model_checkpoint_path: \"gone\""}) {
    const CheckpointFolder folder;
    folder.Save("ckpt-3");
    folder.Write("checkpoint", state);
    EXPECT_EQ(PrefixOf(folder.path()), folder / "ckpt-3") << state;
    EXPECT_THAT(NoteOf(folder.path()), HasSubstr("state file")) << state;
  }
}

TEST(Open, StemGivesTheNewestCompleteOne) {
  const CheckpointFolder folder;
  for (const char* name : {"ckpt_model_A-1", "ckpt_model_A-7", "ckpt_model_A-10",
                           "ckpt_model_AB-11", "ckpt_model_A-x-12"}) {
    folder.Save(name);
  }
  EXPECT_EQ(PrefixOf(folder / "ckpt_model_A"), folder / "ckpt_model_A-10");
  EXPECT_THAT(
      NoteOf(folder / "ckpt_model_A"),
      AllOf(HasSubstr("newest of 3"), HasSubstr("the stem '" + (folder / "ckpt_model_A") + "'")));
}

TEST(Open, NewestPassesOverIncompleteOnes) {
  const CheckpointFolder folder;
  folder.Save("ckpt-1");
  folder.Save("ckpt-2");
  folder.Save("ckpt-3");
  folder.Write("ckpt-3.data-00000-of-00001", "short");
  folder.Remove("ckpt-2.data-00000-of-00001");
  for (const std::string& where : {folder.path(), folder / "ckpt"}) {
    EXPECT_EQ(PrefixOf(where), folder / "ckpt-1");
    EXPECT_THAT(NoteOf(where), AllOf(HasSubstr("ckpt-3.data-00000-of-00001 has 5 of 12 bytes"),
                                     HasSubstr("ckpt-2.data-00000-of-00001 missing")));
  }
}

TEST(Open, ShardThatNothingRefersToMayBeMissing) {
  const CheckpointFolder folder;
  CheckpointFolder::Small().SetShards(3).WriteTo(folder / "ckpt-1");
  folder.Remove("ckpt-1.data-00001-of-00003");
  folder.Remove("ckpt-1.data-00002-of-00003");
  EXPECT_EQ(PrefixOf(folder.path()), folder / "ckpt-1");
}

TEST(Open, ExactPrefixOpensWithoutItsData) {
  const CheckpointFolder folder;
  folder.Save("ckpt-1");
  folder.Remove("ckpt-1.data-00000-of-00001");
  const auto opened = CheckpointReader::Open(folder / "ckpt-1");
  ASSERT_TRUE(opened);
  std::vector<std::byte> out(8);
  const Status read = opened->Read(*opened->Find("a"), out);
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().code, ErrorCode::kNotFound);
  EXPECT_EQ(read.error().file, folder / "ckpt-1.data-00000-of-00001");
}

TEST(Open, OnlyIncompleteOnesAreAnErrorThatSaysWhy) {
  const CheckpointFolder folder;
  folder.Save("ckpt-1");
  folder.Remove("ckpt-1.data-00000-of-00001");
  for (const std::string& where : {folder.path(), folder / "ckpt"}) {
    const Error error = ErrorOf(where);
    EXPECT_EQ(error.code, ErrorCode::kNotFound);
    EXPECT_EQ(error.slug, "checkpoint/incomplete");
    EXPECT_THAT(error.ToString(), HasSubstr("ckpt-1 (ckpt-1.data-00000-of-00001 missing)"));
  }
}

TEST(Open, NothingThereListsTheNearest) {
  const CheckpointFolder folder;
  folder.Save("model.ckpt-42");
  folder.Save("model.ckpt-40");
  folder.Save("other");
  folder.Remove("model.ckpt-40.data-00000-of-00001");
  const Error error = ErrorOf(folder / "model.ckpt-43");
  EXPECT_EQ(error.code, ErrorCode::kNotFound);
  EXPECT_EQ(error.slug, "checkpoint/not-found");
  EXPECT_THAT(error.message, HasSubstr(folder / "model.ckpt-43"));
  ASSERT_EQ(error.details.size(), 1u);
  EXPECT_EQ(error.details[0].label, "in " + folder.path());
  EXPECT_THAT(
      error.details[0].text,
      AllOf(HasSubstr("model.ckpt-42"),
            HasSubstr("model.ckpt-40 (incomplete: model.ckpt-40.data-00000-of-00001 missing)"),
            ::testing::EndsWith(", other")));
  EXPECT_EQ(error.hint, "use " + (folder / "model.ckpt-42"));
}

TEST(Open, NeverPointsToAnUnrelatedCheckpoint) {
  for (const auto& [wanted, other] :
       std::vector<std::pair<std::string, std::string>>{{"gen-7", "dis-7"},
                                                        {"enc-7", "dec-7"},
                                                        {"model_A-3", "model_B-3"},
                                                        {"run_1-3", "run_2-3"},
                                                        {"ckpt-7", "best-1"},
                                                        {"a", "b"}}) {
    const CheckpointFolder folder;
    folder.Save(other);
    const Error error = ErrorOf(folder / wanted);
    EXPECT_EQ(error.slug, "checkpoint/not-found");
    EXPECT_THAT(error.details.at(0).text, HasSubstr(other));  // What is there is still listed.
    EXPECT_EQ(error.hint, "") << wanted;
  }
  for (const auto& [wanted, other] :
       std::vector<std::pair<std::string, std::string>>{{"ckpt-7", "ckpt-12"},
                                                        {"modle.ckpt-7", "model.ckpt-7"},
                                                        {"weights", "weights-3"},
                                                        {"run_1-3", "run_1-4"},
                                                        {"checkpiont", "checkpoint-1"}}) {
    const CheckpointFolder folder;
    folder.Save(other);
    const auto opened = CheckpointReader::Open(folder / wanted);
    if (!opened) {
      EXPECT_EQ(opened.error().hint, "use " + (folder / other)) << wanted;
    }
  }
}

TEST(Open, FoldersBesideAreNoHintForAnother) {
  const CheckpointFolder folder;
  folder.Save("runs/other/ckpt-1");
  folder.Write("runs/notes.h5", "\x89HDF\r\n\x1a\n");
  const Error error = ErrorOf(folder / "runs/model-3");
  EXPECT_THAT(error.ToString(), HasSubstr(folder / "runs/other"));
  EXPECT_EQ(error.hint, "");
  EXPECT_EQ(ErrorOf(folder / "runs/othre").hint, "use " + (folder / "runs/other"));
  EXPECT_EQ(ErrorOf(folder / "runs/notes").hint, "use " + (folder / "runs/notes.h5"));
}

TEST(Open, PermissionIsToldFromAbsence) {
  const CheckpointFolder folder;
  folder.Save("shut/ckpt-1");
  folder.Save("blind/ckpt-1");
  folder.Save("index/ckpt-1");
  folder.Save("data/ckpt-1");
  folder.Save("state/ckpt-1");
  folder.Write("state/checkpoint", "model_checkpoint_path: \"ckpt-1\"\n");
  const auto mode = [&](std::string_view name, mode_t bits) {
    ASSERT_EQ(::chmod((folder / name).c_str(), bits), 0);
  };
  mode("", 0755);
  mode("shut", 0600);   // Nothing in it can be reached.
  mode("blind", 0300);  // What is in it cannot be listed.
  mode("index/ckpt-1.index", 0);
  mode("data/ckpt-1.data-00000-of-00001", 0);
  mode("state/checkpoint", 0);
  for (const char* name : {"shut", "blind"}) {
    ASSERT_EQ(::chown((folder / name).c_str(), testing::AsNobody::Id(), static_cast<gid_t>(-1)), 0);
  }
  {
    const testing::AsNobody nobody;
    for (const char* where : {"shut/ckpt-1", "shut/ckpt-1.index", "shut/ckpt-1.data-00000-of-00001",
                              "shut", "shut/a/b", "blind", "blind/ckpt", "index/ckpt-1",
                              "index/ckpt-1.index", "index", "index/ckpt-1.data-00000-of-00001"}) {
      const Error error = ErrorOf(folder / where);
      EXPECT_EQ(error.code, ErrorCode::kIo) << where << "\n" << error.ToString();
      EXPECT_THAT(error.ToString(), HasSubstr("Permission denied")) << where;
    }
    EXPECT_THAT(ErrorOf(folder / "shut/a/b").ToString(), HasSubstr("ls -ld " + (folder / "shut")));
    // What can be had can be had.
    EXPECT_EQ(PrefixOf(folder / "blind/ckpt-1"), folder / "blind/ckpt-1");
    EXPECT_THAT(NoteOf(folder / "state"), HasSubstr("Permission denied"));
    const auto opened = CheckpointReader::Open(folder / "data/ckpt-1");
    ASSERT_TRUE(opened);
    std::vector<std::byte> out(8);
    EXPECT_EQ(opened->Read(*opened->Find("a"), out).error().code, ErrorCode::kIo);
    for (const char* where : {"data", "data/ckpt-1"}) {
      const auto latest = FindLatest(folder / where);
      ASSERT_FALSE(latest);
      EXPECT_EQ(latest.error().code, ErrorCode::kIo) << where;
    }
    EXPECT_EQ(ErrorOf(folder / "index/nothing").code, ErrorCode::kNotFound);
  }
  mode("shut", 0755);
  mode("blind", 0755);
}

TEST(Open, SaysThatAPathIsOfAnotherMachine) {
  for (const char* path :
       {"gs://bucket/runs/ckpt-7", "s3://bucket/runs/ckpt-7.index", "hdfs://host:8020/runs/ckpt-7",
        "https://host/ckpt-7.data-00000-of-00001", "GS://bucket/x", "gs:/bucket/runs/ckpt-7",
        "abfs://x@y/z"}) {
    const Error error = ErrorOf(path);
    EXPECT_EQ(error.code, ErrorCode::kUnsupported) << path;
    EXPECT_EQ(error.slug, "checkpoint/remote") << path;
    EXPECT_FALSE(error.hint.empty()) << path;
  }
  EXPECT_THAT(ErrorOf("gs:/bucket/runs/ckpt-7.index").hint,
              HasSubstr("gcloud storage cp 'gs://bucket/runs/ckpt-7*' ."));
  EXPECT_THAT(ErrorOf("s3://bucket/runs/ckpt-7").hint,
              HasSubstr("'s3://bucket/runs/' . --exclude '*' --include 'ckpt-7*'"));
  EXPECT_EQ(ErrorOf("C:/runs/ckpt-7").slug, "checkpoint/not-found");
  EXPECT_EQ(ErrorOf("step:/3").slug, "checkpoint/not-found");
}

TEST(Open, TakesFileUrls) {
  const CheckpointFolder folder;
  folder.Save("ckpt-7");
  for (const std::string scheme : {"file://", "file://localhost", "file:", "FILE://"}) {
    EXPECT_EQ(PrefixOf(scheme + (folder / "ckpt-7")), folder / "ckpt-7") << scheme;
    EXPECT_EQ(PrefixOf(scheme + (folder / "ckpt-7.index")), folder / "ckpt-7") << scheme;
    EXPECT_EQ(PrefixOf(scheme + folder.path()), folder / "ckpt-7") << scheme;
  }
}

TEST(Open, SaysWhatATildeWouldBe) {
  const CheckpointFolder folder;
  folder.Save("ckpt-7");
  const char* const before = std::getenv("HOME");
  const std::string home = before == nullptr ? "" : before;
  ASSERT_EQ(::setenv("HOME", folder.path().c_str(), 1), 0);
  const Error there = ErrorOf("~/ckpt-7");
  EXPECT_EQ(there.code, ErrorCode::kNotFound);
  EXPECT_EQ(there.hint, "use " + (folder / "ckpt-7"));
  // Where that is nothing either, the error is about that.
  EXPECT_THAT(ErrorOf("~/ckpt-8").ToString(), HasSubstr("use " + (folder / "ckpt-7")));
  EXPECT_THAT(ErrorOf("~nobody-of-this-name/ckpt-7").message,
              HasSubstr("'~nobody-of-this-name/ckpt-7'"));
  ASSERT_EQ(::setenv("HOME", home.c_str(), 1), 0);
  EXPECT_THAT(ErrorOf("~root/no-such").ToString(), HasSubstr("a shell would read '~root/no-such'"));
}

TEST(Open, OddNamesThatAreThereMeanThemselves) {
  const CheckpointFolder folder;
  const std::filesystem::path before = std::filesystem::current_path();
  folder.Save("~/ckpt-7");
  folder.Save("gs:/bucket/ckpt-7");
  std::filesystem::current_path(folder.path());
  EXPECT_EQ(PrefixOf("~/ckpt-7"), "~/ckpt-7");
  EXPECT_EQ(PrefixOf("gs://bucket/ckpt-7"), "gs://bucket/ckpt-7");
  std::filesystem::current_path(before);
}

TEST(Open, ListOfTheNearestIsShort) {
  const CheckpointFolder folder;
  for (int i = 0; i < 9; ++i) folder.Save("ckpt-" + std::to_string(i));
  EXPECT_THAT(ErrorOf(folder / "ckpt-20").details[0].text, HasSubstr(" + 5 more"));
}

TEST(Open, EmptyFolderPointsToFoldersBelow) {
  const CheckpointFolder folder;
  folder.Save("a/ckpt-1");
  folder.Save("b/variables/variables");
  const Error error = ErrorOf(folder.path());
  EXPECT_EQ(error.slug, "checkpoint/not-found");
  EXPECT_THAT(error.ToString(), AllOf(HasSubstr(folder / "a"), HasSubstr(folder / "b")));
  EXPECT_EQ(error.hint, "use " + (folder / "a"));
}

TEST(Open, MissingFolderNamesWhatIsThereInstead) {
  const CheckpointFolder folder;
  folder.Save("experiment_1/ckpt-1");
  const Error error = ErrorOf(folder / "experiment_2/deep/ckpt-1");
  EXPECT_EQ(error.code, ErrorCode::kNotFound);
  EXPECT_THAT(error.ToString(), AllOf(HasSubstr("the folder " + (folder / "experiment_2")),
                                      HasSubstr("experiment_1")));
}

TEST(Open, DataWithoutIndexSaysSo) {
  const CheckpointFolder folder;
  folder.Save("ckpt-1");
  folder.Remove("ckpt-1.index");
  for (const char* where : {"ckpt-1", "ckpt-1.data-00000-of-00001"}) {
    const Error error = ErrorOf(folder / where);
    EXPECT_EQ(error.slug, "checkpoint/no-index") << where;
    EXPECT_EQ(error.file, folder / "ckpt-1.data-00000-of-00001");
  }
}

TEST(Open, MetaAloneSaysSo) {
  const CheckpointFolder folder;
  folder.Write("ckpt-1.meta", "graph");
  for (const char* where : {"ckpt-1", "ckpt-1.meta"}) {
    const Error error = ErrorOf(folder / where);
    EXPECT_EQ(error.slug, "checkpoint/meta-alone") << where;
    EXPECT_EQ(error.file, folder / "ckpt-1.meta");
  }
}

TEST(Open, EmptyPathIsRefused) {
  const Error error = ErrorOf("");
  EXPECT_EQ(error.code, ErrorCode::kInvalidArgument);
  EXPECT_THAT(error.message, HasSubstr("TensorFlow would have restored nothing"));
}

TEST(Open, PathWithAZeroByteIsNotCut) {
  const CheckpointFolder folder;
  folder.Save("ckpt-1");
  std::string where = folder / "ckpt-1";
  where.push_back('\0');
  EXPECT_EQ(ErrorOf(where).code, ErrorCode::kNotFound);
}

TEST(Open, PipeIsNotWaitedFor) {
  const CheckpointFolder folder;
  ASSERT_EQ(mkfifo((folder / "pipe").c_str(), 0600), 0);
  EXPECT_EQ(ErrorOf(folder / "pipe").code, ErrorCode::kUnsupported);
}

TEST(Open, ReadsFromAnotherFileSystem) {
  const testing::MemoryFiles files(CheckpointFolder::Small().Files("mem/ckpt-1"));
  for (const char* where : {"mem/ckpt-1", "mem/ckpt-1.index", "mem/ckpt-1.data-00000-of-00001"}) {
    const auto opened = CheckpointReader::Open(files, where, {});
    ASSERT_TRUE(opened) << opened.error().ToString();
    EXPECT_EQ(opened->prefix(), "mem/ckpt-1");
  }
}

TEST(FindLatest, IsSilentIfTheStateFileAnswered) {
  const CheckpointFolder folder;
  folder.Save("ckpt-1");
  folder.Write("checkpoint", "model_checkpoint_path: \"ckpt-1\"\n");
  for (const std::string& where : {folder.path(), folder / "checkpoint"}) {
    const auto latest = FindLatest(where);
    ASSERT_TRUE(latest);
    EXPECT_EQ(latest->prefix, folder / "ckpt-1");
    EXPECT_EQ(latest->note, "");
  }
}

TEST(FindLatest, SaysHowItSearched) {
  const CheckpointFolder folder;
  folder.Save("ckpt-1");
  folder.Save("ckpt-2");
  for (const std::string& where : {folder.path(), folder / "ckpt"}) {
    const auto latest = FindLatest(where);
    ASSERT_TRUE(latest);
    EXPECT_EQ(latest->prefix, folder / "ckpt-2");
    EXPECT_THAT(latest->note, HasSubstr("newest of 2"));
  }
}

TEST(FindLatest, NeverAnswersWithAnIncompleteOne) {
  const CheckpointFolder folder;
  folder.Save("ckpt-1");
  folder.Remove("ckpt-1.data-00000-of-00001");
  folder.Write("checkpoint", "model_checkpoint_path: \"ckpt-1\"\n");
  for (const std::string& where :
       {folder.path(), folder / "checkpoint", folder / "ckpt", folder / "ckpt-1"}) {
    const auto latest = FindLatest(where);
    ASSERT_FALSE(latest) << where;
    EXPECT_EQ(latest.error().code, ErrorCode::kNotFound);
    EXPECT_THAT(latest.error().ToString(), HasSubstr("ckpt-1.data-00000-of-00001 missing"));
  }
}

TEST(FindLatest, EmptyPathIsRefused) {
  const auto latest = FindLatest("");
  ASSERT_FALSE(latest);
  EXPECT_EQ(latest.error().code, ErrorCode::kInvalidArgument);
}

TEST(FindLatest, EmptyFolderIsNotFound) {
  const CheckpointFolder folder;
  const auto latest = FindLatest(folder.path());
  ASSERT_FALSE(latest);
  EXPECT_EQ(latest.error().code, ErrorCode::kNotFound);
}

}  // namespace
}  // namespace regraft
