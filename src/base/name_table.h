// base/name_table.h - numbers by name, for tables as large as a checkpoint.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string_view>
#include <utility>
#include <vector>

namespace regraft {

/// A hash table in one array: a name costs no allocation, and a look-up about one cache line.
/// Names are borrowed.
class NameTable {
 public:
  /// Grows beyond `expected` names by itself.
  explicit NameTable(std::size_t expected = 0) { Reserve(expected); }

  /// The number of that name and whether it is new; the number of one that was there stays.
  /// The pointer is good until the next Add().
  std::pair<std::size_t*, bool> Add(std::string_view name, std::size_t number);

  /// The number of that name, or null.
  const std::size_t* Find(std::string_view name) const;
  std::size_t* Find(std::string_view name) {
    return const_cast<std::size_t*>(std::as_const(*this).Find(name));
  }

  std::size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }

 private:
  struct Place {
    const char* name = nullptr;  // Null: free.
    std::size_t length = 0;
    std::size_t hash = 0;
    std::size_t number = 0;
  };

  void Reserve(std::size_t names);
  std::size_t FreeOrSame(std::string_view name, std::size_t hash) const;

  std::vector<Place> places_;  // As many as a power of two; at least a third of them free.
  std::size_t size_ = 0;
};

}  // namespace regraft
