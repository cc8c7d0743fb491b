#include "select/names.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <iterator>

#include "base/text.h"
#include "object_graph/keras.h"
#include "regraft/key.h"

namespace regraft {

std::string_view SpellingName(Spelling spelling) {
  switch (spelling) {
    case Spelling::kKey:
      return "key";
    case Spelling::kName:
      return "name";
    case Spelling::kShortKey:
      return "short-key";
    case Spelling::kPath:
      return "path";
    case Spelling::kDotted:
      return "dotted";
    case Spelling::kFullName:
      return "full-name";
    case Spelling::kFullNameColon:
      return "full-name:0";
  }
  return "";
}

namespace select {
namespace {

constexpr std::string_view kDottedRoot = "(root).";

std::string Dotted(std::string_view path) {
  std::string out = std::string(kDottedRoot) + std::string(path);
  std::replace(out.begin() + kDottedRoot.size(), out.end(), '/', '.');
  return out;
}

// Collects texts, dropping empty ones and repetitions; the lists are a handful long.
class Texts {
 public:
  void Add(std::string text) {
    if (!text.empty() && std::find(out_.begin(), out_.end(), text) == out_.end()) {
      out_.push_back(std::move(text));
    }
  }
  std::vector<std::string> Take() && { return std::move(out_); }

