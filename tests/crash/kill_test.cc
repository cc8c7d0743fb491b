// The real command is killed at any point of replacing a checkpoint.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <map>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "regraft/checkpoint.h"
#include "regraft/entry.h"
#include "regraft/find.h"
#include "testing/checkpoint_folder.h"

namespace regraft::crash {
namespace {

using Clock = std::chrono::steady_clock;

// Starts `regraft copy FROM TO --force`.
pid_t Start(const std::string& from, const std::string& to) {
  const pid_t child = ::fork();
  if (child != 0) return child;
  const int nothing = ::open("/dev/null", O_WRONLY);
  ::dup2(nothing, STDOUT_FILENO);
  ::dup2(nothing, STDERR_FILENO);
  ::execl(REGRAFT_COMMAND, "regraft", "copy", from.c_str(), to.c_str(), "--force",
          static_cast<char*>(nullptr));
  ::_exit(127);
}

// Some megabytes, so that writing takes a while.
void WriteLarge(const std::string& prefix, float first) {
  testing::TinyBundle bundle;
  for (int i = 0; i < 24; ++i) {
    bundle.AddFloats("t" + std::to_string(i), {1 << 16},
                     std::vector<float>(std::size_t{1} << 16, first + static_cast<float>(i)));
  }
  bundle.WriteTo(prefix);
}

std::map<std::string, std::string> Digests(const std::string& prefix) {
  std::map<std::string, std::string> out;
  const auto reader = CheckpointReader::Open(prefix);
  if (!reader) return {{"", reader.error().ToString()}};
  for (const Entry& entry : reader->entries()) {
    const auto digest = reader->Sha256(entry);
    out[entry.key] = digest ? *digest : digest.error().ToString();
  }
  return out;
}

TEST(KilledCommand, LeavesTheOldCheckpointOrTheNewOne) {
  const testing::CheckpointFolder folder;
  std::filesystem::create_directory(folder / "run");
  WriteLarge(folder / "old", 1);
  WriteLarge(folder / "new", 1000);
  const auto old_values = Digests(folder / "old"), new_values = Digests(folder / "new");
  ASSERT_NE(old_values, new_values);
  const std::string place = folder / "run/ckpt";

  // How long it takes undisturbed says when it may be killed.
  ASSERT_EQ(::waitpid(Start(folder / "old", place), nullptr, 0) > 0, true);
  ASSERT_EQ(Digests(place), old_values);
  const auto begin = Clock::now();
  ::waitpid(Start(folder / "old", place), nullptr, 0);
  const auto whole = Clock::now() - begin;

  std::mt19937 random(4711);
  std::uniform_real_distribution<double> part(0, 1.1);
  int killed = 0;
  bool old_is_there = true;
  for (int round = 0; round < 60; ++round) {
    const auto& wanted = old_is_there ? new_values : old_values;
    const auto& there = old_is_there ? old_values : new_values;
    const pid_t child = Start(folder / (old_is_there ? "new" : "old"), place);
    std::this_thread::sleep_for(std::chrono::duration<double>(whole) * part(random));
    ::kill(child, SIGKILL);
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    killed += WIFSIGNALED(status);
    const auto found = Digests(place);
    ASSERT_TRUE(found == there || found == wanted) << "round " << round;
    if (!WIFSIGNALED(status)) {
      ASSERT_EQ(WEXITSTATUS(status), 0);
      ASSERT_EQ(found, wanted) << "round " << round;
    }
    if (found == wanted) old_is_there = !old_is_there;
  }
  EXPECT_GT(killed, 0);

  // What the dead left is recognised, all of it, and the rest is not touched.
  const auto leftovers = FindLeftovers(folder / "run");
  ASSERT_TRUE(leftovers);
  for (const Leftover& leftover : *leftovers) EXPECT_TRUE(RemoveLeftover(leftover));
  for (const auto& file : std::filesystem::directory_iterator(folder / "run")) {
    EXPECT_EQ(file.path().filename().string().find("tempstate"), std::string::npos) << file.path();
  }
  EXPECT_EQ(Digests(place), old_is_there ? old_values : new_values);
}

}  // namespace
}  // namespace regraft::crash
