#include <fmt/format.h>
#include <regraft/inspect.h>
#include <regraft/text.h>

#include <algorithm>
#include <memory>

#include "listing.h"
#include "source.h"
#include "usage.h"
#include "verb.h"

namespace regraft::cli {
namespace {

struct Options {
  std::string source;
  std::size_t depth = 0;
};

class Writer {
 public:
  Writer(const Terminal& terminal, std::size_t depth) : ascii_(terminal.ascii), depth_(depth) {}

  std::string Write(const std::string& root, const TreeNode& tree) {
    out_ = fmt::format("{}  {}\n", Printable(root), Sums(tree));
    Children(tree, "", 1);
    return std::move(out_);
  }

 private:
  static std::string Sums(const TreeNode& node) {
    return fmt::format("{}, {}",
                       node.count == 1 ? "1 entry" : fmt::format("{} entries", node.count),
                       BytesText(node.bytes));
  }

  void Children(const TreeNode& node, const std::string& indent, std::size_t level) {
    std::vector<const std::pair<const std::string, TreeNode>*> children;
    for (const auto& child : node.children) children.push_back(&child);
    std::sort(children.begin(), children.end(),
              [](const auto* a, const auto* b) { return NaturalLess(a->first, b->first); });
    for (std::size_t i = 0; i < children.size(); ++i) {
      const auto& [name, child] = *children[i];
      const bool last = i + 1 == children.size();
      out_ +=
          indent + (ascii_ ? (last ? "`-- " : "|-- ") : (last ? "└── " : "├── ")) + Printable(name);
      if (!child.entries.empty()) {
        for (const Entry* entry : child.entries) {
          out_ += fmt::format("  {} {}", entry->spec.ToString(), ClassName(entry->cls));
        }
      }
      const bool cut = depth_ > 0 && level == depth_ && !child.children.empty();
      if (!child.children.empty()) out_ += fmt::format("  ({})", Sums(child));
      out_ += '\n';
      if (!cut) Children(child, indent + (last ? "    " : (ascii_ ? "|   " : "│   ")), level + 1);
    }
  }

  const bool ascii_;
  const std::size_t depth_;
  std::string out_;
};

// The members of a node; `depth` levels of children below it, all for 0.
std::string NodeJson(const TreeNode& node, std::size_t depth, std::size_t level) {
  std::string out = fmt::format("\"entries\":{},\"bytes\":{},\"keys\":[", node.count, node.bytes);
  for (const Entry* entry : node.entries)
    out += (out.back() == '[' ? "" : ",") + JsonText(entry->key);
  out += ']';
  if (depth > 0 && level == depth) return out;
  out += ",\"children\":[";
  for (const auto& [name, child] : node.children) {
    out += fmt::format("{}\n{{\"name\":{},{}}}", out.back() == '[' ? "" : ",", JsonText(name),
                       NodeJson(child, depth, level + 1));
  }
  return out + ']';
}

int Run(const Options& options, const Terminal& terminal) {
  Result<CheckpointReader> reader = OpenSource(options.source, terminal);
  if (!reader) return terminal.Fail(reader.error());
  std::vector<const Entry*> entries;
  for (const Entry& entry : reader->entries()) entries.push_back(&entry);
  const TreeNode tree = MakeTree(entries);
  if (terminal.json) {
    terminal.Print(fmt::format("{{\"schema\":\"regraft.tree/1\",\"prefix\":{},{}}}\n",
                               JsonText(reader->prefix()), NodeJson(tree, options.depth, 0)));
  } else {
    terminal.Print(Writer(terminal, options.depth).Write(reader->prefix(), tree));
  }
  if (!reader->catalog().hollow.empty()) {
    std::string list;
    for (const std::string& path : reader->catalog().hollow)
      list += (list.empty() ? "" : ", ") + path;
    terminal.Note(fmt::format("in the file, but without any value below: {}", list));
  }
  return 0;
}

}  // namespace

std::function<int()> SetupTree(CLI::App& app, const Terminal& terminal) {
  auto options = std::make_shared<Options>();
  app.add_option("SRC", options->source, "checkpoint, in any form (regraft help paths)")
      ->required();
  app.add_option("-d,--depth", options->depth, "levels to show; 0 for all")
      ->type_name("N")
      ->check(WholeNumber());
  return [options, &terminal] { return Run(*options, terminal); };
}

}  // namespace regraft::cli
