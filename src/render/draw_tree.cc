// Trees as text, a branch a line.
#include <limits>
#include <string>

#include "base/text.h"
#include "render/columns.h"
#include "render/draw.h"

namespace regraft::render {
namespace {

constexpr std::size_t kLeast = 8;  // What is left of a name, whatever the width.

class Drawing {
 public:
  Drawing(const TextOptions& options, std::string& out)
      : options_(options),
        out_(out),
        room_(options.all ? std::numeric_limits<std::size_t>::max() : options.width) {}

  void Line(const std::string& before, const Branch& branch) {
    const bool ascii = options_.ascii;
    const std::string name = Shown(branch.name, ascii), note = Shown(branch.note, ascii);
    // A name that is longer than what is left loses its middle, and then the rest its own.
    const std::string text = CutMiddle(name, Left(Columns(before) + Columns(note)), ascii) + note;
    out_ += before + CutMiddle(text, Left(Columns(before)), ascii) + '\n';
  }

  void Below(const Branch& branch, const std::string& indent) {
    const bool ascii = options_.ascii;
    for (const Branch& each : branch.branches) {
      const bool last = &each == &branch.branches.back();
      Line(indent + (ascii ? (last ? "`-- " : "|-- ") : (last ? "└── " : "├── ")), each);
      Below(each, indent + (last ? "    " : (ascii ? "|   " : "│   ")));
    }
  }

 private:
  std::size_t Left(std::size_t taken) const {
    return room_ > taken + kLeast ? room_ - taken : kLeast;
  }

  const TextOptions& options_;
  std::string& out_;
  const std::size_t room_;
};

}  // namespace

void DrawTree(const Tree& tree, const TextOptions& options, std::string& out) {
  Drawing drawing(options, out);
  drawing.Line("", tree.root);
  drawing.Below(tree.root, "");
}

}  // namespace regraft::render
