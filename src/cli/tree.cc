#include <fmt/format.h>
#include <regraft/checkpoint.h>
#include <regraft/entry.h>
#include <regraft/inspect.h>
#include <regraft/text.h>

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
  Writer(const Terminal& terminal, std::size_t depth)
      : terminal_(terminal), room_(terminal.room()), depth_(depth) {}

  std::string Write(const std::string& root, const TreeNode& tree) {
    Line("", Printable(root), "  " + Sums(tree));
    Children(tree, "", 1);
    return std::move(out_);
  }

 private:
  static std::string Sums(const TreeNode& node) {
    return fmt::format("{}, {}",
                       node.count == 1 ? "1 entry" : fmt::format("{} entries", node.count),
                       BytesText(node.bytes));
  }

  // A name that is longer than what is left loses its middle, and then the rest its own.
  void Line(const std::string& branch, const std::string& name, const std::string& rest) {
    constexpr std::size_t kLeast = 8;
    const std::size_t taken = Columns(branch) + Columns(rest);
    const std::size_t room = room_ > taken + kLeast ? room_ - taken : kLeast;
    const std::string text = CutMiddle(name, room, terminal_.ascii) + rest;
    const std::size_t left = room_ > Columns(branch) + kLeast ? room_ - Columns(branch) : kLeast;
    out_ += branch + CutMiddle(text, left, terminal_.ascii) + '\n';
  }

  void Children(const TreeNode& node, const std::string& indent, std::size_t level) {
    const bool ascii = terminal_.ascii;
    const std::vector<TreeRow> rows = RowsOf(node, !terminal_.all);
    for (std::size_t i = 0; i < rows.size(); ++i) {
      const TreeNode& child = *rows[i].nodes[0];
      const bool last = i + 1 == rows.size();
      std::string rest;
      for (const Entry* entry : child.entries) {
        rest += fmt::format("  {} {}", entry->spec.ToString(), ClassName(entry->cls));
      }
      if (rows[i].nodes.size() > 1) {
        rest += fmt::format("  ({} alike, each {})", rows[i].nodes.size(), Sums(child));
      } else if (!child.children.empty()) {
        rest += fmt::format("  ({})", Sums(child));
      }
      const char* const branch = ascii ? (last ? "`-- " : "|-- ") : (last ? "└── " : "├── ");
      Line(indent + branch, Printable(rows[i].name), rest);
      if (depth_ > 0 && level == depth_) continue;
      Children(child, indent + (last ? "    " : (ascii ? "|   " : "│   ")), level + 1);
    }
  }

  const Terminal& terminal_;
  const std::size_t room_;
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
