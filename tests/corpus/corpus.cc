#include "corpus.h"

#include <algorithm>
#include <cstddef>
#include <cstdlib>
#include <fstream>

namespace regraft {
namespace {

namespace fs = std::filesystem;

std::vector<std::string> Cells(const std::string& row) {
  std::vector<std::string> cells;
  for (std::size_t at = 1; at < row.size();) {
    const std::size_t end = std::min(row.find('|', at), row.size());
    const std::size_t first = row.find_first_not_of(' ', at);
    const std::size_t last = row.find_last_not_of(' ', end - 1);
    cells.push_back(first < end ? row.substr(first, last - first + 1) : "");
    at = end + 1;
  }
  return cells;
}

}  // namespace

bool CorpusItem::IsWhole() const {
  return remarks.find("INDEX ONLY") == std::string::npos &&
         remarks.find("in a shard that is not here") == std::string::npos;
}

fs::path CorpusFolder() {
  const char* named = std::getenv("REGRAFT_CORPUS");
  return named != nullptr ? fs::path(named)
                          : fs::path(REGRAFT_SOURCE_DIR) / "tests" / "corpus" / "data";
}

// Rows are "| id | owner/repository @ commit | `path` | ... | remarks |" below "## group (count)".
std::vector<CorpusItem> CorpusItems(std::string_view wanted) {
  const fs::path corpus = CorpusFolder();
  std::vector<CorpusItem> items;
  std::ifstream in(corpus / "MANIFEST.md");
  std::string line, group;
  while (std::getline(in, line)) {
    if (line.starts_with("## ")) group = line.substr(3, line.rfind(" (") - 3);
    if (!line.starts_with("| D") || line.size() < 7 || line[6] != ' ') continue;
    if (!group.starts_with(wanted)) continue;
    const std::vector<std::string> cells = Cells(line);
    std::string repository = cells[1].substr(0, cells[1].find(" @ "));
    repository.replace(repository.find('/'), 1, "__");
    const std::string commit = cells[1].substr(cells[1].find(" @ ") + 3);
    const std::string path = cells[2].substr(1, cells[2].size() - 2);
    items.push_back(
        {cells[0], group, (corpus / repository / commit / path).string(), cells.back()});
  }
  return items;
}

}  // namespace regraft
