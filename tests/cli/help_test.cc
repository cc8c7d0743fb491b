// Help, the man page and the completions say the same.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <set>
#include <string_view>

#include "command.h"

namespace regraft::cli_test {
namespace {

using ::testing::HasSubstr;

const char* const kVerbs[] = {"ls", "tree", "info", "show", "plan", "latest"};
const char* const kTopics[] = {"patterns", "names", "paths", "exit-codes", "formats"};

std::string ReadSource(const std::string& path) {
  std::ifstream file(std::string(REGRAFT_SOURCE_DIR) + "/" + path);
  EXPECT_TRUE(file) << path;
  return {std::istreambuf_iterator<char>(file), {}};
}

// Every "--word" of a text.
std::set<std::string> LongFlags(const std::string& text) {
  constexpr std::string_view kLetters = "abcdefghijklmnopqrstuvwxyz-";
  std::set<std::string> flags;
  for (std::size_t at = text.find("--"); at != std::string::npos; at = text.find("--", at)) {
    const std::size_t end = std::min(text.find_first_not_of(kLetters, at + 2), text.size());
    if (end > at + 2 && text[at + 2] != '-') flags.insert(text.substr(at, end - at));
    at = end;
  }
  return flags;
}

TEST(Help, FitsEightyColumns) {
  std::vector<std::string> texts = {Regraft("--help").out, Regraft("help").out};
  for (const char* verb : kVerbs) texts.push_back(Regraft(std::string(verb) + " --help").out);
  for (const char* topic : kTopics) texts.push_back(Regraft(std::string("help ") + topic).out);
  for (const std::string& text : texts) {
    EXPECT_FALSE(text.empty());
    for (const std::string& line : Lines(text)) EXPECT_LE(Columns(line), 80u) << line;
    EXPECT_EQ(text.find("\n\n\n"), std::string::npos) << text;
  }
}

TEST(Help, ShowsExamplesBeforeOptions) {
  for (const char* verb : kVerbs) {
    const Ran ran = Regraft(std::string(verb) + " --help");
    EXPECT_EQ(ran.status, 0);
    EXPECT_LT(ran.out.find(std::string("  regraft ") + verb), ran.out.find("--json")) << verb;
    EXPECT_EQ(Regraft(std::string("help ") + verb).out, ran.out);
  }
}

TEST(Help, NamesEveryVerbAndTopic) {
  const std::string overview = Regraft("help").out;
  for (const char* verb : kVerbs) EXPECT_THAT(overview, HasSubstr(std::string("\n  ") + verb + " "));
  for (const char* topic : kTopics) EXPECT_THAT(overview, HasSubstr(topic));
}

TEST(Help, AgreesWithTheManPageAndTheCompletions) {
  std::string help;
  for (const char* verb : kVerbs) help += Regraft(std::string(verb) + " --help").out;
  const std::set<std::string> flags = LongFlags(help);
  EXPECT_GT(flags.size(), 25u);
  std::string man = ReadSource("docs/man/regraft.1");
  std::erase(man, '\\');  // roff writes "\-" for a hyphen.
  std::set<std::string> in_man = LongFlags(man), in_bash = LongFlags(ReadSource("completions/regraft.bash")),
                        in_zsh = LongFlags(ReadSource("completions/_regraft"));
  for (auto* others : {&in_man, &in_bash, &in_zsh}) others->erase("--version");
  EXPECT_EQ(in_man, flags);
  EXPECT_EQ(in_bash, flags);
  EXPECT_EQ(in_zsh, flags);
}

}  // namespace
}  // namespace regraft::cli_test