 private:
  std::vector<std::string> out_;
};

void AddNames(const std::string& key, std::span<const std::string> paths,
              const std::string& full_name, Texts& texts) {
  texts.Add(key);
  texts.Add(std::string(ShortKey(key)));
  for (const std::string& path : paths) texts.Add(path);
  for (const std::string& path : paths) {
    if (!path.empty()) texts.Add(Dotted(path));
  }
  if (!full_name.empty()) {
    texts.Add(full_name);
    texts.Add(full_name + ":0");
  }
}

}  // namespace

std::string WithoutPrivate(std::string_view path) {
  std::string out;
  out.reserve(path.size());
  for (std::size_t i = 0; i < path.size(); ++i) {
    const bool component_start = i == 0 || path[i - 1] == '/';
    if (component_start && path[i] == '_' && i + 1 < path.size() && path[i + 1] != '/') continue;
    out += path[i];
  }
  return out;
}

std::vector<std::string> SpellingsOf(const Target& target) {
  Texts texts;
  texts.Add(target.name);
  AddNames(target.key, target.paths, target.full_name, texts);
  return std::move(texts).Take();
}

std::vector<std::string> PathsForPatterns(std::span<const std::string> paths) {
  std::vector<std::string> names;
  std::copy_if(paths.begin(), paths.end(), std::back_inserter(names),
               [](const std::string& path) { return !object_graph::IsNoName(path); });
  if (!names.empty()) return names;
  for (const std::string& path : paths) {
    names.push_back(object_graph::WithoutListingOptimizer(path));
  }
  return names;
}

namespace {

// A key or a name that is a place in bookkeeping is left out where there are paths.
std::string Named(const std::string& name, std::span<const std::string> paths) {
  return paths.empty() || !object_graph::IsNoName(name) ? name : "";
}

// "model/a/kernel/.OPTIMIZER_SLOT/optimizer/m" -> "optimizer/m/model/a/kernel"; empty if the key is
// not that of a slot.
std::string BelowOptimizer(std::string_view key) {
  const auto parts = SplitSlot(ShortKey(key));
  if (!parts) return "";
  return std::string(parts->rest) + "/" + std::string(parts->variable);
}

}  // namespace

std::vector<std::string> NamesForPatterns(const Target& target) {
  Texts texts;
  texts.Add(Named(target.name, target.paths));
  AddNames(Named(target.key, target.paths), PathsForPatterns(target.paths), target.full_name,
           texts);
  texts.Add(BelowOptimizer(target.key));
  return std::move(texts).Take();
}

std::vector<std::string> NamesForPatterns(const Entry& entry) {
  Texts texts;
  AddNames(Named(entry.key, entry.paths), PathsForPatterns(entry.paths), entry.full_name, texts);
  texts.Add(BelowOptimizer(entry.key));
  return std::move(texts).Take();
}

const NameIndex::Hits& NameIndex::hits() const {
  std::call_once(gathered_, [this] { Gather(); });
  return hits_;
}

void NameIndex::Gather() const {
  hits_.reserve(2 * catalog_.entries.size());
  for (std::size_t i = 0; i < catalog_.entries.size(); ++i) {
    const Entry& entry = catalog_.entries[i];
    const std::string_view short_key = ShortKey(entry.key);
    if (short_key.size() != entry.key.size()) Add(short_key, i, Spelling::kShortKey);
    for (const std::string& path : entry.paths) Add(path, i, Spelling::kPath);
    for (const std::string& path : entry.paths) {
      // Keras 3 keeps in `_kernel` what everybody calls kernel.
      std::string plain = WithoutPrivate(path);
      if (plain != path) Add(plain_.emplace_back(std::move(plain)), i, Spelling::kPath);
    }
    if (entry.full_name != entry.key) Add(entry.full_name, i, Spelling::kFullName);
    // Last, so that one that is a path or so as well is known as that.
    if (entry.name != entry.key) Add(entry.name, i, Spelling::kName);
  }
}

void NameIndex::Add(std::string_view name, std::size_t entry, Spelling spelling) const {
  if (name.empty()) return;
  std::vector<Hit>& hits = hits_[name];
  // Entries come in ascending order, so an entry that is there already is the last one.
  if (hits.empty() || hits.back().entry != entry) hits.push_back({entry, spelling});
}

std::vector<NameIndex::Hit> NameIndex::Find(std::string_view name) const {
  const auto& entries = catalog_.entries;
  const auto at = std::lower_bound(entries.begin(), entries.end(), name,
                                   [](const Entry& e, std::string_view n) { return e.key < n; });
  if (at != entries.end() && at->key == name) {
    return {{static_cast<std::size_t>(at - entries.begin()), Spelling::kKey}};
  }
  const Hits& hits = this->hits();
  std::vector<Hit> found;
  const auto add = [&](std::size_t entry, Spelling spelling) {
    for (const Hit& hit : found) {
      if (hit.entry == entry) return;
    }
    found.push_back({entry, spelling});
  };
  if (const auto it = hits.find(name); it != hits.end()) {
    for (const Hit& hit : it->second) add(hit.entry, hit.spelling);
  }
  if (name.ends_with(":0")) {
    const std::string_view bare = name.substr(0, name.size() - 2);
    if (const auto it = hits.find(bare); it != hits.end()) {
      for (const Hit& hit : it->second) {
        if (entries[hit.entry].full_name == bare) add(hit.entry, Spelling::kFullNameColon);
      }
    }
    if (!catalog_.has_graph) {
      for (const Hit& hit : Find(bare)) add(hit.entry, Spelling::kFullNameColon);
    }
  }
  // A path as a key would write it, of a variable whose key is another one.
  if (const std::string plain = UnescapeEdge(name); found.empty() && plain != name) {
    if (const auto it = hits.find(plain); it != hits.end()) {
      for (const Hit& hit : it->second) {
        if (hit.spelling == Spelling::kPath) add(hit.entry, Spelling::kPath);
      }
    }
  }
  if (name.starts_with(kDottedRoot)) {
    // An edge name may hold a dot itself, so both readings of each dot are possible; the
    // plain one is tried first, and the slow one only compares paths of the same letters.
    std::string path(name.substr(kDottedRoot.size()));
    std::replace(path.begin(), path.end(), '.', '/');
    if (const auto it = hits.find(path); it != hits.end()) {
      for (const Hit& hit : it->second) {
        if (hit.spelling == Spelling::kPath || hit.spelling == Spelling::kShortKey)
          add(hit.entry, Spelling::kDotted);
      }
    }
    if (found.empty()) {
      for (std::size_t i = 0; i < entries.size(); ++i) {
        for (const std::string& candidate : entries[i].paths) {
          if (candidate.size() == path.size() && Dotted(candidate) == name)
            add(i, Spelling::kDotted);
        }
      }
    }
  }
  std::sort(found.begin(), found.end(),
            [](const Hit& a, const Hit& b) { return a.entry < b.entry; });
  return found;
}

std::string DisplayName(const Entry& entry) {
  if (entry.full_name.empty() || entry.full_name == entry.name) return entry.name;
  return fmt::format("{} ({})", entry.name, entry.full_name);
}

}  // namespace select

std::vector<std::string> SpellingsOf(const Entry& entry) {
  select::Texts texts;
  select::AddNames(entry.key, entry.paths, entry.full_name, texts);
  texts.Add(entry.name);
  return std::move(texts).Take();
}

NameFinder::NameFinder(const Catalog& catalog)
    : index_(std::make_unique<const select::NameIndex>(catalog)) {}
NameFinder::NameFinder(NameFinder&&) noexcept = default;
NameFinder& NameFinder::operator=(NameFinder&&) noexcept = default;
NameFinder::~NameFinder() = default;

Result<NameHit> FindByName(const Catalog& catalog, std::string_view name) {
  return NameFinder(catalog).Find(name);
}

Result<NameHit> NameFinder::Find(std::string_view name) const {
  const Catalog& catalog = index_->catalog();
  const auto hits = index_->Find(name);
  if (hits.size() == 1) return NameHit{hits[0].entry, hits[0].spelling};
  if (hits.empty()) {
    std::vector<std::string> names;
    for (const Entry& entry : catalog.entries) {
      for (std::string& spelling : SpellingsOf(entry)) names.push_back(std::move(spelling));
    }
    Error error(ErrorCode::kNotFound, "select/unknown-name",
                fmt::format("none of the {} names in {} is '{}'", catalog.entries.size(),
                            catalog.prefix, name));
    for (const std::string& near : Nearest(name, names, 3))
      error.details.push_back({"closest", near});
    return Fail(std::move(error).Offer({{{Option::kList, catalog.prefix}}, ""}));
  }
  Error error(ErrorCode::kUnmet, "select/ambiguous-name",
              fmt::format("'{}' names {} entries", name, hits.size()));
  for (const auto& hit : hits) error.details.push_back({"either", catalog.entries[hit.entry].key});
  error.hint = "use the key of the one that you mean";
  return Fail(std::move(error));
}

}  // namespace regraft
