#include "find/recognize.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "regraft/checkpoint.h"
#include "table/table_builder.h"
#include "testing/checkpoint_folder.h"
#include "testing/prefixes.h"

namespace regraft::find {
namespace {

using std::string_view_literals::operator""sv;
using ::testing::AllOf;
using testing::CheckpointFolder;
using ::testing::HasSubstr;

constexpr std::string_view kLfs =
    "version https://git-lfs.github.com/spec/v1\n"
    "oid sha256:4d7a214614ab2935c943f9e0ff69d22eadbb8f32b1258daaa5e2ca24d17e2393\n"
    "size 12345678\n";

std::string What(std::string_view content) {
  const auto found = Recognize(*io::MemorySource("file", std::as_bytes(std::span(content))));
  return found ? found->what : "";
}

// A zip's local header and directory entry both hold the member's name as it is.
std::string ZipOf(std::string_view member) {
  const std::string length = {static_cast<char>(member.size()), '\0', '\0', '\0'};
  return "PK\x03\x04" + std::string(22, '\0') + length + std::string(member);
}

std::string V1Table() {
  table::TableBuilder builder;
  builder.Add("", "\x0a\x02\x0a\x00"sv);
  builder.Add("\x00name\x00\x01\x00"sv, "\x12\x00"sv);
  return std::move(builder).Finish();
}

TEST(Recognize, NamesTheFormatByContent) {
  EXPECT_THAT(What(""), HasSubstr("empty file"));
  EXPECT_THAT(What(kLfs), AllOf(HasSubstr("Git LFS pointer"), HasSubstr("sha256:4d7a2146"),
                                HasSubstr("12.3 MB")));
  EXPECT_THAT(What("<!DOCTYPE html><html>"), HasSubstr("HTML"));
  EXPECT_THAT(What("\xef\xbb\xbf\n <HTML lang=en>"), HasSubstr("HTML"));
  EXPECT_THAT(What("<?xml version=\"1.0\"?><Error><Code>AccessDenied</Code>"), HasSubstr("XML"));
  EXPECT_THAT(What("\x1f\x8b\x08"), HasSubstr("gzip"));
  EXPECT_THAT(What(std::string(257, 'a') + "ustar\0"), HasSubstr("tar"));
  EXPECT_THAT(What("sys_info" + std::string(249, '\0') + "ustar\0"), HasSubstr("PyTorch"));
  EXPECT_THAT(What(ZipOf("archive/data.pkl")), HasSubstr("PyTorch"));
  EXPECT_THAT(What(ZipOf("model.weights.h5")), HasSubstr(".keras file"));
  EXPECT_THAT(What(ZipOf("arr_0.npy")), HasSubstr(".npz"));
  EXPECT_THAT(What(ZipOf("readme")), HasSubstr("zip"));
  EXPECT_THAT(What("\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19."),
              HasSubstr("PyTorch"));
  EXPECT_THAT(What("\x80\x04\x95"), HasSubstr("pickle"));
  EXPECT_THAT(What("\x89HDF\r\n\x1a\n\0"sv), HasSubstr("HDF5"));
  EXPECT_THAT(What(std::string(512, '\0') + "\x89HDF\r\n\x1a\n"), HasSubstr("HDF5"));
  EXPECT_THAT(What("\x02\0\0\0\0\0\0\0{}"sv), HasSubstr("safetensors"));
  EXPECT_THAT(What("GGUF\x03\0\0\0"sv), HasSubstr("GGUF"));
  EXPECT_THAT(What("\x93NUMPY\x01\0"sv), HasSubstr("NumPy"));
  EXPECT_THAT(What("\x08\x07\x12\x07pytorch\x1a\x05"), HasSubstr("ONNX"));
  EXPECT_THAT(What("\x1c\0\0\0TFL3\0\0\0\0"sv), HasSubstr("Lite"));
  EXPECT_THAT(What(V1Table()), HasSubstr("V1 checkpoint"));
  EXPECT_THAT(What(CheckpointFolder::Small().Files("p").at("p.index")),
              HasSubstr("index of a V2 checkpoint"));
}

TEST(Recognize, DoesNotGuess) {
  EXPECT_EQ(What("hello"), "");
  EXPECT_EQ(What("\xff\xff\xff\xff\xff\xff\xff\x7f{}"), "");  // A header longer than the file.
  EXPECT_EQ(What("model_checkpoint_path: \"a<html>\""), "");
}

TEST(Recognize, SurvivesEveryPrefixAndChangedByte) {
  for (const std::string& whole :
       {V1Table(), std::string(kLfs), ZipOf("x"), std::string("\x02\0\0\0\0\0\0\0{}"sv)}) {
    testing::ForEveryPrefix(whole, [](std::string_view cut) { What(cut); });
    testing::ForEveryByteFlip(whole, [](std::string_view changed, std::size_t) { What(changed); });
  }
}

Error ErrorOf(const std::string& where) {
  const auto opened = CheckpointReader::Open(where);
  EXPECT_FALSE(opened) << where;
  return opened ? Error() : opened.error();
}

TEST(OpenForeign, NamesTheFileAndTheWayOut) {
  const CheckpointFolder folder;
  folder.Write("model.pt", "\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19.");
  const Error error = ErrorOf(folder / "model.pt");
  EXPECT_EQ(error.code, ErrorCode::kUnsupported);
  EXPECT_EQ(error.slug, "checkpoint/foreign");
  EXPECT_EQ(error.file, folder / "model.pt");
  EXPECT_THAT(error.hint, HasSubstr("torch.save(model.state_dict()"));
}

TEST(OpenForeign, PointerInPlaceOfTheIndexIsNamed) {
  const CheckpointFolder folder;
  folder.Write("ckpt-1.index", kLfs);
  for (const char* where : {"ckpt-1", "ckpt-1.index"}) {
    const Error error = ErrorOf(folder / where);
    EXPECT_EQ(error.code, ErrorCode::kUnsupported);
    EXPECT_THAT(error.message, HasSubstr("Git LFS pointer"));
    EXPECT_THAT(error.hint, HasSubstr("git lfs pull"));
  }
}

TEST(OpenForeign, PointerInPlaceOfTheDataIsNamedOnReading) {
  const CheckpointFolder folder;
  testing::TinyBundle().AddFloats("a", {64}, std::vector<float>(64)).WriteTo(folder / "ckpt-1");
  folder.Write("ckpt-1.data-00000-of-00001", kLfs);
  const auto opened = CheckpointReader::Open(folder / "ckpt-1");
  ASSERT_TRUE(opened);
  std::vector<std::byte> out(256);
  for (const Status& status : {opened->Read(*opened->Find("a"), out),
                               opened->Verify(*opened->Find("a")).map([](Integrity) {}),
                               opened->CheckStored(*opened->Find("a"))}) {
    ASSERT_FALSE(status);
    EXPECT_THAT(status.error().message, HasSubstr("Git LFS pointer"));
    EXPECT_EQ(status.error().file, folder / "ckpt-1.data-00000-of-00001");
    EXPECT_THAT(status.error().hint, HasSubstr("git lfs pull"));
  }
  EXPECT_THAT(ErrorOf(folder.path()).ToString(),
              HasSubstr("ckpt-1.data-00000-of-00001 is a Git LFS pointer"));
}

TEST(OpenForeign, UnknownFileIsRefused) {
  const CheckpointFolder folder;
  folder.Write("notes.txt", "hello");
  const Error error = ErrorOf(folder / "notes.txt");
  EXPECT_EQ(error.code, ErrorCode::kUnsupported);
  EXPECT_EQ(error.slug, "checkpoint/foreign");
}

TEST(OpenForeign, FolderWithOtherFormatsOnlyNamesThem) {
  const CheckpointFolder folder;
  folder.Write("model.h5", "\x89HDF\r\n\x1a\n\0"sv);
  folder.Write("notes.txt", "hello");
  const Error error = ErrorOf(folder.path());
  EXPECT_EQ(error.code, ErrorCode::kNotFound);
  EXPECT_THAT(error.ToString(), HasSubstr("model.h5 is an HDF5 file"));
}

}  // namespace
}  // namespace regraft::find
