#include "formats/hdf5/text_values.h"

#include <utility>

#include "base/try.h"

namespace regraft::hdf5 {
namespace {

constexpr std::uint64_t kMostBytes = std::uint64_t{256} << 20;
constexpr std::uint64_t kHead = 16;

}  // namespace

Result<const TextValues::Collection*> TextValues::CollectionAt(std::uint64_t address) {
  if (const auto known = collections_.find(address); known != collections_.end()) {
    return &known->second;
  }
  REGRAFT_TRY(const std::string head, input_.Read(address, kHead, "a collection of strings"));
  Fields fields(head);
  const bool is_one = fields.Bytes(4) == "GCOL" && fields.U8() == 1;
  fields.Skip(3);
  const std::uint64_t size = fields.U64();
  if (!is_one || size < kHead) {
    return Fail(input_.Damaged(address, "a collection of strings is none"));
  }
  bytes_ += size;
  if (bytes_ > kMostBytes) {
    return Fail(input_.Refused("hdf5/limit", address, "the strings are more than 256 MiB"));
  }
  Collection collection;
  REGRAFT_TRY(collection.bytes, input_.Read(address, size, "a collection of strings"));
  Fields objects(collection.bytes);
  objects.Skip(static_cast<std::size_t>(kHead));
  while (objects.left() >= kHead) {
    const std::uint16_t index = objects.U16();
    objects.Skip(6);
    const std::uint64_t bytes = objects.U64();
    if (index == 0) break;  // What is left is free.
    const std::size_t at = objects.at();
    if (bytes > objects.left()) {
      return Fail(input_.Damaged(address, "a string ends outside of its collection"));
    }
    objects.Skip(static_cast<std::size_t>(bytes));
    objects.SkipToEight();
    if (!collection.objects.try_emplace(index, at, static_cast<std::size_t>(bytes)).second) {
      return Fail(input_.Damaged(address, "a collection has two strings of one number"));
    }
  }
  return &collections_.emplace(address, std::move(collection)).first->second;
}

Result<std::string> TextValues::Variable(std::string_view element, std::uint64_t address) {
  Fields fields(element);
  const std::uint32_t length = fields.U32();
  const std::uint64_t where = fields.U64();
  const std::uint32_t index = fields.U32();
  if (length == 0) return std::string();
  REGRAFT_TRY(const Collection* collection, CollectionAt(where));
  const auto object = collection->objects.find(index);
  if (object == collection->objects.end() || object->second.second < length) {
    return Fail(input_.Damaged(address, "a string is not where it should be"));
  }
  bytes_ += length;
  if (bytes_ > kMostBytes) {
    return Fail(input_.Refused("hdf5/limit", address, "the strings are more than 256 MiB"));
  }
  return collection->bytes.substr(object->second.first, length);
}

Result<std::vector<std::string>> TextValues::Decode(const Type& type, std::string_view stored,
                                                    std::uint64_t address) {
  std::vector<std::string> out;
  for (std::size_t at = 0; at + type.bytes <= stored.size(); at += type.bytes) {
    const std::string_view element = stored.substr(at, type.bytes);
    if (type.text == Type::Text::kVariable) {
      REGRAFT_TRY(out.emplace_back(), Variable(element, address + at));
      continue;
    }
    std::string_view text = element.substr(0, element.find('\0'));
    if (type.padded_by_spaces) text = text.substr(0, text.find_last_not_of(' ') + 1);
    out.emplace_back(text);
  }
  return out;
}

}  // namespace regraft::hdf5
