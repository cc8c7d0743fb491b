// The names of a file as a tree.
#include <fmt/format.h>

#include <iterator>

#include "regraft/inspect.h"
#include "regraft/render.h"
#include "regraft/text.h"
#include "render/documents.h"
#include "render/draw.h"
#include "render/json.h"

namespace regraft {
namespace render {
namespace {

TreeNode TreeOf(const Catalog& catalog) {
  std::vector<const Entry*> entries;
  for (const Entry& entry : catalog.entries) entries.push_back(&entry);
  return MakeTree(entries);
}

std::string Sums(const TreeNode& node) {
  return fmt::format("{}, {}", node.count == 1 ? "1 entry" : fmt::format("{} entries", node.count),
                     BytesText(node.bytes));
}

std::string NoteOf(const TreeRow& row) {
  const TreeNode& node = *row.nodes[0];
  std::string note;
  for (const Entry* entry : node.entries) {
    note += fmt::format("  {} {}", entry->spec.ToString(), ClassName(entry->cls));
  }
  if (row.nodes.size() > 1) {
    note += fmt::format("  ({} alike, each {})", row.nodes.size(), Sums(node));
  } else if (!node.children.empty()) {
    note += fmt::format("  ({})", Sums(node));
  }
  return note;
}

// Below a node, so many levels; all for 0.
std::vector<Branch> BranchesOf(const TreeNode& node, std::size_t depth, std::size_t level,
                               bool fold) {
  std::vector<Branch> branches;
  for (const TreeRow& row : RowsOf(node, fold)) {
    Branch& branch = branches.emplace_back(Branch{.name = row.name, .note = NoteOf(row)});
    if (depth > 0 && level == depth) continue;
    branch.branches = BranchesOf(*row.nodes[0], depth, level + 1, fold);
  }
  return branches;
}

void AppendNode(Buffer& out, const TreeNode& node, std::size_t depth, std::size_t level) {
  fmt::format_to(std::back_inserter(out), "\"entries\":{},\"bytes\":{},\"keys\":[", node.count,
                 node.bytes);
  for (const Entry* entry : node.entries) {
    if (entry != node.entries.front()) out.push_back(',');
    AppendText(out, entry->key);
  }
  out.push_back(']');
  if (depth > 0 && level == depth) return;
  Append(out, ",\"children\":[");
  bool first = true;
  for (const auto& [name, child] : node.children) {
    Append(out, first ? "\n{\"name\":" : ",\n{\"name\":");
    first = false;
    AppendText(out, name);
    out.push_back(',');
    AppendNode(out, child, depth, level + 1);
    out.push_back('}');
  }
  out.push_back(']');
}

}  // namespace

Document TreeDocument(const Catalog& catalog, std::size_t depth, const TextOptions& options) {
  const TreeNode tree = TreeOf(catalog);
  Document document;
  document.Add(Tree{{.name = catalog.prefix,
                     .note = "  " + Sums(tree),
                     .branches = BranchesOf(tree, depth, 1, !options.all)}});
  return document;
}

}  // namespace render

std::string TreeText(const Catalog& catalog, std::size_t depth, const TextOptions& options) {
  return render::Draw(render::TreeDocument(catalog, depth, options), options);
}

std::string TreeJson(const Catalog& catalog, std::size_t depth) {
  render::Buffer out;
  render::Append(out, "{\"schema\":\"regraft.tree/1\",\"prefix\":");
  render::AppendText(out, catalog.prefix);
  out.push_back(',');
  render::AppendNode(out, render::TreeOf(catalog), depth, 0);
  render::Append(out, "}\n");
  return fmt::to_string(out);
}

}  // namespace regraft
