// Opens the checkpoint given first and succeeds if it has as many entries as given second.
#include <regraft/checkpoint.h>

#include <cstdio>
#include <string>

int main(int argc, char** argv) {
  if (argc != 3) return 2;
  const auto checkpoint = regraft::CheckpointReader::Open(argv[1]);
  if (!checkpoint) {
    std::puts(checkpoint.error().ToString().c_str());
    return 1;
  }
  std::printf("%zu entries\n", checkpoint->entries().size());
  return checkpoint->entries().size() == std::stoul(argv[2]) ? 0 : 1;
}
