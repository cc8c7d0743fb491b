#include "select/meaning.h"

#include <algorithm>
#include <utility>

#include "base/text.h"
#include "regraft/names.h"
#include "regraft/part_kind.h"
#include "select/names.h"

namespace regraft::select {
namespace {

bool Has(const std::vector<std::string>& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

void AddNew(std::vector<std::string> more, std::vector<std::string>& to) {
  for (std::string& name : more) {
    if (!Has(to, name)) to.push_back(std::move(name));
  }
}

// Takes a variable's own name for an automatic one if a part of it was counted, unless it is a
// path or a key, too.
void SetApart(const std::string& full_name, std::span<const PartKind> kinds,
              const std::vector<std::string>& chosen, Subject& subject) {
  std::vector<std::string> counted;
  const std::vector<std::string_view> parts = Split(full_name, '/');
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const bool is_counted = kinds.empty() ? IsAutomaticName(parts[i])
                                          : i < kinds.size() && kinds[i] == PartKind::kNumbered;
    if (is_counted) counted.emplace_back(parts[i]);
  }
  if (counted.empty()) return;
  const std::vector<std::string> names = {full_name, full_name + ":0"};
  for (const std::string& name : names) {
    if (Has(chosen, name)) return;
  }
  for (const std::string& name : names) {
    const bool was_there = std::erase(subject.spellings, name) > 0;
    std::erase(subject.names, name);
    if (was_there) subject.automatic.push_back({name, counted});
  }
}

}  // namespace

Subject SubjectOf(const Target& target, const Entry* entry) {
  Subject subject;
  subject.spellings = SpellingsOf(target);
  subject.names = NamesForPatterns(target);
  subject.keys = {target.name};
  if (!target.key.empty()) subject.keys.push_back(target.key);
  subject.spec = entry ? entry->spec : target.spec;
  subject.cls = target.cls.value_or(entry ? entry->cls : EntryClass::kWeights);
  std::vector<std::string> chosen = subject.keys;
  AddNew(target.paths, chosen);
  if (entry) {
    AddNew(regraft::SpellingsOf(*entry), subject.spellings);
    AddNew(NamesForPatterns(*entry), subject.names);
    AddNew({entry->key}, subject.keys);
    AddNew({entry->key}, chosen);
    AddNew(entry->paths, chosen);
  }
  SetApart(target.full_name, target.name_kinds, chosen, subject);
  if (entry) SetApart(entry->full_name, {}, chosen, subject);
  return subject;
}

Meaning::Meaning(std::string text, std::optional<Pattern> pattern)
    : text_(std::move(text)), pattern_(std::move(pattern)) {}

void Meaning::Among(std::span<const Subject> subjects) {
  const bool is_name = !pattern_ || pattern_->is_literal();
  is_key_ =
      is_name && std::any_of(subjects.begin(), subjects.end(),
                             [this](const Subject& subject) { return Has(subject.keys, text_); });
  chosen_parts_.clear();
  // Where nobody has an automatic name, none has to give way.
  const bool any = std::any_of(subjects.begin(), subjects.end(),
                               [](const Subject& subject) { return !subject.automatic.empty(); });
  if (is_key_ || !any) return;
  for (const Subject& subject : subjects) {
    if (!MatchesChosen(subject)) continue;
    for (const std::string& name : subject.names) {
      for (const std::string_view part : Split(name, '/')) chosen_parts_.emplace(part);
    }
  }
}

bool Meaning::MatchesChosen(const Subject& subject) const {
  if (!pattern_) return Has(subject.spellings, text_);
  return pattern_->Matches(pattern_->is_literal() ? subject.spellings : subject.names, subject.cls);
}

bool Meaning::Matches(const Subject& subject) const {
  if (is_key_) return Has(subject.keys, text_);
  if (MatchesChosen(subject)) return true;
  return std::any_of(
      subject.automatic.begin(), subject.automatic.end(), [&](const AutomaticName& automatic) {
        const bool is_called = pattern_ ? pattern_->Matches({&automatic.name, 1}, subject.cls)
                                        : automatic.name == text_;
        return is_called && std::none_of(automatic.parts.begin(), automatic.parts.end(),
                                         [this](const std::string& part) {
                                           return chosen_parts_.contains(part);
                                         });
      });
}

}  // namespace regraft::select
