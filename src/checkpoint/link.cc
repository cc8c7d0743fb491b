#include "checkpoint/link.h"

#include <algorithm>
#include <bit>
#include <map>
#include <vector>

#include "base/try.h"
#include "bundle/bundle_writer.h"
#include "checkpoint/reader_access.h"
#include "classify/owners.h"
#include "find/prefix.h"
#include "regraft/find.h"

namespace regraft::checkpoint {

Result<Written> LinkCheckpoint(io::Disk& disk, const std::string& prefix,
                               std::span<const LinkedEntry> entries,
                               const std::string& object_graph, bool overwrite) {
  REGRAFT_CHECK(find::CheckNewPrefix(prefix));
  std::vector<archive::StoredTensor> tensors;
  std::vector<std::string> files;
  std::map<std::string, std::uint32_t> shards;  // By the path of the data file.
  Written written;
  for (const LinkedEntry& linked : entries) {
    REGRAFT_CHECK(ReaderAccess::WithStored(
        *linked.reader, *linked.entry,
        [&](const archive::Archive& from, const archive::StoredTensor& stored, bool) -> Status {
          if (from.big_endian() != (std::endian::native == std::endian::big)) {
            return Fail(Error(ErrorCode::kUnsupported, "bundle/endianness",
                              "the data files were written by a machine of the other byte order")
                            .Hint("copy without links"));
          }
          archive::StoredTensor tensor = stored;
          tensor.key = linked.key;
          for (archive::StoredPiece& piece : tensor.pieces) {
            const std::string path = from.FilePath(piece.where.file);
            const auto [at, fresh] = shards.emplace(path, static_cast<std::uint32_t>(files.size()));
            if (fresh) files.push_back(path);
            piece.where.file = at->second;
            written.bytes += piece.where.bytes;
          }
          tensors.push_back(std::move(tensor));
          return {};
        }));
  }
  std::sort(tensors.begin(), tensors.end(),
            [](const auto& a, const auto& b) { return a.key < b.key; });
  std::vector<bundle::NewString> strings;
  if (!object_graph.empty()) {
    strings.push_back({std::string(classify::kObjectGraphKey), object_graph});
    written.bytes += object_graph.size();
  }
  REGRAFT_TRY(written.shards, bundle::WriteLinked(disk, prefix, files, std::move(tensors), strings,
                                                  {.overwrite = overwrite}));
  written.prefix = prefix;
  written.main_file = MainFileOf(prefix);
  written.entries = entries.size() + strings.size();
  return written;
}

}  // namespace regraft::checkpoint
