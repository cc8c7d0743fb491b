#include "io/disk.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <fstream>
#include <regex>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "io/output_file.h"
#include "testing/checkpoint_folder.h"

namespace regraft::io {
namespace {

namespace fs = std::filesystem;
using testing::CheckpointFolder;

std::span<const std::byte> Bytes(std::string_view text) { return std::as_bytes(std::span(text)); }
std::string Text(const Status& status) { return status ? "" : status.error().ToString(); }
std::string Slug(const Status& status) { return status ? "" : status.error().slug; }

std::string Content(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return std::string(std::istreambuf_iterator<char>(in), {});
}

// Bytes that differ from place to place.
std::string Pattern(std::size_t size) {
  std::string out(size, '\0');
  for (std::size_t i = 0; i < size; ++i) out[i] = static_cast<char>(i * 31 + i / 251);
  return out;
}

TEST(RealDisk, WritesSmallAndLargeAppendsInOrder) {
  const CheckpointFolder folder;
  const std::string small = "small", large = Pattern((std::size_t{3} << 20) + 7);
  auto file = RealDisk().Create(folder / "f");
  ASSERT_TRUE(file) << file.error().ToString();
  std::string expected;
  for (const std::string& bytes : {small, large, small, std::string(), small, large, small}) {
    EXPECT_EQ(Text((*file)->Append(Bytes(bytes))), "");
    expected += bytes;
    EXPECT_EQ((*file)->size(), expected.size());
  }
  EXPECT_EQ(Text((*file)->Sync()), "");
  EXPECT_EQ((*file)->path(), folder / "f");
  EXPECT_EQ(Content(folder / "f"), expected);
}

TEST(RealDisk, CreatesOnlyWhatIsNotThere) {
  const CheckpointFolder folder;
  folder.Write("f", "precious");
  const auto exists = RealDisk().Create(folder / "f");
  ASSERT_FALSE(exists);
  EXPECT_EQ(exists.error().slug, "io/exists");
  EXPECT_EQ(Content(folder / "f"), "precious");
  const auto no_folder = RealDisk().Create(folder / "missing/f");
  ASSERT_FALSE(no_folder);
  EXPECT_EQ(no_folder.error().slug, "io/create");
  EXPECT_EQ(no_folder.error().file, folder / "missing/f");
}

TEST(RealDisk, NamesTemporaryFilesAsTensorFlowDoes) {
  const CheckpointFolder folder;
  const auto first = RealDisk().CreateTemporary(folder / "f");
  const auto second = RealDisk().CreateTemporary(folder / "f");
  ASSERT_TRUE(first && second);
  EXPECT_NE((*first)->path(), (*second)->path());
  const std::string name = fs::path((*first)->path()).filename();
  EXPECT_TRUE(std::regex_match(name, std::regex("f\\.tempstate[0-9]+"))) << name;
}

// Copies ranges of a file in `from` to one in `to`, between bytes of its own.
void ExpectRanges(const CheckpointFolder& to, const std::string& path) {
  const std::string pattern = Pattern((std::size_t{2} << 20) + 100);
  std::ofstream(path, std::ios::binary) << pattern;
  const auto real = RealFiles().Open(path);
  ASSERT_TRUE(real);
  const auto memory = MemorySource("memory", Bytes(pattern));
  for (const ByteSource* source : {real->get(), memory.get()}) {
    auto file = RealDisk().CreateTemporary(to / "copy");
    ASSERT_TRUE(file);
    EXPECT_EQ(Text((*file)->Append(Bytes("before"))), "");
    EXPECT_EQ(Text((*file)->AppendRange(*source, 3, pattern.size() - 3)), "");
    EXPECT_EQ(Text((*file)->AppendRange(*source, 5, 0)), "");
    EXPECT_EQ(Text((*file)->AppendRange(*source, 1, 2)), "");
    EXPECT_EQ(Text((*file)->Append(Bytes("after"))), "");
    const std::string expected = "before" + pattern.substr(3) + pattern.substr(1, 2) + "after";
    EXPECT_EQ((*file)->size(), expected.size());
    EXPECT_EQ(Text((*file)->Sync()), "");
    EXPECT_EQ(Content((*file)->path()), expected);
    EXPECT_EQ(Slug((*file)->AppendRange(*source, pattern.size() - 1, 2)), "io/past-end");
  }
}

TEST(RealDisk, CopiesRangesOfFilesAndOfMemory) {
  const CheckpointFolder folder;
  ExpectRanges(folder, folder / "from");
}

TEST(RealDisk, CopiesRangesFromAnotherFileSystem) {
  const CheckpointFolder folder;
  struct stat here {
  }, there{};
  if (::stat("/dev/shm", &there) != 0 || ::stat(folder.path().c_str(), &here) != 0 ||
      here.st_dev == there.st_dev || ::access("/dev/shm", W_OK) != 0) {
    GTEST_SKIP() << "there is no other file system at /dev/shm";
  }
  std::string other = "/dev/shm/regraft_test_XXXXXX";
  ASSERT_NE(::mkdtemp(other.data()), nullptr);
  ExpectRanges(folder, other + "/from");
  fs::remove_all(other);
}

TEST(RealDisk, NoticesASourceThatBecomesShorter) {
  const CheckpointFolder folder;
  folder.Write("from", "0123456789");
  const auto source = RealFiles().Open(folder / "from");
  auto file = RealDisk().Create(folder / "to");
  ASSERT_TRUE(source && file);
  fs::resize_file(folder / "from", 4);
  EXPECT_EQ(Slug((*file)->AppendRange(**source, 0, 10)), "io/read");
}

TEST(RealDisk, RenamesOverWhatIsThere) {
  const CheckpointFolder folder;
  folder.Write("old", "old");
  folder.Write("new", "new");
  EXPECT_EQ(Text(RealDisk().Rename(folder / "new", folder / "old")), "");
  EXPECT_EQ(Content(folder / "old"), "new");
  EXPECT_FALSE(RealDisk().Stat(folder / "new"));
  const Status missing = RealDisk().Rename(folder / "new", folder / "old");
  EXPECT_EQ(Slug(missing), "io/rename");
  EXPECT_EQ(missing.error().file, folder / "new");
  EXPECT_EQ(Text(RealDisk().SyncFolder(folder.path())), "");
  EXPECT_EQ(Slug(RealDisk().SyncFolder(folder / "old")), "io/sync");
}

TEST(RealDisk, SyncsFilesOfOthers) {
  const CheckpointFolder folder;
  folder.Write("file", "bytes");
  EXPECT_EQ(Text(RealDisk().SyncFile(folder / "file")), "");
  const Status missing = RealDisk().SyncFile(folder / "missing");
  EXPECT_EQ(Slug(missing), "io/sync");
  EXPECT_EQ(missing.error().file, folder / "missing");
}

TEST(RealDisk, LinksWhatALinkLeadsTo) {
  const CheckpointFolder folder;
  folder.Write("blob", "bytes");
  fs::create_symlink("blob", folder / "name");
  EXPECT_EQ(Text(RealDisk().Link(folder / "name", folder / "second")), "");
  EXPECT_FALSE(fs::is_symlink(folder / "second"));
  EXPECT_EQ(fs::hard_link_count(folder / "blob"), 2u);
  EXPECT_EQ(Slug(RealDisk().Link(folder / "blob", folder / "second")), "io/exists");
  EXPECT_EQ(Slug(RealDisk().Link(folder / "missing", folder / "third")), "io/link");
}

TEST(RealDisk, RemovesFilesLinksAndEmptyFolders) {
  const CheckpointFolder folder;
  folder.Write("kept", "kept");
  folder.Write("full/file", "");
  fs::create_symlink("kept", folder / "link");
  fs::create_directory(folder / "empty");
  for (const char* name : {"link", "empty", "missing", "kept/below"}) {
    EXPECT_EQ(Text(RealDisk().Remove(folder / name)), "") << name;
  }
  EXPECT_EQ(Content(folder / "kept"), "kept");
  EXPECT_FALSE(fs::exists(fs::symlink_status(folder / "link")));
  EXPECT_FALSE(fs::exists(folder / "empty"));
  EXPECT_EQ(Slug(RealDisk().Remove(folder / "full")), "io/remove");
  EXPECT_TRUE(fs::exists(folder / "full/file"));
}

TEST(RealDisk, MakesFoldersAndThoseAbove) {
  const CheckpointFolder folder;
  folder.Write("file", "");
  for (const char* name : {"a/b/c", "a/b/c", "a/d/", "."}) {
    EXPECT_EQ(Text(RealDisk().MakeFolders(folder / name)), "") << name;
    EXPECT_TRUE(fs::is_directory(folder / name));
  }
  EXPECT_EQ(Slug(RealDisk().MakeFolders(folder / "file")), "io/create");
  EXPECT_EQ(Slug(RealDisk().MakeFolders(folder / "file/below")), "io/create");
}

TEST(RealDisk, SaysWhatIsThere) {
  const CheckpointFolder folder;
  folder.Write("b", "12");
  folder.Write("a", "");
  EXPECT_EQ(RealDisk().Stat(folder / "b")->size, 2u);
  EXPECT_EQ(RealDisk().List(folder.path()), (std::vector<std::string>{"a", "b"}));
  EXPECT_TRUE(RealDisk().Open(folder / "b"));
  const auto free = RealDisk().FreeBytes(folder / "not/there/yet");
  ASSERT_TRUE(free);
  EXPECT_GT(*free, 0u);
}

TEST(FolderOf, IsThatOfThePath) {
  EXPECT_EQ(FolderOf("a/b/c"), "a/b");
  EXPECT_EQ(FolderOf("c"), ".");
  EXPECT_EQ(FolderOf("/c"), "/");
  EXPECT_EQ(FolderOf("a/"), "a");
}

TEST(SystemError, TellsAFullDiskFromOtherTroubles) {
  EXPECT_EQ(SystemError(ENOSPC, "io/sync", "written", "d/f").slug, "io/no-space");
  EXPECT_EQ(SystemError(EDQUOT, "io/create", "made", "d/f").slug, "io/no-space");
  const Error full = SystemError(ENOSPC, "io/write", "written", "a b/f");
  EXPECT_EQ(full.hint, "free some space, or write to another disk: df -h 'a b'");
  const Error broken = SystemError(EIO, "io/write", "written", "d/f");
  EXPECT_EQ(broken.slug, "io/write");
  EXPECT_EQ(broken.code, ErrorCode::kIo);
  EXPECT_EQ(broken.file, "d/f");
}

}  // namespace
}  // namespace regraft::io
