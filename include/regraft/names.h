// regraft/names.h - finding an entry by any of its names; many names as few.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "regraft/catalog.h"
#include "regraft/error.h"

namespace regraft {

/// Which spelling of a name hit (docs/names.md).
enum class Spelling {
  kKey,            ///< model/a/kernel/.ATTRIBUTES/VARIABLE_VALUE
  kName,           ///< model/conv2d_1/kernel, what people see: Entry::name
  kShortKey,       ///< model/a/kernel, the key without its last two parts
  kPath,           ///< any edge path, un-escaped
  kDotted,         ///< (root).model.a.kernel
  kFullName,       ///< dense/kernel, the variable's own name
  kFullNameColon,  ///< dense/kernel:0
};
std::string_view SpellingName(Spelling spelling);

/// Every spelling by which a person may call `entry`, without duplicates.
std::vector<std::string> SpellingsOf(const Entry& entry);

/// An entry that was found by a name.
struct NameHit {
  std::size_t entry = 0;  ///< Index into catalog.entries.
  Spelling spelling = Spelling::kKey;
};

/// The entry that a person calls `name`, in any spelling.
/// Errors: kNotFound "select/unknown-name" with up to three nearest names;
///         kUnmet "select/ambiguous-name" listing every entry that bears it.
Result<NameHit> FindByName(const Catalog& catalog, std::string_view name);

namespace select {
class NameIndex;
}

/// FindByName() for many names: they are indexed once. Borrows the catalog.
/// Threads: const members are safe.
class NameFinder {
 public:
  explicit NameFinder(const Catalog& catalog);
  explicit NameFinder(const Catalog&&) = delete;
  NameFinder(NameFinder&&) noexcept;
  NameFinder& operator=(NameFinder&&) noexcept;
  ~NameFinder();
  Result<NameHit> Find(std::string_view name) const;

 private:
  std::unique_ptr<const select::NameIndex> index_;
};

/// Folds names that differ in numbers or in one component: "layer_{0..11}/dense/{bias,kernel}".
/// The result can be pasted back as globs that match exactly `names`. Natural order.
std::vector<std::string> FoldNames(std::span<const std::string> names);

}  // namespace regraft
