#include "formats/hdf5/glance.h"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <span>
#include <utility>

#include "base/fields.h"
#include "formats/hdf5/attribute.h"
#include "formats/hdf5/group.h"
#include "formats/hdf5/input.h"
#include "formats/hdf5/object_header.h"
#include "formats/hdf5/superblock.h"

namespace regraft::hdf5 {
namespace {

constexpr std::size_t kMostObjects = 64;
constexpr std::uint64_t kMostBytes = std::uint64_t{8} << 20;

// Hands out so many bytes of a file, and no more.
class Sparing final : public io::ByteSource {
 public:
  explicit Sparing(const io::ByteSource& file) : file_(file) {}

  const std::string& name() const override { return file_.name(); }
  std::uint64_t size() const override { return file_.size(); }
  Status ReadAt(std::uint64_t offset, std::span<std::byte> out) const override {
    if (out.size() > left_) {
      return Fail(Error(ErrorCode::kUnsupported, "hdf5/limit", "a glance sees no more"));
    }
    left_ -= out.size();
    return file_.ReadAt(offset, out);
  }

 private:
  const io::ByteSource& file_;
  mutable std::uint64_t left_ = kMostBytes;
};

struct Seen {
  std::string path;
  std::uint64_t address = 0;
};

// The group of an object, whose members are to be looked at, too. Nothing if it is none.
void Look(const Input& input, const Superblock& superblock, const Seen& seen,
          std::deque<Seen>& ahead, Glance& out) {
  const auto messages = ReadObjectHeader(input, seen.address);
  if (!messages) return;
  Glance::Group group;
  const Message* table = nullptr;
  for (const Message& message : *messages) {
    if (message.type == kAttribute && !message.shared()) {
      group.attributes.insert(NameOfAttribute(message));
    }
    if (message.type == kSymbolTable && !message.shared()) table = &message;
  }
  if (table == nullptr) return;
  Fields fields(table->data);
  const SymbolTable where = {fields.U64(), fields.U64()};
  if (!fields.whole()) return;
  if (const auto links = ReadGroup(input, where, superblock.limits)) {
    for (const Link& link : *links) {
      group.members.push_back(link.name);
      if (link.soft || ahead.size() >= kMostObjects) continue;
      ahead.push_back({seen.path.empty() ? link.name : seen.path + '/' + link.name, link.object});
    }
  }
  out.groups.emplace(seen.path, std::move(group));
}

}  // namespace

Glance GlanceAt(const io::ByteSource& file) {
  Glance out;
  const Sparing sparing(file);
  const auto base = FindSuperblock(sparing);
  if (!base) return out;
  Input input(sparing, *base);
  const auto superblock = ReadSuperblock(input);
  if (!superblock) return out;
  std::deque<Seen> ahead = {{"", superblock->root}};
  for (std::size_t count = 0; !ahead.empty() && count < kMostObjects; ++count) {
    const Seen seen = std::move(ahead.front());
    ahead.pop_front();
    Look(input, *superblock, seen, ahead, out);
  }
  return out;
}

bool LooksLikeHdf5(const io::ByteSource& file) { return FindSuperblock(file).has_value(); }

}  // namespace regraft::hdf5
