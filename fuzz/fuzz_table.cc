// Any bytes as an `.index` table: scanned with and without checksums.
#include <string>

#include "fuzz.h"
#include "io/byte_source.h"
#include "table/table_reader.h"

using regraft::fuzz::Require;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto file =
      regraft::io::MemorySource("fuzz", regraft::fuzz::Bytes(regraft::fuzz::Text(data, size)));
  regraft::table::LooksLikeTable(*file);
  std::size_t keys[2] = {};
  bool whole[2] = {};
  for (const bool verify : {false, true}) {
    std::string last;
    const regraft::Status status =
        regraft::table::ScanTable(*file, {.verify_checksums = verify},
                                  [&](std::string_view key, std::string_view) -> regraft::Status {
                                    Require(keys[verify] == 0 || std::string_view(last) < key);
                                    last = key;
                                    ++keys[verify];
                                    return {};
                                  });
    whole[verify] = status.has_value();
  }
  // What passes with checksums passes without them, and says the same.
  Require(!whole[true] || (whole[false] && keys[true] == keys[false]));
  return 0;
}
